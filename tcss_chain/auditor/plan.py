"""How a trace goes about it."""

from __future__ import annotations

from dataclasses import dataclass

from tcss_chain.protocol.trace_query import MAX_DROPPED, QueryMode
from tcss_chain.protocol.transcript import MAX_FIGURE

from .errors import TracePlanError


@dataclass(frozen=True, slots=True)
class TracePlan:
    """
    Limits and order of the queries.

    Attributes
    ----------
    arities : tuple of int
        How many shares to supply, in the order in which to try; empty for all of ``1 .. t - 1``. A box that
        drops some may ask for up to ``t - 1 + d``.
    modes : tuple of QueryMode
        In the order in which to try. Free points first: most boxes cannot tell.
    query_budget : int
        How many queries to make at most.
    queries_per_round : int
        How many queries to make at most with the same query points.
    patience : int
        After how many queries in a row without an answer to give up a set of query points. It is halved, down
        to 2, for a mode and an arity that brought nothing before.
    registered_rounds : int
        How many sets of registered points to try for one of free points: a set is useless if a leaked
        participant is in it.
    agreeing_wanted : int
        How many evaluations should agree with the accused before the box is left alone. They are no
        condition of the proof.
    max_dropped : int
        The most supplied points that the box is thought to drop.
    """

    arities: tuple[int, ...] = ()
    modes: tuple[QueryMode, ...] = (QueryMode.FREE, QueryMode.REGISTERED)
    query_budget: int = 200
    queries_per_round: int = 16
    patience: int = 4
    registered_rounds: int = 3
    agreeing_wanted: int = 2
    max_dropped: int = MAX_DROPPED

    def schedule(self, threshold: int, participants: int) -> tuple[tuple[QueryMode, int], ...]:
        """
        Check the plan against a session and list mode and arity of its rounds.

        Parameters
        ----------
        threshold : int
            ``t``.
        participants : int
            ``n``.

        Returns
        -------
        tuple of (QueryMode, int)
            One cycle, to be repeated while the budget lasts; at least one round.

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
        if min(self.queries_per_round, self.patience, self.registered_rounds) < 1:
            raise TracePlanError("rounds", "allow at least one query and one round")
        if self.agreeing_wanted < 0 or not 0 <= self.max_dropped <= MAX_DROPPED:
            raise TracePlanError("figures", f"drop 0 to {MAX_DROPPED} points and want 0 or more evaluations")
        cycle: list[tuple[QueryMode, int]] = []
        for mode in self.modes:
            arities = self.arities or tuple(range(1, threshold))
            if mode == QueryMode.REGISTERED:
                # At least one participant must be left to accuse.
                arities = tuple(arity for arity in arities if arity < participants) * self.registered_rounds
            cycle += [(mode, arity) for arity in arities]
        if not cycle:
            raise TracePlanError("modes", "name a mode whose points suffice for the arities")
        return tuple(cycle)
