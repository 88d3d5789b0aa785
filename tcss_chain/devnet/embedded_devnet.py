"""Embedded development chain.

`EmbeddedDevnet` serves an `EmbeddedChain` as JSON-RPC over HTTP on the loopback interface, so that the
services of several organisations, each a process of its own, can share one chain without any further program.
"""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType, TracebackType
from typing import Final, Self

from aiohttp import web
from eth_account.signers.local import LocalAccount

from .dev_accounts import DEV_BALANCE, dev_accounts
from .embedded_chain import EmbeddedChain
from .embedded_rules import DEV_CHAIN_ID
from .errors import DevnetStartError
from .rpc_methods import DevnetRpc

DEFAULT_ACCOUNTS: Final = 16
_MAX_BODY_BYTES: Final = 2**21
_MAX_BRACKETS: Final = 2_000
_PARSE_ERROR: Final = {
    "jsonrpc": "2.0",
    "id": None,
    "error": {"code": -32700, "message": "the request body is not acceptable JSON"},
}


class EmbeddedDevnet:
    """
    A development chain that runs in this process and answers on a loopback port.

    Parameters
    ----------
    host : str
        Address to listen on. The chain has no access control: keep to the loopback interface.
    port : int
        Port, or 0 for a free one.
    account_count : int
        How many funded development accounts to create.
    block_interval : float, optional
        Seconds after which an empty block is mined, so that time passes for readers of the latest block; None
        mines for transactions and on request only.
    finality_depth : int
        How many blocks the ``finalized`` block lies behind the latest.
    native_precompiles : bool, optional
        See `tcss_chain.devnet.fast_precompiles.prague_vm`.
    chain_id : int
        EIP-155 chain id.

    Notes
    -----
    All requests run one after another in one worker thread, which alone touches the virtual machine.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        account_count: int = DEFAULT_ACCOUNTS,
        block_interval: float | None = None,
        finality_depth: int = 0,
        native_precompiles: bool | None = None,
        chain_id: int = DEV_CHAIN_ID,
    ) -> None:
        self._host = host
        self._port = port
        self._block_interval = block_interval
        self._finality_depth = finality_depth
        self._native_precompiles = native_precompiles
        self._chain_id = chain_id
        self._accounts = dev_accounts(account_count)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._rpc_url: str | None = None

    @property
    def accounts(self) -> tuple[LocalAccount, ...]:
        """Funded accounts; their keys are public knowledge."""
        return self._accounts

    @property
    def rpc_url(self) -> str:
        """
        URL of the JSON-RPC interface.

        Raises
        ------
        DevnetStartError
            If the chain is not running.
        """
        if self._rpc_url is None:
            raise DevnetStartError(
                "the development chain is not running; call start() or use it in a with statement"
            )
        return self._rpc_url

    def start(self) -> Self:
        """
        Start the chain and wait until it answers.

        Returns
        -------
        EmbeddedDevnet
            This object.

        Raises
        ------
        DevnetStartError
            If it is running already or the address cannot be bound.
        """
        if self._thread is not None:
            raise DevnetStartError("the development chain is running already; stop it first")
        ready: Future[str] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="tcss-devnet", daemon=True)
        self._thread.start()
        try:
            self._rpc_url = ready.result()
        except OSError as error:
            self.stop()
            raise DevnetStartError(
                f"cannot listen on {self._host}:{self._port} ({error.strerror}); choose another port"
            ) from error
        return self

    def stop(self) -> None:
        """Stop the chain; its state is gone. Does nothing if it is not running."""
        thread, loop, stopping = self._thread, self._loop, self._stopping
        self._thread = self._loop = self._stopping = self._rpc_url = None
        if thread is None:
            return
        if loop is not None and stopping is not None:
            loop.call_soon_threadsafe(stopping.set)
        thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # ------------------------------------------------------------------ server thread

    def _run(self, ready: Future[str]) -> None:
        try:
            asyncio.run(self._serve(ready))
        except BaseException as error:  # hand it to the thread that waits in start()
            if ready.done():
                raise
            ready.set_exception(error)

    async def _serve(self, ready: Future[str]) -> None:
        loop = asyncio.get_running_loop()
        stopping = asyncio.Event()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="tcss-evm") as worker:
            chain = await loop.run_in_executor(worker, self._new_chain)
            rpc = DevnetRpc(chain, finality_depth=self._finality_depth)
            application = web.Application(client_max_size=_MAX_BODY_BYTES)
            application.router.add_post("/", _handler(rpc, worker))
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            try:
                await web.TCPSite(runner, self._host, self._port).start()
                self._loop, self._stopping = loop, stopping
                ready.set_result(f"http://{self._host}:{runner.addresses[0][1]}")
                await self._mine_until(stopping, chain, worker)
            finally:
                await runner.cleanup()

    async def _mine_until(
        self, stopping: asyncio.Event, chain: EmbeddedChain, worker: ThreadPoolExecutor
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await asyncio.wait_for(stopping.wait(), self._block_interval)
                return
            except TimeoutError:
                await loop.run_in_executor(worker, chain.mine)

    def _new_chain(self) -> EmbeddedChain:
        return EmbeddedChain(
            {bytes.fromhex(account.address[2:]): DEV_BALANCE for account in self._accounts},
            chain_id=self._chain_id,
            native_precompiles=self._native_precompiles,
        )


def run_devnet(
    host: str = "127.0.0.1",
    port: int = 8545,
    *,
    account_count: int = DEFAULT_ACCOUNTS,
    block_interval: float | None = 1.0,
    finality_depth: int = 0,
    on_ready: Callable[[EmbeddedDevnet], None] | None = None,
) -> None:
    """
    Serve a development chain until SIGINT or SIGTERM. Call it from the main thread.

    Parameters
    ----------
    host, port, account_count, block_interval, finality_depth
        See `EmbeddedDevnet`; here an empty block every second is the default.
    on_ready : callable, optional
        Called with the running chain, for example to print its URL and accounts.

    Raises
    ------
    DevnetStartError
        If the address cannot be bound.
    """
    finished = threading.Event()

    def finish(number: int, frame: FrameType | None) -> None:
        finished.set()

    former = {number: signal.signal(number, finish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with EmbeddedDevnet(
            host=host,
            port=port,
            account_count=account_count,
            block_interval=block_interval,
            finality_depth=finality_depth,
        ) as devnet:
            if on_ready is not None:
                on_ready(devnet)
            finished.wait()
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _decode(body: bytes) -> object:
    # py-evm raises Python's recursion limit so far that deeply nested JSON would overflow the stack.
    if body.count(b"[") + body.count(b"{") > _MAX_BRACKETS:
        raise ValueError("too many nested values")
    return json.loads(body)


def _handler(
    rpc: DevnetRpc, worker: ThreadPoolExecutor
) -> Callable[[web.Request], asyncio.Future[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        # A web page cannot send this content type to another origin unasked.
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="send application/json")
        body = await request.read()
        try:
            payload = _decode(body)
        except ValueError:
            return web.json_response(_PARSE_ERROR)
        answer = await asyncio.get_running_loop().run_in_executor(worker, rpc.respond, payload)
        return web.json_response(answer)

    return handle  # type: ignore[return-value]
