"""Reading and checking an audit trail from its beginning."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from tcss_chain.private_file import open_private

from .audit_lines import MAX_LINE_BYTES, AuditLine, ChainEnd, LineError, LineKind
from .errors import AuditTrailError, DamagedAuditTrailError

FILE: Final = "the audit trail"
"""What it is called in messages about private files."""


@dataclass(slots=True)
class TrailReport:
    """
    What was found in a trail; complete when all its lines were read.

    Attributes
    ----------
    end : ChainEnd
        The end of its chain. Whoever noted it elsewhere can tell later that nothing was cut off.
    whole_bytes : int
        How many bytes the complete lines take.
    half_line_bytes : int
        What follows them: the beginning of a line, as a crash leaves it.
    """

    end: ChainEnd
    whole_bytes: int = 0
    half_line_bytes: int = 0


class TrailReader:
    """
    Reads a trail line by line, and checks the chain of hashes.

    Parameters
    ----------
    path : Path
        The file, for messages.
    stream : binary file
        Its content, from the beginning.

    Attributes
    ----------
    report : TrailReport
        What was found so far.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = str(path)
        self._stream = stream
        self.report = TrailReport(ChainEnd())

    def __iter__(self) -> Iterator[AuditLine]:
        """
        Read the lines.

        Yields
        ------
        AuditLine
            A line that follows the one before.

        Raises
        ------
        DamagedAuditTrailError
            At the first line that does not.
        AuditTrailError
            If the file cannot be read.
        """
        report = self.report
        while line := self._next():
            if not line.endswith(b"\n"):
                if len(line) > MAX_LINE_BYTES:
                    raise DamagedAuditTrailError(self._path, report.end.number + 1, "it is too long")
                report.half_line_bytes = len(line)
                return
            try:
                decoded, report.end = report.end.decode(line[:-1])
            except LineError as error:
                raise DamagedAuditTrailError(self._path, report.end.number + 1, str(error)) from None
            report.whole_bytes += len(line)
            yield decoded

    def _next(self) -> bytes:
        try:
            return self._stream.readline(MAX_LINE_BYTES + 1)
        except OSError as error:
            raise AuditTrailError(
                self._path, f"it cannot be read ({type(error).__name__})", "check the disk"
            ) from None


def read_trail(
    path: Path, *, kinds: Container[LineKind] | None = None, last: int | None = None
) -> tuple[list[AuditLine], TrailReport]:
    """
    Read and check a whole trail; the gateway may run meanwhile.

    Parameters
    ----------
    path : Path
        The file.
    kinds : container of LineKind, optional
        Keep only lines of these kinds.
    last : int, optional
        Keep only so many of them, from the end. Only what is kept takes memory.

    Returns
    -------
    list of AuditLine
        Complete lines.
    TrailReport
        The end of the chain.

    Raises
    ------
    PrivateFileError
        If it cannot be opened, or others can read or write it.
    DamagedAuditTrailError
        If a line was altered, removed or put in.
    """
    descriptor: Any = open_private(path, FILE)
    with os.fdopen(descriptor, "rb") as stream:
        reader = TrailReader(path, stream)
        kept = deque((line for line in reader if kinds is None or line.kind in kinds), last)
        return list(kept), reader.report
