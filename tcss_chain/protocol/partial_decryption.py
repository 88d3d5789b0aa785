"""Partial decryptions, ``d_i = y_i*c`` with a proof, and how ``t`` give the key (protocol section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1, GROUP_ORDER, G, lagrange_at_zero, random_scalar

from .hashing import hash_to_scalar, hash_words
from .opening import OpeningRequest


@dataclass(frozen=True, slots=True)
class PartialDecryption:
    """
    What one participant contributes to an opening.

    Whoever sees it can test shares of this participant, so it travels encrypted to the gateway only.

    Attributes
    ----------
    d : G1
        ``y_i*c``.
    challenge, response : int
        Chaum-Pedersen proof of ``log_G Y_i == log_c d_i``, both below ``r``.
    """

    d: G1 = field(repr=False)
    challenge: int = field(repr=False)
    response: int = field(repr=False)

    def hash(self, request: OpeningRequest, account: ChecksumAddress) -> bytes:
        """
        Hash it, with what it answers and for whom; this is what the participant signs.

        Parameters
        ----------
        request : OpeningRequest
            What it answers.
        account : ChecksumAddress
            The participant.

        Returns
        -------
        bytes
            32 bytes.
        """
        return hash_words(
            "tcss.v1.answer", request.sid, request.hash(), account, self.d, self.challenge, self.response
        )


def decrypt_partially(request: OpeningRequest, account: ChecksumAddress, y: int) -> PartialDecryption:
    """
    Answer a request with a share. Only for a capsule whose proof was verified.

    Parameters
    ----------
    request : OpeningRequest
        What is answered.
    account : ChecksumAddress
        The participant.
    y : int
        Its share.

    Returns
    -------
    PartialDecryption
        With a proof made from a fresh nonce: one repetition would reveal the share.
    """
    c = request.capsule.c
    d = c * y
    nonce = random_scalar()
    challenge = _challenge(request, account, G * y, d, (G * nonce, c * nonce))
    return PartialDecryption(d, challenge, (nonce + challenge * y) % GROUP_ORDER)


def verify_partial(
    request: OpeningRequest, account: ChecksumAddress, Y: G1, partial: PartialDecryption
) -> bool:
    """
    Check a partial decryption.

    Parameters
    ----------
    request : OpeningRequest
        What was asked.
    account : ChecksumAddress
        The participant.
    Y : G1
        ``y_i*G``, which only the auditor knows.
    partial : PartialDecryption
        Its answer.

    Returns
    -------
    bool
        Whether it was made with the participant's share, for this request.
    """
    commitment_G = G * partial.response - Y * partial.challenge
    commitment_c = request.capsule.c * partial.response - partial.d * partial.challenge
    challenge = _challenge(request, account, Y, partial.d, (commitment_G, commitment_c))
    return challenge == partial.challenge


def combine(partials: Mapping[int, G1]) -> G1:
    """
    Interpolate at zero in the exponent.

    Parameters
    ----------
    partials : mapping of int to G1
        Verified ``d_i`` of exactly ``t`` participants, by evaluation point.

    Returns
    -------
    G1
        ``K = s*c``. Secret.
    """
    points = list(partials)
    return G1.msm([partials[x] for x in points], lagrange_at_zero(points))


def _challenge(
    request: OpeningRequest, account: ChecksumAddress, Y: G1, d: G1, commitments: tuple[G1, G1]
) -> int:
    return hash_to_scalar(
        "tcss.v1.answer.proof",
        request.sid,
        request.hash(),
        account,
        Y,
        request.capsule.c,
        d,
        *commitments,
    )
