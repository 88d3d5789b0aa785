"""Convictions and their records (protocol sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .activation import aggregate_hash_of
from .complaints import record_due_fault
from .ledger import Ledger, Record
from .material import Address, Claim, QueryChallenge, QueryMode, Sid, TraceProof, TraceStatement
from .refusal import require, require_canonical, require_point
from .session import Phase, Session
from .words import Point

MAX_DROPPED = 8


def convict(
    ledger: Ledger,
    sender: Address,
    value: int,
    sid: Sid,
    accused: Sequence[Address],
    challenge: QueryChallenge,
    claim: Claim,
    Bbar: Sequence[Point],
    Cbar: Sequence[Point],
    proof: TraceProof,
) -> Record:
    session = ledger.session(sid)
    require(sender == session.configuration.auditor, "NotAuditor", sender)
    ledger.session_in(sid, Phase.ACTIVE)
    assert session.activation is not None
    _require_accusable(session, accused)
    hashed = aggregate_hash_of(session, session.activation.qualified, Bbar, Cbar)
    require(hashed == session.activation.aggregate_hash, "AggregateMismatch")
    require(challenge.mode in (QueryMode.FREE, QueryMode.REGISTERED), "")
    require_point(proof.pi)
    require_canonical(*proof.d1, *proof.d2)
    _require_query(session, frozenset(accused), challenge)
    statement = TraceStatement(sid, sender, frozenset(accused), challenge, claim, hashed, session.A)
    require(proof.proves == statement, "InvalidTraceProof")

    record = Record(
        sid=sid,
        number=sum(each.sid == sid for each in ledger.records),
        auditor=sender,
        accused=tuple(accused),
        challenge=challenge,
        claim=claim,
        time=ledger.now,
    )
    ledger.records += (record,)
    ledger.emit(
        "TraceRecorded",
        sid=sid,
        number=record.number,
        challenge=challenge.words(),
        claim=claim.words(),
    )
    for account in accused:
        _convict(ledger, record, account)
    return record


def _convict(ledger: Ledger, record: Record, account: Address) -> None:
    """What is left of the bond is forfeited; a fault that is due takes its half first."""
    record_due_fault(ledger, record.sid, account)
    session = ledger.session(record.sid)
    left = session.bond_left(account, ledger.now)
    ledger.store(replace(session, forfeits=session.forfeits + left, convicted=session.convicted | {account}))
    ledger.emit("Convicted", sid=record.sid, accused=account, number=record.number)


def _require_accusable(session: Session, accused: Sequence[Address]) -> None:
    require(len(accused) > 0, "NoAccused")
    previous = bytes(20)
    for account in accused:
        require(account > previous, "AccusedNotAscending", account)
        require(account in session.joined, "AccusedNotJoined", account)
        previous = account
    together = session.convicted | frozenset(accused)
    require(together != session.convicted, "NothingNew")
    threshold = session.configuration.threshold
    require(len(together) < threshold, "TooManyConvicted", len(together), threshold)


def _require_query(session: Session, accused: frozenset[Address], challenge: QueryChallenge) -> None:
    dropped = challenge.dropped.bit_count()
    supplied = session.configuration.threshold - len(accused) + dropped
    require(dropped <= MAX_DROPPED, "TooManyDropped", dropped)
    require(challenge.dropped < 1 << supplied, "DroppedOutOfRange", challenge.dropped, supplied)
    if challenge.mode == QueryMode.REGISTERED:
        others = len(session.joined) - len(accused)
        require(others >= supplied, "TooFewUnaccused", others, supplied)
