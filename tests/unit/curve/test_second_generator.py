"""V is what its published derivation gives, and a proper second generator."""

from eth_utils.crypto import keccak
from py_ecc import optimized_bn128 as bn128
from py_ecc.optimized_bn128 import b2

from tcss_chain.curve import G2, G, U, V, decode_g2, pairing_product_is_one
from tcss_chain.curve.constants import FIELD_MODULUS, GROUP_ORDER, TWIST_COFACTOR, V_WORDS
from tcss_chain.curve.second_generator import DOMAIN, derive_second_generator


def test_derivation_reproduces_the_frozen_words():
    assert derive_second_generator() == V_WORDS


def reference_square_root(square):
    """Adj and Rodriguez-Henriquez's algorithm for q = 3 (mod 4), not the one that the package uses."""
    first = square ** ((FIELD_MODULUS - 3) // 4)
    root = first * square
    alpha = first * root
    if alpha == bn128.FQ2([FIELD_MODULUS - 1, 0]):
        root *= bn128.FQ2([0, 1])
    else:
        root *= (bn128.FQ2.one() + alpha) ** ((FIELD_MODULUS - 1) // 2)
    return root if root * root == square else None


def reference_hash_to_twist(counter):
    def hashed(index):
        return keccak(DOMAIN + counter.to_bytes(32, "big") + index.to_bytes(32, "big"))

    x = bn128.FQ2([int.from_bytes(hashed(i) + hashed(i + 1), "big") % FIELD_MODULUS for i in (0, 2)])
    root = reference_square_root(x * x * x + b2)
    if root is None:
        return None
    return (x, min(root, -root, key=lambda y: y.coeffs[::-1]), bn128.FQ2.one())


def test_the_reference_library_derives_the_same_words():
    candidates = [reference_hash_to_twist(counter) for counter in range(3)]
    assert candidates[:2] == [None, None]
    x, y = bn128.normalize(bn128.multiply(candidates[2], TWIST_COFACTOR))
    assert (*x.coeffs[::-1], *y.coeffs[::-1]) == V_WORDS


def test_cofactor_times_order_annihilates_the_twist():
    # The point with x = 1 is on the twist but outside the subgroup of order r.
    y = bn128.FQ2(
        [
            18278151005453108793778860132295291098363647455926340152056652516292830556603,
            5912654199736721486680175016176231956195085055698687135131307249486702594212,
        ]
    )
    outside = (bn128.FQ2([1, 0]), y, bn128.FQ2.one())
    assert bn128.is_on_curve(outside, b2)
    assert not bn128.is_inf(bn128.multiply(outside, GROUP_ORDER))
    inside = bn128.multiply(outside, TWIST_COFACTOR)
    assert not bn128.is_inf(inside)
    assert bn128.is_inf(bn128.multiply(inside, GROUP_ORDER))


def test_v_passes_the_border_checks():
    assert decode_g2(*V_WORDS, allow_identity=False) == V


def test_v_differs_from_u_and_its_opposite():
    assert V not in (U, -U, G2.identity())


def test_pairings_with_v_and_with_u_differ():
    assert pairing_product_is_one([(G, V), (-G, V)])
    assert not pairing_product_is_one([(G, V), (-G, U)])
    assert not pairing_product_is_one([(G, V), (G, U)])
