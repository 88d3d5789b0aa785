"""
Valid material by the project's own protocol modules, and material that is wrong in one known way.

Secrets follow from names, so that the same call is made of the same keys in every sequence; nonces are fresh.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from eth_keys.datatypes import PrivateKey
from model.material import (
    Address,
    Claim,
    Dealing,
    EncryptedShare,
    Equation,
    Evidence,
    Keys,
    Possession,
    QueryChallenge,
    Role,
    Sid,
    Signature,
    TraceProof,
    TraceStatement,
)
from model.session import Session
from model.words import H, Point, R, hash_to_scalar, on_curve

from tcss_chain.curve import G1, G, evaluate, lagrange_at_zero
from tcss_chain.protocol import complaint, possession, roster, trace_proof, trace_query, transcript
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares, commit

from .misdealing import Words, deal_vectors

SECRET_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Flavour(Enum):
    """How a dealing cheats; the victims are some of its recipients."""

    HONEST = "honest"
    INVALID_PROOF = "invalid proof"
    WRONG_Y = "wrong y"
    WRONG_Z = "wrong z"
    HIDDEN_IN_C = "y and z wrong so that equation C holds"
    LARGE_C0 = "c0 is no scalar"
    LARGE_C1 = "c1 is no scalar"
    IDENTITIES = "identities among the commitments"
    MAULED = "commitments of other polynomials"


@dataclass(frozen=True, eq=False)
class MadeDealing(Dealing):
    """A dealing with the logarithms of its commitments, which make the shares that its sum holds."""

    logs_B: tuple[int, ...] = ()
    logs_C: tuple[int, ...] = ()


_SECRETS: dict[Point, int] = {}
"""The logarithm of every key that was made here."""


@lru_cache(maxsize=4096)
def public_key(secret: int) -> Point:
    words: Point = (G * secret).words()
    _SECRETS[words] = secret
    return words


def secret_of(key: Point) -> int:
    return _SECRETS[key]


def auditor_key(number: int) -> Point:
    """A key of the auditors; -number is its negative."""
    secret = hash_to_scalar("auditor", abs(number))
    return public_key(secret if number > 0 else R - secret)


def keys_of(account: Address, variant: int) -> Keys:
    secrets = (hash_to_scalar(name, account, variant) for name in ("encryption", "dealing"))
    return Keys(*map(public_key, secrets))


def point_off_curve(point: Point) -> Point:
    x, y = point
    return next((x, y + step) for step in range(1, 9) if not on_curve((x, y + step)))


@lru_cache(maxsize=4096)
def prove_possession(sid: Sid, owner: Address, role: Role, key: Point) -> Possession:
    kind = possession.KeyRole(int(role))
    proof = possession.prove_possession(sid, _name(owner), kind, secret_of(key), _point(key))
    return Possession(proof.challenge, proof.response, (sid, owner, role, key))


# ------------------------------------------------------------------ dealing


def deal(session: Session, dealer: Address, flavour: Flavour, victims: frozenset[Address]) -> MadeDealing:
    """A dealing for the roster that the session has now; the same one whenever the same is asked for."""
    return _deal(_roster(session), dealer, session.joined[dealer].D, flavour, victims)


@lru_cache(maxsize=2048)
def _deal(
    chosen: roster.Roster, dealer: Address, D: Point, flavour: Flavour, victims: frozenset[Address]
) -> MadeDealing:
    alpha = secret_of(chosen.A.words())
    polynomials = DealingPolynomials.draw(chosen.threshold)
    if flavour is Flavour.IDENTITIES:
        polynomials = DealingPolynomials((0, *polynomials.a[1:]), (0, *polynomials.b[1:]))
    committed = polynomials
    if flavour is Flavour.MAULED:
        committed = DealingPolynomials(((polynomials.a[0] + 1) % R, *polynomials.a[1:]), polynomials.b)
    change, good = _tampering(flavour, alpha)
    names = {_name(victim) for victim in victims}

    def tamper(recipient: str, words: Words) -> Words:
        return change(words) if recipient in names else words

    B, C = commit(chosen.A, committed)
    made: DealtShares = deal_vectors(chosen, _name(dealer), secret_of(D), B, C, polynomials, tamper)
    proof = made.dealing.proof
    everywhere = frozenset({Equation.B}) if flavour is Flavour.MAULED else frozenset(Equation)
    valid = flavour not in (Flavour.INVALID_PROOF, Flavour.MAULED)
    response_u = (proof.response_u + (flavour is Flavour.INVALID_PROOF)) % R
    shares = {}
    for name, share in made.shares.items():
        holding = everywhere & good if name in names else everywhere
        shares[_address(name)] = EncryptedShare(share.c0, share.c1, share.path, holding)
    return MadeDealing(
        B=tuple(point.words() for point in B),
        C=tuple(point.words() for point in C),
        share_root=made.dealing.share_root,
        proof=(proof.challenge, response_u, proof.response_v),
        roster_hash=chosen.roster_hash,
        proof_of=(chosen.sid, dealer, chosen.A.words()) if valid else None,
        shares=shares,
        logs_B=committed.b,
        logs_C=tuple((a + alpha * b) % R for a, b in zip(committed.a, committed.b, strict=True)),
    )


def _tampering(flavour: Flavour, alpha: int) -> tuple[Callable[[Words], Words], frozenset[Equation]]:
    """What happens to the words for a victim, and which equations its share still satisfies."""
    if flavour is Flavour.WRONG_Y:
        return lambda words: ((words[0] + 1) % R, words[1]), frozenset({Equation.B})
    if flavour is Flavour.WRONG_Z:
        return lambda words: (words[0], (words[1] + 1) % R), frozenset()
    if flavour is Flavour.HIDDEN_IN_C:
        return lambda words: ((words[0] - alpha) % R, (words[1] + 1) % R), frozenset({Equation.C})
    if flavour is Flavour.LARGE_C0:
        return lambda words: (words[0] + R, words[1]), frozenset(Equation)
    if flavour is Flavour.LARGE_C1:
        return lambda words: (words[0], R), frozenset()
    return lambda words: words, frozenset(Equation)


@lru_cache(maxsize=1024)
def evidence(sid: Sid, dealer: Address, D: Point, recipient: Address, P: Point) -> Evidence:
    """The key that a recipient and a dealer share, proven."""
    shown = complaint.make_key_evidence(
        sid, _participant(dealer, Keys(P, D)), _participant(recipient, Keys(P, D)), secret_of(P)
    )
    return Evidence(shown.K.words(), shown.challenge, shown.response, (sid, dealer, recipient, D, P))


# ------------------------------------------------------------------ activation and tracing


def sign(participant: Address, key: PrivateKey, digest: bytes, *, high_s: bool = False) -> Signature:
    """A signature that is said to be a participant's; with ``high_s`` in the form that nobody may use."""
    signature = key.sign_msg_hash(digest)
    s, v = signature.s, signature.v
    if high_s:
        # A compact signature has no room for the largest s, so v goes wrong with it now and then.
        s, v = (SECRET_ORDER - s) % 2**255, 1 - v
    by = None if high_s else (key.public_key.to_canonical_address(), digest)
    return Signature(participant, signature.r.to_bytes(32, "big"), (s | v << 255).to_bytes(32, "big"), by)


def sums_of(dealings: Sequence[MadeDealing]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Logarithms of the sums of the vectors."""
    both = ([each.logs_B for each in dealings], [each.logs_C for each in dealings])
    first, second = (tuple(sum(column) % R for column in zip(*vectors, strict=True)) for vectors in both)
    return first, second


def prove_trace(
    session: Session, accused: frozenset[Address], challenge: QueryChallenge, claim: Claim
) -> TraceProof:
    """What an auditor can prove who knows the shares of the accused. The aggregate must be the true one."""
    assert session.activation is not None
    found, alpha = session.activation, secret_of(session.A)
    dealings = [session.dealt[dealer] for dealer in session.by_seat(found.qualified)]
    logs_B, logs_C = sums_of(dealings)  # type: ignore[arg-type]
    aggregate = SealedAggregate(*(tuple(G * log for log in logs) for logs in (logs_B, logs_C)))
    chosen = _roster(session)
    asked = trace_query.QueryChallenge(
        trace_query.QueryMode(challenge.mode), challenge.nonce, challenge.dropped
    )
    statement = trace_proof.trace_statement(
        chosen,
        _name(session.configuration.auditor),
        [_name(account) for account in accused],
        asked,
        transcript.TranscriptClaim(*claim.words()),
        found.aggregate_hash,
    )
    used = trace_query.derive_query(chosen, found.aggregate_hash, asked, statement.accused).used
    points = [chosen.participant(account).x for account in statement.accused]
    weights = lagrange_at_zero([*points, *used])
    shares = ((evaluate(logs_C, x) - alpha * evaluate(logs_B, x)) % R for x in points)
    T = sum(weight * share for weight, share in zip(weights, shares, strict=False)) % R
    qualified = session.bitmap(found.qualified)
    proof = trace_proof.prove(statement, chosen, aggregate, qualified, alpha=alpha, T=T)
    proves = TraceStatement(
        session.sid,
        session.configuration.auditor,
        accused,
        challenge,
        claim,
        found.aggregate_hash,
        session.A,
    )
    return TraceProof(proof.d1.words(), proof.d2.words(), proof.pi.words(), proves)


def claim_of(number: int) -> Claim:
    return Claim(H("queries", number), H("evaluations", number), 62 + number, 31, 19)


# ------------------------------------------------------------------ the protocol modules' types


def _roster(session: Session) -> roster.Roster:
    joined = tuple((member, session.joined[member]) for member in session.by_seat(frozenset(session.joined)))
    seats = tuple(session.seat(member) for member, _ in joined)
    threshold = session.configuration.threshold
    return _roster_of(session.sid, session.roster_hash, threshold, session.A, joined, seats)


@lru_cache(maxsize=1024)
def _roster_of(
    sid: Sid,
    roster_hash: bytes,
    threshold: int,
    A: Point,
    joined: tuple[tuple[Address, Keys], ...],
    seats: tuple[int, ...],
) -> roster.Roster:
    participants = tuple(
        roster.Participant(
            _name(account),
            seat,
            roster.ParticipantKeys(_point(keys.P), _point(keys.D)),
            roster.evaluation_point(sid, roster_hash, _name(account)),
        )
        for seat, (account, keys) in zip(seats, joined, strict=True)
    )
    return roster.Roster(sid, roster_hash, threshold, _point(A), participants)


def _participant(account: Address, keys: Keys) -> roster.Participant:
    return roster.Participant(_name(account), 0, roster.ParticipantKeys(_point(keys.P), _point(keys.D)), x=0)


@lru_cache(maxsize=4096)
def _point(words: Point) -> G1:
    return G1.from_checked_words(words)


def _name(account: Address) -> Any:
    return "0x" + account.hex()


def _address(name: str) -> Address:
    return bytes.fromhex(name.removeprefix("0x"))
