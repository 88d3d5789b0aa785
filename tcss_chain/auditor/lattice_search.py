"""
Subset-sum lattice: a few right evaluations tell who leaked, also among many (section 7, strategy 3).

`decoding.subset_lattice` has the mathematics. Here the evaluations are chosen: one of them is uncertain as
long as nothing certifies it, so combinations are tried. Points that the box may drop are further unknowns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import Final, Self

from tcss_chain.curve import GROUP_ORDER, inverse
from tcss_chain.decoding.subset_lattice import LogColumn, SubsetLattice, evaluations_needed

from .evidence import Evidence, PlacedEvaluation
from .problem import Candidate, TraceProblem
from .strategy import Proposal, StrategyName

MAX_EVALUATIONS: Final = 12
"""With more unknowns than this many evaluations can settle, lattices are too large to be reduced."""

_MAX_COMBINATIONS: Final = 200
_MAX_LATTICES: Final = 12


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
        self._earlier = () if may_drop else tuple(earlier)
        self._may_drop = may_drop
        self._eligible = problem.eligible(0)
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

    def propose(self, evidence: Evidence) -> Iterator[Proposal]:
        """Solve with the newest evaluation and earlier ones; see `strategy.Strategy`."""
        if self.evaluations_needed == 1:
            for pair in evidence.new_pairs:
                yield from self._solve((pair,))
            return
        lattices_left = _MAX_LATTICES
        for base in evidence.certain_bases():
            for chosen in islice(self._combinations(evidence.evaluations(base)), _MAX_COMBINATIONS):
                points = tuple(each.x for each in chosen)
                lattices_left -= points not in self._lattices
                if lattices_left < 0:
                    break
                yield from self._solve(chosen)

    def _combinations(
        self, evaluations: Sequence[PlacedEvaluation]
    ) -> Iterator[tuple[PlacedEvaluation, ...]]:
        """Combine the newest evaluation with others, certain ones first, each point once."""
        if not evaluations:
            return
        *others, newest = evaluations
        others = sorted([*self._earlier, *others], key=lambda each: not each.certain)
        for rest in combinations(others, self.evaluations_needed - 1):
            chosen = tuple(sorted((*rest, newest), key=lambda each: each.x))
            key = tuple((each.x, each.v) for each in chosen)
            if len({each.x for each in chosen}) == len(chosen) and key not in self._tried:
                self._tried.add(key)
                yield chosen

    def _solve(self, chosen: Sequence[PlacedEvaluation]) -> Iterator[Proposal]:
        problem = self._problem
        points = tuple(each.x for each in chosen)
        may_be_dropped = self._may_be_dropped(points)
        lattice = self._lattices.get(points)
        if lattice is None:
            lattice = self._lattices[points] = self._make_lattice(points, may_be_dropped)
        bits = lattice.subset([each.v for each in chosen], total=problem.accused_count(0))
        if bits is None:
            return
        accused = tuple(place for place, bit in zip(self._eligible, bits, strict=False) if bit)
        dropped = sum(
            1 << place for place, bit in zip(may_be_dropped, bits[len(self._eligible) :], strict=True) if bit
        )
        if accused and dropped.bit_count() in problem.dropped_counts():
            yield Proposal(Candidate(accused, dropped), chosen[-1].base)

    def _may_be_dropped(self, points: Sequence[int]) -> list[int]:
        """List the query points that may be unknowns: one that an evaluation is at was used."""
        if not self._may_drop:
            return []
        return [place for place, x in enumerate(self._problem.query_points) if x not in points]

    def _make_lattice(self, points: Sequence[int], may_be_dropped: Sequence[int]) -> SubsetLattice:
        counts = self._problem.dropped_counts()
        likely_dropped = max(counts.start, 1)
        accused_density = self._problem.accused_count(counts.start) / len(self._eligible)
        dropped_density = likely_dropped / len(may_be_dropped) if may_be_dropped else 0.0
        size = len(self._eligible)
        columns = [
            LogColumn(
                column.factors[:size] + tuple(column.factors[size + place] for place in may_be_dropped),
                column.logarithms[:size] + tuple(column.logarithms[size + place] for place in may_be_dropped),
            )
            for column in map(self._column, points)
        ]
        return SubsetLattice(
            columns,
            densities=[accused_density] * size + [dropped_density] * len(may_be_dropped),
            weights=[1] * size + [-1] * len(may_be_dropped),
        )

    def _column(self, x: int) -> LogColumn:
        """Make the factors of all participants, and of all query points where they may be dropped."""
        if x not in self._columns:
            roster_points = [self._problem.roster_points[place] for place in self._eligible]
            factors = [x_i * inverse(x_i - x) % GROUP_ORDER for x_i in roster_points]
            if self._may_drop:
                factors += [
                    1 if x_j == x else (x_j - x) * inverse(x_j) % GROUP_ORDER
                    for x_j in self._problem.query_points
                ]
            self._columns[x] = LogColumn.of(factors)
        return self._columns[x]
