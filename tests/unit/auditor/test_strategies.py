"""Confirmation and the ways to find candidates."""

import random

import pytest

from tcss_chain.auditor.confirmation import confirmed_combination
from tcss_chain.auditor.exponent_check import ExponentCheck
from tcss_chain.auditor.known_accused import KnownAccused
from tcss_chain.auditor.problem import Answered, Candidate, Ratios, TraceProblem
from tcss_chain.auditor.sealed_keys import open_sealed_keys
from tcss_chain.auditor.subset_product import SubsetProducts, SubsetProductSearch, slope_evaluation
from tcss_chain.curve import (
    GROUP_ORDER,
    interpolate_at_zero,
    inverse,
    lagrange_at_zero,
    random_nonzero_scalar,
    random_scalar,
)
from tcss_chain.curve.errors import DuplicatePointError, ZeroInverseError


def problem_of(session, query_points, varied=0, max_dropped=8):
    keys = open_sealed_keys(session.alpha, session.roster, session.aggregate)
    return TraceProblem(
        threshold=session.roster.threshold,
        roster_points=tuple(participant.x for participant in session.roster.participants),
        share_keys=keys.Y,
        query_points=tuple(query_points),
        varied=varied,
        max_dropped=max_dropped,
    )


def right_answers(session, problem, leaked, count=1, dropped=0, base=None):
    """Answer like a box that holds `leaked` and drops the marked points."""
    values = base or [random_scalar() for _ in problem.query_points]
    answers = []
    for number in range(count):
        values[problem.varied] = random_scalar()
        shares = tuple(zip(problem.query_points, values, strict=True))
        used = [share for place, share in enumerate(shares) if not dropped >> place & 1]
        used += session.shares(leaked)
        answer = interpolate_at_zero([x for x, _ in used], [y for _, y in used])
        answers.append(Answered(number, shares, answer))
    return answers


def free_points(count):
    return [random_nonzero_scalar() for _ in range(count)]


def test_a_right_answer_confirms_its_set_and_gives_the_combination(sealed_session):
    session = sealed_session(6, 5)
    problem = problem_of(session, free_points(2))
    (answered,) = right_answers(session, problem, (1, 2, 4))
    T = confirmed_combination(problem, Candidate((1, 2, 4), 0), answered)
    weights = lagrange_at_zero([*(x for x, _ in session.shares((1, 2, 4))), *problem.query_points])
    expected = sum(w * y for w, (_, y) in zip(weights, session.shares((1, 2, 4)), strict=False))
    assert T == expected % GROUP_ORDER


def test_no_other_set_of_any_size_is_confirmed_by_a_right_answer(sealed_session):
    session = sealed_session(6, 5)
    problem = problem_of(session, free_points(2))
    (answered,) = right_answers(session, problem, (1, 2, 4))
    confirmed = []
    for mask in range(1, 2**6):
        accused = tuple(place for place in range(6) if mask >> place & 1)
        if confirmed_combination(problem, Candidate(accused, 0), answered) is not None:
            confirmed.append(accused)
    assert confirmed == [(1, 2, 4)]


def test_a_wrong_answer_confirms_nobody(sealed_session):
    session = sealed_session(5, 3)
    problem = problem_of(session, free_points(1))
    (answered,) = right_answers(session, problem, (0, 3))
    wrong = Answered(0, answered.shares, (answered.answer + 1) % GROUP_ORDER)
    assert confirmed_combination(problem, Candidate((0, 3), 0), wrong) is None


def test_dropped_points_must_be_named_rightly(sealed_session):
    session = sealed_session(5, 4)
    problem = problem_of(session, free_points(3))
    (answered,) = right_answers(session, problem, (0, 3), dropped=0b010)
    assert confirmed_combination(problem, Candidate((0, 3), 0b010), answered) is not None
    assert confirmed_combination(problem, Candidate((0, 3), 0b001), answered) is None
    assert confirmed_combination(problem, Candidate((0, 3), 0b100), answered) is None


def test_an_accused_participant_at_a_used_query_point_is_refused(sealed_session):
    session = sealed_session(5, 3)
    problem = problem_of(session, [session.share(3)[0]])
    with pytest.raises(DuplicatePointError):
        confirmed_combination(problem, Candidate((0, 3), 0), Answered(0, ((session.share(3)[0], 1),), 5))


def test_ratios_multiply_to_lagrange_coefficients(sealed_session):
    session = sealed_session(4, 3)
    problem = problem_of(session, free_points(2))
    points = [*problem.query_points, *problem.roster_points]
    rows = Ratios.of(problem).rows
    for j, coefficient in enumerate(lagrange_at_zero(points)):
        product = 1
        for m in range(len(points)):
            if m != j:
                product = product * rows[j][m] % GROUP_ORDER
        assert product == coefficient


@pytest.mark.parametrize(("leaked", "dropped"), [((0, 3), 0), ((1, 2, 4), 0b01), ((2, 3, 5), 0b10)])
def test_exponent_check_needs_one_right_answer(sealed_session, leaked, dropped):
    session = sealed_session(6, 4)
    problem = problem_of(session, free_points(2))
    strategy = ExponentCheck.for_problem(problem)
    assert list(strategy.propose(right_answers(session, problem, leaked, dropped=dropped))) == [
        Candidate(leaked, dropped)
    ]


def test_exponent_check_proposes_nobody_for_a_wrong_answer(sealed_session):
    session = sealed_session(6, 4)
    problem = problem_of(session, free_points(2))
    (answered,) = right_answers(session, problem, (0, 3))
    wrong = Answered(0, answered.shares, random_scalar())
    assert list(ExponentCheck.for_problem(problem).propose([wrong])) == []


def test_exponent_check_finds_somebody_at_a_dropped_point_and_nobody_at_a_used_one(sealed_session):
    session = sealed_session(6, 4)
    x_1 = session.share(1)[0]
    problem = problem_of(session, [x_1, session.share(5)[0], session.share(4)[0]])
    # The box prefers its own share at the first point.
    (answered,) = right_answers(session, problem, (1, 3), dropped=0b001)
    assert list(ExponentCheck.for_problem(problem).propose([answered])) == [Candidate((1, 3), 0b001)]


def test_exponent_check_leaves_out_what_is_too_many_and_says_so(sealed_session):
    session = sealed_session(6, 4)
    problem = problem_of(session, free_points(2))
    # 15 pairs without a dropped point, 2*20 triples with one.
    assert ExponentCheck.for_problem(problem, max_sets=14) is None
    dropping = right_answers(session, problem, (0, 1, 2), dropped=0b01)
    assert list(ExponentCheck.for_problem(problem, max_sets=54).propose(dropping)) == []
    assert list(ExponentCheck.for_problem(problem, max_sets=55).propose(dropping)) != []


@pytest.mark.parametrize("size", [1, 2, 5, 7, 12])
def test_subset_products_find_the_one_set(size):
    points = free_points(12)
    x = random_scalar()
    for _ in range(5):
        chosen = tuple(sorted(random.sample(range(12), size)))
        v = 1
        for place in chosen:
            v = v * points[place] * inverse(points[place] - x) % GROUP_ORDER
        products = SubsetProducts(points, x, 12)
        assert list(products.sets(v, range(13))) == [chosen]
        assert list(products.sets(v, [size])) == [chosen]
        assert list(products.sets(v, [size - 1, size + 1])) == []


def test_subset_products_of_a_random_value_are_nobodys():
    products = SubsetProducts(free_points(16), random_scalar(), 16)
    assert all(list(products.sets(random_scalar(), range(17))) == [] for _ in range(5))


def test_subset_products_tell_all_sets_with_equal_products():
    # x_i/(x_i - x) is 2 at 2x and 1/2 at -x: both together have the product of the empty set.
    x = 5
    products = SubsetProducts([2 * x, GROUP_ORDER - x, 777], x, 3)
    assert sorted(products.sets(1, range(4))) == [(), (0, 1)]


def test_subset_products_of_few_points():
    assert list(SubsetProducts([10], 5, 1).sets(2, [1])) == [(0,)]
    assert list(SubsetProducts([], 5, 0).sets(1, [0])) == [()]


def test_subset_products_refuse_a_point_that_is_asked_at():
    with pytest.raises(ZeroInverseError):
        SubsetProducts([5, 6], 5, 2)


@pytest.mark.slow
def test_subset_products_find_ten_of_forty():
    points = free_points(40)
    x = random_scalar()
    chosen = tuple(sorted(random.sample(range(40), 10)))
    v = 1
    for place in chosen:
        v = v * points[place] * inverse(points[place] - x) % GROUP_ORDER
    assert list(SubsetProducts(points, x, 10).sets(v, [10])) == [chosen]


@pytest.mark.parametrize("dropped", [0, 0b010, 0b101])
def test_slopes_evaluate_the_trace_polynomial(sealed_session, dropped):
    session = sealed_session(8, 6)
    size = 3 + dropped.bit_count()
    problem = problem_of(session, free_points(size), varied=size - 1)
    one, other = right_answers(session, problem, (0, 2, 5), count=2, dropped=dropped)
    v = slope_evaluation(problem, Ratios.of(problem).rows, one, other, dropped)
    x_q = problem.query_points[problem.varied]
    for x_i, _ in session.shares((0, 2, 5)):
        v = v * (1 - x_q * inverse(x_i)) % GROUP_ORDER
    assert v == 1


@pytest.mark.parametrize(("leaked", "dropped"), [((0, 3), 0), ((1, 2, 4), 0b01), ((0, 2, 4, 5), 0b101)])
def test_subset_product_search_needs_two_right_answers(sealed_session, leaked, dropped):
    session = sealed_session(9, 5)
    problem = problem_of(session, free_points(3), varied=1)
    answers = right_answers(session, problem, leaked, count=3, dropped=dropped)
    wrong = Answered(9, answers[1].shares, random_scalar())
    strategy = SubsetProductSearch.for_problem(problem)
    assert list(strategy.propose([answers[0]])) == []
    assert list(strategy.propose([answers[0], wrong])) == []
    assert list(strategy.propose([answers[0], wrong, answers[2]])) == [Candidate(leaked, dropped)]


def test_subset_product_search_learns_nothing_from_a_dropped_varied_point(sealed_session):
    session = sealed_session(6, 4)
    problem = problem_of(session, free_points(3), varied=0)
    answers = right_answers(session, problem, (0, 3), count=2, dropped=0b001)
    assert list(SubsetProductSearch.for_problem(problem).propose(answers)) == []


def test_subset_product_search_says_what_is_too_large(sealed_session):
    session = sealed_session(12, 7)
    problem = problem_of(session, free_points(3))
    # Half of 12 participants have 57 sets of at most 4.
    assert SubsetProductSearch.for_problem(problem, max_table=56) is None
    assert SubsetProductSearch.for_problem(problem, max_table=57) is not None


@pytest.mark.parametrize(
    ("threshold", "size", "max_dropped", "counts"),
    [(5, 2, 8, [0, 1]), (5, 2, 0, [0]), (5, 1, 8, [0]), (3, 4, 8, [2, 3]), (3, 12, 8, []), (5, 4, 1, [0, 1])],
)
def test_possible_numbers_of_dropped_points(sealed_session, threshold, size, max_dropped, counts):
    session = sealed_session(6, threshold)
    problem = problem_of(session, free_points(size), max_dropped=max_dropped)
    assert list(problem.dropped_counts()) == counts
    assert all(1 <= problem.accused_count(count) < threshold for count in counts)


def test_known_accused_are_proposed_with_every_set_of_dropped_points(sealed_session):
    session = sealed_session(6, 4)
    problem = problem_of(session, free_points(3))
    assert list(KnownAccused(problem, (1, 2)).propose([])) == [
        Candidate((1, 2), 0b001),
        Candidate((1, 2), 0b010),
        Candidate((1, 2), 0b100),
    ]


def test_answers_are_not_shown(sealed_session):
    shown = repr(Answered(3, ((123456789, 987654321),), 192837465))
    assert not any(secret in shown for secret in ("123456789", "987654321", "192837465"))
