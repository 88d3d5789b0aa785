"""Polynomials over a prime field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.curve import GROUP_ORDER, evaluate
from tcss_chain.decoding.errors import DuplicateAbscissaError
from tcss_chain.decoding.polynomials import SCALAR_RING, PolynomialRing, padded_coefficients

scalars = st.integers(min_value=0, max_value=GROUP_ORDER - 1)
elements = SCALAR_RING.element


def test_the_ring_of_the_shares_is_over_the_group_order():
    assert SCALAR_RING.modulus == GROUP_ORDER
    assert int(SCALAR_RING.element(-1)) == GROUP_ORDER - 1


@given(st.lists(scalars, max_size=20), scalars)
def test_the_product_of_roots_is_the_product_of_the_differences(roots, x):
    product = SCALAR_RING.product_of_roots([elements(root) for root in roots])
    expected = 1
    for root in roots:
        expected = expected * (x - root) % GROUP_ORDER
    assert int(product(x)) == expected
    assert product.degree() == len(roots)


@given(st.dictionaries(scalars, scalars, max_size=20))
def test_interpolation_takes_the_given_values_with_small_degree(values):
    interpolant = SCALAR_RING.interpolate(
        [elements(x) for x in values], [elements(y) for y in values.values()]
    )
    assert interpolant.degree() < max(len(values), 1)
    coefficients = padded_coefficients(interpolant, len(values) + 3)
    assert len(coefficients) == len(values) + 3
    assert all(evaluate(coefficients, x) == y for x, y in values.items())


def test_equal_elements_are_refused_with_their_places():
    with pytest.raises(DuplicateAbscissaError, match="points 1 and 3") as refused:
        PolynomialRing(7).distinct_elements([0, 2, 3, 9])
    assert (refused.value.first, refused.value.second) == (1, 3)
