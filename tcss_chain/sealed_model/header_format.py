"""The header of a sealed model as JSON, each in exactly one way."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

from eth_typing import ChecksumAddress

from tcss_chain.protocol.capsule import SignedCapsule
from tcss_chain.strict_json import JsonObject, StrictJsonError, account, parse_json

from .capsule_format import CAPSULE_FIELDS, decode_capsule, encode_capsule
from .errors import HeaderError
from .file_key import WRAPPED_BYTES

FORMAT: Final = "tcss-sealed-model-1"

MAX_BYTES: Final = 4084
"""How long a header is at most: with what stands before it, it fits into the room before the chunks."""

_FIELDS: Final = ("format", "chain_id", "contract", *CAPSULE_FIELDS, "wrapped_key")
_WRAPPED_KEY: Final = re.compile(rf"0x[0-9a-f]{{{2 * WRAPPED_BYTES}}}")


class Header(NamedTuple):
    """
    What a header says; proof and signature are not checked.

    Attributes
    ----------
    chain_id : int
        The chain that the session is on.
    contract : ChecksumAddress
        The contract that it is in.
    signed : SignedCapsule
        Label, capsule and the owner's signature.
    wrapped_key : bytes
        What the model key unwraps to the file key, `WRAPPED_BYTES` long. It is no part of the capsule, which
        participants see: with it, a guess of the secret can be tested.
    """

    chain_id: int
    contract: ChecksumAddress
    signed: SignedCapsule
    wrapped_key: bytes


def encode_header(header: Header) -> bytes:
    """
    Write a header; equal headers give the same bytes.

    Parameters
    ----------
    header : Header
        The header.

    Returns
    -------
    bytes
        JSON without spaces, in ASCII.
    """
    values: dict[str, Any] = {
        "format": FORMAT,
        "chain_id": header.chain_id,
        "contract": header.contract,
        **encode_capsule(header.signed),
        "wrapped_key": f"0x{header.wrapped_key.hex()}",
    }
    return json.dumps(values, separators=(",", ":")).encode("ascii")


def decode_header(data: bytes) -> Header:
    """
    Read a header.

    Parameters
    ----------
    data : bytes
        From anybody, at most `MAX_BYTES`.

    Returns
    -------
    Header
        All values are in range and ``c`` is on the curve; whether proof and signature hold is for others to
        check.

    Raises
    ------
    HeaderError
        If it is not in the format, or not written as `encode_header` writes it.
    """
    try:
        header = _decode(JsonObject(parse_json(data), _FIELDS))
    except StrictJsonError as error:
        raise HeaderError(error.what) from None
    if encode_header(header) != data:
        raise HeaderError("spaces or the order of its fields are not those of the format")
    return header


def _decode(values: JsonObject) -> Header:
    if values.raw("format") != FORMAT:
        raise StrictJsonError(f"the format {FORMAT} is expected")
    return Header(
        chain_id=values.integer("chain_id"),
        contract=account(values.raw("contract"), "contract"),
        signed=decode_capsule(values),
        wrapped_key=_decode_wrapped_key(values.text("wrapped_key")),
    )


def _decode_wrapped_key(text: str) -> bytes:
    if _WRAPPED_KEY.fullmatch(text) is None:
        raise StrictJsonError(f"wrapped_key is not 0x and {2 * WRAPPED_BYTES} digits")
    return bytes.fromhex(text[2:])
