"""
Subset product: one right ``v_q`` tells who leaked, for the participants are known (docs/tracing.md).

``v_q`` is the product of ``x_i/(x_i - x_q)`` over the leaked points; `decoding.subset_products` finds the set
that has this product. Up to about 40 participants; more if few of them leaked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import Final, Self

from tcss_chain.curve import GROUP_ORDER, batch_inverse
from tcss_chain.decoding.subset_products import SubsetProducts, products_needed, subset_products

from .evidence import Evidence, PlacedEvaluation
from .problem import Candidate, TraceProblem
from .strategy import StrategyName

MAX_PRODUCTS: Final = 4_000_000
"""How many products are tabulated and looked up at most for one evaluation: some two seconds and 0.8 GB."""

_KEPT_PRODUCTS: Final = 100_000


class SubsetProductSearch:
    """
    Looks for the sets that belong to single evaluations.

    Make it with `for_problem`.
    """

    name: Final = StrategyName.SUBSET_PRODUCT
    evaluations_needed: Final = 1

    def __init__(
        self, problem: TraceProblem, dropped_counts: Sequence[int], *, certain_only: bool = False
    ) -> None:
        self._problem = problem
        self._dropped_counts = tuple(dropped_counts)
        self._certain_only = certain_only
        self._table_of: tuple[tuple[int, int], SubsetProducts] | None = None
        self._seen: set[tuple[int, int]] = set()
        # One table at a time, and a large one only while it is used: there may be many sets of query points.
        largest = problem.accused_count(self._dropped_counts[-1])
        self._large = products_needed(len(problem.roster_points), largest) > _KEPT_PRODUCTS

    @classmethod
    def for_problem(
        cls, problem: TraceProblem, *, max_products: int = MAX_PRODUCTS, certain_only: bool = False
    ) -> Self | None:
        """
        Make the strategy if the products are few enough.

        Parameters
        ----------
        problem : TraceProblem
            The query points.
        max_products : int
            How many products may be needed for one evaluation; larger numbers of dropped points are left
            out first.
        certain_only : bool
            Whether to search for certified evaluations only, for another strategy looks at the others.

        Returns
        -------
        SubsetProductSearch or None
            None if not even the least number of dropped points fits.
        """
        counts: list[int] = []
        total = 0
        for dropped_count in problem.dropped_counts():
            products = products_needed(len(problem.roster_points), problem.accused_count(dropped_count))
            total += products * comb(len(problem.query_points) - 1, dropped_count)
            if total > max_products:
                break
            counts.append(dropped_count)
        return cls(problem, counts, certain_only=certain_only) if counts else None

    def propose(self, evidence: Evidence) -> Iterator[Candidate]:
        """Search for the new evaluations; see `strategy.Strategy`."""
        new = [] if self._certain_only else list(evidence.new_pairs)
        for base in evidence.certain_bases():
            new += [each for each in evidence.evaluations(base) if each.certain]
        for each in new:
            # The product of no factors is 1, and somebody leaked.
            if each.v != 1 and (each.place, each.v) not in self._seen and not evidence.stopped():
                self._seen.add((each.place, each.v))
                yield from self._candidates(each, evidence.ratios[each.place])
        if self._large:
            self._table_of = None

    def _candidates(self, evaluation: PlacedEvaluation, ratios: Sequence[int]) -> Iterator[Candidate]:
        problem = self._problem
        # Somebody at the point itself is no candidate: its value is made up.
        places = [place for place, x in enumerate(problem.roster_points) if x != evaluation.x]
        for dropped_count in self._dropped_counts:
            accused_count = problem.accused_count(dropped_count)
            table = self._table(evaluation, places, accused_count)
            for dropped in problem.dropped_sets(dropped_count):
                if dropped >> evaluation.place & 1:
                    continue
                target = evaluation.v
                for j in range(len(problem.query_points)):
                    if dropped >> j & 1:
                        target = target * ratios[j] % GROUP_ORDER
                eligible = set(problem.eligible(dropped))
                for found in table.subsets(target, [accused_count]):
                    accused = tuple(places[index] for index in found)
                    if eligible.issuperset(accused):
                        yield Candidate(accused, dropped)

    def _table(
        self, evaluation: PlacedEvaluation, places: Sequence[int], accused_count: int
    ) -> SubsetProducts:
        key = (evaluation.place, accused_count)
        if self._table_of is None or self._table_of[0] != key:
            self._table_of = None
            points = [self._problem.roster_points[place] for place in places]
            inverses = batch_inverse([x_i - evaluation.x for x_i in points])
            factors = [x_i * inverted % GROUP_ORDER for x_i, inverted in zip(points, inverses, strict=True)]
            self._table_of = (key, subset_products(factors, accused_count))
        return self._table_of[1]
