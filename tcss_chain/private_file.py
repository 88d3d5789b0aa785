"""Files with secrets: nobody but their owner may read them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from tcss_chain.errors import TcssError

PRIVATE_MODE: Final = 0o600
_OTHERS: Final = 0o077
_HAS_MODES: Final = os.name == "posix"


class PrivateFileError(TcssError):
    """
    A file with secrets cannot be used as it is. Its path is not kept here.

    Attributes
    ----------
    file : str
        Which one: the wallet, the auditor's key and so on.
    what : str
        What is wrong.
    """

    def __init__(self, file: str, what: str, remedy: str) -> None:
        self.file = file
        self.what = what
        super().__init__(f"the file of {file} cannot be used: {what}; {remedy}")


def create_private(path: Path) -> int:
    """
    Create a file that is not there yet, for reading and for writing at its end.

    Parameters
    ----------
    path : Path
        Where.

    Returns
    -------
    int
        The descriptor.

    Raises
    ------
    FileExistsError
        If there is something already.
    OSError
        If it cannot be created.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), PRIVATE_MODE)
    if _HAS_MODES:
        _keep_name(path.parent)
    return descriptor


def write_private(path: Path, content: bytes) -> None:
    """
    Write a file that is not there yet; it survives a crash as soon as this returns.

    Parameters
    ----------
    path : Path
        Where.
    content : bytes
        The whole content.

    Raises
    ------
    FileExistsError
        If there is something already; it is left as it is.
    OSError
        If it cannot be created or written. What was begun is removed again.
    """
    descriptor = create_private(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def open_private(path: Path, file: str, *, writable: bool = False) -> int:
    """
    Open a file with secrets, if nobody else can read it.

    Parameters
    ----------
    path : Path
        Where.
    file : str
        What it is, for messages.
    writable : bool
        Whether to write at its end.

    Returns
    -------
    int
        The descriptor.

    Raises
    ------
    PrivateFileError
        If it cannot be opened, is no regular file, or others can read or write it.
    """
    flags = os.O_RDWR | os.O_APPEND if writable else os.O_RDONLY
    # Without O_NONBLOCK, a pipe in its place would block until somebody writes to it.
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise PrivateFileError(file, f"it cannot be opened ({type(error).__name__})", "check it") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise PrivateFileError(file, "it is no regular file", "name another one")
    if _HAS_MODES and status.st_mode & _OTHERS:
        os.close(descriptor)
        raise PrivateFileError(file, "others can read or write it", "run chmod 600 on it")
    return descriptor


def _keep_name(folder: Path) -> None:
    """Make sure that the name of a new file survives a crash too, where the file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
