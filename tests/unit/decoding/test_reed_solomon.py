"""Unique decoding."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.codewords import planted_points

from tcss_chain.decoding.polynomials import SCALAR_RING, PolynomialRing, padded_coefficients
from tcss_chain.decoding.reed_solomon import gao


def decode(points, dimension, ring=SCALAR_RING):
    """Decode points that are integers; give the coefficients as integers."""
    abscissas = ring.distinct_elements([x for x, _ in points])
    decoded = gao(ring, abscissas, [ring.element(y) for _, y in points], dimension)
    return None if decoded is None else padded_coefficients(decoded, dimension)


@given(st.data())
@settings(deadline=None)
def test_up_to_half_of_the_redundancy_may_be_wrong(data):
    length = data.draw(st.integers(1, 40))
    dimension = data.draw(st.integers(1, length))
    errors = data.draw(st.integers(0, (length - dimension) // 2))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    planted, points = planted_points(rng, length, dimension, length - errors)
    assert decode(points, dimension) == planted


@pytest.mark.parametrize(("length", "dimension"), [(31, 11), (20, 5), (7, 1)])
def test_one_more_error_is_not_decoded(length, dimension):
    _, points = planted_points(random.Random(1), length, dimension, length - (length - dimension) // 2 - 1)
    assert decode(points, dimension) is None


def test_every_word_of_a_small_code_is_decoded_to_the_word_within_the_distance():
    ring = PolynomialRing(5)
    decoded = 0
    for word in range(5**4):
        points = [(x, word // 5**x % 5) for x in range(4)]
        within = [
            (a, b)
            for a in range(5)
            for b in range(5)
            if sum((a + b * x - y) % 5 != 0 for x, y in points) <= 1
        ]
        found = decode(points, 2, ring)
        assert [found] == within or (found is None and not within)
        decoded += found is not None
    assert decoded == 25 * (1 + 4 * 4)


def test_zeros_decode_to_the_zero_polynomial():
    assert decode([(x, 0) for x in range(9)] + [(9, 1)], 3) == (0, 0, 0)
