"""One exchange of JSON with a service, in an event loop of its own."""

from __future__ import annotations

from typing import Any

from tcss_chain.transport import Limits
from tcss_chain.transport.bounded_http import exchange_json, open_client, run_to_end


def get_json(url: str, limits: Limits) -> Any:
    """Fetch JSON."""
    return run_to_end(_exchange("GET", url, None, limits))


def post_json(url: str, body: Any, limits: Limits) -> Any:
    """Send JSON and fetch the answer."""
    return run_to_end(_exchange("POST", url, body, limits))


async def _exchange(method: str, url: str, body: Any, limits: Limits) -> Any:
    async with open_client(limits) as client:
        return await exchange_json(client, method, url, body, limits)
