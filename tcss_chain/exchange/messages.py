"""
The two messages of the share exchange, as JSON.

An encrypted share is ``{"c0": word, "c1": word, "path": [word, ...]}``, an acceptance is
``{"qualified": word, "aggregate_hash": word, "r": word, "vs": word}``. A word is ``0x`` and 64 hexadecimal
digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.session import MAX_MEMBERS
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.protocol.share_tree import DEPTH

from .errors import MalformedMessageError

_WORD: Final = re.compile(r"0x[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SignedAcceptance:
    """
    What a participant says it accepted.

    Attributes
    ----------
    qualified : int
        Bitmap of the qualified seats.
    aggregate_hash : bytes
        Hash of their aggregate.
    signature : CompactSignature
        Not yet checked.
    """

    qualified: int
    aggregate_hash: bytes
    signature: CompactSignature


def encode_share(share: EncryptedShare) -> dict[str, Any]:
    """Write an encrypted share as JSON."""
    return {"c0": _number(share.c0), "c1": _number(share.c1), "path": [_word(node) for node in share.path]}


def decode_share(message: Any) -> EncryptedShare:
    """
    Read an encrypted share.

    Parameters
    ----------
    message : Any
        JSON of any shape.

    Returns
    -------
    EncryptedShare
        Its words may be any 256 bits; its path is not checked yet.

    Raises
    ------
    MalformedMessageError
        If a part is missing or no word.
    """
    fields = _object(message, "share", {"c0", "c1", "path"})
    path = fields["path"]
    if not isinstance(path, list) or len(path) != DEPTH:
        raise MalformedMessageError("share", "path")
    return EncryptedShare(
        c0=int.from_bytes(_bytes(fields["c0"], "share", "c0"), "big"),
        c1=int.from_bytes(_bytes(fields["c1"], "share", "c1"), "big"),
        path=tuple(_bytes(node, "share", "path") for node in path),
    )


def encode_acceptance(acceptance: SignedAcceptance) -> dict[str, Any]:
    """Write an acceptance as JSON."""
    return {
        "qualified": _number(acceptance.qualified),
        "aggregate_hash": _word(acceptance.aggregate_hash),
        "r": _word(acceptance.signature.r),
        "vs": _word(acceptance.signature.vs),
    }


def decode_acceptance(message: Any) -> SignedAcceptance:
    """
    Read an acceptance.

    Parameters
    ----------
    message : Any
        JSON of any shape.

    Returns
    -------
    SignedAcceptance
        Its signature is not checked yet.

    Raises
    ------
    MalformedMessageError
        If a part is missing or no word.
    """
    fields = _object(message, "acceptance", {"qualified", "aggregate_hash", "r", "vs"})
    words = {name: _bytes(value, "acceptance", name) for name, value in fields.items()}
    qualified = int.from_bytes(words["qualified"], "big")
    if qualified.bit_length() > MAX_MEMBERS:
        raise MalformedMessageError("acceptance", "qualified")
    return SignedAcceptance(qualified, words["aggregate_hash"], CompactSignature(words["r"], words["vs"]))


def _object(message: Any, name: str, fields: set[str]) -> dict[str, Any]:
    if not isinstance(message, dict) or message.keys() != fields:
        raise MalformedMessageError(name, "set of fields")
    return message


def _bytes(value: Any, message: str, field: str) -> bytes:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise MalformedMessageError(message, field)
    return bytes.fromhex(value[2:])


def _word(value: bytes) -> str:
    return f"0x{value.hex()}"


def _number(value: int) -> str:
    return _word(value.to_bytes(32, "big"))
