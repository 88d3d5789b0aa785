"""A node that has dropped its old logs, in front of one that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .proxy_node import Answer, proxy_node

_REFUSED: Answer = {"error": {"code": 4444, "message": "pruned history unavailable"}}


@dataclass
class PrunedNode:
    """
    What it still has, and which methods it refused.

    Logs of blocks before ``first_kept`` are refused with an error, or left out without a word when
    ``silent``; so are transactions by their hash when ``without_transactions``.
    """

    rpc_url: str
    first_kept: int
    silent: bool
    without_transactions: bool = False
    refused: list[str] = field(default_factory=list)

    def logs(self, params: list[Any], truth: Callable[[], Answer]) -> Answer:
        if int(params[0]["fromBlock"], 16) >= self.first_kept:
            return truth()
        self.refused.append("eth_getLogs")
        return {"result": []} if self.silent else _REFUSED

    def transaction(self, _params: list[Any], truth: Callable[[], Answer]) -> Answer:
        if not self.without_transactions:
            return truth()
        self.refused.append("eth_getTransactionByHash")
        return {"result": None} if self.silent else _REFUSED


@contextmanager
def pruned_node(rpc_url: str, first_kept: int = 2**63, *, silent: bool = False) -> Iterator[PrunedNode]:
    """Serve it until the end of the block; without ``first_kept`` it has no logs at all."""
    with proxy_node(rpc_url) as proxy:
        node = PrunedNode(proxy.url, first_kept, silent)
        proxy.changes["eth_getLogs"] = node.logs
        proxy.changes["eth_getTransactionByHash"] = node.transaction
        yield node
