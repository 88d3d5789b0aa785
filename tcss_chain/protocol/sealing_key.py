"""
The sealing key of a session: the public key of its secret, and a proof that it is that (protocol section 11).

Only the auditor can derive it, and gives it to model owners only: whoever has it can recognise the secret, so
no participant, and no box, may. The proof makes it unnecessary to trust the auditor: with a key of its own
making in its place it could open the models alone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from tcss_chain.curve import G1, GROUP_ORDER, G, random_scalar

from .aggregate import SealedAggregate
from .errors import AuditorKeyMismatchError, IdentityKeyError
from .hashing import hash_to_scalar


@dataclass(frozen=True, slots=True)
class SealingKey:
    """
    What owners seal models with.

    Attributes
    ----------
    sid : bytes
        The session.
    aggregate_hash : bytes
        What activation fixed.
    PK : G1
        ``s*G``, known to the auditor and to owners only.
    challenge, response : int
        Chaum-Pedersen proof of ``log_G A == log_R0 (S0 - PK)`` for ``E(0) = (R0, S0)``, both below ``r``.
    """

    sid: bytes
    aggregate_hash: bytes
    PK: G1 = field(repr=False)
    challenge: int
    response: int


def make_sealing_key(
    alpha: int, sid: bytes, A: G1, aggregate: SealedAggregate, aggregate_hash: bytes
) -> SealingKey:
    """
    Decrypt ``E(0)``, provably.

    Parameters
    ----------
    alpha : int
        The auditor's private key of this session; it is not kept.
    sid : bytes
        The session.
    A : G1
        The auditor's public key of this session.
    aggregate : SealedAggregate
        The session's aggregate.
    aggregate_hash : bytes
        Its hash, as activation fixed it.

    Returns
    -------
    SealingKey
        With a proof made from a fresh nonce.

    Raises
    ------
    AuditorKeyMismatchError
        If ``A == alpha*G`` does not hold.
    IdentityKeyError
        If the secret is zero, which no session will ever see.
    """
    if not hmac.compare_digest((G * alpha).to_bytes(), A.to_bytes()):
        raise AuditorKeyMismatchError
    R, S = aggregate.encryption_at(0)
    mask = R * alpha
    PK = S - mask
    if PK.is_identity():
        raise IdentityKeyError("the public key of the session's secret")
    nonce = random_scalar()
    challenge = _challenge(sid, aggregate_hash, A, (R, S), PK, (G * nonce, R * nonce))
    return SealingKey(sid, aggregate_hash, PK, challenge, (nonce + challenge * alpha) % GROUP_ORDER)


def verify_sealing_key(key: SealingKey, A: G1, aggregate: SealedAggregate, aggregate_hash: bytes) -> bool:
    """
    Check that a sealing key is that of a session.

    Parameters
    ----------
    key : SealingKey
        From the auditor.
    A : G1
        The auditor's public key, as the session's own data has it.
    aggregate : SealedAggregate
        The session's aggregate, likewise.
    aggregate_hash : bytes
        Its hash, as activation fixed it.

    Returns
    -------
    bool
        Whether models sealed with it can be opened by ``t`` participants, and by nobody else alone.
    """
    if key.PK.is_identity() or key.aggregate_hash != aggregate_hash:
        return False
    R, S = aggregate.encryption_at(0)
    commitment_G = G * key.response - A * key.challenge
    commitment_R = R * key.response - (S - key.PK) * key.challenge
    challenge = _challenge(key.sid, aggregate_hash, A, (R, S), key.PK, (commitment_G, commitment_R))
    return challenge == key.challenge


def _challenge(
    sid: bytes,
    aggregate_hash: bytes,
    A: G1,
    encryption: tuple[G1, G1],
    PK: G1,
    commitments: tuple[G1, G1],
) -> int:
    return hash_to_scalar("tcss.v1.sealing", sid, aggregate_hash, A, *encryption, PK, *commitments)
