"""Arithmetic of the share field, commitment vectors and seat sets against Python."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.mocks import Mock
from support.refusals import refuses, reverts_unnamed

from tcss_chain.curve import FIELD_MODULUS, G1, GROUP_ORDER, G, inverse, powers

RNG = random.Random(1)
SCALARS = st.integers(0, GROUP_ORDER - 1)
SEATS = st.integers(0, 2**128 - 1)


@pytest.mark.parametrize("value", [1, 2, GROUP_ORDER - 1, GROUP_ORDER // 2, RNG.randrange(1, GROUP_ORDER)])
def test_inverse(harness: Mock, value: int) -> None:
    assert harness.call("fieldInverse", value) == inverse(value)


@pytest.mark.parametrize("value", [0, GROUP_ORDER, 2 * GROUP_ORDER])
def test_zero_has_no_inverse(harness: Mock, value: int) -> None:
    with refuses("ZeroDenominator"):
        harness.call("fieldInverse", value)


@settings(max_examples=20, deadline=None)
@given(a=SCALARS, b=SCALARS)
def test_subtraction(harness: Mock, a: int, b: int) -> None:
    assert harness.call("fieldSubtract", a, b) == (a - b) % GROUP_ORDER


def test_subtraction_at_the_ends(harness: Mock) -> None:
    assert harness.call("fieldSubtract", 0, 0) == 0
    assert harness.call("fieldSubtract", 0, GROUP_ORDER - 1) == 1
    assert harness.call("fieldSubtract", GROUP_ORDER - 1, 0) == GROUP_ORDER - 1


VECTOR = [G * RNG.randrange(GROUP_ORDER) for _ in range(4)] + [G1.identity()]
WORDS = [point.words() for point in VECTOR]


@pytest.mark.parametrize("x", [0, 1, GROUP_ORDER - 1, RNG.randrange(GROUP_ORDER)])
def test_evaluation_of_a_vector(harness: Mock, x: int) -> None:
    assert harness.call("evaluateVector", WORDS, x) == G1.msm(VECTOR, powers(x, len(VECTOR))).words()


def test_evaluation_of_a_constant(harness: Mock) -> None:
    assert harness.call("evaluateVector", WORDS[:1], 5) == WORDS[0]


def test_combination_of_a_vector(harness: Mock) -> None:
    coefficients = [RNG.randrange(GROUP_ORDER) for _ in VECTOR]
    assert harness.call("combineVector", WORDS, coefficients) == G1.msm(VECTOR, coefficients).words()


def test_sum_of_vectors(harness: Mock) -> None:
    sums = [G * 3, -VECTOR[1], VECTOR[2], G1.identity(), G1.identity()]
    added = harness.call("addVector", WORDS, [point.words() for point in sums])
    assert added == [(left + right).words() for left, right in zip(VECTOR, sums, strict=True)]


def test_vectors_of_the_right_length_with_points_of_the_curve_are_valid(harness: Mock) -> None:
    harness.call("requireValidVector", WORDS, 5)


@pytest.mark.parametrize("length", [0, 4, 6])
def test_vectors_of_another_length_are_refused(harness: Mock, length: int) -> None:
    with refuses("WrongVectorLength", length=length, threshold=5):
        harness.call("requireValidVector", [(1, 2)] * length, 5)


@pytest.mark.parametrize("place", range(5))
def test_every_point_of_a_vector_is_checked(harness: Mock, place: int) -> None:
    words = list(WORDS)
    words[place] = (1, 3)
    with refuses("NotOnCurve", x=1, y=3):
        harness.call("requireValidVector", words, 5)
    words[place] = (1 + FIELD_MODULUS, 2)
    with refuses("CoordinateOutOfRange", coordinate=1 + FIELD_MODULUS):
        harness.call("requireValidVector", words, 5)


@settings(max_examples=15, deadline=None)
@given(left=SEATS, right=SEATS, seat=st.integers(0, 127))
def test_seat_sets_are_bitmaps(harness: Mock, left: int, right: int, seat: int) -> None:
    assert harness.call("seatsContain", left, seat) == bool(left >> seat & 1)
    assert harness.call("seatsWith", left, seat) == left | 1 << seat
    assert harness.call("seatsWithout", left, seat) == left & ~(1 << seat)
    assert harness.call("seatsMinus", left, right) == left & ~right
    assert harness.call("seatsUnion", left, right) == left | right
    assert harness.call("seatsEqual", left, right) == (left == right)
    assert harness.call("seatsCount", left) == left.bit_count()


def test_seat_sets_at_the_ends(harness: Mock) -> None:
    everybody = 2**128 - 1
    assert harness.call("seatsCount", everybody) == 128
    assert harness.call("seatsWith", 0, 127) == 1 << 127
    assert harness.call("seatsWithout", everybody, 0) == everybody - 1
    assert harness.call("seatsEmpty", 0)
    assert not harness.call("seatsEmpty", 1 << 127)
    assert harness.call("seatsEqual", everybody, everybody)
    assert harness.call("popcount", 2**256 - 1) == 256


@settings(max_examples=40, deadline=None)
@given(word=st.one_of(st.integers(0, 2**256 - 1), st.integers(0, 255).map(lambda bit: 2**256 - 1 >> bit)))
def test_bits_of_any_word_are_counted(harness: Mock, word: int) -> None:
    assert harness.call("popcount", word) == word.bit_count()
    assert harness.call("popcount", 2**256 - 1 - word) == 256 - word.bit_count()


def test_a_set_beyond_128_seats_is_no_value(harness: Mock) -> None:
    selector = harness.contract.encode_abi("seatsCount", [0])[:10]
    assert harness.raw_call(selector + f"{2**128 - 1:064x}") == (128).to_bytes(32, "big")
    with reverts_unnamed():
        harness.raw_call(selector + f"{2**128:064x}")
