"""The two ways in which a session becomes active (protocol section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise

from .complaints import require_posted
from .ledger import Ledger
from .material import Address, PostedDealing, Sid, Signature
from .refusal import require
from .session import Activation, Phase, Session
from .words import ZERO, H, Point, abi_encode, add_vectors, hash_vector, keccak

_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_ACCEPT_TYPE = (
    b"Accept(bytes32 sid,bytes32 rosterHash,bytes32 dealingsHash,uint128 qualified,bytes32 aggregateHash)"
)


def acceptance_hash(ledger: Ledger, sid: Sid, qualified: int, aggregate_hash: bytes) -> bytes:
    """What participants sign (EIP-712)."""
    session = ledger.session(sid)
    message = [
        keccak(_ACCEPT_TYPE),
        sid,
        session.roster_hash,
        session.dealings_hash,
        qualified,
        aggregate_hash,
    ]
    domain = [keccak(_DOMAIN_TYPE), keccak(b"TCSS"), keccak(b"1"), ledger.chain_id, ledger.address]
    return keccak(b"\x19\x01" + keccak(abi_encode(domain)) + keccak(abi_encode(message)))


def aggregate_hash_of(
    session: Session, qualified: frozenset[Address], B: Sequence[Point], C: Sequence[Point]
) -> bytes:
    hashes = (hash_vector(session.sid, vector) for vector in (B, C))
    return H("tcss.v1.aggregate", session.sid, session.roster_hash, session.bitmap(qualified), *hashes)


def activate_unanimously(
    ledger: Ledger,
    sender: Address,
    value: int,
    sid: Sid,
    qualified: int,
    aggregate_hash: bytes,
    signatures: Sequence[Signature],
) -> None:
    session = ledger.session_in(sid, Phase.COMPLAINING, Phase.REVEALING, Phase.CHALLENGING, Phase.AGGREGATING)
    current = session.qualified(ledger.now)
    require(qualified == session.bitmap(current), "QualifiedSetChanged", session.bitmap(current), qualified)
    threshold = session.configuration.threshold
    require(len(current) >= threshold, "TooFewQualified", len(current), threshold)
    given, wanted = len(signatures), len(session.joined)
    require(given == wanted, "WrongSignatureCount", given, wanted)
    participants = [signature.participant for signature in signatures]
    for previous, participant in pairwise((bytes(20), *participants)):
        require(previous < participant and participant in session.joined, "WrongSigner", participant)
    signed = acceptance_hash(ledger, sid, qualified, aggregate_hash)
    for signature in signatures:
        require(signature.by == (signature.participant, signed), "WrongSigner", signature.participant)
    _activate(ledger, session, current, aggregate_hash, unanimous=True)


def aggregate(
    ledger: Ledger,
    sender: Address,
    value: int,
    sid: Sid,
    next_seat: int,
    partial_B: Sequence[Point],
    partial_C: Sequence[Point],
    dealings: Sequence[PostedDealing],
) -> None:
    session = ledger.session_in(sid, Phase.AGGREGATING)
    require(len(dealings) > 0, "WrongDealingCount", 0)
    sums = []
    if next_seat != 0:
        kept = ledger.partials.get((sid, sender), ZERO)
        require(kept == partial_hash(sid, next_seat, partial_B, partial_C), "WrongPartialAggregate", sender)
        sums = [(tuple(partial_B), tuple(partial_C))]
    qualified = session.qualified(ledger.now)
    waiting = [dealer for dealer in session.by_seat(qualified) if session.seat(dealer) >= next_seat]
    for place, posted in enumerate(dealings):
        require(place < len(waiting), "WrongDealingCount", len(dealings))
        require_posted(session, waiting[place], posted.keys_hash, posted.dealing.digest(sid))
    sums += [(posted.dealing.B, posted.dealing.C) for posted in dealings]
    B, C = (reduce(add_vectors, vectors) for vectors in zip(*sums, strict=True))
    if len(dealings) == len(waiting):
        _activate(ledger, session, qualified, aggregate_hash_of(session, qualified, B, C), unanimous=False)
    else:
        reached = session.seat(waiting[len(dealings) - 1]) + 1
        ledger.partials[sid, sender] = partial_hash(sid, reached, B, C)
        ledger.emit("AggregationAdvanced", sid=sid, caller=sender, nextSeat=reached)


def partial_hash(sid: Sid, next_seat: int, B: Sequence[Point], C: Sequence[Point]) -> bytes:
    return H("tcss.v1.aggregate.partial", sid, next_seat, hash_vector(sid, B), hash_vector(sid, C))


def _activate(
    ledger: Ledger, session: Session, qualified: frozenset[Address], aggregate_hash: bytes, *, unanimous: bool
) -> None:
    ledger.store(replace(session, activation=Activation(ledger.now, qualified, aggregate_hash)))
    ledger.emit(
        "Activated",
        sid=session.sid,
        qualified=session.bitmap(qualified),
        aggregateHash=aggregate_hash,
        unanimous=unanimous,
    )
