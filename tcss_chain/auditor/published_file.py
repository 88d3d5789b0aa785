"""Reading and writing the published part of a trace."""

from __future__ import annotations

from pathlib import Path

from tcss_chain.public_file import read_at_most, write_once

from .errors import PublishedFileError
from .published_trace import MAX_BYTES, PublishedTrace, decode_published


def read_published(path: Path) -> PublishedTrace:
    """
    Read a published part from a file.

    Parameters
    ----------
    path : Path
        A file from anybody.

    Returns
    -------
    PublishedTrace
        Its content.

    Raises
    ------
    PublishedFileError
        If the file cannot be read.
    PublishedTraceError
        If it is not in the format.
    """
    try:
        content = read_at_most(path, MAX_BYTES + 1)
    except OSError as error:
        raise PublishedFileError(f"it cannot be read ({error.strerror})", "name another one") from None
    return decode_published(content)


def write_published(path: Path, published: PublishedTrace) -> None:
    """
    Write a published part to a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Where. A file with the same content is left as it is, another one is not overwritten.
    published : PublishedTrace
        The published part.

    Raises
    ------
    PublishedFileError
        If there is another file, or it cannot be written.
    """
    try:
        write_once(path, published.encode())
    except FileExistsError:
        raise PublishedFileError(
            "another one is there already", "move it away, then run this again"
        ) from None
    except OSError as error:
        raise PublishedFileError(
            f"it cannot be written ({error.strerror})", "make room for it, then run this again"
        ) from None
