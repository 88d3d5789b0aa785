"""Several nodes as if they were one: a request that a node fails goes to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from .rpc_node import NODE_FAILURES, RpcNode

Admits = Callable[[RpcNode], bool]
"""Decides whether a node that is not known yet may be asked."""


class NoUsableNode(OSError):  # noqa: N818  # named in messages
    """No node is left that may be asked."""


class FailoverProvider(JSONBaseProvider):
    """
    Sends each request to the current node, and to the others in turn when that one fails.

    An error of JSON-RPC, such as a revert, is an answer and no failure. Nodes that failed lately are asked
    only when no other is left. May be used by several threads.

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
    admits : callable or None
        Asked before a request goes to a node that is not admitted; None admits every node.
    """

    def __init__(self, nodes: Sequence[RpcNode]) -> None:
        super().__init__()
        self.nodes: Final = tuple(nodes)
        self.current = self.nodes[0]
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
            The answer of the first node that gives one.

        Raises
        ------
        NoUsableNode
            If no node may be asked.
        Exception
            What the last node failed with, if all that were asked failed; one of `NODE_FAILURES`.
        """
        failure: Exception = NoUsableNode()
        before = self.current
        for node in self.in_order():
            if not self.may_ask(node):
                continue
            try:
                response = node.provider.make_request(method, params)
            except NODE_FAILURES as error:
                failure = error
                continue
            # Another thread may have chosen meanwhile; what it chose stays.
            if node is not before and self.current is before:
                self.current = node
            return response
        raise failure

    def in_order(self) -> tuple[RpcNode, ...]:
        """List all nodes, the current one first, those that failed lately last."""
        current = self.current
        ordered = (current, *(node for node in self.nodes if node is not current))
        return tuple(sorted(ordered, key=lambda node: node.health.rests))

    def may_ask(self, node: RpcNode) -> bool:
        """Whether a node is admitted; one that is not known is looked at first."""
        return self.admits is None or node.health.admitted or self.admits(node)
