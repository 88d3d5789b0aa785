"""The exponent check: one right answer is enough."""

import pytest

from tcss_chain.auditor.exponent_check import ExponentCheck
from tcss_chain.auditor.problem import Candidate
from tcss_chain.auditor.strategy import StrategyName


@pytest.fixture
def asked(sealed_session, problem_of, random_points, interrogate):
    """A function that begins with no answers to free points."""

    def begin(n, t, leaked, size, dropped=0, points=None):
        session = sealed_session(n, t)
        problem = problem_of(session, points or random_points(size))
        return interrogate(session, problem, leaked, dropped=dropped)

    return begin


def proposals(box, **kwargs):
    strategy = ExponentCheck.for_problem(box.evidence.problem, **kwargs)
    return list(strategy.propose(box.evidence))


@pytest.mark.parametrize(("leaked", "dropped"), [((0, 3), 0), ((1, 2, 4), 0b01), ((2, 3, 5), 0b10)])
@pytest.mark.parametrize("place", [None, 0, 1])
def test_one_right_answer_gives_the_set(asked, leaked, dropped, place):
    box = asked(6, 4, leaked, 2, dropped)
    box.ask(place)
    assert proposals(box) == [Candidate(leaked, dropped)]


def test_nobody_is_proposed_for_a_wrong_answer(asked):
    box = asked(6, 4, (0, 3), 2)
    box.garble(None)
    assert proposals(box) == []


def test_the_newest_answer_alone_is_looked_at(asked):
    box = asked(6, 4, (0, 3), 2)
    box.ask(None)
    box.garble(0)
    assert proposals(box) == []
    box.ask(0)
    assert proposals(box) == [Candidate((0, 3), 0)]


def test_somebody_at_a_used_query_point_is_not_accused_but_may_be_at_a_dropped_one(
    sealed_session, asked, random_points
):
    session = sealed_session(6, 4)
    points = (session.share(1)[0], *random_points(2))
    # Drops the first point, which is participant 1's: it prefers its own share there.
    box = asked(6, 4, (1, 3), 3, 0b001, points)
    box.ask(None)
    assert proposals(box) == [Candidate((1, 3), 0b001)]


def test_what_is_too_many_is_left_out_and_said(asked):
    box = asked(6, 4, (0, 1, 2), 2, 0b01)
    box.ask(None)
    problem = box.evidence.problem
    # 15 pairs without a dropped point, 2*20 triples with one.
    assert ExponentCheck.for_problem(problem, max_sets=14) is None
    assert proposals(box, max_sets=54) == []
    assert proposals(box, max_sets=55) == [Candidate((0, 1, 2), 0b01)]


def test_dropped_points_are_looked_for_in_the_first_answers_only(asked):
    box = asked(6, 4, (0, 1, 2), 2, 0b01)
    for _ in range(3):
        box.ask(1)
        assert proposals(box) == [Candidate((0, 1, 2), 0b01)]
    box.ask(1)
    assert proposals(box) == []


def test_an_answer_that_came_before_is_not_looked_at_again(asked):
    box = asked(6, 4, (0, 1, 2), 2, 0b01)
    # The first point is dropped, so its value does not matter.
    first, second = box.ask(None), box.ask(0)
    assert first.answer == second.answer
    assert proposals(box) == []


def test_it_needs_no_evaluation(asked):
    strategy = ExponentCheck.for_problem(asked(6, 4, (0, 3), 2).evidence.problem)
    assert strategy.evaluations_needed == 0
    assert strategy.name is StrategyName.EXPONENT_CHECK
