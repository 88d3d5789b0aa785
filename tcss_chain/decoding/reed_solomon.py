"""
Unique decoding of Reed-Solomon codes.

S. Gao, "A new algorithm for decoding Reed-Solomon codes", in Communications, Information and Network
Security, Kluwer 2003: with ``M = prod_i (X - x_i)`` and ``R`` the interpolant of the ``N`` received values,
the extended Euclidean algorithm on ``(M, R)`` is stopped at the first remainder ``g = u*M + v*R`` of degree
below ``(N + k)/2``. If a polynomial ``f`` of degree below ``k`` differs from the received values in at most
``(N - k)/2`` places, then ``v`` is a multiple of the locator of those places and ``g = v*f``.
"""

from collections.abc import Sequence

from flint import fmpz_mod, fmpz_mod_poly

from .errors import DecodingParameterError
from .polynomials import SCALAR_RING, PolynomialRing, padded_coefficients


def decode_unique(
    points: Sequence[tuple[int, int]], dimension: int, *, ring: PolynomialRing = SCALAR_RING
) -> tuple[int, ...] | None:
    """
    Find the polynomial that passes through all but at most ``(N - dimension)/2`` of ``N`` points.

    Parameters
    ----------
    points : sequence of (int, int)
        The points ``(x, y)``, with ``x`` distinct in the field; any integers, reduced modulo the field's
        size.
    dimension : int
        ``k``: how many coefficients the polynomial has; ``1 <= k <= N``.
    ring : PolynomialRing, optional
        The polynomials over the field of the points; over ``F_r`` unless given.

    Returns
    -------
    tuple of int or None
        The coefficients from the constant term upwards, `dimension` of them; None if there is no such
        polynomial. There is never more than one.

    Raises
    ------
    DecodingParameterError
        If `dimension` is out of range.
    DuplicateAbscissaError
        If two points have the same abscissa.
    """
    if not 1 <= dimension <= len(points):
        raise DecodingParameterError(
            "the dimension", dimension, f"from 1 to {len(points)}, the number of points"
        )
    abscissas = ring.distinct_elements([x for x, _ in points])
    values = [ring.element(y) for _, y in points]
    decoded = gao(ring, abscissas, values, dimension)
    return None if decoded is None else padded_coefficients(decoded, dimension)


def gao(
    ring: PolynomialRing, abscissas: Sequence[fmpz_mod], values: Sequence[fmpz_mod], dimension: int
) -> fmpz_mod_poly | None:
    """
    Do the same as `decode_unique`, on elements of the field.

    Parameters
    ----------
    ring : PolynomialRing
        The polynomials over the field.
    abscissas, values : sequence of fmpz_mod
        The coordinates of the points; the abscissas are distinct.
    dimension : int
        ``k``, from 1 to the number of points.

    Returns
    -------
    fmpz_mod_poly or None
        The polynomial.
    """
    length = len(abscissas)
    remainder = ring.interpolate(abscissas, values)
    previous = ring.product_of_roots(abscissas)
    locator, previous_locator = ring.polynomial.one(), ring.polynomial.zero()
    while 2 * remainder.degree() >= length + dimension:
        quotient, rest = divmod(previous, remainder)
        previous, remainder = remainder, rest
        previous_locator, locator = locator, previous_locator - quotient * locator
    decoded, rest = divmod(remainder, locator)
    # Otherwise v*(f - R) is a multiple of M, so errors are at roots of v, whose degree is at most (N - k)/2.
    return None if rest or decoded.degree() >= dimension else decoded
