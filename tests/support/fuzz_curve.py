"""G1, the twist and the pairing by py_ecc, decided from words as EIP-196 and EIP-197 say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, Final

from py_ecc.optimized_bn128 import (
    FQ,
    FQ2,
    FQ12,
    Z1,
    Z2,
    add,
    b,
    b2,
    curve_order,
    field_modulus,
    final_exponentiate,
    is_inf,
    is_on_curve,
    multiply,
    neg,
    normalize,
    pairing,
)
from py_ecc.optimized_bn128 import G1 as GENERATOR
from py_ecc.optimized_bn128 import G2 as TWIST_GENERATOR

from .independent import Words, point_from, words_from

Q: Final[int] = field_modulus
R: Final[int] = curve_order
COFACTOR: Final[int] = 2 * Q - R
SMALL_ORDER: Final = 10_069
"""A prime that divides the cofactor: the twist has points of this order."""
LARGEST: Final = 2**256 - 1

TwistWords = tuple[int, int, int, int]

# The second generator as docs/protocol.md prints it.
V_WORDS: Final[TwistWords] = (
    0x18F2364B745379DD322D17EBB50E8AF7CBC04341872B5BD63EF2BB3396EF5AA3,
    0x17D16EEB967DDBF165D30D7C4A64A26AFCDD11A174C7A52033BDE80983774D47,
    0x17E8E477BDCA68B77CB375211230332683AA9DCC3CCB490A056571CDFB3A0D6C,
    0x20DAF62FA0E4E8860D09DC5BDDFD21147296F7C7222093392AEFC643FAF16770,
)


# ---------------------------------------------------------------- G1


def g1_defect(words: Words) -> str | None:
    """Why these words are neither a point of the curve nor the identity; None if they are one."""
    if max(words) >= Q:
        return "CoordinateOutOfRange"
    if words != (0, 0) and not is_on_curve((FQ(words[0]), FQ(words[1]), FQ.one()), b):
        return "NotOnCurve"
    return None


def g1_sum(left: Words, right: Words) -> Words:
    return words_from(add(point_from(left), point_from(right)))


@lru_cache(maxsize=20_000)
def g1_multiple(point: Words, scalar: int) -> Words:
    """A multiple of a valid point; a scalar may be any word."""
    return words_from(multiply(point_from(point), scalar % R))


@cache
def _multiples_of_powers(twist: bool) -> list[list[Any]]:
    """``digit*16^place`` times the generator of G1 or of the twist."""
    power, rows = (TWIST_GENERATOR, []) if twist else (GENERATOR, [])
    for _ in range(64):
        row = [Z2 if twist else Z1]
        for _ in range(15):
            row.append(add(row[-1], power))
        rows.append(row)
        power = add(row[-1], power)
    return rows


def _generator_multiple(scalar: int, twist: bool) -> Any:
    total = Z2 if twist else Z1
    for place, row in enumerate(_multiples_of_powers(twist)):
        total = add(total, row[scalar % R >> 4 * place & 15])
    return total


def times_g(scalar: int) -> Words:
    """A multiple of G, with fewer additions than `g1_multiple`."""
    return words_from(_generator_multiple(scalar, twist=False))


def times_u(scalar: int) -> TwistWords:
    """A multiple of U."""
    return twist_words(_generator_multiple(scalar, twist=True))


def g1_negative(point: Words) -> Words:
    return words_from(neg(point_from(point)))


def g1_combination(terms: Iterable[tuple[Words, int]]) -> Words:
    total: Words = (0, 0)
    for point, scalar in terms:
        total = g1_sum(total, g1_multiple(point, scalar))
    return total


G: Final[Words] = words_from(GENERATOR)


# ---------------------------------------------------------------- the twist


def twist_point(words: TwistWords) -> Any:
    """The point of py_ecc; the words must be canonical."""
    x_imaginary, x_real, y_imaginary, y_real = words
    if words == (0, 0, 0, 0):
        return Z2
    return FQ2([x_real, x_imaginary]), FQ2([y_real, y_imaginary]), FQ2.one()


def twist_words(point: Any) -> TwistWords:
    if is_inf(point):
        return 0, 0, 0, 0
    x, y = (coordinate.coeffs for coordinate in normalize(point))
    return int(x[1]), int(x[0]), int(y[1]), int(y[0])


@lru_cache(maxsize=20_000)
def g2_defect(words: TwistWords) -> str | None:
    """Why these words are no point of G2; None if they are one."""
    if max(words) >= Q:
        return "CoordinateOutOfRange"
    point = twist_point(words)
    if not is_on_curve(point, b2):
        return "off the twist"
    return None if is_inf(multiply(point, R)) else "outside the subgroup"


def twist_sum(left: TwistWords, right: TwistWords) -> TwistWords:
    return twist_words(add(twist_point(left), twist_point(right)))


def twist_multiple(point: TwistWords, scalar: int) -> TwistWords:
    """A multiple of a point of the twist, in the subgroup or not."""
    return twist_words(multiply(twist_point(point), scalar))


def twist_negative(point: TwistWords) -> TwistWords:
    return twist_words(neg(twist_point(point)))


U_WORDS: Final[TwistWords] = twist_words(TWIST_GENERATOR)


def _root_of_prime_field(value: int) -> int | None:
    root = pow(value, (Q + 1) // 4, Q)
    return root if root * root % Q == value % Q else None


def _root(value: FQ2) -> FQ2 | None:
    """A square root in F_q2 by norms; q is 3 mod 4."""
    real, imaginary = (int(each) for each in value.coeffs)
    norm_root = _root_of_prime_field(real * real + imaginary * imaginary)
    if norm_root is None:
        return None
    for sign in (1, -1):
        half = (real + sign * norm_root) * pow(2, -1, Q) % Q
        first = _root_of_prime_field(half)
        if first:
            root = FQ2([first, imaginary * pow(2 * first, -1, Q) % Q])
            if root * root == value:
                return root
    return None


def twist_point_at(x_real: int, x_imaginary: int) -> TwistWords | None:
    """A point of the twist with this x, without multiplication by the cofactor; None if there is none."""
    x = FQ2([x_real, x_imaginary])
    y = _root(x * x * x + b2)
    return None if y is None else twist_words((x, y, FQ2.one()))


# ---------------------------------------------------------------- the pairing


@lru_cache(maxsize=5_000)
def _miller(left: Words, right: TwistWords) -> Any:
    return pairing(twist_point(right), point_from(left), final_exponentiate=False)


def pairing_product_is_one(left: Iterable[Words], right: Iterable[TwistWords]) -> bool:
    """Whether the product of the pairings is one; all points must be valid."""
    product = FQ12.one()
    for first, second in zip(left, right, strict=True):
        product = product * _miller(first, second)
    return bool(final_exponentiate(product) == FQ12.one())


def lagrange_at_zero(points: list[int]) -> list[int]:
    """The weights L_j with sum_j L_j*f(x_j) = f(0); the points must be distinct and not zero."""
    weights = []
    for j, x in enumerate(points):
        weight = 1
        for m, other in enumerate(points):
            if m != j:
                weight = weight * other * pow(other - x, -1, R) % R
        weights.append(weight)
    return weights


assert COFACTOR % SMALL_ORDER == 0
