"""
Exponent check: one answer, all sets of participants tried in the exponent (docs/tracing.md).

It needs a single right answer and makes no use of earlier ones. The number of sets bounds it to small
sessions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import Final, Self

from tcss_chain.curve import G1, GROUP_ORDER, G

from .evidence import Evidence
from .problem import Answered, Candidate, TraceProblem
from .strategy import StrategyName

MAX_SETS: Final = 2_000
"""How many sets are tried for one answer: about a second of work."""

_THOROUGH_ANSWERS: Final = 3


class ExponentCheck:
    """
    Tries every set of ``f`` participants with every set of dropped points.

    Make it with `for_problem`.
    """

    name: Final = StrategyName.EXPONENT_CHECK
    evaluations_needed: Final = 0

    def __init__(self, problem: TraceProblem, dropped_counts: Sequence[int]) -> None:
        self._problem = problem
        self._dropped_counts = tuple(dropped_counts)

    @classmethod
    def for_problem(cls, problem: TraceProblem, max_sets: int = MAX_SETS) -> Self | None:
        """
        Make the strategy if the sets are few enough.

        Parameters
        ----------
        problem : TraceProblem
            The query points.
        max_sets : int
            How many sets to try at most for one answer; larger numbers of dropped points are left out first.

        Returns
        -------
        ExponentCheck or None
            None if not even the least number of dropped points fits.
        """
        counts: list[int] = []
        total = 0
        for dropped_count in problem.dropped_counts():
            # Whoever stands at a used query point is not eligible; their number differs from set to set.
            total += comb(len(problem.query_points), dropped_count) * comb(
                len(problem.roster_points), problem.accused_count(dropped_count)
            )
            if total > max_sets:
                break
            counts.append(dropped_count)
        return cls(problem, counts) if counts else None

    def propose(self, evidence: Evidence) -> Iterator[Candidate]:
        """Try all sets with the last answer; see `strategy.Strategy`."""
        newest = evidence.answers[-1]
        # An answer that came before is wrong, or the changed value was dropped: then it says the same again.
        if any(earlier.answer == newest.answer for earlier in evidence.answers[:-1]):
            return
        # Most boxes drop nothing; for those that do, the first answers are enough to look at in every way.
        thorough = len(evidence.answers) <= _THOROUGH_ANSWERS
        for dropped_count in self._dropped_counts if thorough else self._dropped_counts[:1]:
            for dropped in self._problem.dropped_sets(dropped_count):
                if evidence.stopped():
                    return
                yield from self._with_dropped(newest, evidence.ratios, dropped)

    def _with_dropped(
        self, answered: Answered, ratios: Sequence[Sequence[int]], dropped: int
    ) -> Iterator[Candidate]:
        problem = self._problem
        used = [place for place in range(len(problem.query_points)) if not dropped >> place & 1]
        eligible = problem.eligible(dropped)
        values = dict(answered.shares)
        # Lagrange coefficients in Q' alone, times the values; every accused point multiplies one more ratio.
        terms = []
        for j in used:
            term = values[problem.query_points[j]]
            for m in used:
                if m != j:
                    term = term * ratios[j][m] % GROUP_ORDER
            terms.append(term)
        first = len(problem.query_points)
        weights = {}
        for i in eligible:
            weight = 1
            for m in used:
                weight = weight * ratios[first + i][m] % GROUP_ORDER
            weights[i] = weight

        def extend(
            accused: tuple[int, ...], start: int, terms: list[int], accused_weights: list[int]
        ) -> Iterator[tuple[tuple[int, ...], list[int], list[int]]]:
            missing = problem.accused_count(dropped.bit_count()) - len(accused)
            if missing == 0:
                yield accused, terms, accused_weights
                return
            for index in range(start, len(eligible) - missing + 1):
                i = eligible[index]
                row = ratios[first + i]
                weight = weights[i]
                for other in accused:
                    weight = weight * row[first + other] % GROUP_ORDER
                yield from extend(
                    (*accused, i),
                    index + 1,
                    [term * ratios[j][first + i] % GROUP_ORDER for j, term in zip(used, terms, strict=True)],
                    [
                        *(
                            w * ratios[first + other][first + i] % GROUP_ORDER
                            for other, w in zip(accused, accused_weights, strict=True)
                        ),
                        weight,
                    ],
                )

        for accused, known, accused_weights in extend((), 0, terms, []):
            T = answered.answer - sum(known)
            points = [G, *(problem.share_keys[i] for i in accused)]
            if G1.msm(points, [-T, *accused_weights]).is_identity():
                yield Candidate(accused, dropped)
