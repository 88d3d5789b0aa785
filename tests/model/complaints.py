"""Complaints about dealings, and the faults that they and the deadlines prove (protocol section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .ledger import Ledger
from .material import Address, Digest, EncryptedShare, Equation, Evidence, Keys, PostedDealing, Sid
from .refusal import require, require_point, require_scalar
from .session import Fault, Missing, Phase, Session
from .words import ZERO, H, Point, R, hash_vector

TREE_DEPTH = 7


def complain_invalid_share(
    ledger: Ledger,
    sender: Address,
    value: int,
    sid: Sid,
    dealer: Address,
    dealer_keys: Keys,
    recipient_keys: Keys,
    recipient_dealing: bytes,
    digest: Digest,
    share: EncryptedShare,
    evidence: Evidence,
    equation: int,
    vector: Sequence[Point],
) -> None:
    require(equation in (Equation.B, Equation.C), "")
    session = ledger.session_in(sid, Phase.COMPLAINING, Phase.CHALLENGING)
    _require_accusable(session, dealer, ledger.now)
    require_posted(session, dealer, dealer_keys.hash(sid, dealer), digest)
    _require_in_tree(session, dealer, sender, digest, share)
    # A word that is no scalar is a fault by itself; nothing else is looked at then.
    if share.c0 < R and share.c1 < R:
        own = session.dealt[sender].hash(sid, sender) if sender in session.dealt else ZERO
        right = (session.joined[sender], own) == (recipient_keys, recipient_dealing)
        require(right, "KeysMismatch", sender)
        posted = digest.hash_B if equation == Equation.B else digest.hash_C
        require(hash_vector(sid, vector) == posted, "VectorMismatch", dealer)
        require_scalar(evidence.challenge, evidence.response)
        require_point(evidence.K)
        proven = evidence.proves == (sid, dealer, sender, dealer_keys.D, recipient_keys.P)
        require(proven, "InvalidKeyEvidence", dealer, sender)
        require(not _share_holds(session, dealer, sender, Equation(equation)), "ShareHolds", dealer, sender)
    record_fault_of(ledger, sid, dealer, Fault.INVALID_SHARE)


def complain_invalid_proof(
    ledger: Ledger, sender: Address, value: int, sid: Sid, dealer: Address, posted: PostedDealing
) -> None:
    session = ledger.session_in(sid, Phase.COMPLAINING)
    _require_accusable(session, dealer, ledger.now)
    require_posted(session, dealer, posted.keys_hash, posted.dealing.digest(sid))
    valid = session.dealt[dealer].proof_of == (sid, dealer, session.A)
    require(not valid, "ProofHolds", dealer)
    record_fault_of(ledger, sid, dealer, Fault.INVALID_PROOF)


def complain_missing_share(ledger: Ledger, sender: Address, value: int, sid: Sid, dealer: Address) -> None:
    session = ledger.session_in(sid, Phase.COMPLAINING)
    require(sender in session.joined, "NotJoined", sender)
    _require_accusable(session, dealer, ledger.now)
    before = session.missing.get(dealer, Missing())
    require(sender not in before.raised, "AlreadyReported", dealer, sender)
    _store_missing(ledger, session, dealer, Missing(before.raised | {sender}, before.unanswered | {sender}))
    ledger.emit("MissingShareReported", sid=sid, dealer=dealer, recipient=sender)


def reveal_share(
    ledger: Ledger,
    sender: Address,
    value: int,
    sid: Sid,
    dealer: Address,
    recipient: Address,
    dealer_keys_hash: bytes,
    digest: Digest,
    share: EncryptedShare,
) -> None:
    session = ledger.session_in(sid, Phase.COMPLAINING, Phase.REVEALING)
    _require_accusable(session, dealer, ledger.now)
    before = session.missing.get(dealer, Missing())
    # The contract takes a stranger for the member at seat 0 here; the tree refuses it in the end.
    members = session.configuration.members
    claimed = recipient if recipient in members else members[0]
    require(claimed in before.unanswered, "NotReported", dealer, recipient)
    require_posted(session, dealer, dealer_keys_hash, digest)
    _require_in_tree(session, dealer, recipient, digest, share)
    _store_missing(ledger, session, dealer, Missing(before.raised, before.unanswered - {recipient}))
    ledger.emit("ShareRevealed", sid=sid, dealer=dealer, recipient=recipient, share=share.words())


def record_fault(ledger: Ledger, sender: Address, value: int, sid: Sid, account: Address) -> None:
    ledger.session(sid)
    require(record_due_fault(ledger, sid, account), "NoFaultToRecord", account)


def record_due_fault(ledger: Ledger, sid: Sid, account: Address) -> bool:
    """Record the fault that a passed deadline proves; tell whether there was one, not recorded yet."""
    session = ledger.session(sid)
    fault = session.fault(account, ledger.now)
    due = fault is not Fault.NONE and account not in session.faults
    if due:
        record_fault_of(ledger, sid, account, fault)
    return due


def record_fault_of(ledger: Ledger, sid: Sid, account: Address, fault: Fault) -> None:
    """A fault forfeits half of the bond, rounded down."""
    session = ledger.session(sid)
    forfeits = session.forfeits + session.configuration.bond // 2
    ledger.store(replace(session, faults={**session.faults, account: fault}, forfeits=forfeits))
    ledger.emit("FaultRecorded", sid=sid, account=account, fault=fault)


def require_posted(session: Session, dealer: Address, keys_hash: bytes, digest: Digest) -> None:
    """Refuse keys and a dealing that are not those of a dealer."""
    keys, dealing = session.joined[dealer], session.dealt[dealer]
    same = (keys.hash(session.sid, dealer), dealing.digest(session.sid)) == (keys_hash, digest)
    require(same, "DealingMismatch", dealer)


def _require_accusable(session: Session, dealer: Address, now: int) -> None:
    require(dealer in session.dealt, "NotDealt", dealer)
    require(session.fault(dealer, now) is Fault.NONE, "AlreadyDisqualified", dealer)


def _require_in_tree(
    session: Session, dealer: Address, recipient: Address, digest: Digest, share: EncryptedShare
) -> None:
    require(recipient in session.joined, "NotJoined", recipient)
    node = H("tcss.v1.share.leaf", session.sid, dealer, recipient, share.c0, share.c1)
    place = session.seat(recipient)
    for sibling in share.path:
        pair = (sibling, node) if place % 2 else (node, sibling)
        node = H("tcss.v1.share.node", session.sid, *pair)
        place //= 2
    require(len(share.path) == TREE_DEPTH and node == digest.share_root, "ShareNotInTree", dealer, recipient)


def _share_holds(session: Session, dealer: Address, recipient: Address, equation: Equation) -> bool:
    """The share in the posted tree is the one that the dealer made, for the roster that it made it for."""
    dealing = session.dealt[dealer]
    return dealing.roster_hash == session.roster_hash and equation in dealing.shares[recipient].good


def _store_missing(ledger: Ledger, session: Session, dealer: Address, missing: Missing) -> None:
    ledger.store(replace(session, missing={**session.missing, dealer: missing}))
