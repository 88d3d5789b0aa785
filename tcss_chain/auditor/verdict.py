"""What a trace that found nobody can say: why, what remains open, and what it would take."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Final

from .avenue import Avenue
from .box import AnswerProblem
from .inquiry import Inquiry
from .outcome import AnswerRate, NotTraced, NotTracedReason, Remaining
from .trace_state import TraceState

_UNLIKELY: Final = 0.05
_TAKEN: Final = frozenset({AnswerProblem.SILENT, AnswerProblem.REFUSED})
_INVALID: Final = frozenset({AnswerProblem.NOT_CANONICAL, AnswerProblem.MALFORMED, AnswerProblem.TOO_LONG})


def not_traced(
    state: TraceState,
    avenues: Iterable[Avenue],
    *,
    searched: bool,
    identified: bool,
    thorough: bool,
    left_open: float = 0.0,
) -> NotTraced:
    """
    Sum up a trace that accuses nobody.

    Parameters
    ----------
    state : TraceState
        The trace.
    avenues : iterable of Avenue
        All that was tried.
    searched : bool
        Whether some strategy could be used at all.
    identified : bool
        Whether an answer showed who leaked.
    thorough : bool
        Whether everything that the plan allows, and both kinds of points, was tried more than once.
    left_open : float
        How likely it is, at most, that registered points were silent for bad luck.

    Returns
    -------
    NotTraced
        What can be said.
    """
    inquiries = [avenue.inquiry for avenue in avenues if avenue.inquiry is not None]
    best = max(inquiries, key=_right, default=None)
    return NotTraced(
        reason=_reason(
            state, searched=searched, identified=identified, thorough=thorough, left_open=left_open
        ),
        queries=len(state.log.entries),
        answered=state.log.answered,
        problems=tuple(state.log.problems.most_common()),
        refuted=state.refuted,
        rate=AnswerRate(0, len(state.log.entries)) if best is None else AnswerRate(_right(best), best.made),
        remaining=None if best is None else _remaining(best),
        transcript=state.log.entries,
    )


def _reason(
    state: TraceState, *, searched: bool, identified: bool, thorough: bool, left_open: float
) -> NotTracedReason:
    if not searched:
        return NotTracedReason.TOO_LARGE
    if identified:
        return NotTracedReason.NOT_CONFIRMED_AGAIN
    if state.found_known:
        return NotTracedReason.ALREADY_CONVICTED
    if state.log.answered:
        return NotTracedReason.NO_RIGHT_ANSWER
    problems = state.log.problems.keys()
    if _INVALID & problems:
        return NotTracedReason.NO_VALID_ANSWER
    if thorough and problems <= _TAKEN:
        if left_open > _UNLIKELY:
            return NotTracedReason.OVER_DETERMINED_OR_RARE
        return NotTracedReason.OVER_DETERMINED
    return NotTracedReason.NO_ANSWER


def _right(inquiry: Inquiry) -> int:
    return inquiry.evidence.most_agreeing()


def _remaining(inquiry: Inquiry) -> Remaining:
    right = _right(inquiry)
    missing = inquiry.right_answers_needed - right
    # If what should be enough is there already, the answers are of another kind, and nothing can be told.
    more = ceil(missing * inquiry.made / right) if right and missing > 0 else None
    return Remaining(inquiry.problem.possible_sets(), more)
