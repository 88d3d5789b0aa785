"""Evidence for complaints, and the judgement that the contract makes of it (protocol section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1, GROUP_ORDER, G, powers, random_scalar

from .dealing import DealingDigest
from .hashing import hash_to_scalar
from .roster import Participant, Roster
from .share_encryption import EncryptedShare, decrypt_share


class ShareEquation(IntEnum):
    """Which of the two share equations a complaint says to fail; mirrors the contract."""

    B = 0
    C = 1


@dataclass(frozen=True, slots=True)
class KeyEvidence:
    """
    The shared key of a dealer and a recipient, with a Chaum-Pedersen proof of ``log_G P_j = log_{D_k} K``.

    Attributes
    ----------
    K : G1
        The shared key.
    challenge, response : int
        The proof, both below ``r``.
    """

    K: G1
    challenge: int
    response: int


def make_key_evidence(
    sid: bytes, dealer: Participant, recipient: Participant, encryption_key: int
) -> KeyEvidence:
    """
    Reveal the key shared with a dealer, provably.

    Parameters
    ----------
    sid : bytes
        The session id.
    dealer, recipient : Participant
        Both sides of the key.
    encryption_key : int
        ``e_j``, the recipient's secret.

    Returns
    -------
    KeyEvidence
        A proof with a fresh nonce.
    """
    K = dealer.keys.D * encryption_key
    nonce = random_scalar()
    challenge = _challenge(sid, dealer, recipient, K, G * nonce, dealer.keys.D * nonce)
    return KeyEvidence(K, challenge, (nonce + challenge * encryption_key) % GROUP_ORDER)


def verify_key_evidence(
    sid: bytes, dealer: Participant, recipient: Participant, evidence: KeyEvidence
) -> bool:
    """
    Check that ``evidence.K`` is the key of this dealer and this recipient.

    It is the reference of what the contract checks of a complaint.
    """
    commitment_G = G * evidence.response - recipient.keys.P * evidence.challenge
    commitment_D = dealer.keys.D * evidence.response - evidence.K * evidence.challenge
    challenge = _challenge(sid, dealer, recipient, evidence.K, commitment_G, commitment_D)
    return challenge == evidence.challenge


def share_holds(
    roster: Roster,
    dealer: ChecksumAddress,
    recipient: ChecksumAddress,
    digest: DealingDigest,
    share: EncryptedShare,
    K: G1,
    equation: ShareEquation,
    vector: Sequence[G1],
) -> bool:
    """
    Judge an encrypted share, once the key evidence was accepted: the reference of the contract's judgement.

    Parameters
    ----------
    roster : Roster
        The roster of the session.
    dealer, recipient : ChecksumAddress
        Whose share it is.
    digest : DealingDigest
        The dealing without its vectors.
    share : EncryptedShare
        The encrypted share.
    K : G1
        The shared key.
    equation : ShareEquation
        Which equation is evaluated.
    vector : sequence of G1
        The vector of that equation.

    Returns
    -------
    bool
        Whether both words are canonical and the equation holds.
    """
    if not share.is_canonical:
        return False
    plain = decrypt_share(roster.sid, K, dealer, recipient, digest.hash_B, digest.hash_C, share)
    expected = G * plain.z if equation is ShareEquation.B else G * plain.y + roster.A * plain.z
    x = roster.participant(recipient).x
    return G1.msm(vector, powers(x, len(vector))) == expected


def _challenge(
    sid: bytes, dealer: Participant, recipient: Participant, K: G1, commitment_G: G1, commitment_D: G1
) -> int:
    return hash_to_scalar(
        "tcss.v1.evidence",
        sid,
        dealer.account,
        recipient.account,
        recipient.keys.P,
        dealer.keys.D,
        K,
        commitment_G,
        commitment_D,
    )
