"""The curve library against the Python curve and py_ecc: values, and what is refused."""

from __future__ import annotations

import random

import pytest
from py_ecc import optimized_bn128
from support.mocks import Mock
from support.refusals import refuses

from tcss_chain.curve import FIELD_MODULUS, G1, G2, GROUP_ORDER, G, U, V
from tcss_chain.curve.fq2 import square_root, twist_right_side

RNG = random.Random(254)
POINT = G * RNG.randrange(GROUP_ORDER)
X, Y = POINT.words()
LARGEST_WORD = 2**256 - 1


def random_point() -> G1:
    return G * RNG.randrange(GROUP_ORDER)


def twist_point_outside_the_subgroup() -> tuple[int, int, int, int]:
    """A point of the twist; a random one is in the subgroup with a probability of about 2^-254."""
    for real in range(1, 100):
        root = square_root(twist_right_side((real, 0)))
        if root is not None:
            return 0, real, root[1], root[0]
    raise AssertionError("no point found")


def test_generator_is_the_one_of_eip_196(harness: Mock) -> None:
    assert harness.call("generator") == (1, 2) == G.words()


@pytest.mark.parametrize(
    "scalar",
    [0, 1, 2, GROUP_ORDER - 1, GROUP_ORDER, GROUP_ORDER + 1, LARGEST_WORD, RNG.randrange(GROUP_ORDER)],
)
def test_multiplication(harness: Mock, scalar: int) -> None:
    product = harness.call("multiply", POINT.words(), scalar)
    assert product == (POINT * scalar).words()
    reference = optimized_bn128.multiply(
        (optimized_bn128.FQ(X), optimized_bn128.FQ(Y), optimized_bn128.FQ(1)), scalar
    )
    affine = (0, 0) if optimized_bn128.is_inf(reference) else optimized_bn128.normalize(reference)
    assert product == tuple(map(int, affine))


def test_multiplying_the_identity_gives_the_identity(harness: Mock) -> None:
    assert harness.call("multiply", (0, 0), 5) == (0, 0)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (POINT, random_point()),
        (POINT, POINT),
        (POINT, -POINT),
        (POINT, G1.identity()),
        (G1.identity(), POINT),
        (G1.identity(), G1.identity()),
    ],
    ids=["different", "doubling", "opposite", "right identity", "left identity", "both identities"],
)
def test_addition_of_points_and_of_multiples(harness: Mock, left: G1, right: G1) -> None:
    assert harness.call("add", left.words(), right.words()) == (left + right).words()
    for scalar in (0, 1, 2, GROUP_ORDER - 1, GROUP_ORDER, GROUP_ORDER + 1, 2**256 - 1):
        expected = left + right * (scalar % GROUP_ORDER)
        assert harness.call("addMultiple", left.words(), right.words(), scalar) == expected.words()


def test_negation(harness: Mock) -> None:
    assert harness.call("negate", (X, Y)) == (-POINT).words() == (X, FIELD_MODULUS - Y)
    assert harness.call("negate", (0, 0)) == (0, 0)


def test_equality_and_identity(harness: Mock) -> None:
    assert harness.call("equals", (X, Y), (X, Y))
    assert not harness.call("equals", (X, Y), (-POINT).words())
    assert not harness.call("equals", (X, Y), (Y, X))
    assert harness.call("isIdentity", (0, 0))
    assert not harness.call("isIdentity", (0, 1))
    assert not harness.call("isIdentity", (1, 0))


@pytest.mark.parametrize("words", [(0, 0), (X, Y), (-POINT).words(), (1, 2)])
def test_points_of_the_curve_and_the_identity_are_accepted(harness: Mock, words: tuple[int, int]) -> None:
    harness.call("requirePoint", words)


@pytest.mark.parametrize(
    ("words", "coordinate"),
    [
        ((X + FIELD_MODULUS, Y), X + FIELD_MODULUS),
        ((X, Y + FIELD_MODULUS), Y + FIELD_MODULUS),
        ((FIELD_MODULUS, 0), FIELD_MODULUS),
        ((0, FIELD_MODULUS), FIELD_MODULUS),
        ((LARGEST_WORD, LARGEST_WORD), LARGEST_WORD),
    ],
    ids=["x + q", "y + q", "x is q", "y is q", "largest words"],
)
@pytest.mark.parametrize("check", ["requirePoint", "requireKey"])
def test_coordinates_not_below_q_are_refused(
    harness: Mock, check: str, words: tuple[int, int], coordinate: int
) -> None:
    with refuses("CoordinateOutOfRange", coordinate=coordinate):
        harness.call(check, words)


@pytest.mark.parametrize("words", [(1, 3), (X, Y + 1), (Y, X), (0, 1), (1, 0), (FIELD_MODULUS - 1, 1)])
@pytest.mark.parametrize("check", ["requirePoint", "requireKey"])
def test_points_off_the_curve_are_refused(harness: Mock, check: str, words: tuple[int, int]) -> None:
    with refuses("NotOnCurve", x=words[0], y=words[1]):
        harness.call(check, words)


def test_the_identity_is_no_key(harness: Mock) -> None:
    harness.call("requireKey", (X, Y))
    with refuses("IdentityNotAllowed"):
        harness.call("requireKey", (0, 0))


@pytest.mark.parametrize("scalar", [0, 1, GROUP_ORDER - 1])
def test_scalars_below_r_are_accepted(harness: Mock, scalar: int) -> None:
    harness.call("requireScalar", scalar)


@pytest.mark.parametrize("scalar", [GROUP_ORDER, GROUP_ORDER + 1, FIELD_MODULUS, LARGEST_WORD])
def test_scalars_not_below_r_are_refused(harness: Mock, scalar: int) -> None:
    with refuses("ScalarOutOfRange", scalar=scalar):
        harness.call("requireScalar", scalar)


@pytest.mark.parametrize("words", [(X + FIELD_MODULUS, Y), (1, 3)], ids=["x + q", "off the curve"])
def test_the_precompiles_refuse_what_the_checks_are_for(harness: Mock, words: tuple[int, int]) -> None:
    with refuses("PrecompileFailed"):
        harness.call("multiply", words, 2)
    with refuses("PrecompileFailed"):
        harness.call("add", words, (X, Y))


@pytest.mark.parametrize("place", range(4))
def test_every_coordinate_of_g2_must_be_below_q(harness: Mock, place: int) -> None:
    words = list(U.words())
    harness.call("requireCanonical", words)
    for beyond in (words[place] + FIELD_MODULUS, FIELD_MODULUS, 2**256 - 1):
        words[place] = beyond
        with refuses("CoordinateOutOfRange", coordinate=beyond):
            harness.call("requireCanonical", words)
    words[place] = FIELD_MODULUS - 1
    harness.call("requireCanonical", words)


def test_product_of_four_pairings(harness: Mock) -> None:
    a, b, c = (RNG.randrange(1, GROUP_ORDER) for _ in range(3))
    left = [G * a, G * b, G * -(a * c + b), G * 7]
    right = [U * c, U, U, G2.identity()]
    assert harness.call("pairingProductIsOne", [p.words() for p in left], [p.words() for p in right])
    left[2] = left[2] + G
    assert not harness.call("pairingProductIsOne", [p.words() for p in left], [p.words() for p in right])


def test_every_one_of_the_four_pairings_counts(harness: Mock) -> None:
    identities = [G1.identity().words()] * 4
    right = [U.words(), V.words(), U.words(), V.words()]
    assert harness.call("pairingProductIsOne", identities, right)
    for place in range(4):
        left = list(identities)
        left[place] = G.words()
        assert not harness.call("pairingProductIsOne", left, right)


@pytest.mark.parametrize(
    "invalid",
    [twist_point_outside_the_subgroup(), (1, 2, 3, 4)],
    ids=["outside the subgroup", "off the twist"],
)
def test_pairing_with_an_invalid_point_of_g2_is_no_product_of_one(
    harness: Mock, invalid: tuple[int, int, int, int]
) -> None:
    identities = [G1.identity().words()] * 4
    assert harness.call("pairingProductIsOne", identities, [U.words()] * 4)
    assert not harness.call("pairingProductIsOne", identities, [U.words()] * 3 + [invalid])
