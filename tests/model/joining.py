"""Creating and confirming sessions, joining and dealing (protocol section 4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from .ledger import Ledger
from .material import Address, Configuration, Dealing, Keys, Possession, Role, Sid
from .refusal import require, require_key, require_point, require_scalar
from .session import Phase, Session
from .words import ZERO, H, Point, abi_encode, domain, keccak

MAX_MEMBERS = 128
BOND_LIMIT = 2**88
"""Larger bonds do not fit the type that the ABI gives them."""


def create_session(
    ledger: Ledger, sender: Address, value: int, salt: bytes, configuration: Configuration
) -> Sid:
    _require_sound(ledger, configuration)
    require(configuration.bond < BOND_LIMIT, "")
    sid = session_id(ledger, sender, salt, configuration)
    require(sid not in ledger.sessions, "SessionExists", sid)
    ledger.store(Session(sid, configuration))
    ledger.emit(
        "SessionCreated",
        sid=sid,
        creator=sender,
        auditor=configuration.auditor,
        salt=salt,
        configuration=configuration.words(),
    )
    return sid


def session_id(ledger: Ledger, creator: Address, salt: bytes, configuration: Configuration) -> Sid:
    encoded = [
        domain("tcss.v1.session"),
        ledger.chain_id,
        ledger.address,
        creator,
        salt,
        configuration.words(),
    ]
    return keccak(abi_encode(encoded))


def _require_sound(ledger: Ledger, configuration: Configuration) -> None:
    members, auditor = configuration.members, configuration.auditor
    require(len(members) <= MAX_MEMBERS, "TooManyMembers", len(members))
    in_range = 2 <= configuration.threshold <= len(members)
    require(in_range, "ThresholdOutOfRange", configuration.threshold, len(members))
    require(bytes(20) not in (auditor, configuration.beneficiary), "ZeroAddress")
    for seat, (previous, member) in enumerate(pairwise((bytes(20), *members))):
        require(previous < member, "MembersNotAscending", seat)
        require(member != auditor, "AuditorIsMember", auditor)
    ascending = all(left < right for left, right in pairwise((ledger.now, *configuration.deadlines)))
    released_after = configuration.challenge_by <= configuration.bond_release_time
    require(ascending and released_after, "DeadlinesNotAscending")
    known = configuration.parent == ZERO or configuration.parent in ledger.sessions
    require(known, "UnknownParent", configuration.parent)


def confirm(ledger: Ledger, sender: Address, value: int, sid: Sid, A: Point, possession: Possession) -> None:
    session = ledger.session_in(sid, Phase.CONFIRMING)
    require(sender == session.configuration.auditor, "NotAuditor", sender)
    _require_possession(sid, sender, Role.AUDITOR, A, possession)
    # By x: a key and its negative count as one.
    require(A[0] not in ledger.auditor_keys, "AuditorKeyReused", A[0])
    ledger.auditor_keys |= {A[0]}
    ledger.store(replace(session, A=A, roster_hash=H("tcss.v1.roster", sid, A)))
    ledger.emit("SessionConfirmed", sid=sid, A=A)


def join(
    ledger: Ledger,
    sender: Address,
    value: int,
    sid: Sid,
    keys: Keys,
    possession_P: Possession,
    possession_D: Possession,
) -> None:
    session = ledger.session_in(sid, Phase.JOINING)
    configuration = session.configuration
    require(sender in configuration.members, "NotMember", sender)
    require(sender not in session.joined, "AlreadyJoined", sender)
    require(value == configuration.bond, "WrongBond", value, configuration.bond)
    _require_possession(sid, sender, Role.ENCRYPTION, keys.P, possession_P)
    _require_possession(sid, sender, Role.DEALING, keys.D, possession_D)
    roster_hash = H("tcss.v1.roster.join", sid, session.roster_hash, sender, keys.P, keys.D)
    ledger.store(replace(session, joined={**session.joined, sender: keys}, roster_hash=roster_hash))
    ledger.emit(
        "Joined",
        sid=sid,
        account=sender,
        seat=session.seat(sender),
        keys=keys.words(),
    )


def _require_possession(sid: Sid, owner: Address, role: Role, key: Point, possession: Possession) -> None:
    require_key(key)
    require_scalar(possession.challenge, possession.response)
    require(possession.proves == (sid, owner, role, key), "InvalidPossession", owner, role)


def deal(ledger: Ledger, sender: Address, value: int, sid: Sid, roster_hash: bytes, dealing: Dealing) -> None:
    session = ledger.session_in(sid, Phase.DEALING)
    require(sender in session.joined, "NotJoined", sender)
    require(sender not in session.dealt, "AlreadyDealt", sender)
    require(roster_hash == session.roster_hash, "RosterChanged", session.roster_hash, roster_hash)
    threshold = session.configuration.threshold
    for vector in (dealing.B, dealing.C):
        require(len(vector) == threshold, "WrongVectorLength", len(vector), threshold)
        for point in vector:
            require_point(point)
    require_scalar(*dealing.proof)
    ledger.store(replace(session, dealt={**session.dealt, sender: dealing}))
    ledger.emit("Dealt", sid=sid, dealer=sender, dealing=dealing.words())
