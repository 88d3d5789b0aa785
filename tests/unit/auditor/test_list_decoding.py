"""List decoding: right evaluations among wrong ones determine the trace polynomial."""

import pytest

from tcss_chain.auditor.list_decoding import ListDecodingSearch
from tcss_chain.auditor.problem import Candidate
from tcss_chain.auditor.strategy import StrategyName

LEAKED = (1, 4, 8)


@pytest.fixture
def asked(sealed_session, problem_of, random_points, interrogate):
    """A function that begins with no answers to free points; nine of twelve reconstruct, three leaked."""

    def begin(leaked=LEAKED, size=6, threshold=9):
        session = sealed_session(12, threshold)
        return interrogate(session, problem_of(session, random_points(size)), leaked)

    return begin


def candidates(strategy, box):
    return list(strategy.propose(box.evidence))


def test_one_evaluation_more_than_there_are_leaked_shares_is_needed(asked):
    box = asked()
    strategy = ListDecodingSearch.for_problem(box.evidence.problem)
    assert strategy.name is StrategyName.LIST_DECODING
    assert strategy.evaluations_needed == 4
    box.ask_at(None, 0, 0)
    found = candidates(strategy, box)
    for place in (1, 2):
        box.ask(place)
        found += candidates(strategy, box)
    assert found == []
    box.ask(3)
    assert candidates(strategy, box) == [Candidate(LEAKED, 0)]


def test_nothing_is_decoded_before_a_base_answer_is_certain(asked):
    box = asked()
    strategy = ListDecodingSearch.for_problem(box.evidence.problem)
    box.garble(None)
    box.ask_at(0, 1, 2, 3, 4)
    assert candidates(strategy, box) == []


@pytest.mark.parametrize("wrong", [(5,), (4, 5), (2,)])
def test_wrong_evaluations_are_corrected(asked, wrong):
    box = asked(leaked=(1, 4), size=7)
    strategy = ListDecodingSearch.for_problem(box.evidence.problem)
    box.ask_at(None, 0, 0)
    for place in range(1, 7):
        box.garble(place) if place in wrong else box.ask(place)
    assert candidates(strategy, box) == [Candidate((1, 4), 0)]


def test_a_right_evaluation_replaces_a_wrong_one_at_the_same_point(asked):
    box = asked()
    strategy = ListDecodingSearch.for_problem(box.evidence.problem)
    box.ask_at(None, 0, 0, 1, 2)
    box.garble(3)
    assert candidates(strategy, box) == []
    box.ask(3)
    assert candidates(strategy, box) == [Candidate(LEAKED, 0)]


def test_evaluations_at_earlier_points_count(asked):
    first, second = asked(), asked()
    first.ask_at(None, 0, 0, 1, 2)
    earlier = first.evidence.evaluations(first.base_answer)
    assert len(earlier) == 3
    strategy = ListDecodingSearch.for_problem(second.evidence.problem, earlier)
    second.ask_at(None, 0)
    assert candidates(strategy, second) == []
    second.ask(0)
    assert candidates(strategy, second) == [Candidate(LEAKED, 0)]


def test_the_same_evaluations_are_decoded_once(asked):
    box = asked()
    strategy = ListDecodingSearch.for_problem(box.evidence.problem)
    box.ask_at(None, 0, 0, 1, 2, 3)
    assert candidates(strategy, box) == [Candidate(LEAKED, 0)]
    assert candidates(strategy, box) == []


def test_polynomials_whose_roots_are_not_all_participants_are_nobodys(asked, sealed_session, problem_of):
    # The answers of another session's box: its points are not in this roster.
    box, other = asked(), sealed_session(12, 9, 1)
    strategy = ListDecodingSearch.for_problem(box.evidence.problem)
    box._session = other
    box.ask_at(None, 0, 0, 1, 2, 3, 4, 5)
    assert box.evidence.certain_bases()
    assert candidates(strategy, box) == []


def test_where_points_must_be_dropped_there_is_no_decoding(asked):
    assert ListDecodingSearch.for_problem(asked(size=9).evidence.problem) is None
