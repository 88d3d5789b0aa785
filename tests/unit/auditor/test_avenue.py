"""Avenues: when the query points are kept, and when others are taken."""

import pytest

from tcss_chain.auditor import StrategyName, TracePlan
from tcss_chain.auditor.avenue import REGISTERED_VISIT, PointsAvenue
from tcss_chain.protocol.trace_query import QueryMode, free_points

FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED


@pytest.fixture
def travel(scene):
    """A function that begins an avenue of three shares in a session of seven, five of whom reconstruct."""

    def begin(answer, mode=FREE, arity=3, **plan):
        stage = scene(7, 5)
        state = stage.state(lambda shares: answer(len(stage.asked), shares), plan=TracePlan(**plan))
        return stage, PointsAvenue(state, mode, arity)

    return begin


def points_asked(stage):
    return [tuple(x for x, _ in shares) for shares in stage.asked]


@pytest.mark.parametrize("mode", [FREE, REGISTERED])
def test_points_without_an_answer_are_left(travel, mode):
    stage, avenue = travel(lambda *_: None, mode)
    for _ in range(4):
        assert avenue.step(()) is None
    assert len(set(points_asked(stage))) == 4
    assert avenue.inquiry is None
    assert not avenue.went_silent


@pytest.mark.parametrize("mode", [FREE, REGISTERED])
def test_points_with_an_answer_are_kept(travel, mode):
    stage, avenue = travel(lambda number, _: None if number < 3 else number**3, mode)
    for _ in range(6):
        avenue.step(())
    asked = points_asked(stage)
    assert len(set(asked[:3])) == 3
    assert len(set(asked[2:])) == 1
    assert avenue.inquiry.problem.query_points == asked[-1]
    assert not avenue.settled


def test_points_are_left_after_a_round_of_answers_that_do_not_agree(travel):
    stage, avenue = travel(lambda number, _: number**3, queries_per_round=4)
    for _ in range(9):
        avenue.step(())
    asked = points_asked(stage)
    assert [len(set(asked[start : start + 4])) for start in (0, 4)] == [1, 1]
    assert len(set(asked)) == 3


def test_a_box_that_answers_once_and_no_more_went_silent(travel):
    _, avenue = travel(lambda number, _: 5 if number == 1 else None, patience=3)
    for _ in range(3):
        avenue.step(())
    assert not avenue.went_silent
    avenue.step(())
    assert avenue.went_silent
    assert avenue.inquiry is not None


def test_free_points_are_those_of_a_nonce(travel):
    stage, avenue = travel(lambda *_: 5)
    avenue.step(())
    nonce = avenue.inquiry.nonce
    expected = free_points(stage.session.roster.sid, stage.session.aggregate_hash, 3, nonce)
    assert points_asked(stage) == [expected]


def test_registered_base_values_never_contradict_each_other(travel):
    stage, avenue = travel(lambda *_: None, REGISTERED)
    for _ in range(12):
        avenue.step(())
    values = {}
    for shares in stage.asked:
        for x, y in shares:
            assert values.setdefault(x, y) == y
    assert set(values) <= stage.registered
    assert len(stage.asked) == 12


def test_what_is_certain_of_old_points_is_kept(travel):
    # The accused are known already, so the search goes on.
    stage, avenue = travel(None, arity=3, strategies=(StrategyName.LIST_DECODING,))
    leaked = (0, 2)
    avenue._state.log._box._function = lambda shares: stage.right(leaked, shares)
    known = (0, 1, 2, 3, 4, 5, 6)
    while avenue.inquiry is None or not avenue.inquiry.exhausted:
        assert avenue.step(known) is None
    assert avenue.settled
    first = avenue.inquiry
    avenue.step(known)
    assert avenue.inquiry is not first
    assert len(avenue._earlier) == 3
    assert {each.x for each in avenue._earlier} == set(first.problem.query_points)


def test_visits_grow_so_that_nothing_is_starved(travel):
    _, free = travel(lambda *_: None)
    _, registered = travel(lambda *_: None, REGISTERED)
    assert [free.visit_length(sweep) for sweep in (0, 2, 3, 6)] == [1, 1, 2, 3]
    assert [registered.visit_length(sweep) for sweep in (1, 2)] == [REGISTERED_VISIT, 2 * REGISTERED_VISIT]
    _, answering = travel(lambda *_: 5, patience=4)
    answering.step(())
    assert answering.visit_length(0) == 4


def test_an_avenue_without_a_strategy_is_not_searchable(travel):
    assert travel(lambda *_: None)[1].searchable
    assert not travel(lambda *_: None, strategies=(StrategyName.FIXED_POLYNOMIAL,))[1].searchable
    assert not travel(lambda *_: None, arity=5, max_dropped=0)[1].searchable
