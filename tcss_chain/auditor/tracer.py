"""
The tracer: finds out who leaked from a box that it can only query (protocol section 7).

It goes through *avenues*: kinds of query points and numbers of supplied shares, a few queries each, and stays
where the box answers. All that it decides follows from the plan, the seed and the answers, so that an
interrupted trace can be run again up to where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import count
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.protocol.trace_query import QueryMode

from .avenue import Avenue, PointsAvenue
from .box import Box
from .events import Progressed, RoundStarted, TraceEvent
from .outcome import NotTraced, Trace
from .plan import TracePlan
from .provable import make_provable
from .query_log import QueryLog, Transcript
from .randomness import TraceRandomness
from .remembering_avenue import RememberingAvenue
from .strategy import StrategyName
from .trace_state import TraceState
from .traced_session import TracedSession
from .verdict import not_traced

_LONGEST_VISIT: Final = 4
"""So many rounds of queries a visit takes at most before something else is tried."""

_THOROUGH_SWEEPS: Final = 3


def trace_box(
    box: Box,
    session: TracedSession,
    *,
    plan: TracePlan | None = None,
    known: Collection[ChecksumAddress] = (),
    on_event: Callable[[TraceEvent], None] | None = None,
    randomness: TraceRandomness | None = None,
    transcript: Transcript | None = None,
) -> Trace | NotTraced:
    """
    Query a box until somebody can be accused, or the budget or the time is spent.

    Parameters
    ----------
    box : Box
        The box.
    session : TracedSession
        The session.
    plan : TracePlan, optional
        Limits, and what is known of the box.
    known : collection of ChecksumAddress
        Who was convicted before: at least one of the accused is somebody else.
    on_event : callable, optional
        Told what happens, in this thread.
    randomness : TraceRandomness, optional
        Where nonces and values come from; fresh when not given.
    transcript : Transcript, optional
        Keeps every query. If it holds queries of an interrupted trace with the same randomness, plan and
        session, they are not made again.

    Returns
    -------
    Trace or NotTraced
        Nobody is accused without a confirmation in the exponent.

    Raises
    ------
    TracePlanError
        If the plan does not fit the session.
    TranscriptMismatchError
        If the transcript belongs to another trace.
    TranscriptFileError
        If a query cannot be kept.
    """
    chosen = plan or TracePlan()
    tell = on_event or _ignore
    drawn = randomness or TraceRandomness.fresh()
    log = QueryLog(box, chosen.query_budget, drawn, tell, transcript)
    return _Search(TraceState(session, chosen, log, drawn, tell), known).run()


class _Search:
    """Goes through the avenues."""

    def __init__(self, state: TraceState, known: Collection[ChecksumAddress]) -> None:
        self._state = state
        self._known = frozenset(
            place for place, member in enumerate(state.roster.participants) if member.account in known
        )
        self._identified = False
        self._schedule = state.plan.schedule(state.roster.threshold, len(state.roster.participants))
        self._avenues: dict[tuple[QueryMode, int], PointsAvenue] = {}
        self._remembering: dict[int, RememberingAvenue] = {}

    def run(self) -> Trace | NotTraced:
        """Sweep over the avenues until one of them ends in a trace."""
        for sweep in count():
            for mode, arity, first_sweep in self._schedule:
                if sweep < first_sweep:
                    continue
                for avenue in self._avenues_of(mode, arity):
                    trace = self._visit(avenue, sweep)
                    if trace is not None:
                        return trace
                    if self._state.finished:
                        return self._not_traced(sweep)
            last = max(first_sweep for _, _, first_sweep in self._schedule)
            if sweep >= last and not any(avenue.searchable for avenue in self._all_avenues()):
                return self._not_traced(sweep)
        raise AssertionError("there are always further sweeps")

    def _avenues_of(self, mode: QueryMode, arity: int) -> list[Avenue]:
        avenue = self._avenues.get((mode, arity))
        if avenue is None:
            avenue = self._avenues[mode, arity] = PointsAvenue(self._state, mode, arity)
        # A plan that names it, and nothing else that could be used here, wants it from the start.
        plan = self._state.plan
        wanted = avenue.went_silent or (bool(plan.strategies) and not avenue.searchable)
        if mode == QueryMode.FREE and wanted and plan.allows(StrategyName.FIXED_POLYNOMIAL):
            if arity not in self._remembering:
                self._remembering[arity] = RememberingAvenue(self._state, arity)
            return [self._remembering[arity], avenue]
        return [avenue]

    def _all_avenues(self) -> list[Avenue]:
        return [*self._avenues.values(), *self._remembering.values()]

    def _visit(self, avenue: Avenue, sweep: int) -> Trace | None:
        if not avenue.searchable:
            return None
        state = self._state
        state.tell(RoundStarted(avenue.mode, avenue.arity, for_evidence=False))
        unanswered = made = 0
        while not state.finished:
            answered_before = state.log.answered
            finding = avenue.step(self._known)
            made += 1
            self._tell_progress(avenue)
            if finding is not None:
                self._identified = True
                return make_provable(state, avenue, finding)
            unanswered = 0 if state.log.answered > answered_before else unanswered + 1
            if unanswered >= avenue.visit_length(sweep):
                break
            if made >= state.plan.queries_per_round * (_LONGEST_VISIT if avenue.settled else 1):
                break
        return None

    def _tell_progress(self, avenue: Avenue) -> None:
        log, inquiry = self._state.log, avenue.inquiry
        right, sets = 0, None
        if inquiry is not None:
            right, sets = inquiry.evidence.most_agreeing(), inquiry.problem.possible_sets()
        self._state.tell(Progressed(len(log.entries), log.answered, right, sets))

    def _not_traced(self, sweeps: int) -> NotTraced:
        avenues = self._all_avenues()
        return not_traced(
            self._state,
            avenues,
            searched=any(avenue.searchable for avenue in avenues),
            identified=self._identified,
            thorough=sweeps >= _THOROUGH_SWEEPS and len({mode for mode, _, _ in self._schedule}) > 1,
            left_open=max((avenue.left_open for avenue in self._avenues.values()), default=0.0),
        )


def _ignore(_event: TraceEvent) -> None:
    """Nobody listens."""
