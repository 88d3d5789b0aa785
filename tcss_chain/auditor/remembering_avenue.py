"""
Queries to a box that remembers its inputs and refuses one point with two values (protocol section 7).

All supplied shares lie on one made-up polynomial ``a'`` of degree ``t - 1``, and only one point changes from
query to query. With ``Q = base + {z}`` a right answer is

    answer - a'(0) = sum_{i in I} W_i * z/(z - x_i)

with unknown ``W_i`` that do not depend on ``z``: a rational function whose poles are the leaked points.
Enough answers determine it, and with it ``I``, whatever of the base the box drops.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from tcss_chain.decoding.errors import DecodingEffortError
from tcss_chain.decoding.rational_reconstruction import recover_poles, recover_sparse
from tcss_chain.protocol.trace_query import QueryMode

from .confirmation import confirmed_combination
from .inquiry import Finding, Inquiry
from .known_accused import candidates_for
from .problem import Answered, TraceProblem
from .strategy import StrategyName
from .trace_state import TraceState

MAX_WORK: Final = 1_000_000
"""Microseconds that one list may take, as the decoder estimates them."""

_MORE_THAN_UNKNOWNS: Final = 2
_EQUAL_ANSWERS: Final = 3
_CONFIRMED_WITH: Final = 4


class RememberingAvenue:
    """
    Queries with free points on one polynomial.

    Parameters
    ----------
    state : TraceState
        The trace.
    arity : int
        How many shares are supplied.
    """

    mode: Final = QueryMode.FREE
    inquiry: Inquiry | None = None

    def __init__(self, state: TraceState, arity: int) -> None:
        self.arity = arity
        self.searchable = True
        self._state = state
        self._place = 0
        self._answers: list[Answered] = []
        self._base: tuple[int, ...] = ()
        self._last_answer: int | None = None
        self._repetitions = 0
        self._unanswered_in_a_row = 0
        self._start_anew()

    @property
    def settled(self) -> bool:
        """Whether the box answers here."""
        return bool(self._answers)

    def visit_length(self, _sweep: int) -> int:
        """Give it a few queries a visit."""
        return self._state.plan.patience

    def step(self, known: Collection[int]) -> Finding | None:
        """Make one query with a new point; see `Inquiry.ask`."""
        answered = self._state.query(self._state.made_up.shares(self._next_points()), self.mode)
        if answered is None:
            self._unanswered_in_a_row += 1
            if self._unanswered_in_a_row >= self._state.plan.most_silent:
                self._start_anew()
            return None
        self._unanswered_in_a_row = 0
        self._repetitions = self._repetitions + 1 if answered.answer == self._last_answer else 1
        self._last_answer = answered.answer
        if self._repetitions >= _EQUAL_ANSWERS:
            # The box drops the point that changes: change another one.
            self._place = (self._place + 1) % self.arity
            self._start_anew()
        if self._repetitions > 1:
            return None
        self._answers.append(answered)
        for accused in self._supports():
            if set(accused) <= set(known):
                continue
            finding = self._confirm(accused)
            if finding is not None:
                return finding
            self._state.note_refuted(StrategyName.FIXED_POLYNOMIAL, accused)
        return None

    def _start_anew(self) -> None:
        """Use other points in common, to which all answers have to be had again."""
        self._answers = []
        nonce = self._state.randomness.nonce()
        self._base = self._state.points(self.mode, self.arity, nonce)[: self.arity - 1]
        self._last_answer = None
        self._unanswered_in_a_row = 0

    def _next_points(self) -> tuple[int, ...]:
        z = self._state.randomness.scalar()
        return (*self._base[: self._place], z, *self._base[self._place :])

    def _supports(self) -> Iterator[tuple[int, ...]]:
        """Find who may have leaked: among wrong answers if there are many, from few if all are right."""
        evaluations = [
            (answered.shares[self._place][0], answered.answer - self._state.made_up.at_zero)
            for answered in self._answers
        ]
        roster_points = self._state.roster_points
        threshold = self._state.roster.threshold
        poles = recover_poles(evaluations, roster_points, threshold - 1, maximum_errors=len(evaluations) // 2)
        if poles:
            yield poles
            return
        accused_count = threshold - self.arity
        if 1 <= accused_count <= len(evaluations) - _MORE_THAN_UNKNOWNS:
            try:
                yield from recover_sparse(evaluations, roster_points, accused_count, maximum_work=MAX_WORK)
            except DecodingEffortError:
                return

    def _confirm(self, accused: tuple[int, ...]) -> Finding | None:
        for answered in reversed(self._answers[-_CONFIRMED_WITH:]):
            problem = self._state.problem(tuple(x for x, _ in answered.shares))
            finding = find_accused(self._state, problem, accused, answered, StrategyName.FIXED_POLYNOMIAL)
            if finding is not None:
                return finding
        return None


def find_accused(
    state: TraceState,
    problem: TraceProblem,
    accused: tuple[int, ...],
    answered: Answered,
    strategy: StrategyName,
) -> Finding | None:
    """
    Confirm participants who are thought to have leaked, whatever points the box dropped.

    Parameters
    ----------
    state : TraceState
        The trace.
    problem : TraceProblem
        The points of the query.
    accused : tuple of int
        ``I``, places in the roster.
    answered : Answered
        The answer to try.
    strategy : StrategyName
        Who proposed them.

    Returns
    -------
    Finding or None
        None if the answer is wrong, as far as the sets of `candidates_for` tell, or the time is over.
    """
    for candidate in candidates_for(problem, accused):
        if state.out_of_time:
            return None
        T = confirmed_combination(problem, candidate, answered)
        if T is not None:
            return Finding(candidate, answered, T, strategy)
    return None
