"""
An HTTP server for tenants: connections stay open between requests, and everything is bounded.

aiohttp parses the requests. What it does not bound is bounded here: how long a connection may take for each
request, whatever it sends or does not read; how many connections there are; what answers and logs say about
garbage.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Final, Self

from aiohttp import HttpVersion10, web

from tcss_chain.transport import ServerStartError
from tcss_chain.transport.timed_connection import TimedConnection

from .http_answers import ErrorCode, RefusedError, refusal_answer

MAX_LINE_BYTES: Final = 4096
"""Of a request line, and of each header."""

_BACKLOG: Final = 512
_BUFFER_BYTES: Final = 1 << 16
_START_SECONDS: Final = 10.0
_SERVER_ERROR: Final = 500

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
"""Answers a request; called in the event loop."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """
    What clients may cost.

    Attributes
    ----------
    connections : int
        How many may be open. A new one takes the place of the one that has been idle for longest, and is
        refused when none is idle.
    request_seconds : float
        How long a connection may take from one answer, or its beginning, to the next answer.
    """

    connections: int
    request_seconds: float


class KeepAliveServer(web.Server):
    """
    Makes the protocol of every connection, and counts the connections.

    Parameters
    ----------
    handler : Handler
        Answers.
    limits : ConnectionLimits
        What clients may cost.
    """

    def __init__(self, handler: Handler, limits: ConnectionLimits) -> None:
        super().__init__(self._answer)
        self._handler = handler
        self._limits = limits
        self._idle: OrderedDict[_Connection, None] = OrderedDict()
        self._busy: set[_Connection] = set()

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection."""
        return _Connection(self, self._limits.request_seconds)

    def admit(self, connection: _Connection) -> bool:
        """Take a new connection in, or not."""
        if len(self._idle) + len(self._busy) >= self._limits.connections:
            if not self._idle:
                return False
            oldest, _ = self._idle.popitem(last=False)
            oldest.abort()
        self._idle[connection] = None
        return True

    def release(self, connection: _Connection) -> None:
        """Forget a connection."""
        self._idle.pop(connection, None)
        self._busy.discard(connection)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, _Connection)  # noqa: S101
        if self._idle.pop(connection, connection) is None:
            self._busy.add(connection)
        try:
            if request.version < HttpVersion10:
                raise RefusedError(ErrorCode.MALFORMED, "HTTP 1.0 or 1.1 is expected", hang_up=True)
            return await self._handler(request)
        except RefusedError as refused:
            return refusal_answer(refused)
        finally:
            if connection in self._busy:
                self._busy.discard(connection)
                self._idle[connection] = None
            connection.begin_time()


class _Connection(TimedConnection):
    """One connection: it ends when it is too slow, or pushed out."""

    __slots__ = ("_owner",)

    def __init__(self, server: KeepAliveServer, time_limit: float) -> None:
        super().__init__(server, time_limit, line_bytes=MAX_LINE_BYTES, buffer_bytes=_BUFFER_BYTES)
        self._owner = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not self._owner.admit(self):
            self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._owner.release(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = _SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what cannot be parsed, or failed: neither answers nor logs repeat what clients send."""
        code = ErrorCode.INTERNAL if status >= _SERVER_ERROR else ErrorCode.MALFORMED
        if code is ErrorCode.INTERNAL:
            self.log_exception(exc_info=exc)
            return refusal_answer(RefusedError(code, "the gateway failed; tell its operator", hang_up=True))
        return refusal_answer(RefusedError(code, "this is no HTTP that is served here", hang_up=True))


class ServerThread:
    """
    Listens in a thread of its own, with an event loop of its own.

    Parameters
    ----------
    handler : Handler
        Answers; called in that loop.
    host : str
        Where to listen.
    port : int
        The port; 0 takes a free one.
    limits : ConnectionLimits
        What clients may cost.
    """

    def __init__(self, handler: Handler, host: str, port: int, limits: ConnectionLimits) -> None:
        self._handler = handler
        self._host = host
        self._port = port
        self._limits = limits
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finished: asyncio.Event | None = None
        self._patience = 0.0
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """The base address of the running server."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def start(self) -> Self:
        """
        Listen.

        Raises
        ------
        ServerStartError
            If the address cannot be listened on.
        """
        listening: Future[int] = Future()
        self._thread = Thread(
            target=lambda: asyncio.run(self._serve(listening)), name="gateway-http", daemon=True
        )
        self._thread.start()
        try:
            self._port = listening.result(_START_SECONDS)
        except (OSError, OverflowError, TimeoutError):
            raise ServerStartError(f"{self._host}:{self._port}") from None
        return self

    def stop(self, patience: float) -> None:
        """
        Listen no more, wait for requests in flight, and close all connections; stopping twice does no harm.

        Parameters
        ----------
        patience : float
            How many seconds the requests have.
        """
        self._patience = patience
        if self._loop is not None and self._finished is not None:
            # The loop may be closed already.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._finished.set)
        if self._thread is not None:
            self._thread.join(patience + _START_SECONDS)

    async def _serve(self, listening: Future[int]) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._finished = asyncio.Event()
        server = KeepAliveServer(self._handler, self._limits)
        try:
            listener = await loop.create_server(
                server, self._host, self._port, backlog=_BACKLOG, reuse_address=True
            )
        except (OSError, OverflowError) as error:
            listening.set_exception(error)
            return
        listening.set_result(listener.sockets[0].getsockname()[1])
        await self._finished.wait()
        listener.close()
        server.pre_shutdown()
        await server.shutdown(self._patience)
