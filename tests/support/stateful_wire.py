"""
Between the model and the contract's ABI: how calls are written, and what views must answer.

Everything that depends on the shape of the ABI is in this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from model.activation import acceptance_hash
from model.ledger import Call, Event, Ledger, Record
from model.material import Address, Configuration, PostedDealing, Sid
from model.refusal import Refused
from model.session import Missing, Session
from model.words import ZERO

PAGES = ((0, 2), (1, 1), (0, 1000), (1000, 1))


class Written(NamedTuple):
    """A call with the contract's name for it."""

    source: str
    name: str
    arguments: list[Any]


class View(NamedTuple):
    """A view and what it must answer: values, or an error."""

    source: str
    name: str
    arguments: tuple[Any, ...]
    expected: list[Any] | Refused


# ------------------------------------------------------------------ calls


def write(call: Call) -> Written:
    """Write a call as the ABI wants it."""
    source = "openings" if call.name == "anchor" else "sessions"
    name = _solidity(call.name)
    arguments = _SHAPES[call.name](*call.arguments) if call.name in _SHAPES else _plain(call.arguments)
    return Written(source, name, arguments)


def returned(value: Any) -> list[Any]:
    """What the contract returns, from what the model does."""
    if value is None:
        return []
    return [value.number if isinstance(value, Record) else value]


def written_event(event: Event) -> tuple[str, Mapping[str, Any]]:
    """The contract's name and arguments of an event of the model."""
    return event.name, event.arguments


def _solidity(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _plain(arguments: Sequence[Any]) -> list[Any]:
    """Structs give their words; sequences of them are dynamic arrays."""
    return [argument.words() if hasattr(argument, "words") else argument for argument in arguments]


def _anchor(sid: Sid, core: bytes, model_digest: bytes, purpose: bytes) -> list[Any]:
    return [sid, core, model_digest, bytearray(purpose)]


def _complain_invalid_share(*arguments: Any) -> list[Any]:
    *others, vector = arguments
    return [*_plain(others), list(vector)]


def _activate_unanimously(sid: Sid, qualified: int, aggregate_hash: bytes, signatures: Any) -> list[Any]:
    return [sid, qualified, aggregate_hash, [signature.words() for signature in signatures]]


def _aggregate(sid: Sid, next_seat: int, B: Any, C: Any, dealings: Sequence[PostedDealing]) -> list[Any]:
    return [sid, next_seat, list(B), list(C), [dealing.words() for dealing in dealings]]


def _convict(sid: Sid, accused: Any, challenge: Any, claim: Any, B: Any, C: Any, proof: Any) -> list[Any]:
    return [sid, list(accused), challenge.words(), claim.words(), list(B), list(C), proof.words()]


_SHAPES: Mapping[str, Callable[..., list[Any]]] = {
    "anchor": _anchor,
    "complain_invalid_share": _complain_invalid_share,
    "activate_unanimously": _activate_unanimously,
    "aggregate": _aggregate,
    "convict": _convict,
}


# ------------------------------------------------------------------ views


def contract_views(ledger: Ledger, auditor_keys: Sequence[int]) -> Iterator[View]:
    """All views that do not belong to one session, with everything that they must answer now."""
    sids = list(ledger.sessions)
    yield View("sessions", "sessionCount", (), [len(sids)])
    for start, limit in PAGES:
        yield View("sessions", "sessionIds", (start, limit), [sids[start : start + limit]])
    for x in auditor_keys:
        yield View("sessions", "isAuditorKeyUsed", (x,), [x in ledger.auditor_keys])
    for start, limit in PAGES:
        chosen = [record for sid in sids[start : start + limit] for record in records_of(ledger, sid)]
        yield View("sessions", "records", (start, limit), [chosen])


def everything_else_about(ledger: Ledger, session: Session) -> tuple[Any, ...]:
    """What the views of a session depend on besides the session."""
    partials = {caller: kept for (sid, caller), kept in ledger.partials.items() if sid == session.sid}
    return ledger.now, partials, ledger.openings.get(session.sid, ()), records_of(ledger, session.sid)


def records_of(ledger: Ledger, sid: Sid) -> list[tuple[Any, ...]]:
    """The records of a session, oldest first, as the contract shows them."""
    return [_record(record) for record in ledger.records if record.sid == sid]


def session_views(ledger: Ledger, session: Session, accounts: Sequence[Address]) -> Iterator[View]:
    """All views of one session."""
    sid, now = session.sid, ledger.now
    lines = [
        (line.request, line.model_digest, line.gateway, line.time) for line in ledger.openings.get(sid, ())
    ]
    yield View("sessions", "phaseOf", (sid,), [session.phase(now)])
    yield View("sessions", "auditorOf", (sid,), [session.configuration.auditor])
    yield View("sessions", "configurationOf", (sid,), [_configuration(session.configuration)])
    yield View("sessions", "stateOf", (sid,), [_state(session, now)])
    participants = {account: _participant(session, account, now) for account in session.configuration.members}
    yield View("sessions", "participantsOf", (sid,), [list(participants.values())])
    probe = (sid, 5, sid)
    yield View("sessions", "acceptanceHash", probe, [acceptance_hash(ledger, *probe)])
    for account in accounts:
        shown: list[Any] | Refused = Refused("NotMember", account)
        if account in participants:
            shown = [participants[account]]
        missing = session.missing.get(account, Missing())
        seats = [session.bitmap(missing.raised), session.bitmap(missing.unanswered)]
        here = (sid, account)
        yield View("sessions", "participantOf", here, shown)
        yield View("sessions", "faultOf", here, [session.fault(account, now)])
        yield View("sessions", "bondOf", here, [session.bond_left(account, now)])
        yield View("sessions", "missingSharesOf", here, seats)
        yield View("sessions", "isConvicted", here, [account in session.convicted])
        yield View("sessions", "partialAggregateOf", here, [ledger.partials.get(here, ZERO)])
    yield View("sessions", "recordsOfSession", (sid,), [records_of(ledger, sid)])
    yield View("openings", "openingCount", (sid,), [len(lines)])
    for start, limit in PAGES:
        yield View("openings", "openings", (sid, start, limit), [lines[start : start + limit]])


def views_of_nothing(sid: Sid, account: Address) -> Iterator[View]:
    """What views answer about a session that does not exist."""
    unknown = Refused("UnknownSession", sid)
    names = ("phaseOf", "auditorOf", "configurationOf", "stateOf", "participantsOf", "recordsOfSession")
    for name in names:
        yield View("sessions", name, (sid,), unknown)
    yield View("sessions", "acceptanceHash", (sid, 1, ZERO), unknown)
    yield View("sessions", "participantOf", (sid, account), Refused("NotMember", account))
    yield View("sessions", "faultOf", (sid, account), unknown)
    yield View("sessions", "bondOf", (sid, account), unknown)
    yield View("sessions", "missingSharesOf", (sid, account), [0, 0])
    yield View("sessions", "isConvicted", (sid, account), [False])
    yield View("sessions", "partialAggregateOf", (sid, account), [ZERO])
    yield View("openings", "openingCount", (sid,), [0])
    yield View("openings", "openings", (sid, 0, 5), [[]])


@lru_cache(maxsize=256)
def _configuration(configuration: Configuration) -> tuple[Any, ...]:
    return configuration.words()


def _state(session: Session, now: int) -> tuple[Any, ...]:
    activation = session.activation
    return (
        session.phase(now),
        session.bitmap(session.joined),
        session.bitmap(session.dealt),
        session.bitmap(session.qualified(now)),
        session.bitmap(session.awaited),
        session.bitmap(session.convicted),
        activation.time if activation else 0,
        session.forfeits,
        session.roster_hash,
        session.dealings_hash,
        activation.aggregate_hash if activation else ZERO,
        *session.A,
    )


def _participant(session: Session, account: Address, now: int) -> tuple[Any, ...]:
    return (
        account,
        session.seat(account),
        account in session.joined,
        account in session.dealt,
        account in session.qualified(now),
        account in session.convicted,
        account in session.withdrawn,
        session.fault(account, now),
        session.posted_hash(account),
        session.evaluation_point(account, now),
    )


def _record(record: Record) -> tuple[Any, ...]:
    claim = record.claim
    return (
        record.sid,
        record.number,
        record.auditor,
        list(record.accused),
        record.time,
        record.challenge.mode,
        claim.queries,
        claim.evaluations,
        claim.agreeing,
        record.evidence_hash,
    )
