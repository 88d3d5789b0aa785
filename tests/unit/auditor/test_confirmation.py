"""Confirmation in the exponent."""

import pytest

from tcss_chain.auditor.confirmation import confirmed_combination
from tcss_chain.auditor.problem import Answered, Candidate
from tcss_chain.curve import GROUP_ORDER, lagrange_at_zero
from tcss_chain.curve.errors import DuplicatePointError


@pytest.fixture
def answer(sealed_session, problem_of, random_points, interrogate):
    """A function that gives a problem with free points and one answer to it."""

    def give(n, t, leaked, size, dropped=0, error=0):
        session = sealed_session(n, t)
        problem = problem_of(session, random_points(size))
        return problem, interrogate(session, problem, leaked, dropped=dropped).ask(None, error=error)

    return give


def test_a_right_answer_confirms_its_set_and_gives_the_combination(sealed_session, answer):
    problem, answered = answer(6, 5, (1, 2, 4), 2)
    T = confirmed_combination(problem, Candidate((1, 2, 4), 0), answered)
    shares = sealed_session(6, 5).shares((1, 2, 4))
    weights = lagrange_at_zero([*(x for x, _ in shares), *problem.query_points])
    assert T == sum(w * y for w, (_, y) in zip(weights, shares, strict=False)) % GROUP_ORDER


def test_no_other_set_of_any_size_is_confirmed_by_a_right_answer(answer):
    problem, answered = answer(6, 5, (1, 2, 4), 2)
    confirmed = []
    for mask in range(1, 2**6):
        accused = tuple(place for place in range(6) if mask >> place & 1)
        if confirmed_combination(problem, Candidate(accused, 0), answered) is not None:
            confirmed.append(accused)
    assert confirmed == [(1, 2, 4)]


def test_a_wrong_answer_confirms_nobody(answer):
    problem, wrong = answer(5, 3, (0, 3), 1, error=1)
    assert confirmed_combination(problem, Candidate((0, 3), 0), wrong) is None


def test_dropped_points_must_be_named_rightly(answer):
    problem, answered = answer(5, 4, (0, 3), 3, 0b010)
    assert confirmed_combination(problem, Candidate((0, 3), 0b010), answered) is not None
    assert confirmed_combination(problem, Candidate((0, 3), 0b001), answered) is None
    assert confirmed_combination(problem, Candidate((0, 3), 0b100), answered) is None


def test_an_accused_participant_at_a_used_query_point_is_refused(sealed_session, problem_of):
    session = sealed_session(5, 3)
    x = session.share(3)[0]
    problem = problem_of(session, [x])
    with pytest.raises(DuplicatePointError):
        confirmed_combination(problem, Candidate((0, 3), 0), Answered(0, ((x, 1),), 5))
