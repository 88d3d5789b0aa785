"""A guarded HTTP server that runs in a thread of its own."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Final, Self

from .errors import ServerStartError
from .guarded_server import Answer, GuardedServer, ServerLimits

BACKLOG: Final = 256
"""How many connections may wait to be accepted; when it is full, a client has to try again after a second."""

_START_SECONDS: Final = 10
_STOP_SECONDS: Final = 5
_TURNS: Final = 5
"""More turns of the event loop than a connection needs to appear or to vanish."""
_TOO_MANY: Final = 429
_LAST_REQUESTS_SECONDS: Final = 1.0
"""How long a stopping server waits for clients that are in the middle of something."""


class BackgroundServer(ABC):
    """
    Listens in a thread of its own, within limits.

    Parameters
    ----------
    host : str
        Where to listen.
    port : int
        The port; 0 takes a free one.
    limits : ServerLimits or None
        What strangers may cost; None for the usual limits.
    """

    def __init__(self, host: str, port: int, limits: ServerLimits | None = None) -> None:
        self._host = host
        self._port = port
        self._limits = limits or ServerLimits()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finished: asyncio.Event | None = None
        self._thread: Thread | None = None

    @abstractmethod
    def answer(self, path: str) -> Answer | None:
        """
        Answer one request; called in the server's thread, where it must be quick.

        Parameters
        ----------
        path : str
            The path as it was sent, not decoded, without the query.

        Returns
        -------
        Answer or None
            The answer; None for status 404.
        """

    def post_bytes(self, path: str) -> int:
        """
        Say how long a body posted to a path may be; called in the server's thread, where it must be quick.

        Parameters
        ----------
        path : str
            As for `answer`.

        Returns
        -------
        int
            Bytes; 0 for status 405, which all paths have unless a subclass says something else.
        """
        return 0

    def post(self, path: str, body: bytes) -> Answer:
        """
        Answer a POST at a path that takes it; called in one of a few threads, where it may wait.

        Parameters
        ----------
        path : str
            As for `answer`.
        body : bytes
            The whole body as it was sent, not longer than allowed.

        Returns
        -------
        Answer
            The answer.
        """
        raise NotImplementedError

    def busy(self, path: str) -> Answer:
        """
        Answer a POST that there is no room for; called in the server's thread, where it must be quick.

        Parameters
        ----------
        path : str
            As for `answer`.

        Returns
        -------
        Answer
            Status 429, without a body unless a subclass gives one.
        """
        return Answer(b"", status=_TOO_MANY)

    @property
    def url(self) -> str:
        """The base address of the running server."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def start(self) -> Self:
        """
        Listen; a server that runs goes on.

        Raises
        ------
        ServerStartError
            If the address cannot be listened on.
        """
        if self._thread is not None and self._thread.is_alive():
            return self
        listening: Future[int] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(listening)), daemon=True)
        self._thread.start()
        try:
            self._port = listening.result(_START_SECONDS)
        except (OSError, OverflowError, TimeoutError):
            self._finish()
            raise ServerStartError(f"{self._host}:{self._port}") from None
        return self

    def stop(self) -> None:
        """Stop listening and close all connections; stopping twice does no harm."""
        self._finish()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _finish(self) -> None:
        if self._loop is not None and self._finished is not None:
            # The loop may be closed already.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._finished.set)

    async def _serve(self, listening: Future[int]) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._finished = asyncio.Event()
        server = GuardedServer(self, self._limits)
        try:
            listener = await loop.create_server(
                server, self._host, self._port, backlog=BACKLOG, reuse_address=True
            )
        except (OSError, OverflowError) as error:
            listening.set_exception(error)
            return
        listening.set_result(listener.sockets[0].getsockname()[1])
        await self._finished.wait()
        # First accept nothing more, then close: a connection that was accepted and has no protocol yet would
        # be neither served nor closed.
        for each in listener.sockets:
            loop.remove_reader(each.fileno())
        await _turns()
        listener.close()
        server.pre_shutdown()
        await server.shutdown(_LAST_REQUESTS_SECONDS)
        await _turns()


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
