"""Typed values to the tuples that the contract's ABI takes, and back with validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tcss_chain.curve import G1, decode_g1, decode_g2, decode_scalar
from tcss_chain.protocol.complaint import KeyEvidence
from tcss_chain.protocol.dealing import Dealing, DealingDigest, PolynomialProof
from tcss_chain.protocol.possession import PossessionProof
from tcss_chain.protocol.posted_dealing import PostedDealing
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.protocol.trace_proof import TraceProof
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode
from tcss_chain.protocol.transcript import TranscriptClaim

AbiValue = Any
"""Nested tuples, lists, integers and bytes, as the ABI has them."""


def encode_point(point: G1) -> AbiValue:
    """Encode a point of G1."""
    return point.words()


def encode_vector(vector: Sequence[G1]) -> AbiValue:
    """Encode a vector of commitments."""
    return [point.words() for point in vector]


def encode_possession(proof: PossessionProof) -> AbiValue:
    """Encode a proof of possession."""
    return proof.challenge, proof.response


def encode_keys(keys: ParticipantKeys) -> AbiValue:
    """Encode a participant's keys."""
    return keys.P.words(), keys.D.words()


def encode_polynomial_proof(proof: PolynomialProof) -> AbiValue:
    """Encode a proof of knowledge of polynomials."""
    return proof.challenge, proof.response_u, proof.response_v


def encode_digest(digest: DealingDigest) -> AbiValue:
    """Encode a dealing without its vectors."""
    return digest.hash_B, digest.hash_C, digest.share_root, encode_polynomial_proof(digest.proof)


def encode_dealing(dealing: Dealing) -> AbiValue:
    """Encode a dealing."""
    return (
        encode_vector(dealing.B),
        encode_vector(dealing.C),
        dealing.share_root,
        encode_polynomial_proof(dealing.proof),
    )


def encode_posted_dealing(posted: PostedDealing) -> AbiValue:
    """Encode a dealing with the hash of its dealer's keys."""
    return posted.keys_hash, encode_dealing(posted.dealing)


def encode_share(share: EncryptedShare) -> AbiValue:
    """Encode an encrypted share with its path."""
    return share.c0, share.c1, list(share.path)


def encode_evidence(evidence: KeyEvidence) -> AbiValue:
    """Encode the evidence of a shared key."""
    return evidence.K.words(), evidence.challenge, evidence.response


def encode_trace_proof(proof: TraceProof) -> AbiValue:
    """Encode a trace proof."""
    return proof.d1.words(), proof.d2.words(), proof.pi.words()


def decode_keys(value: AbiValue) -> ParticipantKeys:
    """
    Decode a participant's keys.

    Raises
    ------
    CurveDecodingError
        If a key is no point of the curve, or the identity.
    """
    P, D = value
    return ParticipantKeys(
        P=decode_g1(*P, allow_identity=False, name="encryption key"),
        D=decode_g1(*D, allow_identity=False, name="dealing key"),
    )


def decode_vector(value: AbiValue, name: str) -> tuple[G1, ...]:
    """
    Decode a vector of commitments.

    Raises
    ------
    CurveDecodingError
        If an element is no point of the curve.
    """
    return tuple(decode_g1(*words, allow_identity=True, name=name) for words in value)


def decode_dealing(value: AbiValue) -> Dealing:
    """
    Decode a dealing.

    Raises
    ------
    CurveDecodingError
        If a commitment is no point of the curve or a scalar is not below ``r``.
    """
    B, C, share_root, (challenge, response_u, response_v) = value
    return Dealing(
        B=decode_vector(B, "commitment B"),
        C=decode_vector(C, "commitment C"),
        share_root=bytes(share_root),
        proof=PolynomialProof(
            decode_scalar(challenge, name="proof challenge"),
            decode_scalar(response_u, name="proof response u"),
            decode_scalar(response_v, name="proof response v"),
        ),
    )


def decode_share(value: AbiValue) -> EncryptedShare:
    """Decode an encrypted share; its words may be any 256 bits, they are judged later."""
    c0, c1, path = value
    return EncryptedShare(int(c0), int(c1), tuple(bytes(node) for node in path))


def decode_challenge(value: AbiValue) -> QueryChallenge:
    """Decode a query challenge."""
    mode, nonce, dropped = as_tuples(value)
    return QueryChallenge(QueryMode(mode), bytes(nonce), dropped)


def decode_claim(value: AbiValue) -> TranscriptClaim:
    """Decode a tracer's claim."""
    queries_root, evaluations_root, *figures = as_tuples(value)
    return TranscriptClaim(bytes(queries_root), bytes(evaluations_root), *figures)


def decode_trace_proof(value: AbiValue) -> TraceProof:
    """
    Decode a trace proof.

    Raises
    ------
    CurveDecodingError
        If an element is no point of its group.
    """
    d1, d2, pi = as_tuples(value)
    return TraceProof(
        decode_g2(*d1, allow_identity=True, name="d1"),
        decode_g2(*d2, allow_identity=True, name="d2"),
        decode_g1(*pi, allow_identity=True, name="pi"),
    )


def as_tuples(value: AbiValue) -> AbiValue:
    """Undo the named structs that the library makes: tuples again, in the order of the ABI."""
    if isinstance(value, Mapping):
        return tuple(as_tuples(each) for each in value.values())
    if isinstance(value, list | tuple):
        return tuple(as_tuples(each) for each in value)
    return value
