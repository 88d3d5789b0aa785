"""
List decoding: many evaluations, right and wrong ones, tell the trace polynomial (docs/tracing.md).

The published way. ``1/v_q = P(x_q)`` is a word of the Reed-Solomon code of polynomials of degree ``f``, and
``P(0) = 1`` is one more place of it that is known to be right. The leaked points are the roots of ``P``;
whoever's point is one is a candidate, if they are ``f``. Any ``n``, but far more queries than the other
strategies need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isqrt
from typing import Final, Self

from tcss_chain.curve import batch_inverse, evaluate
from tcss_chain.decoding.errors import DecodingEffortError
from tcss_chain.decoding.guruswami_sudan import decode_list

from .evidence import Evidence, PlacedEvaluation
from .problem import Candidate, TraceProblem
from .strategy import StrategyName

MAX_WORK: Final = 200_000
"""Microseconds that one list may take, as the decoder estimates them."""


class ListDecodingSearch:
    """
    Decodes all evaluations that go with a certain base answer, and those at earlier query points.

    Make it with `for_problem`.
    """

    name: Final = StrategyName.LIST_DECODING

    def __init__(
        self, problem: TraceProblem, accused_count: int, earlier: Sequence[PlacedEvaluation]
    ) -> None:
        self.evaluations_needed = accused_count + 1
        self._problem = problem
        self._accused_count = accused_count
        self._eligible = problem.eligible(0)
        self._earlier = tuple(earlier)
        self._decoded: set[tuple[tuple[int, int], ...]] = set()

    @classmethod
    def for_problem(cls, problem: TraceProblem, earlier: Sequence[PlacedEvaluation] = ()) -> Self | None:
        """
        Make the strategy; it knows nothing of dropped points.

        Parameters
        ----------
        problem : TraceProblem
            The query points.
        earlier : sequence of PlacedEvaluation
            Evaluations at other query points.

        Returns
        -------
        ListDecodingSearch or None
            None if the box must have dropped some of the points.
        """
        counts = problem.dropped_counts()
        if 0 not in counts:
            return None
        return cls(problem, problem.accused_count(0), earlier)

    def propose(self, evidence: Evidence) -> Iterator[Candidate]:
        """Decode; see `strategy.Strategy`."""
        for base in evidence.certain_bases():
            if evidence.stopped():
                return
            # One evaluation a point, certain ones before others.
            by_point: dict[int, PlacedEvaluation] = {}
            for each in (*self._earlier, *evidence.evaluations(base)):
                if each.x not in by_point or each.certain >= by_point[each.x].certain:
                    by_point[each.x] = each
            for accused in self._decode(list(by_point.values())):
                yield Candidate(accused, 0)

    def _decode(self, evaluations: Sequence[PlacedEvaluation]) -> Iterator[tuple[int, ...]]:
        if len(evaluations) < self.evaluations_needed:
            return
        values = batch_inverse([each.v for each in evaluations])
        points = tuple((each.x, value) for each, value in zip(evaluations, values, strict=True))
        if points in self._decoded:
            return
        self._decoded.add(points)
        for P in self._polynomials(points):
            roots = tuple(
                place for place in self._eligible if evaluate(P, self._problem.roster_points[place]) == 0
            )
            if len(roots) == self._accused_count:
                yield roots

    def _polynomials(self, points: Sequence[tuple[int, int]]) -> Sequence[tuple[int, ...]]:
        dimension = self._accused_count + 1
        # One point more than any polynomial passes through; from there as far as the work allows.
        lowest = max(dimension, isqrt(len(points) * (dimension - 2)) + 1)
        for agreement in range(lowest, len(points) + 1):
            try:
                return decode_list(points, dimension, agreement, certain=[(0, 1)], maximum_work=MAX_WORK)
            except DecodingEffortError:
                continue
        return ()
