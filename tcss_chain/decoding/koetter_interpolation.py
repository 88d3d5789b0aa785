"""
The interpolation step of Guruswami and Sudan's decoder: a bivariate polynomial with many zeros.

Wanted: ``Q(x, y)`` with a zero of multiplicity ``s`` at every point ``(x_i, y_i)``, degree at most ``l`` in
``y``, and least ``(1, k - 1)``-weighted degree. Three known ideas make it cheap:

- *Re-encoding* (Koetter, Ma, Vardy, "The re-encoding transformation in algebraic list-decoding of
  Reed-Solomon codes", IEEE Trans. Inf. Theory 2011; first in Koetter and Vardy, ITW 2003). The polynomial
  through ``k`` of the points is subtracted, so that those have ``y_i = 0``. With ``g`` the product of their
  ``X - x_i``, the conditions there say no more than: ``g^(s-j)`` divides the coefficient of ``y^j``. Writing

      Q = sum_j a_j(x) * g^max(s-j, 0) * y^j = g^s * sum_j a_j(x) * g^max(j-s, 0) * z^j ,   z = y/g ,

  only the ``N - k`` other points are left, ``(x_i, z_i)`` with ``z_i = y_i/g(x_i)``, for the unknown ``a_j``.
- *One equation for each derivative*: with ``H`` through all ``(x_i, z_i)`` and ``G = prod_i (X - x_i)``, the
  multiplicity is ``s`` iff for each ``b < s``

      e_b = sum_j binom(j, b) * H^(j-b) * g^max(j-s, 0) * a_j = 0  modulo  G^(s-b) ,

  because ``z -> z + H(x)`` maps the ideal of every point to that of ``(x_i, 0)``. The value of ``e_b/G^a`` at
  ``x_i`` is the discrepancy of one condition, so it comes from one univariate polynomial.
- *Koetter's algorithm* (R. Koetter, 1996; in this form R. J. McEliece, "The Guruswami-Sudan decoding
  algorithm for Reed-Solomon codes", IPN Progress Report 42-153, 2003). ``l + 1`` candidates with different
  leading powers of ``y`` generate all solutions; for each condition the least candidate that violates it
  clears the others and is multiplied by ``X - x_i``. A candidate too heavy to be an answer never clears a
  lighter one, so it is dropped for good.

Each candidate is one univariate polynomial, its ``a_j`` side by side, so that clearing is one multiplication
and one subtraction of flint's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from math import comb
from operator import mul

from flint import fmpz_mod, fmpz_mod_poly

from .polynomials import PolynomialRing

_BLOCK_LENGTH = 16


@dataclass(frozen=True, slots=True)
class InterpolationProblem:
    """
    What is left to interpolate after re-encoding.

    Attributes
    ----------
    ring : PolynomialRing
        The polynomials over the field.
    abscissas : tuple of fmpz_mod
        The ``x_i`` of the points that were not used to re-encode.
    values : tuple of fmpz_mod
        Their ``z_i``.
    reencoding : fmpz_mod_poly
        ``g``, of degree ``k``, whose roots are the abscissas of the other points.
    multiplicity, list_size : int
        ``s`` and ``l``, with ``1 <= s <= l``.
    weight_bound : int
        ``Q`` must have a weighted degree below this.
    """

    ring: PolynomialRing
    abscissas: tuple[fmpz_mod, ...]
    values: tuple[fmpz_mod, ...]
    reencoding: fmpz_mod_poly
    multiplicity: int
    list_size: int
    weight_bound: int

    def start_weights(self) -> list[int]:
        """
        Weigh the monomials that the candidates start from.

        Returns
        -------
        list of int
            The weighted degree of ``g^max(s-j, 0) * y^j`` for each ``j`` up to ``l``.
        """
        dimension = self.reencoding.degree()
        return [
            dimension * max(self.multiplicity - j, 0) + j * (dimension - 1) for j in range(self.list_size + 1)
        ]


@dataclass(slots=True)
class _Candidate:
    packed: fmpz_mod_poly
    weight: int
    # The power of y in the leading monomial; it breaks ties and never changes.
    column: int
    residual: fmpz_mod_poly


@dataclass(frozen=True, slots=True)
class _Block:
    abscissas: tuple[fmpz_mod, ...]
    product: fmpz_mod_poly


def interpolate_bivariate(problem: InterpolationProblem) -> list[fmpz_mod_poly]:
    """
    Find the lightest bivariate polynomial with the wanted zeros.

    Parameters
    ----------
    problem : InterpolationProblem
        The points and the bounds, which leave at least one solution.

    Returns
    -------
    list of fmpz_mod_poly
        ``a_j(x) * g^max(j-s, 0)`` for ``j = 0, 1, ...``: the coefficients of the powers of ``z`` in
        ``Q/g^s``.
    """
    weights = problem.start_weights()
    widths = [max(problem.weight_bound - weight, 0) for weight in weights]
    offsets = [0, *accumulate(widths)]
    columns = list(zip(offsets, widths, strict=False))
    one = problem.ring.polynomial.one()
    candidates = [
        _Candidate(one.left_shift(offset), weight, column, one)
        for column, (offset, weight) in enumerate(zip(offsets, weights, strict=False))
        if weight < problem.weight_bound
    ]
    blocks = _blocks(problem)
    common = reduce(mul, (block.product for block in blocks))
    interpolant = problem.ring.interpolate(problem.abscissas, problem.values)
    tails = [problem.reencoding ** max(j - problem.multiplicity, 0) for j in range(len(columns))]
    for derivative in range(problem.multiplicity):
        order = problem.multiplicity - derivative
        multipliers = _multipliers(interpolant, tails, derivative, common**order)
        for candidate in candidates:
            candidate.residual = _residual(candidate.packed, columns, multipliers)
        for remaining in range(order, 0, -1):
            if remaining == 1:
                for candidate in candidates:
                    candidate.residual %= common
            for block in blocks:
                candidates = _impose(candidates, block.abscissas, problem.weight_bound)
                # The residuals are now zero at these points. Shorter ones are evaluated faster, and dividing
                # all of them by the same values does not change how discrepancies cancel.
                for candidate in candidates:
                    candidate.residual = candidate.residual.exact_division(block.product)
    lightest = min(candidates, key=lambda candidate: (candidate.weight, candidate.column))
    return [part * tail for part, tail in zip(_unpack(lightest.packed, columns), tails, strict=True)]


def _blocks(problem: InterpolationProblem) -> list[_Block]:
    slices = [
        problem.abscissas[start : start + _BLOCK_LENGTH]
        for start in range(0, len(problem.abscissas), _BLOCK_LENGTH)
    ]
    return [_Block(abscissas, problem.ring.product_of_roots(abscissas)) for abscissas in slices]


def _multipliers(
    interpolant: fmpz_mod_poly, tails: Sequence[fmpz_mod_poly], derivative: int, modulus: fmpz_mod_poly
) -> list[fmpz_mod_poly]:
    # binom(j, b) * H^(j-b) * g^max(j-s, 0) modulo G^(s-b) for j = b, b+1, ...; smaller j do not take part.
    power = interpolant**0
    multipliers = []
    for j in range(derivative, len(tails)):
        multipliers.append(comb(j, derivative) * power * tails[j] % modulus)
        power = power * interpolant % modulus
    return multipliers


def _residual(
    packed: fmpz_mod_poly, columns: Sequence[tuple[int, int]], multipliers: Sequence[fmpz_mod_poly]
) -> fmpz_mod_poly:
    parts = _unpack(packed, columns)[len(columns) - len(multipliers) :]
    total = packed * 0
    for part, multiplier in zip(parts, multipliers, strict=True):
        if part:
            total += part * multiplier
    return total


def _unpack(packed: fmpz_mod_poly, columns: Sequence[tuple[int, int]]) -> list[fmpz_mod_poly]:
    return [packed.right_shift(offset).truncate(width) for offset, width in columns]


def _impose(
    candidates: list[_Candidate], abscissas: Sequence[fmpz_mod], weight_bound: int
) -> list[_Candidate]:
    """Make all residuals zero at some points, and drop candidates that reach the bound."""
    for abscissa in abscissas:
        violations = [
            (candidate, discrepancy)
            for candidate in candidates
            if (discrepancy := candidate.residual(abscissa))
        ]
        if not violations:
            continue
        pivot, pivot_discrepancy = min(violations, key=lambda entry: (entry[0].weight, entry[0].column))
        scale = ~pivot_discrepancy
        for candidate, discrepancy in violations:
            if candidate is not pivot:
                factor = discrepancy * scale
                candidate.packed -= pivot.packed * factor
                candidate.residual -= pivot.residual * factor
        pivot.weight += 1
        if pivot.weight >= weight_bound:
            candidates = [candidate for candidate in candidates if candidate is not pivot]
        else:
            pivot.packed = pivot.packed.left_shift(1) - pivot.packed * abscissa
            pivot.residual = pivot.residual.left_shift(1) - pivot.residual * abscissa
    return candidates
