"""Several nodes as if they were one: a request that a node fails goes to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from .rpc_node import NODE_FAILURES, RpcNode

Admits = Callable[[RpcNode], bool]
"""Decides whether a node that is not known yet may be asked."""


_REVERT_CODE: Final = 3


class NoUsableNode(OSError):  # noqa: N818  # named in messages
    """No node is left that may be asked."""


class FailoverProvider(JSONBaseProvider):
    """
    Sends each request to the current node, and to the others in turn when that one fails.

    A revert is an answer. Any other error of JSON-RPC, such as that requests come too fast or that a state
    is gone, may be this node's alone, so what was to be read is asked of the next; the first such error is
    the answer when no node gives a better one. The current node stays current then. What is to be sent or
    done goes to one node only. Nodes that failed lately are asked only when no other is left. May be used by
    several threads.

    Parameters
    ----------
    nodes : sequence of RpcNode
        The nodes, in the order in which they are preferred.

    Attributes
    ----------
    nodes : tuple of RpcNode
        All nodes.
    current : RpcNode
        The node that is asked first.
    doubted : RpcNode or None
        A node that is asked last, also after those that failed lately: it claims what no other does.
    admits : callable or None
        Asked before a request goes to a node that is not admitted; None admits every node.
    """

    def __init__(self, nodes: Sequence[RpcNode]) -> None:
        super().__init__()
        self.nodes: Final = tuple(nodes)
        self.current = self.nodes[0]
        self.doubted: RpcNode | None = None
        self.admits: Admits | None = None

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """
        Ask for something.

        Parameters
        ----------
        method : str
            The method of JSON-RPC.
        params : Any
            Its parameters.

        Returns
        -------
        dict
            The answer of the first node that gives one, else the first error of JSON-RPC.

        Raises
        ------
        NoUsableNode
            If no node may be asked.
        Exception
            What the last node failed with, if all that were asked failed; one of `NODE_FAILURES`.
        """
        failure: Exception = NoUsableNode()
        refusal: RPCResponse | None = None
        before = self.current
        for node in self.in_order():
            if not self.may_ask(node):
                continue
            try:
                response = node.provider.make_request(method, params)
            except NODE_FAILURES as error:
                failure = error
                continue
            if not _is_answer(method, response):
                refusal = response if refusal is None else refusal
                continue
            if refusal is not None:
                return response  # the node that refuses this may be good for all the rest
            # Another thread may have chosen meanwhile; what it chose stays.
            if node is not before and self.current is before:
                self.current = node
            return response
        if refusal is not None:
            return refusal
        raise failure

    def in_order(self) -> tuple[RpcNode, ...]:
        """List all nodes, the current one first, those that failed lately last, then a doubted one."""
        current, doubted = self.current, self.doubted
        ordered = (current, *(node for node in self.nodes if node is not current))
        return tuple(sorted(ordered, key=lambda node: (node is doubted, node.health.rests)))

    def may_ask(self, node: RpcNode) -> bool:
        """Whether a node is admitted; one that is not known is looked at first."""
        return self.admits is None or node.health.admitted or self.admits(node)


def _is_answer(method: RPCEndpoint, response: RPCResponse) -> bool:
    """Whether another node would have to say the same, or must not be asked."""
    if "error" not in response or not method.startswith("eth_") or method.startswith("eth_send"):
        return True
    error: Any = response["error"]
    data = error.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    has_revert_data = isinstance(data, str) and data.startswith(("0x", "Reverted"))
    return error["code"] == _REVERT_CODE or has_revert_data or "revert" in error["message"].lower()
