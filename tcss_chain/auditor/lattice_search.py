"""
Subset-sum lattice: a few right evaluations tell who leaked, also among many (docs/tracing.md).

`decoding.subset_lattice` has the mathematics. Here the evaluations are chosen: one of them is uncertain as
long as nothing certifies it, so combinations are tried. Points that the box may drop are further unknowns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, islice
from typing import Final, Self

from tcss_chain.curve import GROUP_ORDER, inverse
from tcss_chain.decoding.subset_lattice import LogColumn, SubsetLattice, evaluations_needed

from .evidence import Evidence, PlacedEvaluation
from .problem import Candidate, TraceProblem
from .strategy import StrategyName

MAX_EVALUATIONS: Final = 12
"""With more unknowns than this many evaluations can settle, lattices are too large to be reduced."""

_MAX_COMBINATIONS: Final = 200
_MAX_LATTICES: Final = 6
_MAX_DROPPING_LATTICES: Final = 2
_MAX_BASES: Final = 8
_KEPT_LATTICES: Final = 64


class LatticeSearch:
    """
    Solves for the leaked participants, and for the dropped points where some may be.

    Make it with `for_problem`.
    """

    name: Final = StrategyName.LATTICE

    def __init__(
        self, problem: TraceProblem, needed: int, earlier: Sequence[PlacedEvaluation], *, may_drop: bool
    ) -> None:
        self.evaluations_needed = needed
        self._problem = problem
        self._may_drop = may_drop
        self._eligible = problem.eligible(0)
        self._earlier = () if may_drop else tuple(earlier)
        self._columns: dict[int, LogColumn] = {}
        self._lattices: dict[tuple[int, ...], SubsetLattice] = {}
        self._tried: set[tuple[tuple[int, int], ...]] = set()

    @classmethod
    def for_problem(
        cls, problem: TraceProblem, earlier: Sequence[PlacedEvaluation] = (), *, may_drop: bool = False
    ) -> Self | None:
        """
        Make the strategy if the unknowns are few enough.

        Parameters
        ----------
        problem : TraceProblem
            The query points.
        earlier : sequence of PlacedEvaluation
            Evaluations at other query points.
        may_drop : bool
            Whether the box may drop some of the supplied points.

        Returns
        -------
        LatticeSearch or None
            None if it needs too many evaluations, or if dropping or not dropping is no possibility.
        """
        counts = problem.dropped_counts()
        if not counts or (not may_drop and counts.start > 0) or (may_drop and counts.stop <= 1):
            return None
        unknowns = len(problem.eligible(0)) + (len(problem.query_points) if may_drop else 0)
        needed = evaluations_needed(unknowns, problem.accused_count(counts.start))
        # All of them must be at places of the same query points if the dropped ones count.
        most = min(MAX_EVALUATIONS, len(problem.query_points) - 1) if may_drop else MAX_EVALUATIONS
        return cls(problem, needed, earlier, may_drop=may_drop) if needed <= most else None

    def propose(self, evidence: Evidence) -> Iterator[Candidate]:
        """Solve with the newest evaluation and earlier ones; see `strategy.Strategy`."""
        if self.evaluations_needed == 1:
            for pair in evidence.new_pairs:
                yield from self._solve((pair,))
            return
        lattices_left = _MAX_DROPPING_LATTICES if self._may_drop else _MAX_LATTICES
        # Each base answer gets its turn: a box may make up many that look certain.
        searches = [
            islice(self._combinations(evidence.evaluations(base)), _MAX_COMBINATIONS)
            for base in evidence.certain_bases()[:_MAX_BASES]
        ]
        while searches:
            for search in tuple(searches):
                chosen = next(search, None)
                if chosen is None:
                    searches.remove(search)
                    continue
                points = tuple(each.x for each in chosen)
                lattices_left -= points not in self._lattices
                if lattices_left < 0 or evidence.stopped():
                    return
                self._tried.add(_key(chosen))
                yield from self._solve(chosen)

    def _combinations(
        self, evaluations: Sequence[PlacedEvaluation]
    ) -> Iterator[tuple[PlacedEvaluation, ...]]:
        """
        Combine the newest evaluation with others, each point once.

        In turn from those that look certain and from the latest: a box can make wrong ones look certain.
        """
        if not evaluations:
            return
        *others, newest = evaluations
        certain_first = sorted([*self._earlier, *others], key=lambda each: not each.certain)
        latest_first = [*reversed(others), *self._earlier]
        size = self.evaluations_needed - 1
        in_turn = zip(combinations(certain_first, size), combinations(latest_first, size), strict=True)
        for rest in chain.from_iterable(in_turn):
            chosen = tuple(sorted((*rest, newest), key=lambda each: each.x))
            if len({each.x for each in chosen}) == len(chosen) and _key(chosen) not in self._tried:
                yield chosen

    def _solve(self, chosen: Sequence[PlacedEvaluation]) -> Iterator[Candidate]:
        problem = self._problem
        points = tuple(each.x for each in chosen)
        # Whoever's point an evaluation is at did not leak: the value there was made up.
        eligible = [
            index for index, place in enumerate(self._eligible) if problem.roster_points[place] not in points
        ]
        may_be_dropped = self._may_be_dropped(points)
        lattice = self._lattices.get(points)
        if lattice is None:
            if len(self._lattices) >= _KEPT_LATTICES:
                del self._lattices[next(iter(self._lattices))]
            lattice = self._lattices[points] = self._make_lattice(points, eligible, may_be_dropped)
        bits = lattice.subset([each.v for each in chosen], total=problem.accused_count(0))
        if bits is None:
            return
        accused = tuple(self._eligible[index] for index, bit in zip(eligible, bits, strict=False) if bit)
        dropped = sum(
            1 << place for place, bit in zip(may_be_dropped, bits[len(eligible) :], strict=True) if bit
        )
        if accused and dropped.bit_count() in problem.dropped_counts():
            yield Candidate(accused, dropped)

    def _may_be_dropped(self, points: Sequence[int]) -> list[int]:
        """List the query points that may be unknowns: one that an evaluation is at was used."""
        if not self._may_drop:
            return []
        return [place for place, x in enumerate(self._problem.query_points) if x not in points]

    def _make_lattice(
        self, points: Sequence[int], eligible: Sequence[int], may_be_dropped: Sequence[int]
    ) -> SubsetLattice:
        counts = self._problem.dropped_counts()
        accused_density = self._problem.accused_count(counts.start) / max(len(eligible), 1)
        dropped_density = max(counts.start, 1) / max(len(may_be_dropped), 1)
        first_dropped = len(self._eligible)
        chosen = [*eligible, *(first_dropped + place for place in may_be_dropped)]
        columns = [
            LogColumn(
                tuple(column.factors[index] for index in chosen),
                tuple(column.logarithms[index] for index in chosen),
            )
            for column in map(self._column, points)
        ]
        return SubsetLattice(
            columns,
            densities=[accused_density] * len(eligible) + [dropped_density] * len(may_be_dropped),
            weights=[1] * len(eligible) + [-1] * len(may_be_dropped),
        )

    def _column(self, x: int) -> LogColumn:
        """Make the factors of all participants, and of all query points where they may be dropped."""
        if x not in self._columns:
            roster_points = [self._problem.roster_points[place] for place in self._eligible]
            # Nothing is asked of a point at itself.
            factors = [1 if x_i == x else x_i * inverse(x_i - x) % GROUP_ORDER for x_i in roster_points]
            if self._may_drop:
                factors += [
                    1 if x_j == x else (x_j - x) * inverse(x_j) % GROUP_ORDER
                    for x_j in self._problem.query_points
                ]
            self._columns[x] = LogColumn.of(factors)
        return self._columns[x]


def _key(chosen: Sequence[PlacedEvaluation]) -> tuple[tuple[int, int], ...]:
    return tuple((each.x, each.v) for each in chosen)
