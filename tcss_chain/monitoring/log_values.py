"""
Which values may appear in logs: simple ones only, so that no secret slips in by mistake.

A secret comes as an object, as bytes, as a large number or as a long hexadecimal text. None of these is
shown, unless bytes or a text stand under a name that is public by its meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final

from tcss_chain.errors import TcssError

Shown = str | int | float | bool | None | list["str | int | float | bool | None"]
"""What a log line may hold."""

SESSION_NAMES: Final = frozenset({"sid", "session"})
"""Names of the session id; abbreviated in text."""

PUBLIC_NAMES: Final = SESSION_NAMES | {
    "aggregate_hash",
    "block_hash",
    "contract_hash",
    "deal_hash",
    "parent",
    "qualified",
    "record_hash",
    "request_hash",
    "roster_hash",
    "share_root",
    "transaction",
    "transaction_hash",
}
"""Names under which bytes and long hexadecimal texts are shown."""

MAX_TEXT: Final = 500
"""Longer texts are cut."""
MAX_ITEMS: Final = 128
"""Longer lists are cut."""
MAX_BYTES: Final = 64
"""Longer bytes are not shown under any name."""
MAX_BITS: Final = 128
"""Larger numbers are not shown: amounts, gas, blocks and times are smaller, secret scalars are not."""

_MAX_SEARCHED: Final = 4000
_FRAMES: Final = 6
# An address has 40 digits, a key 64; leading zeros may be missing.
_LONG_HEXADECIMAL: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{41,}")
_LONG_DECIMAL: Final = re.compile(r"[0-9]{39,}")
_URL: Final = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*)://\S+")
_USER: Final = re.compile(r"\S+@\S+")
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,63}")


def shown_value(name: str, value: Any) -> Shown:
    """
    Give what a log may show of a value.

    Parameters
    ----------
    name : str
        The name that the value stands under.
    value : Any
        Anything.

    Returns
    -------
    Shown
        The value itself when it is simple; of an error of this package its message; of other errors the name
        of the type, and of anything else the name of the type in angle brackets.
    """
    if type(value) in (list, tuple):
        return [_shown_single(name, each) for each in value[:MAX_ITEMS]]
    return _shown_single(name, value)


def shown_text(text: str, *, may_be_hash: bool = False) -> str:
    """
    Give what a log may show of a text: without URLs (they may hold credentials) and without long numbers.

    Parameters
    ----------
    text : str
        Any text.
    may_be_hash : bool
        Whether long hexadecimal numbers are public here.

    Returns
    -------
    str
        The text, not longer than `MAX_TEXT` and a mark.
    """
    if len(text) > _MAX_SEARCHED:
        return "<long text>"
    clean = _USER.sub("<credentials>", _URL.sub(r"\1://<hidden>", text))
    if not may_be_hash:
        clean = _LONG_DECIMAL.sub("<large number>", _LONG_HEXADECIMAL.sub("<large number>", clean))
    # Cut last: half a secret would not be recognised.
    return clean[:MAX_TEXT] + ("..." if len(clean) > MAX_TEXT else "")


def shown_name(name: Any) -> str:
    """Give a name as it is, or a mark in place of one that no code of this package would use."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "_unfit_name"


def shown_error(error: BaseException) -> dict[str, Shown]:
    """
    Give what a log may show of an error with its origin.

    Parameters
    ----------
    error : BaseException
        Any error.

    Returns
    -------
    dict of str to Shown
        ``error``, and ``error_at`` with file, line and function of the innermost frames, without values.
    """
    return {"error": _error_text(error), "error_at": _frames(error.__traceback__)}


def shown_fields(fields: Mapping[str, Any]) -> dict[str, Shown]:
    """Give what a log may show of named values."""
    return {shown_name(name): shown_value(name, value) for name, value in fields.items()}


def _shown_single(name: str, value: Any) -> str | int | float | bool | None:
    if value is None or type(value) is bool:
        return value
    if isinstance(value, Enum):
        return _shown_single(name, value.value) if type(value.value) in (str, int) else value.name
    if isinstance(value, int):
        return int(value) if value.bit_length() <= MAX_BITS else "<large number>"
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, str):
        return shown_text(str.__str__(value), may_be_hash=name in PUBLIC_NAMES)
    if isinstance(value, bytes):
        return bytes(value).hex() if name in PUBLIC_NAMES and len(value) <= MAX_BYTES else "<bytes>"
    if isinstance(value, BaseException):
        return _error_text(value)
    return f"<{type(value).__name__}>"


def _error_text(error: BaseException) -> str:
    # Errors of this package hold no secret and repeat nothing that strangers sent; others may do either.
    kind = type(error).__name__
    return f"{kind}: {shown_text(str(error))}" if isinstance(error, TcssError) else kind


def _frames(trace: TracebackType | None) -> list[str | int | float | bool | None]:
    if trace is None:
        return []
    return [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in extract_tb(trace)[-_FRAMES:]]
