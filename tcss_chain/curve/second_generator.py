"""
The derivation of ``V``, the second generator of G2 (protocol section 1).

``V`` is hashed to the twist from a fixed string, so that nobody knows its logarithm to the base ``U``. For
``counter = 0, 1, ...``:

1. ``h(k) = keccak256(DOMAIN || counter || k)``, where ``counter`` and ``k`` are big-endian words of 32
   bytes;
2. ``x_real = (h(0) || h(1)) mod q`` and ``x_imaginary = (h(2) || h(3)) mod q``, the 64 bytes read as a
   big-endian number;
3. if ``x^3 + 3/(9+i)`` has no square root in ``F_q2``, take the next counter;
4. of the two roots, ``y`` is the one whose pair ``(y_imaginary, y_real)`` is lexicographically smaller;
5. multiply ``(x, y)`` by the cofactor ``2q - r``; if that gives the identity, take the next counter.

The result is frozen as `constants.V_WORDS`, and nothing derives it at run time: this module is for whoever
wants to check that constant. It computes with integers alone, so that it depends on no library of curves;
only the hash comes from outside.
"""

from itertools import count
from typing import Final

from eth_utils.crypto import keccak

from . import fq2
from .constants import FIELD_MODULUS, TWIST_COFACTOR, G2Words
from .fq2 import Fq2

DOMAIN: Final = b"TCSS on chain: second generator V of G2, version 1"

_TwistPoint = tuple[Fq2, Fq2]


def derive_second_generator() -> G2Words:
    """
    Derive ``V`` from its fixed string.

    Returns
    -------
    tuple of int
        ``(x_imaginary, x_real, y_imaginary, y_real)``, equal to `constants.V_WORDS`.
    """
    for counter in count():
        candidate = _hash_to_twist(counter)
        if candidate is None:
            continue
        generator = _multiply(candidate, TWIST_COFACTOR)
        if generator is not None:
            (x_real, x_imaginary), (y_real, y_imaginary) = generator
            return (x_imaginary, x_real, y_imaginary, y_real)
    raise AssertionError("an infinite iterator ended")


def _hash_to_twist(counter: int) -> _TwistPoint | None:
    x = (_hash_to_base_field(counter, 0), _hash_to_base_field(counter, 2))
    root = fq2.square_root(fq2.twist_right_side(x))
    if root is None:
        return None
    y = min(root, fq2.negate(root), key=lambda element: (element[1], element[0]))
    return (x, y)


def _hash_to_base_field(counter: int, first_index: int) -> int:
    digests = b"".join(
        keccak(DOMAIN + counter.to_bytes(32, "big") + index.to_bytes(32, "big"))
        for index in (first_index, first_index + 1)
    )
    return int.from_bytes(digests, "big") % FIELD_MODULUS


def _multiply(point: _TwistPoint, factor: int) -> _TwistPoint | None:
    result: _TwistPoint | None = None
    for bit in bin(factor)[2:]:
        result = _add(result, result)
        if bit == "1":
            result = _add(result, point)
    return result


def _add(left: _TwistPoint | None, right: _TwistPoint | None) -> _TwistPoint | None:
    # None is the identity.
    if left is None:
        return right
    if right is None:
        return left
    (left_x, left_y), (right_x, right_y) = left, right
    if left_x == right_x:
        if left_y == fq2.negate(right_y):
            return None
        tangent = fq2.multiply((3, 0), fq2.multiply(left_x, left_x))
        slope = fq2.multiply(tangent, fq2.invert(fq2.add(left_y, left_y)))
    else:
        slope = fq2.multiply(fq2.subtract(right_y, left_y), fq2.invert(fq2.subtract(right_x, left_x)))
    x = fq2.subtract(fq2.subtract(fq2.multiply(slope, slope), left_x), right_x)
    y = fq2.subtract(fq2.multiply(slope, fq2.subtract(left_x, x)), left_y)
    return (x, y)
