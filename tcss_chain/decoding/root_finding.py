"""
The root step of Guruswami and Sudan's decoder: the power series ``z(x)`` with ``Q(x, z(x)) = 0``.

At a simple root of ``Q(0, z)`` the series is found by Newton's iteration, which doubles its precision each
time. At a multiple root the substitution of R. M. Roth and G. Ruckenstein ("Efficient decoding of
Reed-Solomon codes beyond half the minimum distance", IEEE Trans. Inf. Theory 2000) splits off one
coefficient: ``z = root + x*z'``, after which the series ``z'`` solves ``Q(x, root + x*z')/x^v = 0``. Together
they miss no solution.
"""

from collections.abc import Sequence

from flint import fmpz_mod, fmpz_mod_poly

from .polynomials import PolynomialRing


def series_roots(
    ring: PolynomialRing, columns: Sequence[fmpz_mod_poly], precision: int
) -> list[fmpz_mod_poly]:
    """
    Find all power series that solve a bivariate equation, cut off at a precision.

    Parameters
    ----------
    ring : PolynomialRing
        The polynomials over the field.
    columns : sequence of fmpz_mod_poly
        ``q_j(x)`` of ``Q = sum_j q_j(x) * z^j``, not all zero.
    precision : int
        How many coefficients of the series are wanted; at least 1.

    Returns
    -------
    list of fmpz_mod_poly
        Polynomials of degree less than `precision`. Every series ``z`` with ``Q(x, z) = 0`` is congruent to
        one of them modulo ``x^precision``; the converse need not hold.
    """
    reduced = _without_powers_of_x(columns)
    at_zero = ring.polynomial([column[0] for column in reduced])
    if at_zero.degree() < 1:
        return []
    found = []
    for root, multiplicity in at_zero.roots():
        if multiplicity == 1:
            found.append(_newton(reduced, ring.polynomial([root]), precision))
        elif precision == 1:
            found.append(ring.polynomial([root]))
        else:
            shifted = _substitute(reduced, root)
            found += [later.left_shift(1) + root for later in series_roots(ring, shifted, precision - 1)]
    return found


def _without_powers_of_x(columns: Sequence[fmpz_mod_poly]) -> list[fmpz_mod_poly]:
    valuation = min(
        next(exponent for exponent, coefficient in enumerate(column.coeffs()) if coefficient)
        for column in columns
        if column
    )
    return [column.right_shift(valuation) for column in columns] if valuation else list(columns)


def _newton(columns: Sequence[fmpz_mod_poly], start: fmpz_mod_poly, precision: int) -> fmpz_mod_poly:
    solution = start
    known = 1
    while known < precision:
        known = min(2 * known, precision)
        value = slope = solution * 0
        for column in reversed(columns):
            slope = slope.mul_low(solution, known) + value
            value = value.mul_low(solution, known) + column.truncate(known)
        solution -= value.mul_low(slope.inverse_series_trunc(known), known)
    return solution


def _substitute(columns: Sequence[fmpz_mod_poly], root: fmpz_mod) -> list[fmpz_mod_poly]:
    # Horner's rule in z gives Q(x, z + root); then z becomes x*z.
    shifted = list(columns)
    for start in range(len(shifted) - 1):
        for j in range(len(shifted) - 2, start - 1, -1):
            shifted[j] += shifted[j + 1] * root
    return [column.left_shift(j) for j, column in enumerate(shifted)]
