"""What identification works on: one set of query points, and who can be accused with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb
from typing import Self

from tcss_chain.curve import G1, GROUP_ORDER, batch_inverse
from tcss_chain.protocol.trace_query import MAX_DROPPED

from .box import Share


@dataclass(frozen=True, slots=True)
class Answered:
    """
    A query that was answered.

    Attributes
    ----------
    number : int
        Its place in the transcript, from 0.
    shares : tuple of (int, int)
        What the box was given.
    answer : int
        A scalar, right or wrong.
    """

    number: int
    shares: tuple[Share, ...] = field(repr=False)
    answer: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    Who may have leaked.

    Attributes
    ----------
    accused : tuple of int
        Places in the roster's list of participants, ascending.
    dropped : int
        Bitmap of the query points that the box dropped.
    """

    accused: tuple[int, ...]
    dropped: int


@dataclass(frozen=True, slots=True)
class TraceProblem:
    """
    One set of query points.

    Attributes
    ----------
    threshold : int
        ``t``.
    roster_points : tuple of int
        ``x_i`` of all participants.
    share_keys : tuple of G1
        ``Y_i`` of all participants.
    query_points : tuple of int
        ``Q``.
    max_dropped : int
        The most supplied points that the box is thought to drop.
    """

    threshold: int
    roster_points: tuple[int, ...]
    share_keys: tuple[G1, ...]
    query_points: tuple[int, ...]
    max_dropped: int = MAX_DROPPED

    def accused_count(self, dropped_count: int) -> int:
        """Give ``f = t - |Q| + d``."""
        return self.threshold - len(self.query_points) + dropped_count

    def dropped_counts(self) -> range:
        """List the possible ``d``: ``1 <= f < t``, at least one point used, ``d`` within the limit."""
        size = len(self.query_points)
        lowest = max(0, 1 - self.accused_count(0))
        highest = min(self.max_dropped, size - 1, len(self.roster_points) - self.accused_count(0))
        return range(lowest, highest + 1)

    def dropped_sets(self, dropped_count: int) -> Iterator[int]:
        """List the bitmaps of ``d`` dropped points."""
        for places in combinations(range(len(self.query_points)), dropped_count):
            yield sum(1 << place for place in places)

    def eligible(self, dropped: int) -> list[int]:
        """
        List the participants who can be accused, by their place in the roster.

        A used query point carries the made-up value, so nobody at such a point can be in ``I``. Somebody at
        a dropped point can: the box may prefer its own share.
        """
        used = {x for place, x in enumerate(self.query_points) if not dropped >> place & 1}
        return [place for place, x in enumerate(self.roster_points) if x not in used]

    def possible_sets(self) -> int:
        """Count the sets that could be accused if the box drops as few points as it can."""
        lowest = self.dropped_counts().start
        return comb(len(self.eligible(0)) + min(lowest, MAX_DROPPED), self.accused_count(lowest))


@dataclass(frozen=True, slots=True)
class Ratios:
    """
    All ``x_a/(x_a - x_b)`` of a problem, of which its Lagrange coefficients are products.

    Attributes
    ----------
    rows : tuple of tuple of int
        ``rows[b][a]``; query points come first, participants after them. 0 where the points are the same.
    """

    rows: tuple[tuple[int, ...], ...] = field(repr=False)

    @classmethod
    def of(cls, problem: TraceProblem) -> Self:
        """Compute them with one inversion."""
        points = (*problem.query_points, *problem.roster_points)
        inverses = batch_inverse([x_a - x_b or 1 for x_b in points for x_a in points])
        size = len(points)
        return cls(
            tuple(
                tuple(
                    0 if x_a == x_b else x_a * inverses[b * size + a] % GROUP_ORDER
                    for a, x_a in enumerate(points)
                )
                for b, x_b in enumerate(points)
            )
        )


def known_coefficient(ratios: Sequence[Sequence[int]], query_count: int, place: int, dropped: int = 0) -> int:
    """
    Give the part of a Lagrange coefficient that the used query points contribute.

    Parameters
    ----------
    ratios : sequence of sequence of int
        The rows of `Ratios`.
    query_count : int
        ``|Q|``.
    place : int
        ``q``, the place of the coefficient's own point in ``Q``.
    dropped : int
        Bitmap of the dropped points, not ``q``.

    Returns
    -------
    int
        ``prod x_j/(x_j - x_q)`` over the other used points. ``L_q^S`` divided by it is
        ``v_q = prod_I x_i/(x_i - x_q)``.
    """
    coefficient = 1
    for j in range(query_count):
        if j != place and not dropped >> j & 1:
            coefficient = coefficient * ratios[place][j] % GROUP_ORDER
    return coefficient
