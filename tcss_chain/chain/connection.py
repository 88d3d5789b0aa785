"""A connection to a contract through one or several nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, TypeVar

from eth_typing import ChecksumAddress
from web3 import Web3
from web3.contract import Contract

from .artifacts import load_artifact
from .broadcast import broadcast
from .errors import NoContractError, NodeError, WrongChainError
from .failover_provider import FailoverProvider
from .node_errors import node_errors
from .node_status import (
    NodeProbe,
    NodeStatus,
    best_head,
    best_node,
    block_figure,
    doubted_node,
    probe,
    probe_all,
)
from .rpc_node import RpcNode, client

__all__ = ["REQUEST_SECONDS", "Connection", "connect", "node_errors"]

REQUEST_SECONDS: Final = 20.0
"""How long a node may be silent while it answers one request."""

_Result = TypeVar("_Result")


class Connection:
    """
    One contract on its chain, through one or several nodes. May be used by several threads.

    Requests go to the current node, and to the next when that one fails. Only nodes that are known to be on
    the right chain and to have the contract are asked.

    Parameters
    ----------
    rpc_urls : str or sequence of str
        The nodes' JSON-RPC endpoints, the preferred one first. They may hold credentials, so they are never
        shown: the nodes are called "node 1", "node 2" and so on.
    contract : ChecksumAddress
        Where the contract is.
    chain_id : int, optional
        The chain that the nodes must be on; by default the one that they agree on.
    request_seconds : float
        How long a node may be silent while it answers one request.

    Raises
    ------
    NodeError
        If no node answers.
    WrongChainError
        If a node is on another chain than expected, or two nodes are on different ones.
    NoContractError
        If there is no code at the address.
    """

    def __init__(
        self,
        rpc_urls: str | Sequence[str],
        contract: ChecksumAddress,
        *,
        chain_id: int | None = None,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        self._provider = failover_provider(rpc_urls, request_seconds)
        self._checking = Lock()
        self.w3 = client(self._provider)
        self.contract_address = contract
        probes = probe_all(self._provider.nodes, contract)
        self.chain_id: Final = _common_chain(probes, chain_id)
        if not any(isinstance(found, NodeProbe) and found.has_contract for found in probes):
            raise NoContractError(contract)
        self._provider.admits = self._admits
        self._take_up(probes)
        self.contract: Final[Contract] = self.w3.eth.contract(contract, abi=load_artifact("TCSS").abi)

    def __repr__(self) -> str:
        return f"Connection(contract={self.contract_address}, chain_id={self.chain_id})"

    def ask(self, action: str, request: Callable[[], _Result]) -> _Result:
        """
        Run a request of the library, with its failures turned into errors of this package.

        Parameters
        ----------
        action : str
            What is asked, for messages.
        request : callable
            The request.

        Returns
        -------
        Any
            What the request returns.

        Raises
        ------
        NodeError
            If every node fails; `RequestRefusedError` if the node answers that it will not.
        ContractRefusedError
            If the contract reverts.
        """
        with node_errors(action):
            return request()

    def chain_time(self) -> int:
        """Read the timestamp of the latest block, Unix seconds."""
        return self.ask(
            "reading the latest block", lambda: block_figure(self.w3.eth.get_block("latest")["timestamp"])
        )

    def block_number(self) -> int:
        """Read the number of the latest block."""
        return self.ask("reading the block number", lambda: block_figure(self.w3.eth.block_number))

    @property
    def nodes(self) -> tuple[RpcNode, ...]:
        """All nodes that are configured, in that order, whether or not they can be used."""
        return self._provider.nodes

    def usable_nodes(self) -> tuple[RpcNode, ...]:
        """
        List the nodes that may be asked, the current one first.

        Returns
        -------
        tuple of RpcNode
            Nodes of the right chain with the contract. Those that failed lately are left out, unless that
            would leave none.
        """
        ordered = self._provider.in_order()
        awake = (node for node in ordered if not node.health.rests)
        usable = tuple(node for node in awake if self._provider.may_ask(node))
        return usable or tuple(node for node in ordered if self._provider.may_ask(node))

    def check_nodes(self) -> tuple[NodeStatus, ...]:
        """
        Ask every node how it is, and choose the current one.

        That is the first, in the order of configuration, that answers, is on the right chain, knows the
        contract and is at most `MAX_LAG_BLOCKS` behind the best. One that failed a request lately comes
        last, however well it answers now. When there is none, the current one stays. Of three or more such
        nodes, one that claims a head more than `MAX_LAG_BLOCKS` above all others is not believed: it makes
        nobody lag, and is asked only when all others fail.

        Returns
        -------
        tuple of NodeStatus
            How they are, in the order of configuration. Nothing is raised for nodes that fail.
        """
        with self._checking:
            return self._take_up(probe_all(self._provider.nodes, self.contract_address))

    def broadcast(self, raw: bytes) -> None:
        """
        Hand a signed transaction to every node that can be used, until the first takes it.

        The others get it in the background.

        Parameters
        ----------
        raw : bytes
            The signed transaction.

        Raises
        ------
        NonceConsumedError
            If no node takes or knows it, and one says that its nonce is consumed: by it, or by another.
        BroadcastRefusedError
            If every node answers that it will not take it.
        NodeError
            If no node takes it in time, and at least one did not answer.
        """
        broadcast(self.usable_nodes(), raw)

    def _take_up(self, probes: Sequence[NodeProbe | NodeError]) -> tuple[NodeStatus, ...]:
        nodes = self._provider.nodes
        for node, found in zip(nodes, probes, strict=True):
            self._judge(node, found)
        chosen = best_node(probes, self.chain_id, [node.health.rests for node in nodes])
        if chosen is not None:
            self._provider.current = nodes[chosen]
        doubted = doubted_node(probes, self.chain_id)
        self._provider.doubted = None if doubted is None else nodes[doubted]
        best = best_head(probes, self.chain_id)
        return tuple(self._status(node, found, best) for node, found in zip(nodes, probes, strict=True))

    def _status(self, node: RpcNode, found: NodeProbe | NodeError, best: int | None) -> NodeStatus:
        is_current = node is self._provider.current
        if isinstance(found, NodeError):
            return NodeStatus(node.name, False, None, None, None, False, False, is_current)
        right = found.chain_id == self.chain_id
        lag = max(0, best - found.head_number) if right and best is not None else None
        return NodeStatus(
            node.name,
            True,
            found.head_number,
            found.head_time,
            lag,
            right,
            found.has_contract,
            is_current,
            node.health.lacks_state,
            node is self._provider.doubted,
        )

    def _admits(self, node: RpcNode) -> bool:
        return self._judge(node, probe(node, self.contract_address))

    def _judge(self, node: RpcNode, found: NodeProbe | NodeError) -> bool:
        fits = self._fits(found)
        node.health.probed(fits=fits)  # one that does not fit rests: it would be the same again
        return fits

    def _fits(self, found: NodeProbe | NodeError) -> bool:
        return isinstance(found, NodeProbe) and found.chain_id == self.chain_id and found.has_contract


def connect(rpc_urls: str | Sequence[str], *, request_seconds: float = REQUEST_SECONDS) -> Web3:
    """
    Make a client for one or several nodes; nothing is sent yet.

    Parameters
    ----------
    rpc_urls : str or sequence of str
        The nodes' JSON-RPC endpoints, http or https. All must be on the same chain, which is not checked.
    request_seconds : float
        How long a node may be silent while it answers one request.

    Returns
    -------
    Web3
        The client, which asks each node once at most, follows no redirect, and bounds every answer.
    """
    return client(failover_provider(rpc_urls, request_seconds))


def failover_provider(rpc_urls: str | Sequence[str], request_seconds: float) -> FailoverProvider:
    """
    Make the provider that the client stands on.

    Parameters
    ----------
    rpc_urls : str or sequence of str
        The nodes' JSON-RPC endpoints; at least one.
    request_seconds : float
        How long a node may be silent while it answers one request.

    Returns
    -------
    FailoverProvider
        The provider, whose nodes are called "node 1", "node 2" and so on.

    Raises
    ------
    NodeError
        If no node is given.
    """
    urls = [rpc_urls] if isinstance(rpc_urls, str) else rpc_urls
    if not urls:
        raise NodeError("connecting", "no node is configured")
    return FailoverProvider(
        [RpcNode(f"node {number}", url, request_seconds) for number, url in enumerate(urls, start=1)]
    )


def _common_chain(probes: Sequence[NodeProbe | NodeError], expected: int | None) -> int:
    chains = [
        (f"node {number}", found.chain_id)
        for number, found in enumerate(probes, start=1)
        if isinstance(found, NodeProbe)
    ]
    if not chains:
        raise next(found for found in probes if isinstance(found, NodeError))
    wanted = chains[0][1] if expected is None else expected
    for name, chain_id in chains:
        if chain_id != wanted:
            raise WrongChainError(name, chain_id, wanted)
    return wanted
