"""The private file in which a session's sealing key goes from the auditor to an owner."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eth_typing import ChecksumAddress

from tcss_chain.curve import decode_g1
from tcss_chain.curve.errors import CurveDecodingError
from tcss_chain.private_file import PrivateFileError, open_private, write_private
from tcss_chain.protocol.sealing_key import SealingKey
from tcss_chain.strict_json import JsonObject, StrictJsonError, account, parse_json, scalar, word_digits

from .errors import SealingKeyFileError

FORMAT: Final = "tcss-sealing-key-1"

MAX_BYTES: Final = 2048
"""How long the file is at most."""

_FILE: Final = "the sealing key"
_FIELDS: Final = (
    "format",
    "chain_id",
    "contract",
    "session",
    "aggregate_hash",
    "PK",
    "challenge",
    "response",
)


@dataclass(frozen=True, slots=True)
class KeptSealingKey:
    """
    A sealing key and where its session is. Whether it is that session's is for the chain to say.

    Attributes
    ----------
    chain_id : int
        The chain that the session is on.
    contract : ChecksumAddress
        The contract that it is in.
    key : SealingKey
        The key.
    """

    chain_id: int
    contract: ChecksumAddress
    key: SealingKey


def write_sealing_key(path: Path, key: SealingKey, chain_id: int, contract: ChecksumAddress) -> None:
    """
    Write a sealing key into a new file that nobody else can read.

    Parameters
    ----------
    path : Path
        Where; what is there already is never overwritten.
    key : SealingKey
        The key.
    chain_id : int
        The chain that the session is on.
    contract : ChecksumAddress
        The contract that it is in.

    Raises
    ------
    PrivateFileError
        If there is something already, or the file cannot be written.
    """
    content = _encode(KeptSealingKey(chain_id, contract, key))
    try:
        write_private(path, content)
    except FileExistsError:
        raise PrivateFileError(
            _FILE, "there is a file already, and none is overwritten", "name another one"
        ) from None
    except OSError as error:
        raise PrivateFileError(_FILE, f"it cannot be written ({type(error).__name__})", "check it") from None


def read_sealing_key(path: Path) -> KeptSealingKey:
    """
    Read a sealing key.

    Parameters
    ----------
    path : Path
        A file as `write_sealing_key` writes it; nobody else may be able to read it.

    Returns
    -------
    KeptSealingKey
        All values are in range and ``PK`` is on the curve and not the identity. Its proof is not checked:
        see `verify_sealing_key`.

    Raises
    ------
    PrivateFileError
        If it cannot be read, or others can read it.
    SealingKeyFileError
        If it is no sealing key.
    """
    descriptor = open_private(path, _FILE)
    try:
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PrivateFileError(_FILE, f"it cannot be read ({type(error).__name__})", "check it") from None
    if len(content) > MAX_BYTES:
        raise SealingKeyFileError(f"it is longer than {MAX_BYTES} bytes")
    try:
        kept = _decode(JsonObject(parse_json(content), _FIELDS))
    except StrictJsonError as error:
        raise SealingKeyFileError(error.what) from None
    except CurveDecodingError as error:
        raise SealingKeyFileError(str(error)) from None
    if _encode(kept) != content:
        raise SealingKeyFileError("spaces or the order of its fields are not those of the format")
    return kept


def _encode(kept: KeptSealingKey) -> bytes:
    key = kept.key
    values: dict[str, Any] = {
        "format": FORMAT,
        "chain_id": kept.chain_id,
        "contract": kept.contract,
        "session": f"0x{key.sid.hex()}",
        "aggregate_hash": f"0x{key.aggregate_hash.hex()}",
        "PK": [f"0x{word:064x}" for word in key.PK.words()],
        "challenge": f"0x{key.challenge:064x}",
        "response": f"0x{key.response:064x}",
    }
    return json.dumps(values, separators=(",", ":")).encode("ascii") + b"\n"


def _decode(values: JsonObject) -> KeptSealingKey:
    if values.raw("format") != FORMAT:
        raise StrictJsonError(f"the format {FORMAT} is expected")
    words = values.items("PK")
    if len(words) != 2:
        raise StrictJsonError("PK is no pair of coordinates")
    x, y = (int(word_digits(word, "PK"), 16) for word in words)
    key = SealingKey(
        sid=values.word("session"),
        aggregate_hash=values.word("aggregate_hash"),
        PK=decode_g1(x, y, allow_identity=False, name="PK"),
        challenge=scalar(values.raw("challenge"), "challenge"),
        response=scalar(values.raw("response"), "response"),
    )
    return KeptSealingKey(values.integer("chain_id"), account(values.raw("contract"), "contract"), key)
