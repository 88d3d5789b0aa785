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

from .polynomials import PolynomialRing


def gao(
    ring: PolynomialRing, abscissas: Sequence[fmpz_mod], values: Sequence[fmpz_mod], dimension: int
) -> fmpz_mod_poly | None:
    """
    Find the polynomial that passes through all but at most ``(N - dimension)/2`` of ``N`` points.

    Parameters
    ----------
    ring : PolynomialRing
        The polynomials over the field.
    abscissas, values : sequence of fmpz_mod
        The coordinates of the points; the abscissas are distinct.
    dimension : int
        ``k``: how many coefficients the polynomial has; ``1 <= k <= N``.

    Returns
    -------
    fmpz_mod_poly or None
        The polynomial; None if there is none. There is never more than one.
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
