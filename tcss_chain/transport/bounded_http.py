"""
Requests to services that may be slow, silent, endless or hostile.

An answer counts only when it is complete, small, in time, of status 200 and JSON. The time limit is for the
whole answer, so a peer that drips bytes costs no more than one that is silent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import aiohttp

from .errors import TransportError

MAX_CONTAINERS: Final = 64
"""How many lists and objects an answer may have; no message of this package comes near."""

_OK: Final = 200
_HEADERS: Final = {"Accept-Encoding": "identity"}
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one exchange may cost.

    Attributes
    ----------
    connect_seconds : float
        To reach the service.
    total_seconds : float
        For the whole answer.
    max_bytes : int
        Size of the answer.
    """

    connect_seconds: float = 2.0
    total_seconds: float = 5.0
    max_bytes: int = 16_384


def run_to_end(exchanges: Coroutine[Any, Any, _Result]) -> _Result:
    """
    Run exchanges in an event loop of their own, and wait for nothing else.

    ``asyncio.run`` would wait at its end for look-ups of host names that were given up, which can take far
    longer than any limit.

    Parameters
    ----------
    exchanges : coroutine
        What to run.

    Returns
    -------
    object
        Its result.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(exchanges)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def open_client(limits: Limits) -> aiohttp.ClientSession:
    """
    Make a client for exchanges with strangers, to be used in one event loop and closed there.

    It keeps no cookies and no connections, and uses no proxy or credential of the environment. It does not
    unpack answers, so a small one cannot grow; the library would ask for packed ones by itself.

    Parameters
    ----------
    limits : Limits
        What each exchange may cost.

    Returns
    -------
    aiohttp.ClientSession
        The client.
    """
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=limits.total_seconds, sock_connect=limits.connect_seconds),
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers=_HEADERS,
    )


async def exchange_json(
    client: aiohttp.ClientSession, method: str, url: str, body: Any, limits: Limits
) -> Any:
    """
    Make one exchange.

    Parameters
    ----------
    client : aiohttp.ClientSession
        From `open_client` with the same limits.
    method : str
        GET or POST.
    url : str
        Where to, http or https.
    body : Any
        What can be written as JSON, or None for no body.
    limits : Limits
        What it may cost.

    Returns
    -------
    Any
        The decoded JSON, of any shape.

    Raises
    ------
    TransportError
        If there is no usable answer.
    """
    _status, content = await exchange(client, method, url, body, limits)
    # The parser recurses, and other libraries raise the interpreter's own limit out of sight.
    if content.count(b"[") + content.count(b"{") > MAX_CONTAINERS:
        raise TransportError(f"an answer with more than {MAX_CONTAINERS} brackets")
    try:
        return json.loads(content)
    except ValueError:
        raise TransportError("an answer that is not JSON") from None


async def exchange(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    body: Any,
    limits: Limits,
    statuses: Collection[int] = (_OK,),
) -> tuple[int, bytes]:
    """
    Make one exchange whose answer is not decoded.

    Parameters
    ----------
    client, method, url, body, limits
        As `exchange_json`.
    statuses : collection of int
        The HTTP statuses whose bodies are read.

    Returns
    -------
    status : int
        One of `statuses`.
    content : bytes
        The whole body.

    Raises
    ------
    TransportError
        If there is no complete answer with one of these statuses, in time and small enough.
    """
    try:
        return await _read(client, method, url, body, limits, statuses)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise TransportError(type(error).__name__) from None


async def _read(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    body: Any,
    limits: Limits,
    statuses: Collection[int],
) -> tuple[int, bytes]:
    async with client.request(method, url, json=body, allow_redirects=False) as response:
        if response.status not in statuses:
            raise TransportError(f"status {response.status}", response.status)
        content = bytearray()
        while chunk := await response.content.readany():
            content += chunk
            if len(content) > limits.max_bytes:
                raise TransportError(f"an answer of more than {limits.max_bytes} bytes")
        return response.status, bytes(content)
