"""The folder and the files of a state: only their owner may get at them, and only one process writes."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from .errors import ExposedStateError, StateInUseError, StateMissingError, StateWriteError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_OTHERS: Final = 0o077
_HAS_MODES: Final = os.name == "posix"
_BINARY: Final = getattr(os, "O_BINARY", 0)
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_BLOCK: Final = 1 << 20


def make_private_folder(folder: Path) -> None:
    """
    Create a folder for its owner only, or make sure that an existing one is.

    Raises
    ------
    ExposedStateError
        If there is something else, or others can get into it.
    StateWriteError
        If it cannot be created.
    """
    try:
        folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StateWriteError(type(error).__name__) from None
    require_private_folder(folder)


def require_private_folder(folder: Path) -> None:
    """
    Make sure that a folder is its owner's only.

    Raises
    ------
    StateMissingError
        If there is no such folder.
    ExposedStateError
        If others can get into it.
    """
    try:
        mode = folder.stat().st_mode
    except OSError:
        raise StateMissingError(folder) from None
    if not stat.S_ISDIR(mode):
        raise StateMissingError(folder)
    if _HAS_MODES and mode & _OTHERS:
        raise ExposedStateError(folder, "is open to others", "run chmod 700 on it")


def require_private_file(path: Path) -> None:
    """
    Make sure that a file is a regular one of its owner only.

    Raises
    ------
    StateMissingError
        If there is none.
    ExposedStateError
        If it is no regular file, or others can read or write it.
    """
    try:
        mode = path.lstat().st_mode
    except OSError:
        raise StateMissingError(path.parent) from None
    if not stat.S_ISREG(mode):
        raise ExposedStateError(path, "is no regular file", "put the file itself there")
    if _HAS_MODES and mode & _OTHERS:
        raise ExposedStateError(path, "can be read or written by others", "run chmod 600 on it")


def create_private_file(path: Path) -> None:
    """
    Create an empty file for its owner only.

    Raises
    ------
    FileExistsError
        If there is something already.
    StateWriteError
        If it cannot be created.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, FILE_MODE))
    except FileExistsError:
        raise
    except OSError as error:
        raise StateWriteError(type(error).__name__) from None


def sync_file(path: Path) -> None:
    """Make sure that a file's content survives a crash."""
    descriptor = os.open(path, os.O_RDWR | _BINARY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder survive a crash, where the file system can do that."""
    if _HAS_MODES:
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def overwrite_and_empty(path: Path) -> None:
    """
    Overwrite a file with zeros in place, wait until that is on the disk, and then empty it.

    A file that is not there has nothing to overwrite.

    Raises
    ------
    OSError
        If that fails.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | _BINARY | _NO_FOLLOW)
    except FileNotFoundError:
        return
    try:
        left = os.fstat(descriptor).st_size
        if not left:
            return
        zeros = bytes(min(left, _BLOCK))
        while left:
            left -= os.write(descriptor, zeros[:left])
        os.fsync(descriptor)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


class ProcessLock:
    """
    A lock that one process holds, on a file that stays; the system releases it however the process ends.

    Parameters
    ----------
    path : Path
        The lock file; created if it is not there.

    Raises
    ------
    StateInUseError
        If somebody else holds it.
    StateWriteError
        If the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | _BINARY | _NO_FOLLOW
        try:
            self._descriptor = os.open(path, flags, FILE_MODE)
        except OSError as error:
            raise StateWriteError(type(error).__name__) from None
        try:
            _lock(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise StateInUseError(path.parent) from None

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock of a file."""
    if not path.exists():
        return False
    try:
        ProcessLock(path).release()
    except StateInUseError:
        return True
    return False


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
