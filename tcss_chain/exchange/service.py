"""
The HTTP service of a participant.

``GET /v1/sessions/{sid}/shares/{recipient}`` and ``GET /v1/sessions/{sid}/acceptance`` answer JSON, or 404
while there is nothing to hand out. Shares are encrypted to their recipients, so whoever asks may have them.
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import Future
from threading import Thread
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from eth_utils import to_checksum_address

from .errors import ServiceStartError
from .messages import encode_acceptance, encode_share
from .outbox import Outbox

MAX_REQUEST_BYTES: Final = 1024
"""No request of this service has a body."""

_SID: Final = re.compile(r"[0-9a-f]{64}")
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_START_SECONDS: Final = 10
_STOP_SECONDS: Final = 5
_LAST_REQUESTS_SECONDS: Final = 1.0
"""How long a stopping service waits for clients that are in the middle of something."""


class ShareService:
    """
    Serves one participant's outbox from a thread of its own.

    Parameters
    ----------
    outbox : Outbox
        What is handed out.
    host : str
        Where to listen.
    port : int
        The port; 0 takes a free one.
    """

    def __init__(self, outbox: Outbox, host: str = "127.0.0.1", port: int = 0) -> None:
        self._outbox = outbox
        self._host = host
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finished: asyncio.Event | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """The base address of the running service."""
        return f"http://{self._host}:{self._port}"

    def start(self) -> Self:
        """
        Listen.

        Raises
        ------
        ServiceStartError
            If the address cannot be listened on.
        """
        listening: Future[int] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(listening)), daemon=True)
        self._thread.start()
        try:
            self._port = listening.result(_START_SECONDS)
        except (OSError, OverflowError, TimeoutError):
            raise ServiceStartError(f"{self._host}:{self._port}") from None
        return self

    def stop(self) -> None:
        """Stop listening; stopping twice does no harm."""
        if self._loop is not None and self._finished is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._finished.set)
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, listening: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._finished = asyncio.Event()
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        application.add_routes(
            [
                web.get("/v1/sessions/{sid}/shares/{recipient}", self._share),
                web.get("/v1/sessions/{sid}/acceptance", self._acceptance),
            ]
        )
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_LAST_REQUESTS_SECONDS)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
            listening.set_result(runner.addresses[0][1])
            await self._finished.wait()
        except (OSError, OverflowError) as error:
            listening.set_exception(error)
        finally:
            await runner.cleanup()

    async def _share(self, request: web.Request) -> web.Response:
        recipient = request.match_info["recipient"]
        if not _ADDRESS.fullmatch(recipient):
            raise web.HTTPNotFound
        share = self._outbox.share(_sid(request), to_checksum_address(recipient))
        if share is None:
            raise web.HTTPNotFound
        return web.json_response(encode_share(share))

    async def _acceptance(self, request: web.Request) -> web.Response:
        acceptance = self._outbox.acceptance(_sid(request))
        if acceptance is None:
            raise web.HTTPNotFound
        return web.json_response(encode_acceptance(acceptance))


def _sid(request: web.Request) -> bytes:
    sid = request.match_info["sid"]
    if not _SID.fullmatch(sid):
        raise web.HTTPNotFound
    return bytes.fromhex(sid)
