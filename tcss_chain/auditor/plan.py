"""How a trace goes about it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from tcss_chain.protocol.trace_query import MAX_DROPPED, QueryMode
from tcss_chain.protocol.transcript import MAX_FIGURE

from .errors import TracePlanError
from .strategy import StrategyName


@dataclass(frozen=True, slots=True)
class TracePlan:
    """
    Limits of a trace, and what is known of the box.

    Attributes
    ----------
    arities : tuple of int
        How many shares the box takes, or which numbers to try in which order. Empty for all: ``1 .. t - 1``
        first, and later up to ``t - 1 + d`` for a box that drops some.
    modes : tuple of QueryMode
        The kinds of query points to try. Free points are tried first: most boxes cannot tell.
    strategies : tuple of StrategyName
        The ways of identification to use; empty for all that suit the session.
    query_budget : int
        How many queries to make at most.
    time_limit : float or None
        After how many seconds to stop; queries under way and their search are finished.
    queries_per_round : int
        How many queries to make at most with the same query points as long as no base answer is certain.
    patience : int
        After how many queries in a row without an answer to try something else.
    agreeing_wanted : int
        How many evaluations should agree with the accused before the box is left alone. They are no
        condition of the proof.
    max_dropped : int
        The most supplied points that the box is thought to drop.
    """

    arities: tuple[int, ...] = ()
    modes: tuple[QueryMode, ...] = (QueryMode.FREE, QueryMode.REGISTERED)
    strategies: tuple[StrategyName, ...] = ()
    query_budget: int = 300
    time_limit: float | None = None
    queries_per_round: int = 24
    patience: int = 6
    agreeing_wanted: int = 1
    max_dropped: int = MAX_DROPPED

    @property
    def most_silent(self) -> int:
        """After how many queries in a row without an answer points that were answered before are given up."""
        return 2 * self.patience

    def allows(self, strategy: StrategyName) -> bool:
        """Say whether a strategy may be used."""
        return not self.strategies or strategy in self.strategies

    def schedule(self, threshold: int, participants: int) -> tuple[tuple[QueryMode, int, int], ...]:
        """
        Check the plan against a session and list what to try.

        Parameters
        ----------
        threshold : int
            ``t``.
        participants : int
            ``n``.

        Returns
        -------
        tuple of (QueryMode, int, int)
            Kind of points, number of shares, and the sweep from which on it is tried; at least one.

        Raises
        ------
        TracePlanError
            If a field is out of range.
        """
        highest = threshold - 1 + self.max_dropped
        if not all(1 <= arity <= highest for arity in self.arities):
            raise TracePlanError("arities", f"supply 1 to {highest} shares in this session")
        if not 1 <= self.query_budget <= MAX_FIGURE:
            raise TracePlanError("query_budget", f"allow 1 to {MAX_FIGURE} queries")
        if min(self.queries_per_round, self.patience) < 1:
            raise TracePlanError("rounds", "allow at least one query a round and one without an answer")
        if self.time_limit is not None and not 0 < self.time_limit < inf:
            raise TracePlanError("time_limit", "give a finite number of seconds above 0, or none")
        if self.agreeing_wanted < 0 or not 0 <= self.max_dropped <= MAX_DROPPED:
            raise TracePlanError("figures", f"drop 0 to {MAX_DROPPED} points and want 0 or more evaluations")
        arities = dict.fromkeys(self.arities or range(1, highest + 1))
        schedule = []
        for mode in sorted(set(self.modes)):
            for arity in arities:
                # Free points have two sweeps of their own; a box that asks for t shares or more is rare.
                rare = arity >= threshold and not self.arities
                first_sweep = (1 if mode == QueryMode.REGISTERED else 0) + (2 if rare else 0)
                # With registered points, at least one participant must be left to accuse.
                if mode == QueryMode.FREE or arity < participants:
                    schedule.append((mode, arity, first_sweep))
        if not schedule:
            raise TracePlanError("modes", "name a mode whose points suffice for the arities")
        return tuple(schedule)
