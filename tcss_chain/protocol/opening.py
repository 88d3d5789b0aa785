"""What the gateway asks participants for: a partial decryption for one capsule (protocol section 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eth_hash.auto import keccak
from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address

from .capsule import Capsule
from .errors import OpeningRequestError
from .hashing import WORD_BYTES, hash_words
from .printable import is_printable

RECIPIENT_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class OpeningRequest:
    """
    A request to open one sealed model, once.

    Its hash is anchored in the opening log before anybody answers, and every answer is bound to it. The log
    makes the hash itself, of the core and of what it shows to everybody.

    Attributes
    ----------
    capsule : Capsule
        The model's.
    gateway : ChecksumAddress
        Who asks: the session's auditor.
    recipient_key : bytes
        X25519 public key, made for this request only, that answers are encrypted to.
    purpose : str
        Why, for everybody to read: 1 to 200 printable ASCII characters, no double quotes and backslashes.
    nonce : bytes
        32 random bytes.

    Raises
    ------
    OpeningRequestError
        If a field is not of this form.
    """

    capsule: Capsule
    gateway: ChecksumAddress
    recipient_key: bytes
    purpose: str
    nonce: bytes

    def __post_init__(self) -> None:
        facts = {
            "gateway": is_checksum_address(self.gateway),
            "recipient key": isinstance(self.recipient_key, bytes)
            and len(self.recipient_key) == RECIPIENT_KEY_BYTES,
            "purpose": is_printable(self.purpose, 1),
            "nonce": isinstance(self.nonce, bytes) and len(self.nonce) == WORD_BYTES,
        }
        for field, holds in facts.items():
            if not holds:
                raise OpeningRequestError(field)

    @property
    def sid(self) -> bytes:
        """The session."""
        return self.capsule.sid

    @property
    def model_digest(self) -> bytes:
        """BLAKE3 of the plain model."""
        return self.capsule.label.digest

    def core(self) -> bytes:
        """
        Hash what the opening log does not show.

        Returns
        -------
        bytes
            32 bytes, which the gateway anchors together with the model digest and the purpose.
        """
        return hash_words(
            "tcss.v1.opening.core", self.sid, self.capsule.hash(), self.recipient_key, self.nonce
        )

    def hash(self) -> bytes:
        """
        Hash the request.

        Returns
        -------
        bytes
            32 bytes, which stand for it in the opening log, in signatures and in answers.
        """
        return hash_words(
            "tcss.v1.opening",
            self.sid,
            self.core(),
            self.gateway,
            self.model_digest,
            keccak(self.purpose.encode("ascii")),
        )
