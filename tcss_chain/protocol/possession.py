"""Proofs of possession: Schnorr proofs that the owner of a key knows its logarithm (protocol section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1, GROUP_ORDER, G, random_scalar

from .hashing import hash_to_scalar


class KeyRole(IntEnum):
    """What a key is for: part of the challenge, so that a proof for one key serves no other."""

    AUDITOR = 1
    ENCRYPTION = 2
    DEALING = 3


@dataclass(frozen=True, slots=True)
class PossessionProof:
    """
    Challenge and response, both below ``r``.

    Attributes
    ----------
    challenge : int
        Hash of statement and commitment.
    response : int
        Nonce plus challenge times secret key.
    """

    challenge: int
    response: int


def prove_possession(
    sid: bytes, owner: ChecksumAddress, role: KeyRole, secret_key: int, key: G1
) -> PossessionProof:
    """
    Prove to know ``secret_key`` with ``key == secret_key*G``.

    Parameters
    ----------
    sid : bytes
        The session that the proof is bound to.
    owner : ChecksumAddress
        The address that the proof is bound to.
    role : KeyRole
        What the key is for.
    secret_key : int
        A scalar.
    key : G1
        The public key.

    Returns
    -------
    PossessionProof
        A proof with a fresh nonce.
    """
    nonce = random_scalar()
    challenge = _challenge(sid, owner, role, key, G * nonce)
    return PossessionProof(challenge, (nonce + challenge * secret_key) % GROUP_ORDER)


def verify_possession(
    sid: bytes, owner: ChecksumAddress, role: KeyRole, key: G1, proof: PossessionProof
) -> bool:
    """
    Check a proof of possession: the reference of what the contract checks when keys are sent in.

    Returns
    -------
    bool
        Whether the owner knows the logarithm of ``key``, in this role and session.
    """
    commitment = G * proof.response - key * proof.challenge
    return _challenge(sid, owner, role, key, commitment) == proof.challenge


def _challenge(sid: bytes, owner: ChecksumAddress, role: KeyRole, key: G1, commitment: G1) -> int:
    return hash_to_scalar("tcss.v1.possession", sid, owner, int(role), key, commitment)
