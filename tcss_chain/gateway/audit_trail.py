"""
The audit trail: everything that the gateway does, in one file that only grows.

Lines are put in order at once and written in that order, many at a time when there are many: whoever writes
takes along what others have added meanwhile. Whoever adds a line can wait until it is written: handed to the
operating system, so that it survives the end of this process, or, for the kinds in `DURABLE`, on the disk, so
that it survives that of the machine.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, Self

from tcss_chain.private_file import create_private, open_private

from .audit_file import FILE, TrailReader
from .audit_lines import DURABLE, MAX_LINE_BYTES, ChainEnd, Field, LineKind
from .errors import AuditTrailError

if sys.platform != "win32":
    import fcntl

Written = Callable[[AuditTrailError | None], None]
"""Told, by whichever thread writes, that a line is written, or why no line can be written any more."""

_MOST_WAITING: Final = 100_000
"""How many lines may wait for a disk that does not answer."""


class AuditTrail:
    """
    An audit trail that is open for writing. Use `open`; safe to use from several threads.

    Parameters
    ----------
    path : Path
        The file.
    descriptor : int
        Open for writing at its end, and locked.
    end : ChainEnd
        The end of what it holds.
    clock : callable
        Unix seconds.
    """

    def __init__(
        self, path: Path, descriptor: int, end: ChainEnd, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = str(path)
        self._descriptor = descriptor
        self._end = end
        self._clock = clock
        self._order = Lock()
        self._disk = Lock()
        self._waiting: list[tuple[bytes, bool, Written | None]] = []
        self._failure: AuditTrailError | None = None
        self._closing = False
        self._on_failure: Callable[[], None] | None = None

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """
        Begin a trail, or check the one that is there and go on with it, and write that the gateway starts.

        A last line that a crash left half-written is cut off; the line ``start`` says how long it was.

        Parameters
        ----------
        path : Path
            The file.
        clock : callable
            Unix seconds.

        Returns
        -------
        AuditTrail
            The trail.

        Raises
        ------
        PrivateFileError
            If others can read or write it, or it cannot be opened.
        DamagedAuditTrailError
            If a line was altered, removed or put in.
        AuditTrailError
            If another process writes it, or it cannot be written.
        """
        fields: dict[str, Field] = {}
        try:
            descriptor, end = create_private(path), ChainEnd()
            _lock(descriptor, path)
        except FileExistsError:
            descriptor, end, cut = _go_on(path)
            if cut:
                fields["cut_bytes"] = cut
        except OSError as error:
            raise AuditTrailError(
                str(path), f"it cannot be created ({type(error).__name__})", "check its folder"
            ) from None
        trail = cls(path, descriptor, end, clock)
        try:
            trail.add(LineKind.START, fields)
        except BaseException:
            trail.close()
            raise
        return trail

    @property
    def failure(self) -> AuditTrailError | None:
        """Why it cannot be written any more, None while it can."""
        return self._failure

    @property
    def end(self) -> ChainEnd:
        """The last line that was added."""
        with self._order:
            return self._end

    def when_failing(self, on_failure: Callable[[], None]) -> None:
        """Say what to call, once, when it cannot be written any more."""
        self._on_failure = on_failure

    def add(self, kind: LineKind, fields: Mapping[str, Field]) -> None:
        """
        Add a line and wait until it is written.

        Parameters
        ----------
        kind : LineKind
            What it tells.
        fields : mapping of str to Field
            Its fields; never a key, an input or a byte of a model.

        Raises
        ------
        AuditTrailError
            If it cannot be written.
        """
        done: Future[None] = Future()

        def written(error: AuditTrailError | None) -> None:
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        self.queue(kind, fields, written)
        self.flush()
        done.result()

    def queue(self, kind: LineKind, fields: Mapping[str, Field], written: Written | None = None) -> None:
        """
        Add a line that the next `flush` writes.

        Parameters
        ----------
        kind : LineKind
            What it tells.
        fields : mapping of str to Field
            As `add`.
        written : callable, optional
            Told when it is written; it must be quick.

        Raises
        ------
        AuditTrailError
            If it is known already that nothing can be written.
        """
        with self._order:
            if self._failure is not None:
                raise self._failure
            if self._closing or len(self._waiting) >= _MOST_WAITING:
                raise AuditTrailError(self._path, "it takes no more lines", "check the disk")
            line, end = self._end.encode(self._clock(), kind, fields)
            if len(line) > MAX_LINE_BYTES:
                raise AuditTrailError(self._path, f"a line of kind {kind.value} is too long", "report this")
            self._end = end
            self._waiting.append((line, kind in DURABLE, written))

    def flush(self, *, without_disk: bool = False) -> bool:
        """
        Write all lines that wait; if another thread is writing, leave it to that one.

        Nothing is raised: those who added the lines are told.

        Parameters
        ----------
        without_disk : bool
            Leave everything when a line waits that has to be on the disk, which can take long.

        Returns
        -------
        bool
            False if lines were left for that reason: somebody has to flush them.
        """
        # Whoever writes looks again after letting go: a line that came in between must not be left behind.
        while self._waiting and self._disk.acquire(blocking=False):
            try:
                if not self._write_what_waits(without_disk):
                    return False
            finally:
                self._disk.release()
        return True

    def close(self) -> None:
        """Write what waits and close the file; closing twice does nothing."""
        with self._order:
            self._closing = True
        with self._disk:
            self._write_what_waits()
            if self._descriptor >= 0:
                with suppress(OSError):
                    os.close(self._descriptor)
                self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _write_what_waits(self, without_disk: bool = False) -> bool:
        with self._order:
            if without_disk and any(durable for _, durable, _ in self._waiting):
                return False
            batch, self._waiting = self._waiting, []
        if not batch:
            return True
        failure = self._failure or self._write(batch)
        for _, _, written in batch:
            if written is not None:
                written(failure)
        return True

    def _write(self, batch: list[tuple[bytes, bool, Written | None]]) -> AuditTrailError | None:
        try:
            rest = memoryview(b"".join(line for line, _, _ in batch))
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            if any(durable for _, durable, _ in batch):
                os.fsync(self._descriptor)
        except OSError as error:
            failure = AuditTrailError(
                self._path,
                f"it cannot be written ({type(error).__name__})",
                "check the disk, then start the gateway again",
            )
            with self._order:
                self._failure = failure
            if self._on_failure is not None:
                self._on_failure()
            return failure
        return None


def _go_on(path: Path) -> tuple[int, ChainEnd, int]:
    """Open a trail that is there, check it, and cut off a half-written line; say how long that was."""
    descriptor = open_private(path, FILE, writable=True)
    try:
        _lock(descriptor, path)
        with open(descriptor, "rb", closefd=False) as stream:
            reader = TrailReader(path, stream)
            for _ in reader:
                pass
        report = reader.report
        if report.half_line_bytes:
            os.ftruncate(descriptor, report.whole_bytes)
            os.fsync(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise AuditTrailError(
            str(path), f"it cannot be repaired ({type(error).__name__})", "check the disk"
        ) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, report.end, report.half_line_bytes


def _lock(descriptor: int, path: Path) -> None:
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AuditTrailError(
                str(path), "another process writes it", "stop the other gateway, or name another file"
            ) from None
