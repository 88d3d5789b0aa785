"""Arithmetic in F_r."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.curve.constants import GROUP_ORDER as R
from tcss_chain.curve.errors import (
    DuplicatePointError,
    LengthMismatchError,
    ScalarArithmeticError,
    ZeroInverseError,
    ZeroPointError,
)
from tcss_chain.curve.scalars import (
    batch_inverse,
    evaluate,
    interpolate_at_zero,
    inverse,
    lagrange_at_zero,
    powers,
    random_nonzero_scalar,
    random_scalar,
)
from tcss_chain.errors import TcssError

integers = st.integers(min_value=-(2**300), max_value=2**300)
nonzero = st.integers(min_value=1, max_value=R - 1)
distinct_points = st.lists(nonzero, min_size=1, max_size=12, unique=True)


def test_group_order_is_a_prime_by_fermat():
    assert all(pow(base, R - 1, R) == 1 for base in (2, 3, 5, 7, 11))


def test_random_scalars_are_canonical_and_differ():
    drawn = [random_scalar() for _ in range(200)] + [random_nonzero_scalar() for _ in range(200)]
    assert all(0 <= scalar < R for scalar in drawn)
    assert len(set(drawn)) == len(drawn)


def test_random_scalars_fill_the_upper_part_of_the_field():
    # A draw of 253 bits or fewer would never exceed 2^253; about a third of the field lies above.
    assert any(random_scalar() > 2**253 for _ in range(200))
    assert any(random_nonzero_scalar() > 2**253 for _ in range(200))


def test_random_nonzero_scalar_maps_the_draws_onto_one_to_r_minus_one(monkeypatch):
    limits = []

    def lowest(limit):
        limits.append(limit)
        return 0

    monkeypatch.setattr("tcss_chain.curve.scalars.secrets.randbelow", lowest)
    assert random_nonzero_scalar() == 1
    assert limits == [R - 1]


@given(integers.filter(lambda value: value % R))
def test_inverse_times_value_is_one(value):
    inverted = inverse(value)
    assert 0 < inverted < R
    assert inverted * value % R == 1


@pytest.mark.parametrize("zero", [0, R, -R, 5 * R])
def test_inverse_of_zero_is_refused(zero):
    with pytest.raises(ZeroInverseError, match="denominator"):
        inverse(zero)
    with pytest.raises(ZeroInverseError):
        batch_inverse([3, zero, 4])


@given(st.lists(integers.filter(lambda value: value % R), max_size=10))
def test_batch_inverse_agrees_with_single_inverses(values):
    assert batch_inverse(values) == [inverse(value) for value in values]


@given(integers, st.integers(min_value=0, max_value=20))
def test_powers_are_the_successive_powers(base, count):
    assert powers(base, count) == [pow(base, exponent, R) for exponent in range(count)]


def test_powers_of_zero_start_with_one():
    assert powers(0, 3) == [1, 0, 0]


@given(st.lists(integers, max_size=8), integers)
def test_evaluate_sums_the_terms(coefficients, x):
    expected = sum(coefficient * x**power for power, coefficient in enumerate(coefficients)) % R
    assert evaluate(coefficients, x) == expected


def test_evaluate_known_values():
    assert evaluate([7, 0, 2], 10) == 207
    assert evaluate([], 10) == 0


@given(distinct_points)
def test_lagrange_coefficients_match_their_definition(points):
    expected = []
    for j, x_j in enumerate(points):
        coefficient = 1
        for m, x_m in enumerate(points):
            if m != j:
                coefficient = coefficient * x_m * pow(x_m - x_j, -1, R) % R
        expected.append(coefficient)
    assert lagrange_at_zero(points) == expected


def test_lagrange_coefficients_of_small_points():
    assert lagrange_at_zero([1, 2, 3]) == [3, R - 3, 1]
    assert lagrange_at_zero([5]) == [1]
    assert lagrange_at_zero([]) == []


@given(distinct_points, st.data())
def test_interpolation_recovers_the_constant_term(points, data):
    coefficients = data.draw(st.lists(integers, min_size=1, max_size=len(points)))
    values = [evaluate(coefficients, point) for point in points]
    assert interpolate_at_zero(points, values) == coefficients[0] % R


@given(st.lists(nonzero, min_size=2, max_size=6, unique=True))
def test_one_value_too_few_does_not_recover_the_constant_term(points):
    # The monomial X^k has a constant term of 0, but no polynomial of lower degree agrees with it at k points.
    missing = points[:-1]
    values = [pow(point, len(missing), R) for point in missing]
    assert interpolate_at_zero(missing, values) != 0


@pytest.mark.parametrize(
    ("points", "first", "second"), [([4, 9, 4], 0, 2), ([1, 2, 2 + R], 1, 2), ([-1, R - 1], 0, 1)]
)
def test_duplicate_points_are_refused_with_their_places(points, first, second):
    with pytest.raises(DuplicatePointError) as caught:
        lagrange_at_zero(points)
    assert (caught.value.first, caught.value.second) == (first, second)


@pytest.mark.parametrize("points", [[3, 0], [3, R], [3, -R]])
def test_zero_points_are_refused_with_their_place(points):
    with pytest.raises(ZeroPointError) as caught:
        interpolate_at_zero(points, [1, 1])
    assert caught.value.index == 1


def test_one_value_for_each_point_is_required():
    with pytest.raises(LengthMismatchError) as caught:
        interpolate_at_zero([1, 2, 3], [1, 2])
    assert (caught.value.left, caught.value.right) == (3, 2)


def test_errors_belong_to_the_package():
    assert issubclass(ScalarArithmeticError, TcssError)
