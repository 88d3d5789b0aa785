"""
BN254 by arkworks, through the compiled module of the package zksnake.

The module has traps, each avoided here. Its constructors panic on invalid points, the identity among them,
and reduce coordinates silently, so they get checked words only. Its G2 constructor panics outside the
subgroup, so points are read from their compressed form instead, which reports the same with an ordinary
exception.
"""

# ruff: noqa: D102 - the methods are documented once, in the protocol `CurveBackend`.

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from .backend import NativeG1, NativeG2, contained
from .constants import FIELD_MODULUS, G1_IDENTITY_WORDS, G2_IDENTITY_WORDS, G1Words, G2Words
from .errors import BackendFailureError, BackendUnavailableError

NAME: Final = "arkworks"

_COORDINATE_BYTES: Final = 32
# In arkworks' compressed form the top bit of the last byte marks the greater of the two roots y.
_GREATER_ROOT_FLAG: Final = 1 << 255


def _load_native_module() -> Any:
    try:
        # By name, because the module comes without type information.
        return import_module("zksnake._algebra").ec_bn254
    except Exception as error:  # a broken wheel can fail in other ways than ImportError
        raise BackendUnavailableError(NAME, f"importing zksnake fails ({type(error).__name__})") from error


class ArkworksBackend:
    """
    The backend on native arkworks points.

    Raises
    ------
    BackendUnavailableError
        If zksnake cannot be imported.
    """

    name: Final = NAME

    def __init__(self) -> None:
        self._native = _load_native_module()
        self._g1_identity = self._native.PointG1.identity()
        self._g2_identity = self._native.g2() * 0
        # The unit of the target group is what the product over no pairs gives.
        self._unit = self._native.multi_pairing([], [])

    @contained(NAME)
    def g1_from_affine(self, words: G1Words) -> NativeG1:
        if words == G1_IDENTITY_WORDS:
            return self._g1_identity
        return self._native.PointG1(*words)

    @contained(NAME)
    def g1_to_affine(self, point: NativeG1) -> G1Words:
        return G1_IDENTITY_WORDS if point.is_zero() else (point.x, point.y)

    @contained(NAME)
    def g1_add(self, left: NativeG1, right: NativeG1) -> NativeG1:
        return left + right

    @contained(NAME)
    def g1_neg(self, point: NativeG1) -> NativeG1:
        return -point

    @contained(NAME)
    def g1_mul(self, point: NativeG1, scalar: int) -> NativeG1:
        return point * scalar

    @contained(NAME)
    def g1_msm(self, points: Sequence[NativeG1], scalars: Sequence[int]) -> NativeG1:
        if not points:
            return self._g1_identity
        return self._native.multiscalar_mul_g1(points, scalars)

    @contained(NAME)
    def g1_eq(self, left: NativeG1, right: NativeG1) -> bool:
        return bool(left == right)

    @contained(NAME)
    def g1_is_identity(self, point: NativeG1) -> bool:
        return bool(point.is_zero())

    @contained(NAME)
    def g2_from_affine(self, words: G2Words) -> NativeG2 | None:
        if words == G2_IDENTITY_WORDS:
            return self._g2_identity
        try:
            point = self._native.PointG2.from_bytes(_compress(words))
        except ValueError:
            # The caller has checked the equation of the twist, so only the subgroup check can have failed.
            return None
        if self.g2_to_affine(point) != words:
            raise BackendFailureError(NAME, "g2_from_affine")
        return point

    @contained(NAME)
    def g2_to_affine(self, point: NativeG2) -> G2Words:
        if point.is_zero():
            return G2_IDENTITY_WORDS
        x_real, x_imaginary = point.x
        y_real, y_imaginary = point.y
        return (x_imaginary, x_real, y_imaginary, y_real)

    @contained(NAME)
    def g2_add(self, left: NativeG2, right: NativeG2) -> NativeG2:
        return left + right

    @contained(NAME)
    def g2_neg(self, point: NativeG2) -> NativeG2:
        return -point

    @contained(NAME)
    def g2_mul(self, point: NativeG2, scalar: int) -> NativeG2:
        return point * scalar

    @contained(NAME)
    def g2_msm(self, points: Sequence[NativeG2], scalars: Sequence[int]) -> NativeG2:
        if not points:
            return self._g2_identity
        return self._native.multiscalar_mul_g2(points, scalars)

    @contained(NAME)
    def g2_eq(self, left: NativeG2, right: NativeG2) -> bool:
        return bool(left == right)

    @contained(NAME)
    def g2_is_identity(self, point: NativeG2) -> bool:
        return bool(point.is_zero())

    @contained(NAME)
    def pairing_product_is_one(self, left: Sequence[NativeG1], right: Sequence[NativeG2]) -> bool:
        return bool(self._native.multi_pairing(left, right) == self._unit)


def _compress(words: G2Words) -> bytes:
    x_imaginary, x_real, y_imaginary, y_real = words
    opposite = (-y_imaginary % FIELD_MODULUS, -y_real % FIELD_MODULUS)
    flag = _GREATER_ROOT_FLAG if (y_imaginary, y_real) > opposite else 0
    parts = (x_real, x_imaginary | flag)
    return b"".join(part.to_bytes(_COORDINATE_BYTES, "little") for part in parts)
