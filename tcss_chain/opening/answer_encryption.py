"""
Answers, signed by the participant and encrypted to the gateway's key of one request.

HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and AES-256-GCM. Request and participant are in its
``info``, so an answer opens as nobody else's and as none to another request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from eth_typing import ChecksumAddress

from tcss_chain.curve import decode_g1_bytes, decode_scalar, encode_scalar
from tcss_chain.curve.errors import CurveDecodingError
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.hashing import words_of
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.partial_decryption import PartialDecryption

from .errors import AnswerFormatError, RecipientKeyError

PLAIN_BYTES: Final = 192
"""``d``, challenge, response, ``r``, ``vs``: six words."""

ENCRYPTED_BYTES: Final = 32 + PLAIN_BYTES + 16
"""With the encapsulated key before it and the tag after it."""

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PURPOSE: Final = b"tcss.v1.answer.encryption"


@dataclass(frozen=True, slots=True)
class SignedAnswer:
    """
    A participant's answer.

    Attributes
    ----------
    partial : PartialDecryption
        The answer.
    signature : CompactSignature
        Of its hash, by the participant's account.
    """

    partial: PartialDecryption = field(repr=False)
    signature: CompactSignature = field(repr=False)


class RecipientKey:
    """
    The gateway's key for the answers to one request: made for it, kept in memory only, dropped with it.

    Attributes
    ----------
    public : bytes
        32 bytes, part of the request.
    """

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self.public: Final = self._private.public_key().public_bytes_raw()

    def decrypt(self, request: OpeningRequest, account: ChecksumAddress, encrypted: bytes) -> SignedAnswer:
        """
        Decrypt an answer; neither its proof nor its signature is checked here.

        Parameters
        ----------
        request : OpeningRequest
            What was asked.
        account : ChecksumAddress
            Who is said to answer.
        encrypted : bytes
            From anybody.

        Returns
        -------
        SignedAnswer
            Its values are in range.

        Raises
        ------
        AnswerFormatError
            If it was not encrypted to this key, as this participant's answer to this request.
        """
        try:
            plain = _SUITE.decrypt(encrypted, self._private, info=_info(request, account))
        except (InvalidTag, ValueError):
            raise AnswerFormatError("it was not encrypted for this request, as this participant's") from None
        if len(plain) != PLAIN_BYTES:
            raise AnswerFormatError("it has another length")
        words = [plain[start : start + 32] for start in range(64, PLAIN_BYTES, 32)]
        try:
            d = decode_g1_bytes(plain[:64], allow_identity=True, name="d")
            challenge = decode_scalar(words[0], name="challenge")
            response = decode_scalar(words[1], name="response")
        except CurveDecodingError as error:
            raise AnswerFormatError(str(error)) from None
        return SignedAnswer(PartialDecryption(d, challenge, response), CompactSignature(words[2], words[3]))


def encrypt_answer(request: OpeningRequest, account: ChecksumAddress, answer: SignedAnswer) -> bytes:
    """
    Encrypt an answer to the key in its request.

    Parameters
    ----------
    request : OpeningRequest
        What is answered.
    account : ChecksumAddress
        The participant.
    answer : SignedAnswer
        Its answer.

    Returns
    -------
    bytes
        `ENCRYPTED_BYTES`.

    Raises
    ------
    RecipientKeyError
        If the key in the request is none that hides anything.
    """
    partial = answer.partial
    plain = b"".join(
        (
            partial.d.to_bytes(),
            encode_scalar(partial.challenge),
            encode_scalar(partial.response),
            answer.signature.r,
            answer.signature.vs,
        )
    )
    recipient = X25519PublicKey.from_public_bytes(request.recipient_key)
    try:
        return _SUITE.encrypt(plain, recipient, info=_info(request, account))
    except ValueError:
        raise RecipientKeyError from None


def _info(request: OpeningRequest, account: ChecksumAddress) -> bytes:
    return _PURPOSE + request.hash() + words_of(account)
