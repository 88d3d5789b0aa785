"""Shares and their encryption from dealer to recipient (protocol section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1, GROUP_ORDER

from .hashing import hash_to_scalar


@dataclass(frozen=True, slots=True)
class Share:
    """
    The values of a dealer's two polynomials at a recipient's point.

    Attributes
    ----------
    y : int
        ``a_k(x_j)``, part of the recipient's share of the secret.
    z : int
        ``b_k(x_j)``, the blinding half; erased once the session is active.
    """

    y: int = field(repr=False)
    z: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class EncryptedShare:
    """
    An encrypted share with its path to the dealer's share root.

    Attributes
    ----------
    c0, c1 : int
        The masked words, 256 bits each; a word that is not below ``r`` convicts its dealer.
    path : tuple of bytes
        Siblings from the leaf to the root.
    """

    c0: int
    c1: int
    path: tuple[bytes, ...]

    @property
    def is_canonical(self) -> bool:
        """Whether both words are scalars."""
        return self.c0 < GROUP_ORDER and self.c1 < GROUP_ORDER


def encrypt_share(
    sid: bytes,
    K: G1,
    dealer: ChecksumAddress,
    recipient: ChecksumAddress,
    hash_B: bytes,
    hash_C: bytes,
    share: Share,
) -> tuple[int, int]:
    """
    Mask a share with the key that dealer and recipient have in common.

    Parameters
    ----------
    sid : bytes
        The session id.
    K : G1
        ``d_k*P_j``; directed, so a revealed one opens this share only.
    dealer, recipient : ChecksumAddress
        Their addresses.
    hash_B, hash_C : bytes
        Hashes of the dealer's vectors.
    share : Share
        What is encrypted.

    Returns
    -------
    tuple of int
        ``(c_0, c_1)``.
    """
    mask_0, mask_1 = _masks(sid, K, dealer, recipient, hash_B, hash_C)
    return (share.y + mask_0) % GROUP_ORDER, (share.z + mask_1) % GROUP_ORDER


def decrypt_share(
    sid: bytes,
    K: G1,
    dealer: ChecksumAddress,
    recipient: ChecksumAddress,
    hash_B: bytes,
    hash_C: bytes,
    encrypted: EncryptedShare,
) -> Share:
    """
    Unmask a share.

    Parameters
    ----------
    sid : bytes
        The session id.
    K : G1
        ``e_j*D_k``.
    dealer, recipient : ChecksumAddress
        Their addresses.
    hash_B, hash_C : bytes
        Hashes of the dealer's vectors.
    encrypted : EncryptedShare
        Canonical words; its path has been checked.

    Returns
    -------
    Share
        The share, not yet checked against the commitments.
    """
    mask_0, mask_1 = _masks(sid, K, dealer, recipient, hash_B, hash_C)
    return Share(y=(encrypted.c0 - mask_0) % GROUP_ORDER, z=(encrypted.c1 - mask_1) % GROUP_ORDER)


def _masks(
    sid: bytes, K: G1, dealer: ChecksumAddress, recipient: ChecksumAddress, hash_B: bytes, hash_C: bytes
) -> tuple[int, int]:
    mask_0, mask_1 = (
        hash_to_scalar("tcss.v1.share", sid, K, dealer, recipient, u, hash_B, hash_C) for u in (0, 1)
    )
    return mask_0, mask_1
