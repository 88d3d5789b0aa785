"""
An avenue: one number of supplied shares, with one kind of query points, for as long as the box answers there.

As long as it does not, every query has points of its own. Once it answers, the same points are kept: further
answers to them are worth the most.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

from tcss_chain.protocol.trace_query import QueryMode

from .evidence import PlacedEvaluation
from .inquiry import Finding, Inquiry
from .registered_search import RegisteredSearch
from .strategies import make_strategies
from .trace_state import TraceState

REGISTERED_VISIT: Final = 3
"""So many times more queries registered points get in one visit: most sets of them are useless."""

_KEPT_BASES: Final = 2


class Avenue(Protocol):
    """A way to put queries to the box."""

    @property
    def mode(self) -> QueryMode:
        """The kind of query points."""

    @property
    def arity(self) -> int:
        """How many shares are supplied."""

    @property
    def searchable(self) -> bool:
        """Whether some strategy can find anybody here."""

    @property
    def inquiry(self) -> Inquiry | None:
        """The query points in use, if the box answered to them."""

    @property
    def settled(self) -> bool:
        """Whether the box's answers are understood, so that further ones are worth much."""

    def visit_length(self, sweep: int) -> int:
        """Say how many queries without an answer one visit may take."""

    def step(self, known: Collection[int]) -> Finding | None:
        """Make one query; see `Inquiry.ask`."""


class PointsAvenue:
    """
    Queries with free or registered points, values varied in one place.

    Parameters
    ----------
    state : TraceState
        The trace.
    mode : QueryMode
        The kind of points.
    arity : int
        How many shares are supplied.
    """

    def __init__(self, state: TraceState, mode: QueryMode, arity: int) -> None:
        self.mode = mode
        self.arity = arity
        self.inquiry: Inquiry | None = None
        self.went_silent = False
        self._state = state
        self._earlier: list[PlacedEvaluation] = []
        self._inquiries = 0
        self._search = RegisteredSearch(state, arity) if mode == QueryMode.REGISTERED else None
        # Whether anything can be found does not depend on the points, only on their number.
        _, points = self._points()
        self.searchable = bool(make_strategies(state.problem(points), state.plan, ()))

    @property
    def settled(self) -> bool:
        """Whether a base answer to the present points is certain."""
        return self.inquiry is not None and self.inquiry.settled

    @property
    def left_open(self) -> float:
        """How likely it is that silence here was bad luck; see `RegisteredSearch.left_open`."""
        return 0.0 if self._search is None else self._search.left_open

    def visit_length(self, sweep: int) -> int:
        """Grow with the number of visits, so that nothing else is starved."""
        if self.inquiry is not None:
            return self._state.plan.patience
        return 1 + sweep // 3 if self._search is None else REGISTERED_VISIT * sweep

    def step(self, known: Collection[int]) -> Finding | None:
        """Make one query; see `Inquiry.ask`."""
        if self.inquiry is None or self.inquiry.exhausted:
            self._keep_evaluations()
            inquiry = self._next_inquiry()
        else:
            inquiry = self.inquiry
        finding = inquiry.ask(known)
        if inquiry.answered:
            self.inquiry = inquiry
            self.went_silent |= inquiry.unanswered_in_a_row >= self._state.plan.patience
        elif self._search is not None:
            self._search.learn_silent(inquiry.problem.query_points)
        return finding

    def _keep_evaluations(self) -> None:
        """Keep what is certain of the old points: ``v_q`` does not depend on the other points."""
        if self.inquiry is not None:
            evidence = self.inquiry.evidence
            for base in evidence.certain_bases()[:_KEPT_BASES]:
                self._earlier += evidence.evaluations(base)
        self.inquiry = None

    def _next_inquiry(self) -> Inquiry:
        nonce, points = self._points()
        problem = self._state.problem(points)
        strategies = make_strategies(problem, self._state.plan, self._earlier)
        first_place = self._inquiries % self.arity
        self._inquiries += 1
        base_values = self._state.base_values(self.mode, points)
        return Inquiry(self._state, problem, self.mode, nonce, strategies, base_values, first_place)

    def _points(self) -> tuple[bytes, tuple[int, ...]]:
        if self._search is not None:
            return self._search.next_points()
        nonce = self._state.randomness.nonce()
        return nonce, self._state.points(self.mode, self.arity, nonce)
