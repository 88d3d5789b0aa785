"""Memory that belongs to this process alone, is kept off the disk where possible, and can be wiped."""

from __future__ import annotations

import ctypes
import mmap
import sys
from typing import Final

from .errors import ModelMemoryError

_LIBRARY: Final = None if sys.platform == "win32" else ctypes.CDLL(None, use_errno=True)

_LOCK_ON_FAULT: Final = 1
"""``MLOCK_ONFAULT`` of Linux."""


class PrivateMemory:
    """
    Zeroed memory outside of the interpreter's own, so that nothing copies or moves it.

    Parameters
    ----------
    size : int
        Bytes, at least 1.

    Raises
    ------
    ModelMemoryError
        If there is not so much.

    Attributes
    ----------
    is_locked : bool
        Whether the system promised never to write it to a swap area. Most systems allow that for small sizes
        only, unless the limit on locked memory is raised.
    is_kept_out_of_dumps : bool
        Whether it is left out when the process crashes and its memory is written to a file.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        try:
            self._map = _anonymous(size)
        except (OSError, OverflowError, ValueError, MemoryError):
            raise ModelMemoryError(size) from None
        self.is_kept_out_of_dumps = _advise(self._map, "MADV_DONTDUMP")
        # Large pages are filled faster. Whether there are any changes nothing else.
        _advise(self._map, "MADV_HUGEPAGE")
        self.is_locked = _lock(self._map, size)

    def view(self) -> memoryview:
        """Give all of it, for writing."""
        return memoryview(self._map)

    def wipe(self) -> None:
        """
        Overwrite it with zeros and give it back.

        Who still has a view of it sees zeros from now on; then the memory, empty, is given back with the last
        view.
        """
        if self._map.closed:
            return
        _zero(self._map, self._size)
        try:
            self._map.close()
        except BufferError:
            return


def _anonymous(size: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _advise(memory: mmap.mmap, advice: str) -> bool:
    number = getattr(mmap, advice, None)
    if number is None:
        return False
    try:
        memory.madvise(number)
    except OSError:
        return False
    return True


def _lock(memory: mmap.mmap, size: int) -> bool:
    start = ctypes.c_char.from_buffer(memory)
    address, length = ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(size)
    on_fault = getattr(_LIBRARY, "mlock2", None)
    # Locked when they are filled: all pages at once would be taken before a single chunk is found genuine.
    if on_fault is not None and on_fault(address, length, ctypes.c_uint(_LOCK_ON_FAULT)) == 0:
        return True
    lock = getattr(_LIBRARY, "mlock", None)
    return bool(lock is not None and lock(address, length) == 0)


def _zero(memory: mmap.mmap, size: int) -> None:
    start = ctypes.c_char.from_buffer(memory)
    ctypes.memset(ctypes.addressof(start), 0, size)
