"""Files that anybody may have: read up to a limit, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def read_at_most(path: Path, limit: int) -> bytes:
    """
    Read the beginning of a file.

    Parameters
    ----------
    path : Path
        A file from anybody.
    limit : int
        How many bytes to read at most.

    Returns
    -------
    bytes
        The content, or the first `limit` bytes of a longer one.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as stream:
        return stream.read(limit)


def write_once(path: Path, content: bytes) -> None:
    """
    Write a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Where. A file with the same content is left as it is, another one is not overwritten.
    content : bytes
        The content.

    Raises
    ------
    FileExistsError
        If there is another file.
    OSError
        If it cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    if path.exists():
        if read_at_most(path, len(content) + 1) != content:
            raise FileExistsError(path)
        return
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
