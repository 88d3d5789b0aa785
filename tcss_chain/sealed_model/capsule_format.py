"""Capsules with their owners' signatures as fields of JSON, in file headers and in opening requests."""

from __future__ import annotations

from typing import Any, Final

from tcss_chain.curve import G1, decode_g1
from tcss_chain.curve.errors import CurveDecodingError
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.capsule import Capsule, SignedCapsule
from tcss_chain.protocol.errors import LabelError
from tcss_chain.protocol.model_label import MAX_SIZE, ModelLabel
from tcss_chain.strict_json import JsonObject, StrictJsonError, account, pair_of_words, scalar

CAPSULE_FIELDS: Final = (
    "session",
    "model",
    "owner",
    "context",
    "digest",
    "size",
    "c",
    "challenge",
    "response",
    "owner_signature",
)
"""In the order in which they are written."""

_SIGNATURE_FIELDS: Final = ("r", "vs")


def encode_capsule(signed: SignedCapsule) -> dict[str, Any]:
    """
    Write a capsule.

    Parameters
    ----------
    signed : SignedCapsule
        The capsule with its owner's signature.

    Returns
    -------
    dict
        The values of `CAPSULE_FIELDS`, in this order.
    """
    capsule, label = signed.capsule, signed.capsule.label
    return {
        "session": _hex(label.sid),
        "model": label.model,
        "owner": label.owner,
        "context": label.context,
        "digest": _hex(label.digest),
        "size": label.size,
        "c": _point(capsule.c),
        "challenge": _word(capsule.challenge),
        "response": _word(capsule.response),
        "owner_signature": encode_signature(signed.signature),
    }


def decode_capsule(fields: JsonObject) -> SignedCapsule:
    """
    Read a capsule; neither its proof nor the signature is checked here.

    Parameters
    ----------
    fields : JsonObject
        An object that has `CAPSULE_FIELDS`, and maybe others.

    Returns
    -------
    SignedCapsule
        All values are in range and of their form, and ``c`` is a point of the curve, not the identity.

    Raises
    ------
    StrictJsonError
        If a field is not.
    """
    try:
        label = ModelLabel(
            sid=fields.word("session"),
            model=fields.text("model"),
            owner=account(fields.raw("owner"), "owner"),
            context=fields.text("context"),
            digest=fields.word("digest"),
            size=fields.integer("size", MAX_SIZE),
        )
        x, y = pair_of_words(fields.raw("c"), "c")
        c = decode_g1(x, y, allow_identity=False, name="c")
    except LabelError as error:
        raise StrictJsonError(f"{error.field} is not of its form") from None
    except CurveDecodingError as error:
        raise StrictJsonError(str(error)) from None
    capsule = Capsule(
        label,
        c,
        challenge=scalar(fields.raw("challenge"), "challenge"),
        response=scalar(fields.raw("response"), "response"),
    )
    return SignedCapsule(capsule, decode_signature(fields.raw("owner_signature"), "owner_signature"))


def encode_signature(signature: CompactSignature) -> dict[str, str]:
    """Write a compact signature."""
    return {"r": _hex(signature.r), "vs": _hex(signature.vs)}


def decode_signature(value: object, name: str) -> CompactSignature:
    """
    Read a compact signature.

    Raises
    ------
    StrictJsonError
        If it is none.
    """
    try:
        fields = JsonObject(value, _SIGNATURE_FIELDS)
        return CompactSignature(fields.word("r"), fields.word("vs"))
    except StrictJsonError as error:
        raise StrictJsonError(f"{name}: {error.what}") from None


def _point(point: G1) -> list[str]:
    return [_word(coordinate) for coordinate in point.words()]


def _word(number: int) -> str:
    return f"0x{number:064x}"


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
