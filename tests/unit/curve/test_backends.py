"""Both backends compute the same, contain what their libraries raise, and are caught when they are wrong."""

import pytest

from tcss_chain.curve.arkworks_backend import ArkworksBackend
from tcss_chain.curve.backend import contained
from tcss_chain.curve.constants import (
    FIELD_MODULUS,
    G_WORDS,
    GROUP_ORDER,
    U_WORDS,
    V_WORDS,
)
from tcss_chain.curve.errors import BackendFailureError, BackendUnavailableError
from tcss_chain.curve.py_ecc_backend import PyEccBackend
from tcss_chain.curve.scalars import random_scalar
from tcss_chain.curve.self_check import check_backend

OUTSIDE_SUBGROUP = (
    0,
    1,
    5912654199736721486680175016176231956195085055698687135131307249486702594212,
    18278151005453108793778860132295291098363647455926340152056652516292830556603,
)
BACKENDS = [ArkworksBackend(), PyEccBackend()]
arkworks, reference = BACKENDS
every_backend = pytest.mark.parametrize("backend", BACKENDS, ids=["arkworks", "py_ecc"])


@every_backend
def test_self_check_passes(backend):
    check_backend(backend)


@pytest.mark.parametrize("scalar", [0, 1, 2, GROUP_ORDER - 1, GROUP_ORDER // 3])
def test_multiples_agree(scalar):
    g1 = [b.g1_to_affine(b.g1_mul(b.g1_from_affine(G_WORDS), scalar)) for b in BACKENDS]
    g2 = [b.g2_to_affine(b.g2_mul(b.g2_from_affine(V_WORDS), scalar)) for b in BACKENDS]
    assert g1[0] == g1[1]
    assert g2[0] == g2[1]


@pytest.mark.parametrize("count", [1, 2, 9])
def test_random_multi_scalar_multiplications_agree(count):
    factors = [random_scalar() for _ in range(count)]
    scalars = [random_scalar() for _ in range(count)]
    g1_results, g2_results = [], []
    for b in BACKENDS:
        g1_points = [b.g1_from_affine(arkworks_g1_words(factor)) for factor in factors]
        g2_points = [b.g2_from_affine(arkworks_g2_words(factor)) for factor in factors]
        g1_results.append(b.g1_to_affine(b.g1_msm(g1_points, scalars)))
        g2_results.append(b.g2_to_affine(b.g2_msm(g2_points, scalars)))
    assert g1_results[0] == g1_results[1]
    assert g2_results[0] == g2_results[1]


def arkworks_g1_words(scalar):
    return arkworks.g1_to_affine(arkworks.g1_mul(arkworks.g1_from_affine(G_WORDS), scalar))


def arkworks_g2_words(scalar):
    return arkworks.g2_to_affine(arkworks.g2_mul(arkworks.g2_from_affine(U_WORDS), scalar))


@every_backend
def test_both_roots_of_one_x_are_kept_apart(backend):
    # The compressed form carries one bit for y; both values of it must come back as they went in.
    x_imaginary, x_real, y_imaginary, y_real = V_WORDS
    opposite = (x_imaginary, x_real, FIELD_MODULUS - y_imaginary, FIELD_MODULUS - y_real)
    for words in (V_WORDS, opposite):
        assert backend.g2_to_affine(backend.g2_from_affine(words)) == words
    assert backend.g2_eq(backend.g2_neg(backend.g2_from_affine(V_WORDS)), backend.g2_from_affine(opposite))


@every_backend
def test_points_outside_the_subgroup_are_reported(backend):
    assert backend.g2_from_affine(OUTSIDE_SUBGROUP) is None


@every_backend
def test_pairing_with_identities(backend):
    g1, g2 = backend.g1_from_affine(G_WORDS), backend.g2_from_affine(U_WORDS)
    zero_g1, zero_g2 = backend.g1_from_affine((0, 0)), backend.g2_from_affine((0, 0, 0, 0))
    assert backend.pairing_product_is_one([], [])
    assert backend.pairing_product_is_one([zero_g1, g1], [g2, zero_g2])
    assert not backend.pairing_product_is_one([zero_g1, g1], [g2, g2])


def test_a_panic_of_the_library_becomes_an_error_of_the_package():
    # (1, 3) is off the curve; the border would never let it through.
    with pytest.raises(BackendFailureError) as caught:
        arkworks.g1_from_affine((1, 3))
    assert (caught.value.backend_name, caught.value.operation) == ("arkworks", "g1_from_affine")
    assert type(caught.value.__cause__).__name__ == "PanicException"
    assert not isinstance(caught.value.__cause__, Exception)


@pytest.mark.parametrize(
    "call",
    [
        lambda: arkworks.g1_mul(arkworks.g1_from_affine(G_WORDS), -1),
        lambda: arkworks.g1_msm([arkworks.g1_from_affine(G_WORDS)], []),
        lambda: arkworks.pairing_product_is_one([arkworks.g1_from_affine(G_WORDS)], []),
        lambda: reference.g1_msm([reference.g1_from_affine(G_WORDS)], [1, 2]),
        lambda: reference.pairing_product_is_one([reference.g1_from_affine(G_WORDS)], []),
    ],
)
def test_library_exceptions_never_escape(call):
    with pytest.raises(BackendFailureError):
        call()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_interrupts_exits_and_lack_of_memory_pass(error):
    @contained("some backend")
    def operation():
        raise error

    with pytest.raises(error):
        operation()


class WrongSum(PyEccBackend):
    def g1_add(self, left, right):
        return left


class NoSubgroupCheck(PyEccBackend):
    def g2_from_affine(self, words):
        return super().g2_from_affine(words) or super().g2_from_affine(U_WORDS)


class WrongG2Opposite(PyEccBackend):
    def g2_neg(self, point):
        return point


class EveryPairingHolds(PyEccBackend):
    def pairing_product_is_one(self, left, right):
        return True


class NoPairingHolds(PyEccBackend):
    def pairing_product_is_one(self, left, right):
        return False


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (WrongSum, "G1"),
        (WrongG2Opposite, "G2"),
        (NoSubgroupCheck, "subgroup"),
        (EveryPairingHolds, "pairing"),
        (NoPairingHolds, "pairing"),
    ],
)
def test_self_check_catches_a_wrong_backend(wrong, reason):
    with pytest.raises(BackendUnavailableError, match=reason):
        check_backend(wrong())
