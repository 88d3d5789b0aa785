"""
The lines of an audit trail: JSON objects, each with the hash of the line before it.

``{"number": 2, "time": 1730000000.123, "kind": "request", "previous": "<64 digits>", ...}``: then the fields
of the kind. ``previous`` is SHA-256 of the whole line before, without its line end; for the first line it is
64 zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any, Final

MAX_LINE_BYTES: Final = 1 << 16
"""Longer lines are not written."""

FIRST_PREVIOUS: Final = "0" * 64
"""What the first line has in place of a hash."""

_FIXED: Final = ("number", "time", "kind", "previous")

Field = str | int | float | bool | None | list[str] | dict[str, int] | dict[str, str]
"""What a line may hold."""


class LineKind(StrEnum):
    """What a line tells."""

    START = "start"
    """The gateway started."""
    STOP = "stop"
    """It stopped, and all models were wiped."""
    OPENING = "opening"
    """A model was to be opened: what was anchored, who answered, and how it ended."""
    CLOSING = "closing"
    """A model is not served any more."""
    REQUEST = "request"
    """A tenant's request was answered with a prediction."""
    REFUSAL = "refusal"
    """A tenant's request was refused, or failed."""
    TRACE = "trace"
    """The operator had a box traced."""


DURABLE: Final = frozenset(LineKind) - {LineKind.REQUEST, LineKind.REFUSAL}
"""The kinds that are on the disk before anything follows from them."""


class LineError(Exception):
    """A line is not what follows the one before; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """
    A line that was read.

    Attributes
    ----------
    number : int
        Its place, from 1.
    time : float
        When it was written, Unix seconds.
    kind : LineKind
        What it tells.
    fields : mapping of str to Any
        The rest of it.
    """

    number: int
    time: float
    kind: LineKind
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """
    The end of a chain of lines.

    Attributes
    ----------
    number : int
        The number of the last line, 0 if there is none.
    hash : str
        Its hash, which the next line repeats.
    """

    number: int = 0
    hash: str = FIRST_PREVIOUS

    def encode(self, time: float, kind: LineKind, fields: Mapping[str, Field]) -> tuple[bytes, ChainEnd]:
        """
        Encode the next line.

        Parameters
        ----------
        time : float
            Unix seconds.
        kind : LineKind
            What it tells.
        fields : mapping of str to Field
            Its own fields.

        Returns
        -------
        bytes
            The line with its end.
        ChainEnd
            The new end.
        """
        number = self.number + 1
        values = {"number": number, "time": round(time, 3), "kind": kind.value, "previous": self.hash}
        line = json.dumps({**values, **fields}, separators=(",", ":"), allow_nan=False).encode("ascii")
        return line + b"\n", ChainEnd(number, hash_of(line))

    def decode(self, line: bytes) -> tuple[AuditLine, ChainEnd]:
        """
        Check and decode the next line.

        Parameters
        ----------
        line : bytes
            The line, without its end.

        Returns
        -------
        AuditLine
            What it holds.
        ChainEnd
            The new end.

        Raises
        ------
        LineError
            If it does not follow this end.
        """
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            raise LineError("it is no JSON") from None
        if not isinstance(content, dict) or tuple(content)[: len(_FIXED)] != _FIXED:
            raise LineError(f"it does not begin with {', '.join(_FIXED)}")
        number, time, kind, previous = (content.pop(name) for name in _FIXED)
        if previous != self.hash:
            raise LineError("the line before it was altered or removed, or it was put in")
        if type(number) is not int or number != self.number + 1:
            raise LineError(f"its number is not {self.number + 1}")
        # Such a comparison is exact for integers of any size, and false for what is no number.
        if type(time) not in (int, float) or not 0 <= time < inf:
            raise LineError("its time is none")
        if not isinstance(kind, str) or kind not in set(LineKind):
            raise LineError("its kind is none")
        return AuditLine(number, time, LineKind(kind), content), ChainEnd(number, hash_of(line))


def hash_of(line: bytes) -> str:
    """Give SHA-256 of a line without its end, in hexadecimal digits."""
    return hashlib.sha256(line).hexdigest()
