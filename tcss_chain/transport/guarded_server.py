"""
An HTTP server for the open internet: one request a connection, everything bounded.

Only GET is answered, and POST at the paths that take it. aiohttp parses the requests. What it does not bound
is bounded here: how long a connection lives, whatever it sends or does not read; how much it sends; how many
there are; how many answers are worked on; what answers and logs say about garbage.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from aiohttp import ClientError, HttpVersion10, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from .connection_table import ConnectionTable
from .timed_connection import TimedConnection
from .worker_pool import WorkerPool

MAX_LINE_BYTES: Final = 2048
"""Of a request line, and of each header: reverse proxies add some."""
MAX_CONNECTION_BYTES: Final = 65_536
"""What one connection may send in total."""

_BUFFER_BYTES: Final = 16_384
_OK: Final = 200
_BAD_REQUEST: Final = 400
_NOT_FOUND: Final = 404
_METHOD_NOT_ALLOWED: Final = 405
_TOO_LARGE: Final = 413
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """
    What strangers may cost a server.

    Attributes
    ----------
    connections : int
        How many may be open at a time; a sudden rush may add ``BACKLOG`` more for an instant.
    connections_per_address : int
        How many of them from one address; a reverse proxy in front is one address.
    connection_seconds : float
        How long one may be open, from its beginning to the last byte of its answer, or of a body that it
        posts.
    post_threads : int
        How many posted bodies are answered at a time.
    posts_waiting : int
        How many more wait for that.
    post_seconds : float
        How long a connection may stay open after a body that waits or is answered.
    """

    connections: int = 256
    connections_per_address: int = 128
    connection_seconds: float = 10.0
    post_threads: int = 4
    posts_waiting: int = 32
    post_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An answer with a body.

    Attributes
    ----------
    body : bytes
        The body.
    content_type : str
        The whole header, with the character set.
    status : int
        The HTTP status.
    """

    body: bytes
    content_type: str = "application/json; charset=utf-8"
    status: int = _OK


class Answerer(Protocol):
    """What a server says. Paths are as they were sent, not decoded, without the query."""

    def answer(self, path: str) -> Answer | None:
        """Answer a GET, None for status 404; called in the event loop, where it must be quick."""

    def post_bytes(self, path: str) -> int:
        """Give how long a body posted to a path may be, 0 for status 405; called in the event loop."""

    def post(self, path: str, body: bytes) -> Answer:
        """Answer a POST; called in a thread for it, where it may wait for other machines."""

    def busy(self, path: str) -> Answer:
        """Answer a POST that there is no room for; called in the event loop."""


class GuardedServer(web.Server):
    """
    Makes the protocol of every connection, and counts the connections.

    Parameters
    ----------
    answerer : Answerer
        Gives the answers.
    limits : ServerLimits
        What strangers may cost.
    """

    def __init__(self, answerer: Answerer, limits: ServerLimits) -> None:
        # An answer that nobody waits for any longer gives its place in the queue to another.
        super().__init__(self._answer, handler_cancellation=True)
        self._answerer = answerer
        self._limits = limits
        self._workers = WorkerPool(limits.post_threads, limits.posts_waiting)
        self._table: ConnectionTable[_GuardedConnection] = ConnectionTable(
            limits.connections, limits.connections_per_address
        )

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection."""
        return _GuardedConnection(self, self._table, self._limits.connection_seconds)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.version < HttpVersion10:
            return _response(Answer(b"", status=_BAD_REQUEST))
        path = request.rel_url.raw_path
        if request.method == "POST" and (most := self._answerer.post_bytes(path)):
            return _response(await self._answer_post(request, path, most))
        if request.method != "GET":
            return _response(Answer(b"", status=_METHOD_NOT_ALLOWED), {"Allow": "GET"})
        if request.body_exists:
            return _response(Answer(b"", status=_TOO_LARGE))
        answer = self._answerer.answer(path)
        return _response(Answer(b"", status=_NOT_FOUND) if answer is None else answer)

    async def _answer_post(self, request: web.BaseRequest, path: str, most: int) -> Answer:
        try:
            body = await _read_body(request, most)
        except (ClientError, HttpProcessingError, RequestPayloadError):
            return Answer(b"", status=_BAD_REQUEST)
        if body is None:
            return Answer(b"", status=_TOO_LARGE)
        work = self._workers.submit(partial(self._answerer.post, path, body))
        if work is None:
            return self._answerer.busy(path)
        connection = request.protocol
        assert isinstance(connection, _GuardedConnection)  # noqa: S101
        connection.begin_time(self._limits.post_seconds)
        return await asyncio.wrap_future(work)

    async def shutdown(self, timeout: float | None = None) -> None:
        """Close all connections, and begin no more answers."""
        await super().shutdown(timeout)
        self._workers.stop()


class _GuardedConnection(TimedConnection):
    """One connection: it ends after its first answer, after its time, or when it is pushed out."""

    __slots__ = ("_received", "_table")

    def __init__(
        self, server: GuardedServer, table: ConnectionTable[_GuardedConnection], time_limit: float
    ) -> None:
        super().__init__(server, time_limit, line_bytes=MAX_LINE_BYTES, buffer_bytes=_BUFFER_BYTES)
        self._table = table
        self._received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        pushed_out = self._table.admit(self, peer[0] if peer else "")
        if pushed_out is not None:
            pushed_out.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._table.release(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > MAX_CONNECTION_BYTES:
            self.abort()
        else:
            super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = _SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer with a bare status: neither answers nor logs repeat what strangers send."""
        if status == _SERVER_ERROR:
            self.log_exception(exc_info=exc)
        return _response(Answer(b"", status=status))


async def _read_body(request: web.BaseRequest, most: int) -> bytes | None:
    """Read a body, as it is; None if it is longer."""
    if (request.content_length or 0) > most:
        return None
    body = bytearray()
    while part := await request.content.readany():
        body += part
        if len(body) > most:
            return None
    return bytes(body)


def _response(answer: Answer, headers: dict[str, str] | None = None) -> web.Response:
    # Without a name of its own the server would tell the versions of its library and of the interpreter.
    stated = {"Server": "tcss", "Cache-Control": "no-store", **(headers or {})}
    if answer.body:
        stated["Content-Type"] = answer.content_type
    response = web.Response(body=answer.body or None, status=answer.status, headers=stated)
    response.force_close()
    return response
