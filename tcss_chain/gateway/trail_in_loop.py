"""Adding lines to the audit trail from an event loop, all lines of one turn of the loop at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress

from .audit_lines import Field, LineKind
from .audit_trail import AuditTrail
from .errors import AuditTrailError


class LoopTrail:
    """
    The audit trail for one event loop.

    Parameters
    ----------
    trail : AuditTrail
        The trail.
    """

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail
        self._flush_is_due = False

    async def add(self, kind: LineKind, fields: Mapping[str, Field]) -> None:
        """
        Add a line, and wait until it is written.

        Raises
        ------
        AuditTrailError
            If it cannot be written.
        """
        loop = asyncio.get_running_loop()
        own_thread = threading.get_ident()
        done: asyncio.Future[None] = loop.create_future()

        def written(error: AuditTrailError | None) -> None:
            if threading.get_ident() == own_thread:
                _settle(done, error)
                return
            # A loop that is closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, done, error)

        self._trail.queue(kind, fields, written)
        if not self._flush_is_due:
            self._flush_is_due = True
            loop.call_soon(self._flush)
        await done

    def _flush(self) -> None:
        self._flush_is_due = False
        if not self._trail.flush(without_disk=True):
            # A line of another thread has to be on the disk: the loop does not stand still for that.
            asyncio.get_running_loop().run_in_executor(None, self._trail.flush)


def _settle(done: asyncio.Future[None], error: AuditTrailError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
