"""The bivariate polynomial has all the zeros that it is asked for, and is light enough."""

import random
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.decoding.koetter_interpolation import InterpolationProblem, interpolate_bivariate
from tcss_chain.decoding.polynomials import SCALAR_RING, PolynomialRing


def least_list_size(length, dimension, agreement, multiplicity):
    coefficients = 0
    for size in range((multiplicity * agreement - 1) // (dimension - 1) + 1):
        coefficients += multiplicity * agreement - size * (dimension - 1)
        if coefficients > length * comb(multiplicity + 1, 2) and size >= multiplicity:
            return size
    return None


def hasse_derivative(columns, along_x, along_z, x, z):
    """The coefficient of ``u^along_x * v^along_z`` in ``Q(x + u, z + v)``."""
    total = x * 0
    for j, column in enumerate(columns):
        if j >= along_z:
            inner = x * 0
            for m, coefficient in enumerate(column.coeffs()):
                if m >= along_x:
                    inner += comb(m, along_x) * coefficient * x ** (m - along_x)
            total += comb(j, along_z) * inner * z ** (j - along_z)
    return total


@given(
    st.sampled_from([SCALAR_RING, PolynomialRing(53)]),
    st.sampled_from(
        [(8, 3, 5, 3), (9, 2, 4, 1), (9, 2, 4, 4), (3, 2, 2, 2), (6, 5, 5, 5), (12, 4, 7, 5), (20, 5, 10, 3)]
    ),
    st.integers(0, 2**32),
)
@settings(deadline=None, max_examples=60)
def test_the_zeros_have_the_multiplicity_and_the_weight_is_below_the_bound(ring, figures, seed):
    length, dimension, agreement, multiplicity = figures
    rng = random.Random(seed)
    xs = [ring.element(x) for x in rng.sample(range(53), length)]
    used, others = xs[:dimension], xs[dimension:]
    # Few different values, so that conditions depend on each other as with planted polynomials.
    values = [ring.element(rng.randrange(5)) for _ in others]
    g = ring.product_of_roots(used)
    size = least_list_size(length, dimension, agreement, multiplicity)
    bound = multiplicity * agreement
    columns = interpolate_bivariate(
        InterpolationProblem(ring, tuple(others), tuple(values), g, multiplicity, size, bound)
    )
    assert any(columns)
    assert len(columns) <= size + 1
    for x, z in zip(others, values, strict=True):
        for along_x in range(multiplicity):
            for along_z in range(multiplicity - along_x):
                assert not hasse_derivative(columns, along_x, along_z, x, z)
    for j, column in enumerate(columns):
        # Q = g^s * sum_j columns_j * (y/g)^j: the coefficient of y^j must be a polynomial, and light.
        coefficient = (column * g**multiplicity).exact_division(g**j)
        assert coefficient * g**j == column * g**multiplicity
        if coefficient:
            assert coefficient.degree() + j * (dimension - 1) < bound


@pytest.mark.parametrize("count", [15, 16, 17, 40])
def test_blocks_of_points_make_no_difference(count):
    rng = random.Random(count)
    ring = SCALAR_RING
    f = ring.polynomial([rng.randrange(ring.modulus) for _ in range(3)])
    xs = [ring.element(x) for x in range(count + 2)]
    g = ring.product_of_roots(xs[:2])
    values = tuple(f(x) for x in xs[2:])
    # One polynomial of degree 2 passes through all points: z - f(x) is the lightest solution.
    columns = interpolate_bivariate(InterpolationProblem(ring, tuple(xs[2:]), values, g, 1, 2, count))
    assert columns[2].is_zero()
    assert columns[0] == columns[1] * -f
    assert columns[1].degree() == 0
