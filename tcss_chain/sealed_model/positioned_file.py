"""Files that several threads read or write at given positions."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from .errors import ModelFileError

DESCRIPTORS: Final = Path("/proc/self/fd")
"""Where Linux shows a process its open files."""

_HAS_POSITIONS: Final = hasattr(os, "preadv") and hasattr(os, "pwritev")
_FLUSHED_AT_ONCE: Final = 1 << 23
"""Large enough for the disk, and a whole number of its pages."""

_LIBRARY: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_FALLOCATE: Final = getattr(_LIBRARY, "fallocate64", None) or getattr(_LIBRARY, "fallocate", None)
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ_ONLY: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class FileVersion(NamedTuple):
    """
    What tells whether a file was written to.

    Attributes
    ----------
    size : int
        Bytes.
    modified : int
        When it was written to, as the file system says, nanoseconds.
    """

    size: int
    modified: int


class PositionedFile:
    """
    An open file.

    Parameters
    ----------
    descriptor : int
        Closed with this object.
    name : str
        What it is, for messages.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self._name = name
        # Where the system cannot read at a position, moving there and reading must not be interrupted.
        self._lock = None if _HAS_POSITIONS else threading.Lock()

    @classmethod
    def open(cls, path: Path, name: str) -> Self:
        """
        Open a regular file for reading.

        Raises
        ------
        ModelFileError
            If it cannot be opened, or is something else.
        """
        try:
            # Without O_NONBLOCK, a pipe in its place would block until somebody writes to it.
            descriptor = os.open(path, _READ_ONLY)
        except OSError as error:
            raise _failure(name, "opened", error) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ModelFileError(name, "it is no regular file", "name another one")
        return cls(descriptor, name)

    @property
    def size(self) -> int:
        """Bytes, at this moment."""
        return self.version.size

    @property
    def version(self) -> FileVersion:
        """Which version of the file this is, at this moment."""
        status = os.fstat(self._descriptor)
        return FileVersion(status.st_size, status.st_mtime_ns)

    def read(self, buffer: memoryview, offset: int) -> int:
        """
        Fill a buffer.

        Returns
        -------
        int
            How many bytes were read: fewer than the buffer has if the file ends.

        Raises
        ------
        ModelFileError
            If the file cannot be read.
        """
        done = 0
        try:
            while done < len(buffer) and (got := self._read(buffer[done:], offset + done)):
                done += got
        except OSError as error:
            raise _failure(self._name, "read", error) from None
        return done

    def write(self, data: memoryview, offset: int) -> None:
        """
        Write all of a buffer.

        Raises
        ------
        ModelFileError
            If the file cannot be written.
        """
        done = 0
        try:
            while done < len(data):
                done += self._write(data[done:], offset + done)
            self._hurry(offset, offset + done)
        except OSError as error:
            raise _failure(self._name, "written", error) from None

    def reserve(self, size: int) -> None:
        """
        Take the room on the disk that the file will need, so that a full disk is noticed at once.

        Raises
        ------
        ModelFileError
            If there is no room. Where a file system cannot reserve any, nothing happens.
        """
        number = _reserve(self._descriptor, size)
        if number in _NO_ROOM:
            raise ModelFileError(
                self._name,
                f"there is no room for its {size} bytes ({os.strerror(number)})",
                "make room for it",
            )

    def flush(self) -> None:
        """
        Wait until everything is on the disk.

        Raises
        ------
        ModelFileError
            If it cannot be written.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _failure(self._name, "written", error) from None

    def link(self, path: Path) -> None:
        """
        Give a file that has no name one, where the system has such files.

        Raises
        ------
        OSError
            If it cannot have this name, `FileExistsError` if there is something already.
        """
        folder = os.open(DESCRIPTORS, os.O_RDONLY)
        try:
            # Only with a folder to start from does it follow the link that stands for the open file.
            os.link(str(self._descriptor), path, src_dir_fd=folder, follow_symlinks=True)
        finally:
            os.close(folder)

    def close(self) -> None:
        """Close the file; again, nothing happens."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _hurry(self, begin: int, end: int) -> None:
        """
        Have the system bring to the disk, and not keep in memory, what was written a while before this.

        Otherwise gigabytes pile up there, drive out what others need, and all wait at the end.
        """
        reached = end // _FLUSHED_AT_ONCE
        if begin // _FLUSHED_AT_ONCE == reached or reached < 2 or not hasattr(os, "posix_fadvise"):
            return
        # The part just before this one may still be in the work of other threads.
        flushed = (reached - 2) * _FLUSHED_AT_ONCE
        os.posix_fadvise(self._descriptor, flushed, _FLUSHED_AT_ONCE, os.POSIX_FADV_DONTNEED)

    def _read(self, buffer: memoryview, offset: int) -> int:
        if self._lock is None:
            return os.preadv(self._descriptor, [buffer], offset)
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            got = os.read(self._descriptor, len(buffer))
        buffer[: len(got)] = got
        return len(got)

    def _write(self, data: memoryview, offset: int) -> int:
        if self._lock is None:
            return os.pwrite(self._descriptor, data, offset)
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.write(self._descriptor, data)


def _reserve(descriptor: int, size: int) -> int:
    """
    Reserve room by the system call itself, and return its error number.

    The library's ``posix_fallocate`` writes into every block of a file where the file system cannot reserve:
    over a network, that takes longer than all the rest.
    """
    if _FALLOCATE is None:
        return errno.EOPNOTSUPP
    arguments = ctypes.c_int(descriptor), ctypes.c_int(0), ctypes.c_int64(0), ctypes.c_int64(size)
    while _FALLOCATE(*arguments) != 0:
        number = ctypes.get_errno()
        if number != errno.EINTR:
            return number
    return 0


def _failure(name: str, what: str, error: OSError) -> ModelFileError:
    return ModelFileError(name, f"it cannot be {what} ({error.strerror})")
