"""Boxes that remember, stop or wait."""

import time

import pytest

from tcss_chain.bestiary import (
    EarlyStop,
    RefusesChangedAnswers,
    RemembersInputs,
    SimulationSettingError,
    Slow,
)
from tcss_chain.curve import evaluate


def test_a_point_with_a_second_value_is_refused(perfect, made_up):
    box = RemembersInputs(perfect)
    first, second = made_up(3, 2)
    assert box.query(first) == perfect.query(first)
    assert box.query([(first[0][0], 5), *second[1:]]) is None
    # The refused query is remembered too, but the first value of a point is the one that counts.
    assert box.query([second[0], (second[1][0], 5), second[2]]) is None
    assert box.query(first) == perfect.query(first)
    assert box.query(second) == perfect.query(second)


def test_inputs_that_bring_nothing_are_remembered(perfect, made_up):
    box = RemembersInputs(perfect)
    supplied = made_up(3, 1)[0]
    assert box.query([(supplied[0][0], 5)]) is None
    assert box.query(supplied) is None


def test_two_values_of_one_point_in_one_query_are_refused(perfect):
    box = RemembersInputs(perfect)
    assert box.query([(5, 1), (5, 2), (6, 1)]) is None
    assert box.query([(5, 1), (6, 1), (7, 1)]) == perfect.query([(5, 1), (6, 1), (7, 1)])


def test_values_of_one_polynomial_are_never_refused(perfect):
    box = RemembersInputs(perfect)
    for start in range(10, 40):
        supplied = [(x, evaluate((9, 8, 7, 6, 5), x)) for x in range(start, start + 3)]
        assert box.query(supplied) == perfect.query(supplied)


def test_only_the_first_answer_is_given_again(session, perfect, made_up):
    box = RefusesChangedAnswers(perfect)
    assert box.query([]) is None
    first, second = made_up(3, 2)
    answer = box.query(first)
    assert answer == perfect.query(first)
    assert box.query(second) is None
    assert box.query(session.shares_at((0, 2, 3))) is None
    assert box.query(first) == answer


def test_real_shares_bring_the_same_answer_again_and_again(session, perfect):
    box = RefusesChangedAnswers(perfect)
    for places in ((0, 2, 3), (5, 6, 7), (7, 0, 3)):
        assert box.query(session.shares_at(places)) == session.secret


@pytest.mark.parametrize("answers", [0, 1, 5])
def test_a_box_stops_after_its_answers(perfect, made_up, answers):
    box = EarlyStop(perfect, answers)
    given = 0
    for supplied, refused in zip(made_up(3, 12), made_up(2, 12), strict=True):
        assert box.query(refused) is None
        answer = box.query(supplied)
        assert answer == (perfect.query(supplied) if given < answers else None)
        given += answer is not None
    assert given == answers


def test_a_number_of_answers_is_not_negative(perfect):
    with pytest.raises(SimulationSettingError):
        EarlyStop(perfect, -1)


def test_a_slow_box_waits_before_every_answer(perfect, made_up):
    waits = []
    box = Slow(perfect, 2.5, waits.append)
    for supplied in (*made_up(3, 3), *made_up(2, 1)):
        assert box.query(supplied) == perfect.query(supplied)
    assert waits == [2.5] * 4


def test_a_slow_box_really_waits_by_default(perfect, made_up):
    begin = time.monotonic()
    Slow(perfect, 0.05).query(made_up(3, 1)[0])
    assert time.monotonic() - begin >= 0.05


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_waiting_time_is_not_negative(perfect, seconds):
    with pytest.raises(SimulationSettingError):
        Slow(perfect, seconds)
