"""
The format in which a box is asked over HTTP.

A request is the JSON object ``{"shares": [["0x..", "0x.."], ...]}``, an answer ``{"secret": "0x.."}`` or
``{"secret": null}``. Every scalar is ``0x`` and 64 hexadecimal digits, big-endian.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from .box import AnswerProblem, Share, check_answer

MAX_REQUEST_BYTES: Final = 1 << 16
"""More than 128 shares take."""

MAX_ANSWER_BYTES: Final = 1 << 10
"""Far more than an answer takes."""

_WORD: Final = re.compile(r"0x[0-9a-fA-F]{64}")


def encode_word(value: int) -> str:
    """Write a scalar as ``0x`` and 64 digits."""
    return f"0x{value:064x}"


def decode_word(text: object) -> int | None:
    """Read ``0x`` and 64 digits; None for anything else. The value may be any 256 bits."""
    if not isinstance(text, str) or _WORD.fullmatch(text) is None:
        return None
    return int(text, 16)


def encode_request(shares: Sequence[Share]) -> bytes:
    """
    Write a request.

    Parameters
    ----------
    shares : sequence of (int, int)
        The shares.

    Returns
    -------
    bytes
        JSON.
    """
    return json.dumps({"shares": [[encode_word(x), encode_word(y)] for x, y in shares]}).encode()


def decode_request(body: bytes) -> tuple[Share, ...] | None:
    """
    Read a request.

    Parameters
    ----------
    body : bytes
        JSON from outside.

    Returns
    -------
    tuple of (int, int) or None
        The shares, each word any 256 bits; None if the format is wrong.
    """
    message = _json_object(body)
    listed = message.get("shares") if message is not None else None
    if not isinstance(listed, list):
        return None
    shares: list[Share] = []
    for pair in listed:
        if not isinstance(pair, list) or len(pair) != 2:
            return None
        x, y = decode_word(pair[0]), decode_word(pair[1])
        if x is None or y is None:
            return None
        shares.append((x, y))
    return tuple(shares)


def encode_answer(secret: int | None) -> bytes:
    """Write an answer."""
    return json.dumps({"secret": None if secret is None else encode_word(secret)}).encode()


def decode_answer(body: bytes) -> tuple[int | None, AnswerProblem | None]:
    """
    Read an answer.

    Parameters
    ----------
    body : bytes
        JSON from a box.

    Returns
    -------
    tuple
        A canonical scalar and None, or None and the reason.
    """
    message = _json_object(body)
    if message is None or "secret" not in message:
        return None, AnswerProblem.MALFORMED
    if message["secret"] is None:
        return None, AnswerProblem.SILENT
    word = decode_word(message["secret"])
    if word is None:
        return None, AnswerProblem.MALFORMED
    return check_answer(word)


def _json_object(body: bytes) -> dict[str, object] | None:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):  # Deep nesting overflows the parser's stack.
        return None
    return message if isinstance(message, dict) else None
