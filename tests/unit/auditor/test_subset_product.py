"""The subset product: two right answers tell who leaked."""

import pytest

from tcss_chain.auditor.problem import Candidate
from tcss_chain.auditor.subset_product import SubsetProductSearch


@pytest.fixture
def asked(sealed_session, problem_of, random_points, interrogate):
    """A function that begins with no answers to free points."""

    def begin(n, t, leaked, size, dropped=0, points=None):
        session = sealed_session(n, t)
        problem = problem_of(session, points or random_points(size))
        return interrogate(session, problem, leaked, dropped=dropped)

    return begin


def candidates(strategy, box):
    return list(strategy.propose(box.evidence))


@pytest.mark.parametrize(("leaked", "dropped"), [((0, 3), 0), ((1, 2, 4), 0b01), ((0, 2, 4, 5), 0b101)])
def test_two_right_answers_at_a_place_are_needed(asked, leaked, dropped):
    box = asked(9, 5, leaked, 3, dropped)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem)
    assert strategy.evaluations_needed == 1
    box.ask(1)
    assert candidates(strategy, box) == []
    box.garble(1)
    assert candidates(strategy, box) == []
    box.ask(1)
    assert candidates(strategy, box) == [Candidate(leaked, dropped)]


def test_the_base_answer_is_one_of_the_two(asked):
    box = asked(9, 5, (0, 3), 3)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem)
    box.ask(None)
    assert candidates(strategy, box) == []
    box.ask(2)
    assert candidates(strategy, box) == [Candidate((0, 3), 0)]


def test_nothing_is_learned_from_a_dropped_place(asked):
    box = asked(6, 4, (0, 3), 3, 0b001)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem)
    for place in (None, 0, 0):
        box.ask(place)
        assert candidates(strategy, box) == []
    box.ask(1)
    assert candidates(strategy, box) == [Candidate((0, 3), 0b001)]


def test_the_same_evaluation_is_searched_once(asked):
    box = asked(6, 4, (0, 3), 2)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem)
    box.ask_at(None, 0)
    assert candidates(strategy, box) == [Candidate((0, 3), 0)]
    box.ask(0)
    assert candidates(strategy, box) == []
    # At another place it is another evaluation.
    box.ask(1)
    assert candidates(strategy, box) == [Candidate((0, 3), 0)]


def test_certain_evaluations_alone_are_searched_if_told_so(asked):
    box = asked(6, 4, (0, 3), 2)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem, certain_only=True)
    box.ask_at(None, 0)
    assert candidates(strategy, box) == []
    box.ask(0)
    assert candidates(strategy, box) == [Candidate((0, 3), 0)]


def test_a_constant_error_does_not_change_the_slope(asked):
    box = asked(6, 4, (0, 3), 2)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem)
    box.ask(None, error=5)
    box.ask(0, error=5)
    # A guess: the confirmation will find the answers wrong.
    assert candidates(strategy, box) == [Candidate((0, 3), 0)]


def test_somebody_at_a_query_point_is_a_candidate_only_if_that_is_dropped(
    sealed_session, asked, random_points
):
    session = sealed_session(6, 4)
    points = (session.share(2)[0], *random_points(1))
    box = asked(6, 4, (1, 3), 2, 0, points)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem)
    box.ask_at(None, 0)
    assert candidates(strategy, box) == [Candidate((1, 3), 0)]
    box.ask(1)
    # Elsewhere the slope is the same whose value the box took there; the confirmation tells.
    assert candidates(strategy, box) == [Candidate((1, 3), 0), Candidate((1, 2, 3), 0b01)]


def test_wrong_answers_are_nobodys(asked):
    box = asked(8, 5, (0, 3), 3)
    strategy = SubsetProductSearch.for_problem(box.evidence.problem)
    for place in (None, 0, 0, 0, 0):
        box.garble(place)
        assert candidates(strategy, box) == []


def test_what_is_too_large_is_said(asked):
    problem = asked(60, 41, tuple(range(20)), 21).evidence.problem
    assert SubsetProductSearch.for_problem(problem) is None
