"""The quadratic extension of the base field, against py_ecc."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ecc.fields import optimized_bn128_FQ2 as ReferenceFq2
from py_ecc.optimized_bn128 import b2

from tcss_chain.curve import fq2
from tcss_chain.curve.constants import FIELD_MODULUS as Q
from tcss_chain.curve.constants import U_WORDS

coordinates = st.integers(min_value=0, max_value=Q - 1)
elements = st.tuples(coordinates, coordinates)
nonzero_elements = elements.filter(any)


def reference(element):
    return ReferenceFq2(list(element))


def as_pair(element):
    return tuple(int(coefficient) for coefficient in element.coeffs)


@given(elements, elements)
def test_ring_operations_match_the_reference(left, right):
    assert fq2.add(left, right) == as_pair(reference(left) + reference(right))
    assert fq2.subtract(left, right) == as_pair(reference(left) - reference(right))
    assert fq2.multiply(left, right) == as_pair(reference(left) * reference(right))
    assert fq2.negate(left) == as_pair(-reference(left))


@given(nonzero_elements)
def test_inverse_times_element_is_one(element):
    assert fq2.multiply(fq2.invert(element), element) == (1, 0)


def test_zero_has_no_inverse():
    with pytest.raises(ValueError, match="invertible"):
        fq2.invert((0, 0))


@given(elements)
def test_square_root_of_a_square_is_one_of_its_roots(element):
    assert fq2.square_root(fq2.multiply(element, element)) in (element, fq2.negate(element))


@given(nonzero_elements)
def test_non_squares_have_no_root(element):
    # 9 + i is no square in F_q2: that is why the twist is a twist.
    square = fq2.multiply(element, element)
    assert fq2.square_root(fq2.multiply(square, (9, 1))) is None


@pytest.mark.parametrize("element", [(0, 0), (1, 0), (4, 0), (Q - 1, 0), (Q - 4, 0), (3, 0), (5, 0), (0, 2)])
def test_square_root_on_the_axes(element):
    # Every element of F_q is a square in F_q2, with a purely real or a purely imaginary root.
    root = fq2.square_root(element)
    assert root is not None
    assert fq2.multiply(root, root) == element


def test_twist_constant_matches_the_reference():
    assert as_pair(b2) == fq2.TWIST_CONSTANT


def test_the_generator_is_on_the_twist_and_its_neighbour_is_not():
    x_imaginary, x_real, y_imaginary, y_real = U_WORDS
    assert fq2.is_on_twist((x_real, x_imaginary), (y_real, y_imaginary))
    assert not fq2.is_on_twist((x_real, x_imaginary), (y_real, (y_imaginary + 1) % Q))
    assert not fq2.is_on_twist((x_imaginary, x_real), (y_imaginary, y_real))
