"""List decoding: complete lists, planted polynomials, limits."""

import random
from math import isqrt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.codewords import (
    agreement_of,
    all_polynomials_by_subsets,
    distinct_scalars,
    planted_points,
    random_polynomial,
)

from tcss_chain.curve import GROUP_ORDER, evaluate
from tcss_chain.decoding.decoding_plan import (
    Figures,
    GuessPlan,
    make_plan,
)
from tcss_chain.decoding.errors import (
    DecodingEffortError,
    DecodingParameterError,
    DuplicateAbscissaError,
)
from tcss_chain.decoding.guruswami_sudan import decode_list
from tcss_chain.decoding.polynomials import PolynomialRing

seeds = st.integers(0, 2**32)


@given(st.sampled_from([11, 13, 31, 97]), st.integers(2, 9), st.integers(1, 4), st.integers(0, 4), seeds)
@settings(deadline=None, max_examples=250)
def test_lists_in_small_fields_are_those_that_trying_all_subsets_finds(
    modulus, length, dimension, spare, seed
):
    dimension = min(dimension, length)
    agreement = min(dimension + spare, length)
    rng = random.Random(seed)
    points = [(x, rng.randrange(modulus)) for x in rng.sample(range(modulus), length)]
    decoded = decode_list(points, dimension, agreement, ring=PolynomialRing(modulus))
    assert set(decoded) == all_polynomials_by_subsets(points, dimension, agreement, modulus)
    assert len(set(decoded)) == len(decoded)


@given(st.integers(3, 8), st.integers(2, 3), st.integers(2, 4), seeds)
@settings(deadline=None, max_examples=100)
def test_lists_are_complete_when_some_polynomials_compete(length, dimension, competitors, seed):
    rng = random.Random(seed)
    polynomials = [random_polynomial(rng, dimension) for _ in range(competitors)]
    points = [(x, evaluate(rng.choice(polynomials), x)) for x in distinct_scalars(rng, length)]
    for agreement in range(dimension, length + 1):
        decoded = decode_list(points, dimension, agreement)
        assert set(decoded) == all_polynomials_by_subsets(points, dimension, agreement)


@given(st.integers(2, 34), st.integers(1, 12), st.integers(0, 6), seeds)
@settings(deadline=None, max_examples=60)
def test_what_is_planted_within_the_radius_is_found(length, dimension, above, seed):
    dimension = min(dimension, length)
    agreement = min(max(isqrt(length * (dimension - 1)) + 1 + above, dimension), length)
    plan = make_plan(Figures(length, dimension, agreement), 8)
    assume(plan is not None and plan.work < 150_000)
    planted, points = planted_points(random.Random(seed), length, dimension, agreement)
    assert planted in decode_list(points, dimension, agreement)


@pytest.mark.parametrize(
    ("length", "dimension", "agreement"),
    [(31, 11, 20), (31, 11, 19), (31, 11, 18), (31, 10, 18), (64, 11, 30), (128, 33, 75), (256, 65, 150)],
)
@pytest.mark.parametrize("first_only", [False, True])
def test_what_is_planted_at_the_edge_is_found(length, dimension, agreement, first_only):
    rng = random.Random(length * agreement)
    planted, points = planted_points(rng, length, dimension, agreement)
    decoded = decode_list(points, dimension, agreement, first_only=first_only)
    # By chance no other polynomial has that much agreement in a field of this size.
    assert decoded == (planted,)


@pytest.mark.parametrize("agreement", [19, 22, 27, 31])
def test_more_agreement_than_asked_for_is_found_as_well(agreement):
    planted, points = planted_points(random.Random(agreement), 31, 11, agreement)
    assert decode_list(points, 11, 19) == (planted,)
    assert decode_list(points, 11, 19, first_only=True) == (planted,)


def points_shared(rng, length, dimension, shared, own):
    """Make polynomials with the same values at some points, each of which has some points to itself."""
    xs = distinct_scalars(rng, length)
    common = [(x, rng.randrange(GROUP_ORDER)) for x in xs[:shared]]
    vanishing = [1]
    for x, _ in common:
        vanishing = [
            (low - x * high) % GROUP_ORDER for low, high in zip([0, *vanishing], [*vanishing, 0], strict=True)
        ]
    base = random_polynomial(rng, dimension)
    points = [(x, evaluate(base, x)) for x in xs[:shared]]
    polynomials = []
    for _ in own:
        factor = random_polynomial(rng, dimension - shared)
        product = [0] * dimension
        for i, a in enumerate(factor):
            for j, b in enumerate(vanishing):
                product[i + j] += a * b
        polynomials.append(tuple((a + b) % GROUP_ORDER for a, b in zip(base, product, strict=True)))
    free = iter(xs[shared:])
    for polynomial, count in zip(polynomials, own, strict=True):
        points += [(x, evaluate(polynomial, x)) for x, _ in zip(free, range(count), strict=False)]
    points += [(x, rng.randrange(GROUP_ORDER)) for x in free]
    rng.shuffle(points)
    return polynomials, points


@pytest.mark.parametrize(
    ("length", "dimension", "agreement", "shared", "own"),
    [
        (31, 11, 20, 10, (10, 10)),
        (31, 11, 19, 10, (9, 9)),
        (31, 11, 19, 8, (11, 11)),
        (31, 11, 18, 10, (10, 11)),
        (31, 11, 17, 10, (7, 7, 7)),
        (20, 4, 9, 3, (6, 6, 5)),
        (24, 3, 8, 2, (7, 7, 6)),
        (64, 11, 30, 10, (20, 20)),
        (21, 2, 6, 1, (5, 5, 5, 5)),
    ],
)
def test_polynomials_that_share_many_points_are_all_found(length, dimension, agreement, shared, own):
    rng = random.Random(length + agreement)
    polynomials, points = points_shared(rng, length, dimension, shared, own)
    reached = {f: agreement_of(f, points) for f in polynomials}
    expected = {f for f in polynomials if reached[f] >= agreement}
    assert len(expected) >= 2
    decoded = decode_list(points, dimension, agreement)
    assert set(decoded) == expected
    assert [reached[f] for f in decoded] == sorted(reached[f] for f in expected)[::-1]
    (first,) = decode_list(points, dimension, agreement, first_only=True)
    assert first in expected


def test_a_list_is_found_beyond_the_radius_by_guessing():
    assert 8**2 < 20 * 4
    plan = make_plan(Figures(20, 5, 8), 8)
    assert isinstance(plan, GuessPlan)
    planted, points = planted_points(random.Random(5), 20, 5, 8)
    assert decode_list(points, 5, 8) == (planted,)


def test_certain_points_lower_the_agreement_that_is_needed():
    rng = random.Random(8)
    trace = (1, *random_polynomial(rng, 10))
    xs = distinct_scalars(rng, 31)
    points = [(x, evaluate(trace, x) if i < 16 else rng.randrange(GROUP_ORDER)) for i, x in enumerate(xs)]
    points[16:18] = [(x, evaluate(trace, x)) for x in xs[16:18]]
    rng.shuffle(points)
    assert decode_list(points, 11, 18, certain=[(0, 1)]) == (trace,)
    assert make_plan(Figures(31, 10, 18), 8).work < make_plan(Figures(31, 11, 18), 8).work / 4
    # A polynomial that misses the certain point is not listed.
    assert decode_list(points, 11, 18, certain=[(0, 2)]) == ()


def test_an_empty_list_says_that_there_is_none():
    rng = random.Random(4)
    points = [(x, rng.randrange(GROUP_ORDER)) for x in distinct_scalars(rng, 31)]
    assert decode_list(points, 11, 19) == ()
    assert decode_list(points, 11, 19, first_only=True) == ()
    assert decode_list(points, 11, 32) == ()
    assert decode_list([], 1, 1) == ()


def test_abscissa_zero_and_the_order_of_points_do_not_matter():
    rng = random.Random(6)
    planted = random_polynomial(rng, 4)
    points = [(x, evaluate(planted, x) if x < 9 else x) for x in range(16)]
    expected = decode_list(points, 4, 9)
    assert planted in expected
    for _ in range(5):
        rng.shuffle(points)
        assert decode_list(points, 4, 9) == expected


@pytest.mark.parametrize(
    ("dimension", "agreement", "certain", "complaint"),
    [
        (0, 2, [], "the dimension is 0; it must be at least 1"),
        (3, 2, [], "the agreement is 2; it must be at least 3"),
        (1, 2, [(9, 1)], "the dimension is 1; it must be at least 2"),
    ],
)
def test_figures_without_a_finite_list_are_refused(dimension, agreement, certain, complaint):
    with pytest.raises(DecodingParameterError, match=complaint):
        decode_list([(1, 1), (2, 2), (3, 3)], dimension, agreement, certain=certain)


def test_equal_abscissas_are_refused_also_among_the_certain_points():
    with pytest.raises(DuplicateAbscissaError):
        decode_list([(1, 1), (1 + GROUP_ORDER, 2)], 1, 1)
    with pytest.raises(DuplicateAbscissaError):
        decode_list([(1, 1), (2, 2)], 2, 1, certain=[(2, 2)])


def test_a_field_without_a_spare_element_is_refused():
    with pytest.raises(DecodingParameterError, match="less than the number of elements"):
        decode_list([(x, x) for x in range(5)], 2, 3, ring=PolynomialRing(5))


def test_a_list_that_costs_too_much_is_refused_before_any_work():
    _, points = planted_points(random.Random(2), 64, 11, 25)
    with pytest.raises(DecodingEffortError, match="collect more points") as refused:
        decode_list(points, 11, 25)
    assert (refused.value.points, refused.value.dimension, refused.value.agreement) == (64, 11, 25)
    _, points = planted_points(random.Random(2), 31, 11, 18)
    with pytest.raises(DecodingEffortError) as refused:
        decode_list(points, 11, 18, maximum_work=10_000)
    assert refused.value.work > refused.value.maximum_work == 10_000
    with pytest.raises(DecodingEffortError) as refused:
        decode_list(points, 11, 12, maximum_multiplicity=1, maximum_work=10**9)
    assert refused.value.work is None
