"""
Subset product: one right ``v_q`` tells who leaked, for the participants are known (section 7, strategy 2).

``v_q`` is the product of ``x_i/(x_i - x_q)`` over the leaked points. Meeting in the middle finds the set: the
products of one half of the participants lie in a sorted table, those of the other half are looked up. 254
bits leave no room for coincidence. Up to about 40 participants; more if few of them leaked.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from math import comb
from typing import Final, Self

from tcss_chain.curve import GROUP_ORDER, batch_inverse

from .problem import Answered, Candidate, Ratios, TraceProblem

MAX_TABLE: Final = 1 << 20
"""How many products the table of one half holds at most: about 20 MB, a few seconds."""

MAX_LOOKUPS: Final = 1 << 21
"""How many products of the other half are looked up for one pair of answers: a few seconds."""

_FINGERPRINT: Final = (1 << 64) - 1
_MASK_BITS: Final = 64


class SubsetProducts:
    """
    The products ``prod_I x_i/(x_i - x)`` over all sets of at most ``max_size`` of the points.

    Parameters
    ----------
    points : sequence of int
        At most 128 non-zero scalars, distinct.
    x : int
        A scalar that is none of them.
    max_size : int
        The size of the largest set.

    Raises
    ------
    ZeroInverseError
        If `x` is one of the points.
    """

    def __init__(self, points: Sequence[int], x: int, max_size: int) -> None:
        self._points = tuple(points)
        self._split = len(points) // 2
        inverted = batch_inverse([(x_i - x) * x_i for x_i in points])
        # x_i/(x_i - x) for the table, its inverse (x_i - x)/x_i for what is looked up.
        self._factors = [x_i * x_i * i % GROUP_ORDER for x_i, i in zip(points, inverted, strict=True)]
        inverses = [(x_i - x) ** 2 * i % GROUP_ORDER for x_i, i in zip(points, inverted, strict=True)]
        self._table = [
            _sorted_by_fingerprint(products, masks)
            for products, masks in _products(self._factors[: self._split], max_size)
        ]
        self._lookups = _products(inverses[self._split :], max_size)

    def sets(self, v: int, sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """
        Find all sets with a given product.

        Parameters
        ----------
        v : int
            The product, a scalar.
        sizes : sequence of int
            The sizes that count, at most `max_size`.

        Yields
        ------
        tuple of int
            Places in `points`, ascending.
        """
        for right_size, (products, right_masks) in enumerate(self._lookups):
            for size in sizes:
                left_size = size - right_size
                if not 0 <= left_size < len(self._table):
                    continue
                fingerprints, masks = self._table[left_size]
                for product, right_mask in zip(products, right_masks, strict=True):
                    sought = v * product % GROUP_ORDER & _FINGERPRINT
                    index = bisect_left(fingerprints, sought)
                    while index < len(fingerprints) and fingerprints[index] == sought:
                        found = _places(masks[index] | right_mask << self._split)
                        if self._product(found) == v % GROUP_ORDER:
                            yield found
                        index += 1

    def _product(self, places: Sequence[int]) -> int:
        product = 1
        for place in places:
            product = product * self._factors[place] % GROUP_ORDER
        return product


class SubsetProductSearch:
    """
    Takes the slopes of all pairs of answers and looks for the sets that they belong to.

    Make it with `for_problem`.
    """

    name: Final = "subset product"

    def __init__(self, problem: TraceProblem, dropped_counts: Sequence[int]) -> None:
        self._problem = problem
        self._dropped_counts = tuple(dropped_counts)
        self._ratios = Ratios.of(problem).rows
        self._x = problem.query_points[problem.varied]
        # Somebody at the varied point itself is no candidate: its value is made up.
        self._places = [place for place, x in enumerate(problem.roster_points) if x != self._x]
        self._products: SubsetProducts | None = None
        self._seen: set[int] = set()

    @classmethod
    def for_problem(cls, problem: TraceProblem, max_table: int = MAX_TABLE) -> Self | None:
        """
        Make the strategy if the table is small enough.

        Parameters
        ----------
        problem : TraceProblem
            The query points.
        max_table : int
            How many products one half may have.

        Returns
        -------
        SubsetProductSearch or None
            None if not even the least number of dropped points fits.
        """
        half = (len(problem.roster_points) + 1) // 2
        counts: list[int] = []
        dropped_sets = 0
        for dropped_count in problem.dropped_counts():
            largest = problem.accused_count(dropped_count)
            products = sum(comb(half, size) for size in range(min(largest, half) + 1))
            dropped_sets += comb(len(problem.query_points) - 1, dropped_count)
            if products > max_table or products * dropped_sets > MAX_LOOKUPS:
                break
            counts.append(dropped_count)
        return cls(problem, counts) if counts else None

    def propose(self, answers: Sequence[Answered]) -> Iterator[Candidate]:
        """Pair the last answer with all earlier ones; see `problem.Strategy`."""
        for earlier in answers[:-1]:
            v = slope_evaluation(self._problem, self._ratios, earlier, answers[-1])
            # Nothing is learnt from 0, the slope of a dropped point; collinear answers repeat a slope.
            if v and v not in self._seen:
                self._seen.add(v)
                yield from self._candidates(v)

    def _candidates(self, v: int) -> Iterator[Candidate]:
        problem = self._problem
        if self._products is None:
            largest = problem.accused_count(self._dropped_counts[-1])
            points = [problem.roster_points[place] for place in self._places]
            self._products = SubsetProducts(points, self._x, largest)
        for dropped_count in self._dropped_counts:
            for dropped in problem.dropped_sets(dropped_count):
                if dropped >> problem.varied & 1:
                    continue
                target = v * _dropped_factor(problem, self._ratios, dropped) % GROUP_ORDER
                eligible = set(problem.eligible(dropped))
                for found in self._products.sets(target, [problem.accused_count(dropped_count)]):
                    accused = tuple(self._places[index] for index in found)
                    if eligible.issuperset(accused):
                        yield Candidate(accused, dropped)


def slope_evaluation(
    problem: TraceProblem, ratios: Sequence[Sequence[int]], one: Answered, other: Answered, dropped: int = 0
) -> int:
    """
    Compute ``v_q`` from two answers whose queries differ in ``y_q`` only.

    Parameters
    ----------
    problem : TraceProblem
        The query points; ``q`` is the varied one.
    ratios : sequence of sequence of int
        The rows of `problem.Ratios`.
    one, other : Answered
        The answers; their ``y_q`` differ.
    dropped : int
        Bitmap of the dropped points, not ``q``.

    Returns
    -------
    int
        The slope ``L_q^S``, divided by ``x_j/(x_j - x_q)`` of every other used query point. If both answers
        are right, ``prod_I x_i/(x_i - x_q)``.
    """
    q = problem.varied
    x_q = problem.query_points[q]
    difference = dict(one.shares)[x_q] - dict(other.shares)[x_q]
    denominator = difference
    for j in range(len(problem.query_points)):
        if j != q and not dropped >> j & 1:
            denominator = denominator * ratios[q][j] % GROUP_ORDER
    return (one.answer - other.answer) * pow(denominator, -1, GROUP_ORDER) % GROUP_ORDER


def _dropped_factor(problem: TraceProblem, ratios: Sequence[Sequence[int]], dropped: int) -> int:
    factor = 1
    for j in range(len(problem.query_points)):
        if dropped >> j & 1:
            factor = factor * ratios[problem.varied][j] % GROUP_ORDER
    return factor


def _products(factors: Sequence[int], max_size: int) -> list[tuple[list[int], array[int]]]:
    """List the products of all sets of at most ``max_size`` factors, by size, beside their bitmaps."""
    by_size: list[tuple[list[int], array[int]]] = [([1], array("Q", [0]))]
    by_size += [([], array("Q")) for _ in range(min(max_size, len(factors)))]
    for index, factor in enumerate(factors):
        for size in range(len(by_size) - 1, 0, -1):
            products, masks = by_size[size]
            smaller_products, smaller_masks = by_size[size - 1]
            products += [product * factor % GROUP_ORDER for product in smaller_products]
            masks.extend(mask | 1 << index for mask in smaller_masks)
    return by_size


def _sorted_by_fingerprint(products: list[int], masks: array[int]) -> tuple[array[int], array[int]]:
    """Keep 64 bits of each product, sorted, with the bitmaps in the same order."""
    packed = sorted(
        (product & _FINGERPRINT) << _MASK_BITS | mask for product, mask in zip(products, masks, strict=True)
    )
    return (
        array("Q", (entry >> _MASK_BITS for entry in packed)),
        array("Q", (entry & _FINGERPRINT for entry in packed)),
    )


def _places(mask: int) -> tuple[int, ...]:
    return tuple(place for place in range(mask.bit_length()) if mask >> place & 1)
