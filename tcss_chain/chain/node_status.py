"""How several nodes are doing, and which of them to rely on."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress

from .errors import NodeError
from .node_errors import node_errors
from .rpc_node import RpcNode

MAX_LAG_BLOCKS: Final = 3
"""How many blocks the node that is relied on may be behind the best one."""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """
    How one node is doing.

    Attributes
    ----------
    name : str
        "node 1" for the first that was configured, and so on.
    reachable : bool
        Whether it answered.
    head_number, head_time : int or None
        Number and Unix time of its latest block.
    lag_blocks : int or None
        How far it is behind the best node of the right chain.
    right_chain : bool
        Whether it is on the chain that is expected.
    has_contract : bool
        Whether it knows code at the contract's address.
    is_current : bool
        Whether it is the node that requests go to.
    lacks_state : bool
        Whether it lately would not tell the state in a block that it says it has; nothing is confirmed then.
    """

    name: str
    reachable: bool
    head_number: int | None
    head_time: int | None
    lag_blocks: int | None
    right_chain: bool
    has_contract: bool
    is_current: bool
    lacks_state: bool = False


@dataclass(frozen=True, slots=True)
class NodeProbe:
    """
    What one node says of itself.

    Attributes
    ----------
    chain_id : int
        The chain it is on.
    head_number, head_time : int
        Number and Unix time of its latest block.
    has_contract : bool
        Whether it knows code at the contract's address.
    """

    chain_id: int
    head_number: int
    head_time: int
    has_contract: bool


def probe(node: RpcNode, contract: ChecksumAddress) -> NodeProbe | NodeError:
    """
    Ask a node how it is.

    Parameters
    ----------
    node : RpcNode
        The node.
    contract : ChecksumAddress
        The contract that it should know.

    Returns
    -------
    NodeProbe or NodeError
        What it says, or why it says nothing.
    """
    eth = node.probe.eth
    try:
        with node_errors("connecting"):
            chain_id = int(eth.chain_id)
            head = eth.get_block("latest")
            return NodeProbe(
                chain_id, int(head["number"]), int(head["timestamp"]), bool(eth.get_code(contract))
            )
    except NodeError as error:
        return error


def probe_all(nodes: Sequence[RpcNode], contract: ChecksumAddress) -> tuple[NodeProbe | NodeError, ...]:
    """Ask all nodes how they are, at the same time, so that silent ones cost no more than one."""
    if len(nodes) == 1:
        return (probe(nodes[0], contract),)
    with ThreadPoolExecutor(len(nodes), thread_name_prefix="tcss-probe") as pool:
        return tuple(pool.map(lambda node: probe(node, contract), nodes))


def best_node(probes: Sequence[NodeProbe | NodeError], chain_id: int, rests: Sequence[bool]) -> int | None:
    """
    Choose the node to rely on.

    Parameters
    ----------
    probes : sequence of NodeProbe or NodeError
        What the nodes say, in the order in which they are preferred.
    chain_id : int
        The chain that is expected.
    rests : sequence of bool
        Which nodes failed a request lately.

    Returns
    -------
    int or None
        The index of the first node that answers, is on the right chain, knows the contract and is at most
        `MAX_LAG_BLOCKS` behind the best head, one that rests only if there is no other; None if there is
        none.
    """
    best = best_head(probes, chain_id)
    fitting = [
        index
        for index, found in enumerate(probes)
        if isinstance(found, NodeProbe)
        and found.chain_id == chain_id
        and found.has_contract
        and best is not None
        and best - found.head_number <= MAX_LAG_BLOCKS
    ]
    return min(fitting, key=lambda index: (rests[index], index), default=None)


def best_head(probes: Sequence[NodeProbe | NodeError], chain_id: int) -> int | None:
    """Give the number of the highest block that a node of the right chain and with the contract has."""
    return max(
        (
            found.head_number
            for found in probes
            if isinstance(found, NodeProbe) and found.chain_id == chain_id and found.has_contract
        ),
        default=None,
    )
