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


_FEWEST_TO_DOUBT_ONE: Final = 3

_MAX_BLOCK_FIGURE: Final = 2**64 - 1
"""Of a block's number or time; what is larger is no answer."""


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
    head_doubted : bool
        Whether its head is so far above all others that it is not believed; it is asked last then.
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
    head_doubted: bool = False


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


def block_figure(told: int) -> int:
    """
    Take a block's number or time from a node.

    Raises
    ------
    ValueError
        If it has not 64 bits: nobody could reckon with it, or even show it.
    """
    figure = int(told)
    if not 0 <= figure <= _MAX_BLOCK_FIGURE:
        raise ValueError
    return figure


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
            number, seconds = block_figure(head["number"]), block_figure(head["timestamp"])
            return NodeProbe(chain_id, number, seconds, bool(eth.get_code(contract)))
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
        The index of the first node that answers, is on the right chain, knows the contract, is believed and
        at most `MAX_LAG_BLOCKS` behind the best head, one that rests only if there is no other; None if
        there is none.
    """
    heads = _believed_heads(probes, chain_id)
    fitting = [index for index, head in heads.items() if max(heads.values()) - head <= MAX_LAG_BLOCKS]
    return min(fitting, key=lambda index: (rests[index], index), default=None)


def best_head(probes: Sequence[NodeProbe | NodeError], chain_id: int) -> int | None:
    """Give the number of the highest block that a node which can be used has and is believed to have."""
    return max(_believed_heads(probes, chain_id).values(), default=None)


def doubted_node(probes: Sequence[NodeProbe | NodeError], chain_id: int) -> int | None:
    """
    Find the node whose head is not believed, for no other is near it.

    Parameters
    ----------
    probes : sequence of NodeProbe or NodeError
        What the nodes say.
    chain_id : int
        The chain that is expected.

    Returns
    -------
    int or None
        The index of the node whose head is more than `MAX_LAG_BLOCKS` above that of every other; None if
        there is none. Of fewer than three nodes with the contract on the right chain none is doubted, for
        nobody could tell the one that lies from the one that is behind.
    """
    heads = _heads(probes, chain_id)
    if len(heads) < _FEWEST_TO_DOUBT_ONE:
        return None
    highest, second = sorted(heads, key=heads.__getitem__, reverse=True)[:2]
    return highest if heads[highest] - heads[second] > MAX_LAG_BLOCKS else None


def _heads(probes: Sequence[NodeProbe | NodeError], chain_id: int) -> dict[int, int]:
    """Give the heads of the nodes that can be used, by index."""
    return {
        index: found.head_number
        for index, found in enumerate(probes)
        if isinstance(found, NodeProbe) and found.chain_id == chain_id and found.has_contract
    }


def _believed_heads(probes: Sequence[NodeProbe | NodeError], chain_id: int) -> dict[int, int]:
    doubted = doubted_node(probes, chain_id)
    return {index: head for index, head in _heads(probes, chain_id).items() if index != doubted}
