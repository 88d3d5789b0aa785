"""
BN254 by py_ecc: the reference, and the fallback where there is no compiled library.

About a hundred times slower than arkworks. Native points are projective triples.
"""

# ruff: noqa: D102 - the methods are documented once, in the protocol `CurveBackend`.

from collections.abc import Sequence
from typing import Final

from py_ecc.fields import optimized_bn128_FQ as FQ
from py_ecc.fields import optimized_bn128_FQ2 as FQ2
from py_ecc.fields import optimized_bn128_FQ12 as FQ12
from py_ecc.optimized_bn128 import optimized_curve as curve
from py_ecc.optimized_bn128 import optimized_pairing as pairing

from .backend import NativeG1, NativeG2, contained
from .bucket_method import multi_scalar_multiply
from .constants import G1_IDENTITY_WORDS, G2_IDENTITY_WORDS, GROUP_ORDER, G1Words, G2Words

NAME: Final = "py_ecc"


class PyEccBackend:
    """The backend on py_ecc's projective points."""

    name: Final = NAME

    @contained(NAME)
    def g1_from_affine(self, words: G1Words) -> NativeG1:
        if words == G1_IDENTITY_WORDS:
            return curve.Z1
        return (FQ(words[0]), FQ(words[1]), FQ.one())

    @contained(NAME)
    def g1_to_affine(self, point: NativeG1) -> G1Words:
        if curve.is_inf(point):
            return G1_IDENTITY_WORDS
        x, y = curve.normalize(point)
        return (int(x), int(y))

    @contained(NAME)
    def g1_add(self, left: NativeG1, right: NativeG1) -> NativeG1:
        return curve.add(left, right)

    @contained(NAME)
    def g1_neg(self, point: NativeG1) -> NativeG1:
        return curve.neg(point)

    @contained(NAME)
    def g1_mul(self, point: NativeG1, scalar: int) -> NativeG1:
        return curve.multiply(point, scalar)

    @contained(NAME)
    def g1_msm(self, points: Sequence[NativeG1], scalars: Sequence[int]) -> NativeG1:
        return multi_scalar_multiply(points, scalars, identity=curve.Z1, add=curve.add)

    @contained(NAME)
    def g1_eq(self, left: NativeG1, right: NativeG1) -> bool:
        return self.g1_to_affine(left) == self.g1_to_affine(right)

    @contained(NAME)
    def g1_is_identity(self, point: NativeG1) -> bool:
        return bool(curve.is_inf(point))

    @contained(NAME)
    def g2_from_affine(self, words: G2Words) -> NativeG2 | None:
        if words == G2_IDENTITY_WORDS:
            return curve.Z2
        x_imaginary, x_real, y_imaginary, y_real = words
        point = (FQ2([x_real, x_imaginary]), FQ2([y_real, y_imaginary]), FQ2.one())
        return point if curve.is_inf(curve.multiply(point, GROUP_ORDER)) else None

    @contained(NAME)
    def g2_to_affine(self, point: NativeG2) -> G2Words:
        if curve.is_inf(point):
            return G2_IDENTITY_WORDS
        x, y = curve.normalize(point)
        x_real, x_imaginary = x.coeffs
        y_real, y_imaginary = y.coeffs
        return (int(x_imaginary), int(x_real), int(y_imaginary), int(y_real))

    @contained(NAME)
    def g2_add(self, left: NativeG2, right: NativeG2) -> NativeG2:
        return curve.add(left, right)

    @contained(NAME)
    def g2_neg(self, point: NativeG2) -> NativeG2:
        return curve.neg(point)

    @contained(NAME)
    def g2_mul(self, point: NativeG2, scalar: int) -> NativeG2:
        return curve.multiply(point, scalar)

    @contained(NAME)
    def g2_msm(self, points: Sequence[NativeG2], scalars: Sequence[int]) -> NativeG2:
        return multi_scalar_multiply(points, scalars, identity=curve.Z2, add=curve.add)

    @contained(NAME)
    def g2_eq(self, left: NativeG2, right: NativeG2) -> bool:
        return self.g2_to_affine(left) == self.g2_to_affine(right)

    @contained(NAME)
    def g2_is_identity(self, point: NativeG2) -> bool:
        return bool(curve.is_inf(point))

    @contained(NAME)
    def pairing_product_is_one(self, left: Sequence[NativeG1], right: Sequence[NativeG2]) -> bool:
        product = FQ12.one()
        for g1_point, g2_point in zip(left, right, strict=True):
            product *= pairing.pairing(g2_point, g1_point, final_exponentiate=False)
        # One final exponentiation serves all pairs.
        return bool(pairing.final_exponentiate(product) == FQ12.one())
