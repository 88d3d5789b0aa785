"""
Requests to services that may be slow, silent, endless or hostile.

An answer counts only when it is complete, small, in time, of status 200 and JSON. The time limit is for the
whole answer, so a peer that drips bytes costs no more than one that is silent.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from .errors import TransportError

MAX_CONTAINERS: Final = 64
"""How many lists and objects an answer may have; no message of this package comes near."""

_OK: Final = 200
_HEADERS: Final = {"Accept-Encoding": "identity"}


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


def get_json(url: str, limits: Limits) -> Any:
    """
    Fetch JSON.

    Parameters
    ----------
    url : str
        Where from, http or https.
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
    return _exchange("GET", url, None, limits)


def post_json(url: str, body: Any, limits: Limits) -> Any:
    """
    Send JSON and fetch the answer.

    Parameters
    ----------
    url : str
        Where to, http or https.
    body : Any
        What can be written as JSON.
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
    return _exchange("POST", url, body, limits)


def _exchange(method: str, url: str, body: Any, limits: Limits) -> Any:
    try:
        content = asyncio.run(_fetch(method, url, body, limits))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise TransportError(type(error).__name__) from None
    # The parser recurses, and other libraries raise the interpreter's own limit out of sight.
    if content.count(b"[") + content.count(b"{") > MAX_CONTAINERS:
        raise TransportError(f"an answer with more than {MAX_CONTAINERS} brackets")
    try:
        return json.loads(content)
    except ValueError:
        raise TransportError("an answer that is not JSON") from None


async def _fetch(method: str, url: str, body: Any, limits: Limits) -> bytes:
    timeout = aiohttp.ClientTimeout(total=limits.total_seconds, sock_connect=limits.connect_seconds)
    # A session of its own for every exchange: no cookies, no proxy or credential of the environment. Answers
    # are not decompressed, so a small one cannot grow; the library would ask for compressed ones by itself.
    async with (
        aiohttp.ClientSession(timeout=timeout, auto_decompress=False, headers=_HEADERS) as session,
        session.request(method, url, json=body, allow_redirects=False) as response,
    ):
        if response.status != _OK:
            raise TransportError(f"status {response.status}", response.status)
        content = bytearray()
        while chunk := await response.content.readany():
            content += chunk
            if len(content) > limits.max_bytes:
                raise TransportError(f"an answer of more than {limits.max_bytes} bytes")
        return bytes(content)
