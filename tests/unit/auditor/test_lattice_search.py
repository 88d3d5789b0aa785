"""The lattice search: a few right evaluations among many participants."""

import pytest

from tcss_chain.auditor.lattice_search import LatticeSearch
from tcss_chain.auditor.problem import Candidate


@pytest.fixture
def asked(sealed_session, problem_of, random_points, interrogate):
    """A function that begins with no answers to free points."""

    def begin(n, t, leaked, size, dropped=0, **kwargs):
        session = sealed_session(n, t)
        return interrogate(
            session, problem_of(session, random_points(size), **kwargs), leaked, dropped=dropped
        )

    return begin


def candidates(strategy, box):
    return list(strategy.propose(box.evidence))


LEAKED_OF_60 = tuple(range(0, 60, 3))


def test_two_right_answers_are_enough_among_few(asked):
    leaked = (1, 3, 5, 9, 12)
    box = asked(20, 11, leaked, 6)
    strategy = LatticeSearch.for_problem(box.evidence.problem)
    assert strategy.evaluations_needed == 1
    box.ask(None)
    assert candidates(strategy, box) == []
    box.garble(2)
    assert candidates(strategy, box) == []
    box.ask(2)
    assert candidates(strategy, box) == [Candidate(leaked, 0)]


def test_among_many_certain_evaluations_at_several_points_are_combined(asked):
    leaked = LEAKED_OF_60
    box = asked(60, 24, leaked, 4)
    strategy = LatticeSearch.for_problem(box.evidence.problem)
    needed = strategy.evaluations_needed
    assert needed > 1
    box.ask_at(None, 0)
    assert candidates(strategy, box) == []
    box.ask(0)
    assert candidates(strategy, box) == []
    found = []
    for place in range(1, needed):
        assert found == []
        box.ask(place)
        found = candidates(strategy, box)
    assert found == [Candidate(leaked, 0)]


def test_a_wrong_evaluation_is_left_out(asked):
    leaked = LEAKED_OF_60
    box = asked(60, 24, leaked, 4)
    strategy = LatticeSearch.for_problem(box.evidence.problem)
    assert strategy.evaluations_needed == 2
    box.ask_at(None, 0, 0)
    candidates(strategy, box)
    box.garble(1)
    assert candidates(strategy, box) == []
    box.garble(2)
    assert candidates(strategy, box) == []
    box.ask(2)
    assert Candidate(leaked, 0) in candidates(strategy, box)


def test_evaluations_at_earlier_points_count(asked):
    leaked = LEAKED_OF_60
    first, second = asked(60, 24, leaked, 4), asked(60, 24, leaked, 4)
    first.ask_at(None, 0, 0)
    earlier = first.evidence.evaluations(first.base_answer)
    strategy = LatticeSearch.for_problem(second.evidence.problem, earlier)
    second.ask_at(None, 3)
    assert candidates(strategy, second) == []
    second.ask(3)
    assert candidates(strategy, second) == [Candidate(leaked, 0)]


def test_no_combination_is_solved_twice(asked):
    leaked = LEAKED_OF_60
    box = asked(60, 24, leaked, 4)
    strategy = LatticeSearch.for_problem(box.evidence.problem)
    box.ask_at(None, 0, 0, 1)
    assert candidates(strategy, box) == [Candidate(leaked, 0)]
    assert candidates(strategy, box) == []


@pytest.mark.parametrize("dropped", [0b00000100, 0b1001000])
def test_dropped_points_are_further_unknowns(asked, dropped):
    leaked = (0, 3, 7)
    box = asked(12, 8, leaked, 5 + dropped.bit_count(), dropped, max_dropped=2)
    problem = box.evidence.problem
    strategy = LatticeSearch.for_problem(problem, may_drop=True)
    needed = strategy.evaluations_needed
    box.ask_at(None, 0, 0)
    found = candidates(strategy, box)
    for place in (1, 4, 5)[: max(0, needed - 1)]:
        box.ask(place)
        found += candidates(strategy, box)
    assert Candidate(leaked, dropped) in found
    undropped = LatticeSearch.for_problem(problem)
    assert Candidate(leaked, dropped) not in candidates(undropped, box)


def test_wrong_answers_are_nobodys(asked):
    box = asked(20, 11, (1, 3, 5, 9, 12), 6)
    strategy = LatticeSearch.for_problem(box.evidence.problem)
    for place in (None, 0, 0, 0):
        box.garble(place)
        assert candidates(strategy, box) == []


def test_without_dropping_there_is_no_second_search(asked):
    problem = asked(12, 8, (0, 3, 7), 5, max_dropped=0).evidence.problem
    assert LatticeSearch.for_problem(problem) is not None
    assert LatticeSearch.for_problem(problem, may_drop=True) is None


def test_where_some_must_be_dropped_there_is_no_search_without(asked):
    problem = asked(12, 4, (0, 3, 7), 5, 0b1111).evidence.problem
    assert LatticeSearch.for_problem(problem) is None


def test_dropped_points_need_enough_places_at_the_same_query_points(asked):
    small, large = (asked(70, 20 + size, tuple(range(20)), size).evidence.problem for size in (2, 3))
    assert LatticeSearch.for_problem(small).evaluations_needed == 2
    # Two points have one place beside the one that a base answer rests on.
    assert LatticeSearch.for_problem(small, may_drop=True) is None
    assert LatticeSearch.for_problem(large, may_drop=True).evaluations_needed == 2
