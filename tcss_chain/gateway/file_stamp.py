"""What tells that a file is another one than before, without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileStamp:
    """
    A file at one moment.

    Attributes
    ----------
    inode : int
        Which one it is.
    size : int
        Bytes.
    changed_ns : int
        When its content was changed last, nanoseconds.
    """

    inode: int
    size: int
    changed_ns: int


def file_stamp(path: Path) -> FileStamp | None:
    """Look at a file; None if it is not there, or cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileStamp(found.st_ino, found.st_size, found.st_mtime_ns)
