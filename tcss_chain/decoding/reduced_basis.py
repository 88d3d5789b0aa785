"""
Lattices of small dimension with a reduced basis, and the lattice points near a given one.

Flint reduces (LLL, Lenstra, Lenstra, Lovász); the orthogonalised basis is kept in floating point, which is
exact enough for reduced bases of some hundred short vectors. Near points are enumerated in the order of
Schnorr and Euchner, and branches that are further away than one expects of the point sought are pruned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, pi, sqrt
from operator import mul
from typing import Final, TypeAlias

from flint import fmpz_mat

Row: TypeAlias = list[int]
"""An integer vector."""

_THOROUGH: Final = {"delta": 0.999, "eta": 0.501}
"""The last reduction is a little stronger than flint's default; from a reduced basis it costs little."""


_EXACT: Final = 1 << 36
"""Entries that are longer than basis vectors by this are exact enough: floating point has 53 bits."""

_MAX_PASSES: Final = 16


@dataclass(slots=True)
class StepBudget:
    """
    How long a search may still go on.

    Attributes
    ----------
    remaining : int
        How many more partial vectors may be looked at, each about a microsecond. Negative when it ran out.
    """

    remaining: int


def lll_reduced(rows: Sequence[Row], scales: Sequence[int], *, thorough: bool = False) -> list[Row]:
    """
    Reduce a basis by LLL.

    Parameters
    ----------
    rows : sequence of list of int
        Linearly independent vectors.
    scales : sequence of int
        How much each coordinate counts: lengths are measured after multiplication with these.
    thorough : bool
        Whether to reduce somewhat more than usual.

    Returns
    -------
    list of list of int
        A basis of the same lattice, not scaled.
    """
    if not rows:
        return []
    scaled = fmpz_mat([list(map(mul, row, scales)) for row in rows])
    reduced = scaled.lll(**_THOROUGH) if thorough else scaled.lll()
    return [
        [int(entry) // scale for entry, scale in zip(row, scales, strict=True)] for row in reduced.tolist()
    ]


class Orthogonalised:
    """
    The Gram-Schmidt orthogonalisation of a basis, in floating point.

    Parameters
    ----------
    rows : sequence of list of int
        A reduced basis, not scaled.
    scales : sequence of int
        How much each coordinate counts.

    Attributes
    ----------
    norms : list of float
        The squared lengths of the orthogonalised vectors.
    coefficients : list of list of float
        ``mu``: row ``i`` holds its ``i`` coefficients with the vectors before it.
    vectors : list of list of float
        The orthogonalised vectors, scaled.
    """

    def __init__(self, rows: Sequence[Row], scales: Sequence[int]) -> None:
        self.norms: list[float] = []
        self.coefficients: list[list[float]] = []
        self.vectors: list[list[float]] = []
        for row in rows:
            # The modified process: from a Gram matrix, twice as many digits would be lost, and from about 160
            # dimensions on too few would remain.
            rest = [float(entry * scale) for entry, scale in zip(row, scales, strict=True)]
            coefficients: list[float] = []
            for vector, norm in zip(self.vectors, self.norms, strict=True):
                coefficient = sum(map(mul, rest, vector)) / norm
                rest = [entry - coefficient * other for entry, other in zip(rest, vector, strict=True)]
                coefficients.append(coefficient)
            self.norms.append(sum(map(mul, rest, rest)))
            self.coefficients.append(coefficients)
            self.vectors.append(rest)

    def dual(self, scales: Sequence[int]) -> list[list[float]]:
        """
        List the functionals that give a vector's coordinates along the orthogonalised basis.

        Parameters
        ----------
        scales : sequence of int
            As in the constructor.

        Returns
        -------
        list of list of float
            The product of row ``i`` with an unscaled vector is its coordinate along vector ``i``.
        """
        return [
            [entry * scale / norm for entry, scale in zip(vector, scales, strict=True)]
            for vector, norm in zip(self.vectors, self.norms, strict=True)
        ]


class ReducedBasis:
    """
    A reduced basis, ready to find lattice points near given ones.

    Parameters
    ----------
    rows : sequence of list of int
        The basis, reduced with the same scales; may be empty.
    scales : sequence of int
        How much each coordinate counts.
    """

    def __init__(self, rows: Sequence[Row], scales: Sequence[int]) -> None:
        self._rows = fmpz_mat([list(row) for row in rows]) if rows else None
        orthogonalised = Orthogonalised(rows, scales)
        coefficients = orthogonalised.coefficients
        # The search starts from the last vector, so everything is kept in that order: the coefficients of the
        # last vectors with one before them, the last first.
        self._dual = orthogonalised.dual(scales)[::-1]
        self._norms = orthogonalised.norms[::-1]
        self._shortest = sqrt(min(self._norms, default=1.0)) / max(scales, default=1)
        self._coefficients = [
            [coefficients[later][place] for later in range(len(rows) - 1, place, -1)]
            for place in range(len(rows) - 1, -1, -1)
        ]

    @property
    def rank(self) -> int:
        """The number of vectors in the basis."""
        return len(self._norms)

    def expected_steps(self, bounds: Sequence[float]) -> float:
        """
        Estimate what a whole search takes, by the volumes of the regions searched (Gaussian heuristic).

        Parameters
        ----------
        bounds : sequence of float
            As for `short_representatives`.

        Returns
        -------
        float
            About how many partial vectors there are within the bounds.
        """
        count, log_covolume = 0.0, 0.0
        for dimension, (norm, bound) in enumerate(zip(self._norms, bounds, strict=True), 1):
            log_covolume += log(norm) / 2
            count += exp(dimension / 2 * log(pi * bound) - lgamma(dimension / 2 + 1) - log_covolume)
        return count

    def reduce(self, vector: Sequence[int]) -> Row:
        """
        Subtract a near lattice point (Babai's nearest plane).

        Parameters
        ----------
        vector : sequence of int
            Entries of any size.

        Returns
        -------
        list of int
            A short vector that differs from `vector` by a lattice point.
        """
        reduced = list(vector)
        for _ in range(_MAX_PASSES):
            # Of entries that are far longer than the basis, floating point gets only the first digits right.
            exact = max(map(abs, reduced), default=0) < _EXACT * self._shortest
            multiples: list[int] = []
            for coordinate, coefficients in zip(self._coordinates(reduced), self._coefficients, strict=True):
                multiples.append(round(coordinate - sum(map(mul, coefficients, multiples))))
            reduced = self._subtract(reduced, multiples)
            if exact or not any(multiples):
                break
        return reduced

    def short_representatives(
        self, vector: Sequence[int], centre: Sequence[float], bounds: Sequence[float], budget: StepBudget
    ) -> Iterator[Row]:
        """
        Search the vectors near a centre that differ from a given one by a lattice point.

        Parameters
        ----------
        vector : sequence of int
            The vector, entries below 2^40.
        centre : sequence of float
            What the vectors sought are near to.
        bounds : sequence of float
            As many as the rank, ascending: the greatest squared length of the projection of the difference on
            the last 1, 2, ... orthogonalised vectors.
        budget : StepBudget
            Is used up; the search ends when nothing remains.

        Yields
        ------
        list of int
            Vectors within all bounds.
        """
        rank = self.rank
        if not rank:
            yield list(vector)
            return
        coordinates = self._coordinates(
            [entry - middle for entry, middle in zip(vector, centre, strict=True)]
        )
        coefficients, norms = self._coefficients, self._norms
        multiples: list[int] = []
        middles, chosen, steps = [0.0] * rank, [0] * rank, [0] * rank
        lengths = [0.0] * rank
        depth = 0
        middles[0] = coordinates[0]
        chosen[0] = round(coordinates[0])
        steps[0] = 1 if middles[0] > chosen[0] else -1
        while True:
            distance = middles[depth] - chosen[depth]
            length = lengths[depth] + distance * distance * norms[depth]
            if length <= bounds[depth]:
                budget.remaining -= 1
                if budget.remaining < 0:
                    return
                multiples.append(chosen[depth])
                if depth < rank - 1:
                    depth += 1
                    lengths[depth] = length
                    middle = coordinates[depth] - sum(map(mul, coefficients[depth], multiples))
                    middles[depth] = middle
                    chosen[depth] = round(middle)
                    steps[depth] = 1 if middle > chosen[depth] else -1
                    continue
                yield self._subtract(vector, multiples)
                multiples.pop()
            elif depth == 0:
                return
            else:
                # All further multiples of this vector are still further away.
                depth -= 1
                multiples.pop()
            # Alternate between the two sides of the middle.
            chosen[depth] += steps[depth]
            steps[depth] = -steps[depth] - (1 if steps[depth] > 0 else -1)

    def _coordinates(self, vector: Sequence[float]) -> list[float]:
        return [sum(map(mul, functional, vector)) for functional in self._dual]

    def _subtract(self, vector: Sequence[int], multiples: Sequence[int]) -> Row:
        if self._rows is None:
            return list(vector)
        point = (fmpz_mat([list(reversed(multiples))]) * self._rows).entries()
        return [entry - int(other) for entry, other in zip(vector, point, strict=True)]
