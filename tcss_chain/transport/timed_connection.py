"""A connection to a server whose time is limited, whatever its client sends or does not read."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from aiohttp import web

_LINGERING_SECONDS: Final = 0.5
"""How long a refused body is read and dropped, so that its sender gets the answer."""
_MAX_HEADERS: Final = 48
_LOG: Final = logging.getLogger(__name__)


class TimedConnection(web.RequestHandler):
    """
    One connection: it is cut when its time is over.

    Parameters
    ----------
    server : web.Server
        Answers its requests.
    time_limit : float
        How long it may take, seconds.
    line_bytes : int
        Length of a request line, and of each header.
    buffer_bytes : int
        How much of a body is read ahead.
    """

    __slots__ = ("_end", "_time_limit", "_wire")

    def __init__(self, server: web.Server, time_limit: float, *, line_bytes: int, buffer_bytes: int) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=time_limit,
            access_log=None,  # type: ignore[arg-type]  # documented to switch it off
            max_line_size=line_bytes,
            max_field_size=line_bytes,
            max_headers=_MAX_HEADERS,
            lingering_time=_LINGERING_SECONDS,
            read_bufsize=buffer_bytes,
            # A small body could grow while it is read or dropped.
            auto_decompress=False,
        )
        self._time_limit = time_limit
        self._wire: asyncio.Transport | None = None
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin its time."""
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        # The base class forgets its transport when it begins to close, and a client that does not read would
        # stay.
        self._wire = transport
        self.begin_time()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End its time."""
        if self._end is not None:
            self._end.cancel()
        self._wire = None
        super().connection_lost(exc)

    def begin_time(self, seconds: float | None = None) -> None:
        """Let the connection live for so long from now on; for its limit if nothing is said."""
        if self._end is not None:
            self._end.cancel()
        if self._wire is not None:
            limit = self._time_limit if seconds is None else seconds
            self._end = asyncio.get_running_loop().call_later(limit, self.abort)

    def abort(self) -> None:
        """Close at once, whatever is still to be sent."""
        if self._wire is not None:
            self._wire.abort()

    def log_exception(self, *_args: Any, **details: Any) -> None:
        """Log the kind of an error only: its text may hold what a stranger sent."""
        _LOG.error("an answer failed with %s", type(details.get("exc_info")).__name__)
