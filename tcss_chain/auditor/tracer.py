"""
The tracer: finds out who leaked from a box that it can only query (protocol section 7).

Every set of query points follows from a fresh secret nonce, in both modes, so that the very answers that
identify the accused can be proven. In registered mode the accused are not known beforehand: the points are
the first of all participants in the nonce's order, and if none of them is accused they are what the contract
derives. Otherwise a further round asks for evidence with the points that it does derive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.protocol.roster import Roster
from tcss_chain.protocol.trace_query import (
    QueryChallenge,
    QueryMode,
    derive_query,
    free_points,
    fresh_nonce,
    registered_order,
)
from tcss_chain.protocol.transcript import claim_of

from .box import AnswerProblem, Box
from .events import CandidateConfirmed, CandidateRefuted, RoundStarted, TraceEvent
from .exponent_check import ExponentCheck
from .known_accused import KnownAccused
from .outcome import NotTraced, NotTracedReason, Trace
from .plan import TracePlan
from .problem import Candidate, Strategy, StrategyFactory, TraceProblem
from .query_log import QueryLog
from .query_round import Finding, QueryRound
from .sealed_keys import SealedKeys
from .subset_product import SubsetProductSearch

DEFAULT_STRATEGIES: Final[tuple[StrategyFactory, ...]] = (
    SubsetProductSearch.for_problem,
    ExponentCheck.for_problem,
)
"""In the order in which they are asked for candidates."""

_EVIDENCE_ROUNDS: Final = 3
_NONCES_PER_ROUND: Final = 16
_LEAST_PATIENCE: Final = 2


@dataclass(frozen=True, slots=True)
class TracedSession:
    """
    What the tracer knows of the session that a box is said to reconstruct the secret of.

    Attributes
    ----------
    roster : Roster
        The session's roster.
    aggregate_hash : bytes
        The aggregate that activation fixed.
    keys : SealedKeys
        What the auditor's key opened.
    """

    roster: Roster
    aggregate_hash: bytes
    keys: SealedKeys


def trace_box(
    box: Box,
    session: TracedSession,
    *,
    plan: TracePlan | None = None,
    strategies: Sequence[StrategyFactory] = DEFAULT_STRATEGIES,
    known: Collection[ChecksumAddress] = (),
    on_event: Callable[[TraceEvent], None] | None = None,
) -> Trace | NotTraced:
    """
    Query a box until somebody can be accused or the budget is spent.

    Parameters
    ----------
    box : Box
        The box.
    session : TracedSession
        The session.
    plan : TracePlan, optional
        Limits and order of the queries.
    strategies : sequence of StrategyFactory
        Ways to find candidates; each is used where the problem is not too large for it.
    known : collection of ChecksumAddress
        Who was convicted before: at least one of the accused is somebody else.
    on_event : callable, optional
        Told what happens, in this thread.

    Returns
    -------
    Trace or NotTraced
        Nobody is accused without a confirmation in the exponent.

    Raises
    ------
    TracePlanError
        If the plan does not fit the session.
    """
    return _Search(box, session, plan or TracePlan(), strategies, known, on_event or _ignore).run()


class _Search:
    """The state of one trace."""

    def __init__(
        self,
        box: Box,
        session: TracedSession,
        plan: TracePlan,
        strategies: Sequence[StrategyFactory],
        known: Collection[ChecksumAddress],
        on_event: Callable[[TraceEvent], None],
    ) -> None:
        self._session = session
        self._roster = session.roster
        self._plan = plan
        self._strategies = strategies
        self._on_event = on_event
        self._log = QueryLog(box, plan.query_budget, on_event)
        self._known = frozenset(
            place for place, member in enumerate(self._roster.participants) if member.account in known
        )
        # How often somebody's point was in registered queries that brought nothing, for every arity.
        self._suspicion: defaultdict[tuple[int, ChecksumAddress], int] = defaultdict(int)
        self._patience: dict[tuple[QueryMode, int], int] = {}
        self._refuted = 0
        self._searched = False
        self._identified = False

    def run(self) -> Trace | NotTraced:
        """Go through the plan's rounds until one of them ends in a trace."""
        schedule = self._plan.schedule(self._roster.threshold, len(self._roster.participants))
        too_large: set[tuple[QueryMode, int]] = set()
        for number, (mode, arity) in enumerate(cycle(schedule)):
            if self._log.exhausted or too_large.issuperset(schedule):
                return self._not_traced()
            nonce, points = self._identification_points(mode, arity)
            problem = self._problem(points, varied=number % arity)
            strategies = [made for make in self._strategies if (made := make(problem)) is not None]
            if not strategies:
                too_large.add((mode, arity))
                continue
            self._searched = True
            trace = self._identify(mode, nonce, problem, strategies)
            if trace is not None:
                return trace
        raise AssertionError("a schedule has at least one round")

    def _identify(
        self, mode: QueryMode, nonce: bytes, problem: TraceProblem, strategies: Sequence[Strategy]
    ) -> Trace | None:
        kind = (mode, len(problem.query_points))
        patience = self._patience.get(kind, self._plan.patience)
        query_round, finding = self._round(mode, problem, strategies, self._known, patience)
        if query_round.answers:
            self._patience.pop(kind, None)
        else:
            self._patience[kind] = max(patience // 2, min(_LEAST_PATIENCE, self._plan.patience))
        if mode == QueryMode.REGISTERED:
            self._learn(problem, silent=not query_round.answers)
        if finding is None:
            return None
        self._identified = True
        trace = self._trace_of(mode, nonce, query_round, finding)
        return trace or self._seek_evidence(mode, len(problem.query_points), finding.candidate.accused)

    def _seek_evidence(self, mode: QueryMode, arity: int, accused: tuple[int, ...]) -> Trace | None:
        """Query with the points that the contract derives for these accused, values and nonce fresh."""
        accounts = self._accounts(accused)
        for number in range(_EVIDENCE_ROUNDS):
            nonce = fresh_nonce()
            order = registered_order(self._roster, self._session.aggregate_hash, nonce, accounts)
            if len(order) < arity or self._log.exhausted:
                return None
            points = tuple(participant.x for participant in order[:arity])
            problem = self._problem(points, varied=number % arity)
            query_round, finding = self._round(
                mode, problem, [KnownAccused(problem, accused)], (), self._plan.patience, for_evidence=True
            )
            if finding is not None:
                return self._trace_of(mode, nonce, query_round, finding)
        return None

    def _round(
        self,
        mode: QueryMode,
        problem: TraceProblem,
        strategies: Sequence[Strategy],
        known: Collection[int],
        patience: int,
        *,
        for_evidence: bool = False,
    ) -> tuple[QueryRound, Finding | None]:
        self._on_event(RoundStarted(mode, len(problem.query_points), for_evidence))
        query_round = QueryRound(problem, mode, self._log, self._plan, patience)
        on_refuted = _ignore_refuted if for_evidence else self._note_refuted
        finding = query_round.search(strategies, known, on_refuted)
        if finding is not None:
            accounts = self._accounts(finding.candidate.accused)
            dropped_count = finding.candidate.dropped.bit_count()
            number = finding.answered.number
            self._on_event(CandidateConfirmed(finding.strategy, accounts, number, dropped_count))
        return query_round, finding

    def _trace_of(
        self, mode: QueryMode, nonce: bytes, query_round: QueryRound, finding: Finding
    ) -> Trace | None:
        """Make the trace, unless the contract would derive other points for these accused."""
        accounts = self._accounts(finding.candidate.accused)
        challenge = QueryChallenge(mode, nonce, finding.candidate.dropped)
        derived = derive_query(self._roster, self._session.aggregate_hash, challenge, accounts)
        if derived.supplied != query_round.problem.query_points:
            return None
        evaluations = query_round.evaluate(finding)
        accused_points = [self._roster.participants[place].x for place in finding.candidate.accused]
        return Trace(
            accused=accounts,
            challenge=challenge,
            T=finding.T,
            claim=claim_of(self._roster.sid, self._log.entries, evaluations, accused_points),
            evaluations=evaluations,
            transcript=self._log.entries,
            evidence=finding.answered.number,
            strategy=finding.strategy,
        )

    def _identification_points(self, mode: QueryMode, arity: int) -> tuple[bytes, tuple[int, ...]]:
        aggregate_hash = self._session.aggregate_hash
        if mode == QueryMode.FREE:
            nonce = fresh_nonce()
            return nonce, free_points(self._roster.sid, aggregate_hash, arity, nonce)
        # Of several nonces the one whose participants are the least suspect.
        orders = [
            (nonce, registered_order(self._roster, aggregate_hash, nonce)[:arity])
            for nonce in (fresh_nonce() for _ in range(_NONCES_PER_ROUND))
        ]
        nonce, chosen = min(
            orders, key=lambda order: sum(self._suspicion[arity, member.account] for member in order[1])
        )
        return nonce, tuple(member.x for member in chosen)

    def _learn(self, problem: TraceProblem, *, silent: bool) -> None:
        """Note whose points brought nothing: somebody whose share the box holds makes queries useless."""
        arity = len(problem.query_points)
        for member in self._roster.participants:
            if member.x in problem.query_points:
                if silent:
                    self._suspicion[arity, member.account] += 1
                else:
                    self._suspicion[arity, member.account] = 0

    def _problem(self, points: tuple[int, ...], varied: int) -> TraceProblem:
        return TraceProblem(
            threshold=self._roster.threshold,
            roster_points=tuple(member.x for member in self._roster.participants),
            share_keys=self._session.keys.Y,
            query_points=points,
            varied=varied,
            max_dropped=self._plan.max_dropped,
        )

    def _accounts(self, places: Sequence[int]) -> tuple[ChecksumAddress, ...]:
        accounts = (self._roster.participants[place].account for place in places)
        return tuple(sorted(accounts, key=lambda account: int(account, 16)))

    def _note_refuted(self, strategy: str, candidate: Candidate) -> None:
        self._refuted += 1
        self._on_event(CandidateRefuted(strategy, self._accounts(candidate.accused)))

    def _not_traced(self) -> NotTraced:
        entries = self._log.entries
        answered = sum(entry.answer is not None for entry in entries)
        return NotTraced(
            reason=self._reason(answered),
            queries=len(entries),
            answered=answered,
            problems=tuple(self._log.problems.most_common()),
            refuted=self._refuted,
            transcript=entries,
        )

    def _reason(self, answered: int) -> NotTracedReason:
        if not self._searched:
            return NotTracedReason.TOO_LARGE
        if self._identified:
            return NotTracedReason.NOT_CONFIRMED_AGAIN
        if answered:
            return NotTracedReason.NO_RIGHT_ANSWER
        returned = {AnswerProblem.NOT_CANONICAL, AnswerProblem.MALFORMED, AnswerProblem.TOO_LONG}
        if returned & self._log.problems.keys():
            return NotTracedReason.NO_VALID_ANSWER
        return NotTracedReason.NO_ANSWER


def _ignore(_event: TraceEvent) -> None:
    """Nobody listens."""


def _ignore_refuted(_strategy: str, _candidate: Candidate) -> None:
    """Wrong answers refute the known accused; that says nothing about them."""
