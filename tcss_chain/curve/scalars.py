"""
Arithmetic in ``F_r``, the field of the shares and scalars (protocol section 1).

A scalar is a plain `int`. Every function accepts any integer as an operand, reduces it modulo ``r`` and
returns canonical results, ``0 <= result < r``. Python's integers do not compute in constant time: the
running time of these functions is not hidden from somebody who can measure it on the same machine.
"""

import secrets
from collections.abc import Sequence

from .constants import GROUP_ORDER
from .errors import DuplicatePointError, LengthMismatchError, ZeroInverseError, ZeroPointError


def random_scalar() -> int:
    """
    Draw a secret scalar.

    Returns
    -------
    int
        Uniform in ``0 <= value < r``, from the operating system's generator.
    """
    return secrets.randbelow(GROUP_ORDER)


def random_nonzero_scalar() -> int:
    """
    Draw a secret scalar that is not zero, as a private key must be.

    Returns
    -------
    int
        Uniform in ``1 <= value < r``.
    """
    return 1 + secrets.randbelow(GROUP_ORDER - 1)


def inverse(value: int) -> int:
    """
    Invert a scalar modulo ``r``.

    Parameters
    ----------
    value : int
        The scalar.

    Returns
    -------
    int
        The scalar whose product with `value` is 1.

    Raises
    ------
    ZeroInverseError
        If `value` is 0 modulo ``r``.
    """
    reduced = value % GROUP_ORDER
    if reduced == 0:
        raise ZeroInverseError
    return pow(reduced, -1, GROUP_ORDER)


def batch_inverse(values: Sequence[int]) -> list[int]:
    """
    Invert many scalars with a single modular inversion (Montgomery's trick).

    Parameters
    ----------
    values : sequence of int
        The scalars; may be empty.

    Returns
    -------
    list of int
        The inverses, in the same order.

    Raises
    ------
    ZeroInverseError
        If any value is 0 modulo ``r``.
    """
    prefixes = []
    product = 1
    for value in values:
        prefixes.append(product)
        product = product * value % GROUP_ORDER
    remaining = inverse(product)
    inverses = [0] * len(values)
    for index in range(len(values) - 1, -1, -1):
        inverses[index] = remaining * prefixes[index] % GROUP_ORDER
        remaining = remaining * values[index] % GROUP_ORDER
    return inverses


def powers(base: int, count: int) -> list[int]:
    """
    List the first powers of a scalar.

    Parameters
    ----------
    base : int
        The scalar.
    count : int
        How many powers; a count that is not positive gives none.

    Returns
    -------
    list of int
        ``[1, base, base^2, ..., base^(count - 1)]`` modulo ``r``; the power 0 of 0 is 1.
    """
    result = []
    power = 1
    for _ in range(count):
        result.append(power)
        power = power * base % GROUP_ORDER
    return result


def evaluate(coefficients: Sequence[int], x: int) -> int:
    """
    Evaluate a polynomial by Horner's rule.

    Parameters
    ----------
    coefficients : sequence of int
        From the constant term upwards; none at all is the zero polynomial.
    x : int
        Where to evaluate.

    Returns
    -------
    int
        ``sum_m coefficients[m] * x^m`` modulo ``r``.
    """
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * x + coefficient) % GROUP_ORDER
    return value


def lagrange_at_zero(points: Sequence[int]) -> list[int]:
    """
    Compute the Lagrange coefficients of a set of points at 0.

    Parameters
    ----------
    points : sequence of int
        The evaluation points ``x_j`` of the set ``S``; may be empty.

    Returns
    -------
    list of int
        ``L_j^S = prod_{m in S, m != j} x_m / (x_m - x_j)`` for each point, in the same order.

    Raises
    ------
    ZeroPointError
        If a point is 0 modulo ``r``.
    DuplicatePointError
        If two points are equal modulo ``r``.
    """
    reduced = [point % GROUP_ORDER for point in points]
    _require_distinct_nonzero(reduced)
    numerator = 1
    for point in reduced:
        numerator = numerator * point % GROUP_ORDER
    denominators = []
    for j, x_j in enumerate(reduced):
        # Holding x_j once more lets all coefficients share one numerator, the product of all the points.
        denominator = x_j
        for m, x_m in enumerate(reduced):
            if m != j:
                denominator = denominator * (x_m - x_j) % GROUP_ORDER
        denominators.append(denominator)
    return [numerator * inverted % GROUP_ORDER for inverted in batch_inverse(denominators)]


def interpolate_at_zero(points: Sequence[int], values: Sequence[int]) -> int:
    """
    Evaluate at 0 the polynomial of least degree through the given values.

    Parameters
    ----------
    points : sequence of int
        The evaluation points, distinct and not 0 modulo ``r``.
    values : sequence of int
        The value at each point.

    Returns
    -------
    int
        ``sum_j L_j * values[j]`` modulo ``r``.

    Raises
    ------
    LengthMismatchError
        If there is not one value for each point.
    ZeroPointError
        If a point is 0 modulo ``r``.
    DuplicatePointError
        If two points are equal modulo ``r``.
    """
    if len(points) != len(values):
        raise LengthMismatchError("points", len(points), "values", len(values))
    coefficients = lagrange_at_zero(points)
    return (
        sum(coefficient * value for coefficient, value in zip(coefficients, values, strict=True))
        % GROUP_ORDER
    )


def _require_distinct_nonzero(points: Sequence[int]) -> None:
    first_seen: dict[int, int] = {}
    for index, point in enumerate(points):
        if point == 0:
            raise ZeroPointError(index)
        first = first_seen.setdefault(point, index)
        if first != index:
            raise DuplicatePointError(first, index)
