"""One set of query points: who can be accused, and the parts of its Lagrange coefficients."""

import pytest

from tcss_chain.auditor.known_accused import KnownAccused
from tcss_chain.auditor.problem import Answered, Candidate, Ratios, known_coefficient
from tcss_chain.curve import GROUP_ORDER, inverse, lagrange_at_zero


def test_ratios_multiply_to_lagrange_coefficients(sealed_session, problem_of, random_points):
    problem = problem_of(sealed_session(4, 3), random_points(2))
    points = [*problem.query_points, *problem.roster_points]
    rows = Ratios.of(problem).rows
    for j, coefficient in enumerate(lagrange_at_zero(points)):
        product = 1
        for m in range(len(points)):
            if m != j:
                product = product * rows[j][m] % GROUP_ORDER
        assert product == coefficient


def test_ratios_are_0_where_points_are_the_same(sealed_session, problem_of, random_points):
    session = sealed_session(4, 3)
    rows = Ratios.of(problem_of(session, (session.share(2)[0], *random_points(1)))).rows
    zeros = {(b, a) for b in range(6) for a in range(6) if rows[b][a] == 0}
    assert zeros == {(place, place) for place in range(6)} | {(0, 4), (4, 0)}


@pytest.mark.parametrize("dropped", [0, 0b0010, 0b1100])
def test_the_known_part_of_a_coefficient_is_that_of_the_used_points(
    sealed_session, problem_of, random_points, dropped
):
    session = sealed_session(8, 6)
    problem = problem_of(session, random_points(4))
    leaked = [x for x, _ in session.shares((0, 5))]
    used = [x for place, x in enumerate(problem.query_points) if not dropped >> place & 1]
    v = 1
    for x_i in leaked:
        v = v * x_i * inverse(x_i - used[0]) % GROUP_ORDER
    known = known_coefficient(Ratios.of(problem).rows, 4, 0, dropped)
    assert lagrange_at_zero([*used, *leaked])[0] == known * v % GROUP_ORDER


@pytest.mark.parametrize(
    ("threshold", "size", "max_dropped", "counts"),
    [(5, 2, 8, [0, 1]), (5, 2, 0, [0]), (5, 1, 8, [0]), (3, 4, 8, [2, 3]), (3, 12, 8, []), (5, 4, 1, [0, 1])],
)
def test_possible_numbers_of_dropped_points(
    sealed_session, problem_of, random_points, threshold, size, max_dropped, counts
):
    problem = problem_of(sealed_session(6, threshold), random_points(size), max_dropped)
    assert list(problem.dropped_counts()) == counts
    assert all(1 <= problem.accused_count(count) < threshold for count in counts)


def test_whoever_stands_at_a_used_point_cannot_be_accused(sealed_session, problem_of, random_points):
    session = sealed_session(6, 4)
    problem = problem_of(session, (session.share(1)[0], session.share(4)[0], *random_points(1)))
    assert problem.eligible(0) == [0, 2, 3, 5]
    assert problem.eligible(0b001) == [0, 1, 2, 3, 5]
    assert problem.eligible(0b111) == [0, 1, 2, 3, 4, 5]


def test_possible_sets_are_counted(sealed_session, problem_of, random_points):
    session = sealed_session(6, 4)
    assert problem_of(session, random_points(2)).possible_sets() == 15
    assert problem_of(session, random_points(1)).possible_sets() == 20
    # One of the four others; whoever stands at a query point is no possibility.
    points = [session.share(place)[0] for place in (1, 4)]
    assert problem_of(session, (*points, *random_points(1))).possible_sets() == 4


def test_known_accused_are_proposed_with_every_set_of_dropped_points(
    sealed_session, problem_of, random_points, interrogate
):
    session = sealed_session(6, 4)
    problem = problem_of(session, random_points(3))
    evidence = interrogate(session, problem, (1, 2), dropped=1).evidence
    # The last point is the one that is dropped most often.
    assert list(KnownAccused(problem, (1, 2)).propose(evidence)) == [
        Candidate((1, 2), 0b100),
        Candidate((1, 2), 0b001),
        Candidate((1, 2), 0b010),
    ]


def test_known_accused_of_another_number_are_not_proposed(
    sealed_session, problem_of, random_points, interrogate
):
    session = sealed_session(6, 4)
    problem = problem_of(session, random_points(3), max_dropped=0)
    evidence = interrogate(session, problem, (1,)).evidence
    assert list(KnownAccused(problem, (1, 2)).propose(evidence)) == []


def test_answers_are_not_shown():
    shown = repr(Answered(3, ((123456789, 987654321),), 192837465))
    assert not any(secret in shown for secret in ("123456789", "987654321", "192837465"))
