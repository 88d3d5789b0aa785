"""
The messages of an opening, as JSON.

A request is one object with the fields of the capsule (`CAPSULE_FIELDS`) and those of `_REQUEST_FIELDS`; its
answer is ``{"answer": "0x..."}`` with an encrypted answer, or ``{"refused": code}``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.capsule import SignedCapsule
from tcss_chain.protocol.errors import OpeningRequestError
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.sealed_model.capsule_format import (
    CAPSULE_FIELDS,
    decode_capsule,
    decode_signature,
    encode_capsule,
    encode_signature,
)
from tcss_chain.strict_json import JsonObject, StrictJsonError, account, parse_json

from .answer_encryption import ENCRYPTED_BYTES
from .errors import AnswerFormatError, RequestFormatError

MAX_REQUEST_BYTES: Final = 4096
"""A request with the longest texts has less than 2,500."""

_REQUEST_FIELDS: Final = ("gateway", "recipient_key", "purpose", "nonce", "number", "signature")
_HIGHEST_NUMBER: Final = 1 << 53
_ANSWER: Final = re.compile(rf"0x[0-9a-f]{{{2 * ENCRYPTED_BYTES}}}")


class Refusal(StrEnum):
    """Why a participant does not answer."""

    MALFORMED = "malformed"
    """The request is not in its format."""

    NOT_OFFERED = "not_offered"
    """The participant answers no requests: it has no policy, or does not know the session."""

    POLICY = "policy"
    """Its policy does not allow this gateway, owner, model or context."""

    PROOF = "proof"
    """The capsule's proof is wrong: somebody altered it, or chose its point."""

    OWNER = "owner"
    """The capsule is not signed by the owner that it names."""

    GATEWAY = "gateway"
    """The request is not signed by the session's auditor."""

    NO_SHARE = "no_share"
    """The participant holds no share of this session."""

    NOT_ACTIVE = "not_active"
    """The session is not active."""

    NOT_ANCHORED = "not_anchored"
    """The opening log has no such line, or it is not deep enough in the chain yet: ask again."""

    TOO_OLD = "too_old"
    """The line is older than the participant answers."""

    LIMIT = "limit"
    """This model was opened as often as the policy allows."""

    CONVICTED = "convicted"
    """More participants of the session are convicted than the policy accepts."""

    BUSY = "busy"
    """Too many requests at once: ask again."""

    UNAVAILABLE = "unavailable"
    """The participant cannot look at the chain or at its share now: ask again."""

    @property
    def is_passing(self) -> bool:
        """Whether asking again may help."""
        return self in (Refusal.NOT_ANCHORED, Refusal.BUSY, Refusal.UNAVAILABLE)


_REFUSALS: Final = {refusal.value: refusal for refusal in Refusal}


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """
    A request as it travels.

    Attributes
    ----------
    request : OpeningRequest
        What is asked.
    owner_signature : CompactSignature
        The owner's, of the capsule.
    signature : CompactSignature
        The gateway's, of the request.
    number : int
        Which line of the session's opening log anchors it.
    """

    request: OpeningRequest
    owner_signature: CompactSignature
    signature: CompactSignature
    number: int


def encode_request(signed: SignedRequest) -> dict[str, Any]:
    """Write a request as JSON."""
    request = signed.request
    return {
        **encode_capsule(SignedCapsule(request.capsule, signed.owner_signature)),
        "gateway": request.gateway,
        "recipient_key": f"0x{request.recipient_key.hex()}",
        "purpose": request.purpose,
        "nonce": f"0x{request.nonce.hex()}",
        "number": signed.number,
        "signature": encode_signature(signed.signature),
    }


def decode_request(body: bytes) -> SignedRequest:
    """
    Read a request; no proof and no signature is checked here.

    Parameters
    ----------
    body : bytes
        From anybody.

    Returns
    -------
    SignedRequest
        All values are in range and of their form, and ``c`` is a point of the curve, not the identity.

    Raises
    ------
    RequestFormatError
        If it is none.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise RequestFormatError(f"it is longer than {MAX_REQUEST_BYTES} bytes")
    try:
        fields = JsonObject(parse_json(body), (*CAPSULE_FIELDS, *_REQUEST_FIELDS))
        signed = decode_capsule(fields)
        request = OpeningRequest(
            capsule=signed.capsule,
            gateway=account(fields.raw("gateway"), "gateway"),
            recipient_key=fields.word("recipient_key"),
            purpose=fields.text("purpose"),
            nonce=fields.word("nonce"),
        )
        return SignedRequest(
            request,
            signed.signature,
            decode_signature(fields.raw("signature"), "signature"),
            fields.integer("number", _HIGHEST_NUMBER),
        )
    except StrictJsonError as error:
        raise RequestFormatError(error.what) from None
    except OpeningRequestError as error:
        raise RequestFormatError(f"its {error.field} is not of its form") from None


def encode_answer(encrypted: bytes) -> bytes:
    """Write an encrypted answer as JSON."""
    return json.dumps({"answer": f"0x{encrypted.hex()}"}).encode()


def encode_refusal(refusal: Refusal) -> bytes:
    """Write a refusal as JSON."""
    return json.dumps({"refused": refusal.value}).encode()


def decode_response(message: object) -> bytes | Refusal:
    """
    Read what a participant said.

    Parameters
    ----------
    message : object
        JSON of any shape.

    Returns
    -------
    bytes or Refusal
        An encrypted answer, not decrypted yet, or why there is none.

    Raises
    ------
    AnswerFormatError
        If it is neither.
    """
    if isinstance(message, dict) and message.keys() == {"answer"}:
        answer = message["answer"]
        if isinstance(answer, str) and _ANSWER.fullmatch(answer):
            return bytes.fromhex(answer[2:])
    if isinstance(message, dict) and message.keys() == {"refused"}:
        refused = message["refused"]
        if isinstance(refused, str) and refused in _REFUSALS:
            return _REFUSALS[refused]
    raise AnswerFormatError("neither an answer nor a refusal of the protocol")
