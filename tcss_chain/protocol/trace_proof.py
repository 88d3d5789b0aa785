"""
The trace proof: knowledge of the accused participants' combination of shares (protocol section 8).

A pairing proof with perfectly hiding commitments; nothing is opened, for anyone. `TraceVerifier.sol` checks
the same equation over the same words.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.curve import (
    G1,
    G2,
    GROUP_ORDER,
    G,
    U,
    V,
    decode_g1_bytes,
    decode_g2_bytes,
    lagrange_at_zero,
    pairing_product_is_one,
    random_scalar,
)
from tcss_chain.errors import TcssError

from .aggregate import SealedAggregate
from .errors import StatementMismatchError, TraceRelationError
from .hashing import hash_to_scalar
from .roster import Roster, bitmap_of
from .trace_query import QueryChallenge, derive_query
from .transcript import TranscriptClaim

_G2_BYTES: Final = 128


@dataclass(frozen=True, slots=True)
class TraceStatement:
    """
    What a trace proof is bound to: every field is an input of delta.

    Make it with `trace_statement`, which puts the accused in order and finds their seats.

    Attributes
    ----------
    sid : bytes
        The session id.
    auditor : ChecksumAddress
        Who sends the proof.
    accused : tuple of ChecksumAddress
        ``I``, ascending.
    accused_seats : int
        Bitmap of the seats of the accused.
    challenge : QueryChallenge
        The challenge of the answer.
    claim : TranscriptClaim
        Transcript roots and figures.
    aggregate_hash : bytes
        The aggregate that activation fixed.
    A : G1
        The auditor's key of this session.
    """

    sid: bytes
    auditor: ChecksumAddress
    accused: tuple[ChecksumAddress, ...]
    accused_seats: int
    challenge: QueryChallenge
    claim: TranscriptClaim
    aggregate_hash: bytes
    A: G1


@dataclass(frozen=True, slots=True)
class TraceProof:
    """
    A trace proof: commitments to ``alpha`` and ``T``, and the element that ties them to the statement.

    Attributes
    ----------
    d1 : G2
        ``alpha*U + s_1*V``.
    d2 : G2
        ``T*U + s_2*V``.
    pi : G1
        ``s_1*X + s_2*delta*G``.
    """

    d1: G2
    d2: G2
    pi: G1

    def to_bytes(self) -> bytes:
        """Give the 320 bytes ``d1``, ``d2``, ``pi``, in big-endian words."""
        return self.d1.to_bytes() + self.d2.to_bytes() + self.pi.to_bytes()


def decode_trace_proof(encoded: bytes) -> TraceProof:
    """
    Check a proof from outside.

    Parameters
    ----------
    encoded : bytes
        320 bytes, as `TraceProof.to_bytes` gives them.

    Returns
    -------
    TraceProof
        Three valid points; the identity is a possible value of each.

    Raises
    ------
    CurveDecodingError
        If the length or a point is wrong.
    """
    return TraceProof(
        d1=decode_g2_bytes(encoded[:_G2_BYTES], allow_identity=True, name="d1"),
        d2=decode_g2_bytes(encoded[_G2_BYTES : 2 * _G2_BYTES], allow_identity=True, name="d2"),
        pi=decode_g1_bytes(encoded[2 * _G2_BYTES :], allow_identity=True, name="pi"),
    )


def trace_statement(
    roster: Roster,
    auditor: ChecksumAddress,
    accused: Sequence[ChecksumAddress],
    challenge: QueryChallenge,
    claim: TranscriptClaim,
    aggregate_hash: bytes,
) -> TraceStatement:
    """
    Make the statement about the accused of a session.

    Parameters
    ----------
    roster : Roster
        The session's roster.
    auditor : ChecksumAddress
        Who will send the proof.
    accused : sequence of ChecksumAddress
        ``I``, in any order.
    challenge : QueryChallenge
        The challenge of the answer.
    claim : TranscriptClaim
        Transcript roots and figures.
    aggregate_hash : bytes
        The aggregate hash.

    Returns
    -------
    TraceStatement
        With the accused ascending.

    Raises
    ------
    NotInRosterError
        If somebody accused did not join.
    """
    ascending = tuple(sorted(accused, key=_address_value))
    return TraceStatement(
        sid=roster.sid,
        auditor=auditor,
        accused=ascending,
        accused_seats=bitmap_of(roster.participant(account).seat for account in ascending),
        challenge=challenge,
        claim=claim,
        aggregate_hash=aggregate_hash,
        A=roster.A,
    )


def sealed_combination(
    aggregate: SealedAggregate, accused_points: Sequence[int], used_points: Sequence[int]
) -> tuple[G1, G1]:
    """
    Compute ``Ebar``, the encryption to the auditor of the combination of the accused participants' shares.

    Parameters
    ----------
    aggregate : SealedAggregate
        ``Bbar`` and ``Cbar``, ``t`` points each.
    accused_points : sequence of int
        The evaluation points of ``I``.
    used_points : sequence of int
        ``Q'``; together with ``I`` it has ``t`` points.

    Returns
    -------
    tuple of G1
        ``sum_i w_i*E(x_i)`` with the weights ``w_i = L_i^S``, ``S = Q' + I``.

    Raises
    ------
    ScalarArithmeticError
        If two of the points meet or one is zero.
    """
    weights = lagrange_at_zero([*accused_points, *used_points])[: len(accused_points)]
    terms = list(zip(weights, accused_points, strict=True))
    coefficients = [
        sum(weight * pow(x, m, GROUP_ORDER) for weight, x in terms) % GROUP_ORDER
        for m in range(len(accused_points) + len(used_points))
    ]
    return aggregate.combination(coefficients)


def delta(statement: TraceStatement, sealed: tuple[G1, G1], d1: G2, d2: G2) -> int:
    """
    Compute the challenge of the proof.

    Parameters
    ----------
    statement : TraceStatement
        All that the proof is bound to.
    sealed : tuple of G1
        ``Ebar``.
    d1, d2 : G2
        The commitments.

    Returns
    -------
    int
        A scalar.
    """
    challenge, claim = statement.challenge, statement.claim
    return hash_to_scalar(
        "tcss.v1.trace",
        statement.sid,
        statement.auditor,
        statement.accused_seats,
        int(challenge.mode),
        challenge.nonce,
        challenge.dropped,
        challenge.dropped_count,
        claim.queries_root,
        claim.evaluations_root,
        claim.queries,
        claim.evaluations,
        claim.agreeing,
        statement.aggregate_hash,
        statement.A,
        *sealed,
        d1,
        d2,
    )


def prove(
    statement: TraceStatement,
    roster: Roster,
    aggregate: SealedAggregate,
    qualified: int,
    *,
    alpha: int,
    T: int,
) -> TraceProof:
    """
    Prove knowledge of ``T``, with fresh randomness in every call.

    Send the result unchanged if it has to be sent again. If a bound field changes, call this again.

    Parameters
    ----------
    statement : TraceStatement
        What is proven.
    roster : Roster
        The session's roster.
    aggregate : SealedAggregate
        The session's aggregate.
    qualified : int
        Bitmap of the qualified seats.
    alpha : int
        The auditor's private key of this session.
    T : int
        ``answer - sum_Q' L_j*y_j`` of a confirmed answer.

    Returns
    -------
    TraceProof
        320 bytes that show nothing about ``alpha`` and ``T``.

    Raises
    ------
    TraceRelationError
        If ``A == alpha*G`` or ``Ebar_2 == T*G + alpha*Ebar_1`` does not hold.
    StatementMismatchError
        If the statement is not about this session.
    TcssError
        As `derive_query` and `sealed_combination`.
    """
    first, second = _sealed_of_statement(statement, roster, aggregate, qualified)
    holds = [
        _same_point(G * alpha, statement.A),
        _same_point(G * T + first * alpha, second),
    ]
    if not all(holds):
        raise TraceRelationError
    s_1, s_2 = random_scalar(), random_scalar()
    d1 = G2.msm([U, V], [alpha, s_1])
    d2 = G2.msm([U, V], [T, s_2])
    challenge = delta(statement, (first, second), d1, d2)
    X = G + first * challenge
    return TraceProof(d1, d2, G1.msm([X, G], [s_1, s_2 * challenge]))


def verify(
    statement: TraceStatement,
    proof: TraceProof,
    roster: Roster,
    aggregate: SealedAggregate,
    qualified: int,
) -> bool:
    """
    Check a trace proof as the contract does.

    What only the chain knows is left to it: that the session is active, that the sender is its auditor, and
    who has been convicted before.

    Parameters
    ----------
    statement : TraceStatement
        What is said to be proven.
    proof : TraceProof
        The proof; points from outside pass `decode_trace_proof` first.
    roster : Roster
        The session's roster.
    aggregate : SealedAggregate
        The session's aggregate.
    qualified : int
        Bitmap of the qualified seats, which the aggregate hash depends on.

    Returns
    -------
    bool
        Whether the statement fits the session and
        ``e(X, d_1) * e(delta*G, d_2) * e(-(A + delta*Ebar_2), U) * e(-pi, V) == 1``.
    """
    try:
        first, second = _sealed_of_statement(statement, roster, aggregate, qualified)
    except TcssError:
        return False
    challenge = delta(statement, (first, second), proof.d1, proof.d2)
    return pairing_product_is_one(
        [
            (G + first * challenge, proof.d1),
            (G * challenge, proof.d2),
            (-(statement.A + second * challenge), U),
            (-proof.pi, V),
        ]
    )


def _sealed_of_statement(
    statement: TraceStatement, roster: Roster, aggregate: SealedAggregate, qualified: int
) -> tuple[G1, G1]:
    if statement.sid != roster.sid:
        raise StatementMismatchError("session id")
    if statement.A != roster.A:
        raise StatementMismatchError("auditor's key")
    if not len(aggregate.B) == len(aggregate.C) == roster.threshold:
        raise StatementMismatchError("length of the aggregate")
    if statement.aggregate_hash != aggregate.hash(roster.sid, roster.roster_hash, qualified):
        raise StatementMismatchError("aggregate hash")
    values = [_address_value(account) for account in statement.accused]
    if any(left >= right for left, right in pairwise(values)):
        raise StatementMismatchError("order of the accused")
    accused = [roster.participant(account) for account in statement.accused]
    if statement.accused_seats != bitmap_of(participant.seat for participant in accused):
        raise StatementMismatchError("bitmap of the accused")
    points = derive_query(roster, statement.aggregate_hash, statement.challenge, statement.accused)
    return sealed_combination(aggregate, [participant.x for participant in accused], points.used)


def _address_value(account: ChecksumAddress) -> int:
    return int(account, 16)


def _same_point(left: G1, right: G1) -> bool:
    return hmac.compare_digest(left.to_bytes(), right.to_bytes())
