"""
The border: scalars and points from outside become values that need no further checks.

Everything that comes from a chain, a peer, a file or a box passes here before any computation (protocol
section 1). Only canonical encodings are accepted: a scalar below ``r``, coordinates below ``q``, a point on
its curve and in its subgroup, big-endian bytes of the exact length. Rejected values never appear in
messages.
"""

from typing import Final

from . import fq2
from .constants import (
    FIELD_MODULUS,
    G1_CURVE_CONSTANT,
    G1_IDENTITY_WORDS,
    G2_IDENTITY_WORDS,
    GROUP_ORDER,
    G1Words,
    G2Words,
)
from .errors import (
    CoordinateOutOfRangeError,
    EncodingLengthError,
    IdentityNotAllowedError,
    NotInSubgroupError,
    NotOnCurveError,
    ScalarOutOfRangeError,
    WordTypeError,
)
from .points import G1, G2, WORD_BYTES

SCALAR_BYTES: Final = WORD_BYTES
G1_BYTES: Final = 2 * WORD_BYTES
G2_BYTES: Final = 4 * WORD_BYTES


def decode_scalar(value: int | bytes, *, name: str = "scalar") -> int:
    """
    Check a scalar from outside.

    Parameters
    ----------
    value : int or bytes
        The scalar, or its 32 big-endian bytes.
    name : str
        What it is, for the message of an error.

    Returns
    -------
    int
        The scalar, ``0 <= result < r``.

    Raises
    ------
    WordTypeError
        If `value` is neither an integer nor bytes; a boolean is not an integer here.
    EncodingLengthError
        If it is bytes, and not 32 of them.
    ScalarOutOfRangeError
        If it is negative or not below ``r``.
    """
    if isinstance(value, bytes):
        _require_length(value, SCALAR_BYTES, name)
        scalar = int.from_bytes(value, "big")
    else:
        scalar = _require_integer(value, name, "an int or 32 bytes")
    if not 0 <= scalar < GROUP_ORDER:
        raise ScalarOutOfRangeError(name)
    return scalar


def encode_scalar(scalar: int) -> bytes:
    """
    Write a scalar as 32 big-endian bytes.

    Parameters
    ----------
    scalar : int
        ``0 <= scalar < r``.

    Returns
    -------
    bytes
        The encoding that `decode_scalar` reads.

    Raises
    ------
    WordTypeError
        If it is no integer.
    ScalarOutOfRangeError
        If it is not reduced.
    """
    if isinstance(scalar, bytes):
        raise WordTypeError("scalar", "bytes", "an int")
    return decode_scalar(scalar).to_bytes(SCALAR_BYTES, "big")


def decode_g1(x: int, y: int, *, allow_identity: bool, name: str = "G1 point") -> G1:
    """
    Check a point of G1 from outside.

    Parameters
    ----------
    x, y : int
        Affine coordinates in ``F_q``; both 0 for the identity.
    allow_identity : bool
        Whether the identity is acceptable: it is for commitments and computed results, never for keys.
    name : str
        What the point is, for the message of an error.

    Returns
    -------
    G1
        The point.

    Raises
    ------
    WordTypeError
        If a coordinate is not an integer.
    CoordinateOutOfRangeError
        If a coordinate is negative or not below ``q``.
    IdentityNotAllowedError
        If it is the identity and that is not allowed.
    NotOnCurveError
        If the equation of the curve does not hold.
    """
    words: G1Words = (_coordinate(x, "x", name), _coordinate(y, "y", name))
    if words == G1_IDENTITY_WORDS:
        _require_identity_allowed(allow_identity, name)
    elif (y * y - x * x * x - G1_CURVE_CONSTANT) % FIELD_MODULUS != 0:
        raise NotOnCurveError(name, "G1")
    return G1.from_checked_words(words)


def decode_g2(
    x_imaginary: int,
    x_real: int,
    y_imaginary: int,
    y_real: int,
    *,
    allow_identity: bool,
    name: str = "G2 point",
) -> G2:
    """
    Check a point of G2 from outside.

    Parameters
    ----------
    x_imaginary, x_real, y_imaginary, y_real : int
        Affine coordinates in ``F_q2`` in the order of EIP-197; all 0 for the identity.
    allow_identity : bool
        Whether the identity is acceptable.
    name : str
        What the point is, for the message of an error.

    Returns
    -------
    G2
        The point.

    Raises
    ------
    WordTypeError
        If a word is not an integer.
    CoordinateOutOfRangeError
        If a word is negative or not below ``q``.
    IdentityNotAllowedError
        If it is the identity and that is not allowed.
    NotOnCurveError
        If the equation of the twist does not hold.
    NotInSubgroupError
        If the point is on the twist but outside the subgroup of order ``r``.
    """
    words: G2Words = (
        _coordinate(x_imaginary, "x_imaginary", name),
        _coordinate(x_real, "x_real", name),
        _coordinate(y_imaginary, "y_imaginary", name),
        _coordinate(y_real, "y_real", name),
    )
    if words == G2_IDENTITY_WORDS:
        _require_identity_allowed(allow_identity, name)
    elif not fq2.is_on_twist((x_real, x_imaginary), (y_real, y_imaginary)):
        raise NotOnCurveError(name, "G2")
    try:
        return G2.from_checked_words(words)
    except NotInSubgroupError:
        raise NotInSubgroupError(name) from None


def decode_g1_bytes(encoded: bytes, *, allow_identity: bool, name: str = "G1 point") -> G1:
    """
    Check a point of G1 that came as 64 bytes, the inverse of `G1.to_bytes`.

    Parameters
    ----------
    encoded : bytes
        ``x`` and ``y``, each 32 bytes big-endian.
    allow_identity : bool
        Whether the identity, 64 zero bytes, is acceptable.
    name : str
        What the point is, for the message of an error.

    Returns
    -------
    G1
        The point.

    Raises
    ------
    CurveDecodingError
        As `decode_g1`, and `EncodingLengthError` for a wrong length.
    """
    x, y = _split_words(encoded, G1_BYTES, name)
    return decode_g1(x, y, allow_identity=allow_identity, name=name)


def decode_g2_bytes(encoded: bytes, *, allow_identity: bool, name: str = "G2 point") -> G2:
    """
    Check a point of G2 that came as 128 bytes, the inverse of `G2.to_bytes`.

    Parameters
    ----------
    encoded : bytes
        The four words in the order of EIP-197, each 32 bytes big-endian.
    allow_identity : bool
        Whether the identity, 128 zero bytes, is acceptable.
    name : str
        What the point is, for the message of an error.

    Returns
    -------
    G2
        The point.

    Raises
    ------
    CurveDecodingError
        As `decode_g2`, and `EncodingLengthError` for a wrong length.
    """
    x_imaginary, x_real, y_imaginary, y_real = _split_words(encoded, G2_BYTES, name)
    return decode_g2(x_imaginary, x_real, y_imaginary, y_real, allow_identity=allow_identity, name=name)


def _coordinate(value: object, coordinate: str, name: str) -> int:
    integer = _require_integer(value, name, f"an int for {coordinate}")
    if not 0 <= integer < FIELD_MODULUS:
        raise CoordinateOutOfRangeError(name, coordinate)
    return integer


def _require_integer(value: object, name: str, expected: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise WordTypeError(name, type(value).__name__, expected)
    return value


def _require_length(encoded: bytes, expected: int, name: str) -> None:
    if len(encoded) != expected:
        raise EncodingLengthError(name, expected, len(encoded))


def _require_identity_allowed(allow_identity: bool, name: str) -> None:
    if not allow_identity:
        raise IdentityNotAllowedError(name)


def _split_words(encoded: object, length: int, name: str) -> list[int]:
    if not isinstance(encoded, bytes):
        raise WordTypeError(name, type(encoded).__name__, f"{length} bytes")
    _require_length(encoded, length, name)
    return [
        int.from_bytes(encoded[start : start + WORD_BYTES], "big") for start in range(0, length, WORD_BYTES)
    ]
