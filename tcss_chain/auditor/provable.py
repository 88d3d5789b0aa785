"""
From a finding to a trace: the right answer must be one to a challenge that the contract derives (section 8).

Mostly the answer that identified the accused is one already. With registered points the challenge depends on
who is accused, and a box that remembers its inputs was asked with points of another kind: then a few more
queries are made, values and nonce fresh, for which the accused are known beforehand.
"""

from __future__ import annotations

from typing import Final

from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode
from tcss_chain.protocol.transcript import Evaluation, claim_of

from .avenue import Avenue
from .events import CandidateConfirmed, RoundStarted
from .inquiry import Finding, Inquiry
from .known_accused import KnownAccused
from .outcome import AnswerRate, Trace
from .problem import TraceProblem
from .remembering_avenue import RememberingAvenue, find_accused
from .strategy import StrategyName
from .trace_state import TraceState

_ROUNDS: Final = 3


def make_provable(state: TraceState, avenue: Avenue, finding: Finding) -> Trace | None:
    """
    Make a trace of a finding, with further queries where they are needed.

    Parameters
    ----------
    state : TraceState
        The trace.
    avenue : Avenue
        Where the finding was made.
    finding : Finding
        The confirmed candidate.

    Returns
    -------
    Trace or None
        None if the box gives no right answer to a challenge that can be proven.
    """
    accused = finding.candidate.accused
    if isinstance(avenue, RememberingAvenue):
        return _with_polynomial(state, avenue, accused, finding.strategy)
    if avenue.inquiry is not None:
        _tell(state, finding)
        trace = _trace_of_inquiry(state, avenue.inquiry, finding, finding.strategy)
        if trace is not None:
            return trace
    return _with_known_accused(state, avenue, accused, finding.strategy)


def _with_known_accused(
    state: TraceState, avenue: Avenue, accused: tuple[int, ...], strategy: StrategyName
) -> Trace | None:
    """Query with the points that the contract derives for these accused."""
    for number in range(_ROUNDS):
        nonce = state.randomness.nonce()
        points = state.points(avenue.mode, avenue.arity, nonce, accused)
        if len(points) < avenue.arity or state.finished:
            return None
        problem = state.problem(points)
        strategies = [KnownAccused(problem, accused)]
        base_values = state.base_values(avenue.mode, points)
        first_place = number % avenue.arity
        inquiry = Inquiry(state, problem, avenue.mode, nonce, strategies, base_values, first_place)
        state.tell(RoundStarted(avenue.mode, avenue.arity, for_evidence=True))
        while not (inquiry.exhausted or state.finished):
            finding = inquiry.ask()
            if finding is not None:
                _tell(state, finding)
                return _trace_of_inquiry(state, inquiry, finding, strategy)
            if inquiry.unanswered_in_a_row >= state.plan.patience:
                break
    return None


def _with_polynomial(
    state: TraceState, avenue: RememberingAvenue, accused: tuple[int, ...], strategy: StrategyName
) -> Trace | None:
    """Query with fresh points on the polynomial that the box knows from all other queries."""
    state.tell(RoundStarted(avenue.mode, avenue.arity, for_evidence=True))
    for asked in range(1, _ROUNDS * state.plan.patience + 1):
        nonce = state.randomness.nonce()
        problem = state.problem(state.points(avenue.mode, avenue.arity, nonce, accused))
        if state.finished:
            return None
        answered = state.query(state.made_up.shares(problem.query_points), avenue.mode)
        if answered is None:
            continue
        finding = find_accused(state, problem, accused, answered, strategy)
        if finding is not None:
            _tell(state, finding)
            return _trace(state, problem, avenue.mode, nonce, finding, (), AnswerRate(1, asked))
    return None


def _trace_of_inquiry(
    state: TraceState, inquiry: Inquiry, finding: Finding, strategy: StrategyName
) -> Trace | None:
    # With registered points, too few others may be left once the accused are taken out.
    arity = len(inquiry.problem.query_points)
    derived = state.points(inquiry.mode, arity, inquiry.nonce, finding.candidate.accused)
    if derived != inquiry.problem.query_points:
        return None
    evaluations = inquiry.evaluate(finding)
    named = Finding(finding.candidate, finding.answered, finding.T, strategy)
    return _trace(
        state, inquiry.problem, inquiry.mode, inquiry.nonce, named, evaluations, inquiry.rate(finding)
    )


def _trace(
    state: TraceState,
    problem: TraceProblem,
    mode: QueryMode,
    nonce: bytes,
    finding: Finding,
    evaluations: tuple[Evaluation, ...],
    rate: AnswerRate,
) -> Trace:
    accused_points = [problem.roster_points[place] for place in finding.candidate.accused]
    return Trace(
        accused=state.accounts(finding.candidate.accused),
        challenge=QueryChallenge(mode, nonce, finding.candidate.dropped),
        T=finding.T,
        claim=claim_of(state.roster.sid, state.log.entries, evaluations, accused_points),
        evaluations=evaluations,
        transcript=state.log.entries,
        evidence=finding.answered.number,
        strategy=finding.strategy,
        rate=rate,
    )


def _tell(state: TraceState, finding: Finding) -> None:
    accounts = state.accounts(finding.candidate.accused)
    dropped_count = finding.candidate.dropped.bit_count()
    state.tell(CandidateConfirmed(finding.strategy, accounts, finding.answered.number, dropped_count))
