"""
Subset product by lattices: few right evaluations tell who leaked, also among many (docs/tracing.md).

The logarithm of a product of known factors is a sum of known logarithms with unknown bits. A few of them,
modulo the 109-bit smooth part of ``r - 1``, are a knapsack of low density. The integer vectors whose sums
vanish are a lattice, which depends on the factors alone: it is reduced once. Each product then costs a search
for the one lattice point near a given vector, some milliseconds. What is found is checked in ``F_r``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, Self

from tcss_chain.curve import GROUP_ORDER

from .block_reduction import block_reduced
from .congruences import Congruence, kernel
from .reduced_basis import ReducedBasis, Row, StepBudget, lll_reduced
from .smooth_logarithm import SMOOTH_ORDER, logarithm, logarithms

MAX_STEPS: Final = 30_000
"""How many partial vectors are looked at for one set of products: at most about 40 ms."""

_DEVIATIONS: Final = (1, 3, 6)
"""How far a right difference may exceed its usual length: tight bounds first, for they are searched fast."""

_WINDOWS: Final = (10, 10, 14, 14, 18, 18, 20, 20, 20, 20, 20, 20)
"""The windows of the block reductions, if the search would be too long after LLL: 0.1 to 1 s each."""

_FEW_STEPS: Final = 3_000
"""A search that is no longer than this is short enough."""

_MEASURED: Final = ((50, 1), (76, 2), (100, 3), (115, 4), (134, 5), (138, 6), (152, 7), (165, 8))
"""
How many unknown bits are settled by how many evaluations, practically always.

From trials with random points, the weight and the densities known, and `MAX_STEPS`; found of tried:

    unknowns, ones   evaluations: found       unknowns, ones      evaluations: found
    31, 10           1: 150/150               100, 50             3: 99/100, 4: 100/100
    40, 20           1: 150/150               115, 57             4: 100/100
    50, 25           1: 150/150               120, 60             4: 79/80
    60, 20           1: 98/100, 2: 150/150    128, 40             4: 40/60, 5: 99/100
    70, 35           2: 100/100               128, 60             5: 80/80, 6: 60/60
    76, 38           2: 100/100               100 + 34, 33 + 2    4: 44/60, 5: 100/100
    80, 40           2: 98/100, 3: 100/100    144, 72             6: 57/60
    100, 33          2: 17/80, 3: 149/150     150, 75             7: 40/40
    128, 15          4: 60/60                 165, 80             8: 40/40

where ``100 + 34, 33 + 2`` are 100 participants and 34 supplied points of which 2 were dropped.
The limits lie between what was tried, on the safe side of it.
"""

_LIGHT: Final = 8
"""A set with at most one in so many of the bits is found more easily."""

_BEYOND: Final = 3300
"""Above the table, unknowns^2/3300 evaluations are an estimate: 8.25 for 165."""

_DIGIT_BITS: Final = 16
_DIGITS: Final = -(-SMOOTH_ORDER.bit_length() // _DIGIT_BITS)
_LEAST_DENSITY: Final = 0.15
"""Rarer bits are not taken for rarer than that, so that some more of them than was thought are found too."""

_SCALE: Final = 4


@dataclass(frozen=True, slots=True)
class LogColumn:
    """
    The factors of one evaluation with their logarithms; make it with `of`.

    Attributes
    ----------
    factors : tuple of int
        A non-zero scalar for each unknown bit.
    logarithms : tuple of int
        Their logarithms modulo the smooth part of ``r - 1``.
    """

    factors: tuple[int, ...]
    logarithms: tuple[int, ...]

    @classmethod
    def of(cls, factors: Sequence[int]) -> Self:
        """
        Compute the logarithms: half a millisecond each.

        Parameters
        ----------
        factors : sequence of int
            Non-zero scalars.

        Returns
        -------
        LogColumn
            The factors and their logarithms.

        Raises
        ------
        ZeroLogarithmError
            If a factor is 0 modulo ``r``.
        """
        reduced = tuple(factor % GROUP_ORDER for factor in factors)
        return cls(reduced, tuple(logarithms(reduced)))

    def product(self, bits: Sequence[int]) -> int:
        """
        Multiply the chosen factors.

        Parameters
        ----------
        bits : sequence of int
            1 for each factor that counts, 0 for the others.

        Returns
        -------
        int
            The product in ``F_r``.
        """
        product = 1
        for factor, bit in zip(self.factors, bits, strict=True):
            if bit:
                product = product * factor % GROUP_ORDER
        return product


def evaluations_needed(unknowns: int, weight: int | None) -> int:
    """
    Tell how many right evaluations settle a number of unknown bits.

    Parameters
    ----------
    unknowns : int
        How many bits are unknown.
    weight : int, optional
        How many of them are 1, about; None if that is unknown.

    Returns
    -------
    int
        The least number that was enough in at least 99 of 100 trials, see `_MEASURED`. Extrapolated above 165
        unknowns, with the square of their number.
    """
    # Where few bits are 1, the solution is nearer to the centre: 128 with 15 ones are like 112 with 37.
    light = weight is not None and weight * _LIGHT <= unknowns
    effective = unknowns * 7 // 8 if light else unknowns
    for most, evaluations in _MEASURED:
        if effective <= most:
            return evaluations
    return -(-(effective**2) // _BEYOND)


class SubsetLattice:
    """
    Finds which factors were multiplied, in several evaluations at once.

    Parameters
    ----------
    columns : sequence of LogColumn
        One for each evaluation, all with factors for the same unknown bits in the same order.
    densities : sequence of float, optional
        How likely each bit is 1. The search is sharpest if these are about right; 1/2 for all of them (the
        default) asks nothing of the solution and makes it hardest to find.
    weights : sequence of int, optional
        A known linear equation ``sum_i weights[i]*b_i == total``: -1, 0 or 1 for each bit. `subset` then
        needs the total.
    """

    def __init__(
        self,
        columns: Sequence[LogColumn],
        *,
        densities: Sequence[float] | None = None,
        weights: Sequence[int] | None = None,
    ) -> None:
        unknowns = len(columns[0].factors) if columns else len(weights or ())
        self._columns = tuple(columns)
        self._weights = tuple(weights) if weights is not None else None
        self._centre = [
            min(max(density, _LEAST_DENSITY), 1 - _LEAST_DENSITY) for density in densities or [0.5] * unknowns
        ]
        # All coordinates of the difference from the centre shall vary alike.
        deviations = [sqrt(density * (1 - density)) for density in self._centre]
        widest = max(deviations, default=0.5)
        alike = min(deviations, default=0.5) > 0.9 * widest
        scales = [1 if alike else round(_SCALE * widest / deviation) for deviation in deviations]
        self._variance = sum((s * d) ** 2 for s, d in zip(scales, deviations, strict=True)) / max(unknowns, 1)

        congruences = [Congruence(column.logarithms, SMOOTH_ORDER) for column in columns]
        if self._weights is not None:
            congruences.insert(0, Congruence(self._weights, 0))
        rows: list[Row] = [[int(i == j) for j in range(unknowns)] for i in range(unknowns)]
        self._pivots = []
        for congruence in congruences:
            rows, pivot = kernel(rows, congruence)
            self._pivots.append(pivot)
            rows = lll_reduced(rows, scales)
        self._basis = self._reduced(lll_reduced(rows, scales, thorough=True), scales)
        self._values = [
            [congruence.value(pivot.vector) for pivot in self._pivots] for congruence in congruences
        ]
        self._congruences = congruences
        self._digits = [self._digit_vectors(pivot.vector, pivot.modulus) for pivot in self._pivots]

    def subset(
        self, products: Sequence[int], total: int | None = None, max_steps: int = MAX_STEPS
    ) -> tuple[int, ...] | None:
        """
        Find the bits with the given products.

        Parameters
        ----------
        products : sequence of int
            A scalar for each evaluation, right or wrong.
        total : int, optional
            The sum of the weights of the bits that are 1; needed if there are weights.
        max_steps : int
            When to give up.

        Returns
        -------
        tuple of int or None
            0 or 1 for each factor, so that in every evaluation the product of the chosen factors is the given
            one, and the weights sum up to the total. None if nothing was found; wrong products have nothing.
        """
        reduced = [product % GROUP_ORDER for product in products]
        if 0 in reduced:
            return None
        values = [logarithm(product) for product in reduced]
        if self._weights is not None:
            if total is None:
                raise TypeError("there are weights: pass their total")
            values.insert(0, total)
        start = self._solution(values)
        if start is None:
            return None
        # Short before the search: floating point cannot tell bits beside multiples of long basis vectors.
        start = self._basis.reduce(start)
        budget = StepBudget(max_steps)
        for deviations in _DEVIATIONS:
            bounds = self._bounds(deviations, self._basis.rank)
            for bits in self._basis.short_representatives(start, self._centre, bounds, budget):
                if all(bit in (0, 1) for bit in bits) and all(
                    column.product(bits) == product
                    for column, product in zip(self._columns, reduced, strict=True)
                ):
                    return tuple(bits)
            if budget.remaining < 0:
                break
        return None

    def _reduced(self, rows: Sequence[Row], scales: Sequence[int]) -> ReducedBasis:
        """Reduce a basis until it is easy to search, or long enough."""
        basis = ReducedBasis(rows, scales)
        for window in _WINDOWS:
            if basis.expected_steps(self._bounds(_DEVIATIONS[1], basis.rank)) < _FEW_STEPS:
                break
            rows = block_reduced(rows, scales, window, 1)
            basis = ReducedBasis(rows, scales)
        return basis

    def _bounds(self, deviations: float, rank: int) -> list[float]:
        """Bound squared lengths of projections of a right difference, like sums of squares of normals."""
        return [
            self._variance * (dimension + deviations * (sqrt(2 * dimension) + 1))
            for dimension in range(1, rank + 1)
        ]

    def _digit_vectors(self, vector: Sequence[int], modulus: int) -> list[Row]:
        """Multiply a vector by the powers of 2^16, each reduced so that floating point can follow."""
        count = _DIGITS if modulus else 1
        digits = [self._basis.reduce(vector)]
        while len(digits) < count:
            shifted = [entry << _DIGIT_BITS for entry in digits[-1]]
            digits.append(self._basis.reduce(shifted))
        return digits

    def _solution(self, values: Sequence[int]) -> Row | None:
        """Find any integers that satisfy the congruences, not too long."""
        solution = [0] * len(self._centre)
        multiples: list[int] = []
        for congruence, pivot, pivot_values, digits, value in zip(
            self._congruences, self._pivots, self._values, self._digits, values, strict=True
        ):
            known = sum(m * pivot_value for m, pivot_value in zip(multiples, pivot_values, strict=False))
            multiple = pivot.multiple(congruence.reduced(value - known))
            if multiple is None:
                return None
            multiples.append(multiple)
            for index, vector in enumerate(digits):
                # The last digit takes what is left: all of it where there is one digit.
                digit = multiple >> _DIGIT_BITS * index
                if index < len(digits) - 1:
                    digit &= (1 << _DIGIT_BITS) - 1
                if digit:
                    solution = [entry + digit * other for entry, other in zip(solution, vector, strict=True)]
        return solution
