"""Which nonce comes next: as the lowest count of several nodes has it, never with a gap before it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final, Literal

from eth_typing import ChecksumAddress

from .connection import Connection
from .errors import AccountInUseError, NodeError
from .fan_out import fan_out
from .node_errors import node_errors
from .rpc_node import RpcNode

COUNT_SECONDS: Final = 6.0
"""How long all nodes together may take to count an account's transactions."""

MAX_PENDING_ELSEWHERE: Final = 16
"""How many transactions of earlier commands may be pending before a new one is refused."""


def mined_count(connection: Connection, account: ChecksumAddress, known: int) -> int:
    """
    Count an account's mined transactions: the lowest that any usable node says.

    One that says too much would make a transaction with a gap before it, which waits for ever and holds up
    all that come after it. One that says too little makes one that is never mined, which is found out.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : ChecksumAddress
        Whose.
    known : int
        How many this process has seen mined. A node that is behind does not know of all of them, but that is
        believed only as far as a node says so: a reorganisation may have taken them away.

    Returns
    -------
    int
        The count.

    Raises
    ------
    NodeError
        If no node answers.
    """
    counts = _counts(connection, account, "latest")
    return max(min(counts), min(max(counts), known))


def next_nonce(
    connection: Connection,
    account: ChecksumAddress,
    taken: AbstractSet[int],
    known: int,
    *,
    remembers: bool,
) -> int:
    """
    Choose the first nonce that neither the chain nor the journal has in use.

    That also fills a hole that a transaction left which is gone for good: it would hold up all later ones.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : ChecksumAddress
        Who signs.
    taken : set of int
        The nonces of the transactions in the journal that are not final.
    known : int
        How many transactions this process has seen mined.
    remembers : bool
        Whether the journal survives the process. Then it has all that is pending, and what nodes call pending
        is not asked for. Otherwise an earlier command may have sent something: what all nodes have pending is
        left alone, if it is not more than `MAX_PENDING_ELSEWHERE`.

    Returns
    -------
    int
        The nonce.

    Raises
    ------
    AccountInUseError
        If more is pending that the journal does not have.
    NodeError
        If no node answers.
    """
    nonce = _first_free(mined_count(connection, account, known), taken)
    if remembers:
        return nonce
    pending = min(_counts(connection, account, "pending"))
    if pending - nonce > MAX_PENDING_ELSEWHERE:
        raise AccountInUseError(account, pending - nonce)
    return _first_free(max(nonce, pending), taken)


def _first_free(nonce: int, taken: AbstractSet[int]) -> int:
    while nonce in taken:
        nonce += 1
    return nonce


def _counts(
    connection: Connection, account: ChecksumAddress, block: Literal["latest", "pending"]
) -> list[int]:
    def count(node: RpcNode) -> int | NodeError:
        try:
            with node_errors("reading the nonce"):
                return int(node.probe.eth.get_transaction_count(account, block))
        except NodeError as error:
            return error

    nodes = connection.usable_nodes()
    answers = dict(fan_out(nodes, count, COUNT_SECONDS))
    for node in nodes:
        if isinstance(answers.get(node), NodeError | None):
            node.health.failed()  # so that nobody waits for it the next time
    counts = [answer for answer in answers.values() if isinstance(answer, int)]
    if not counts:
        failures = [answer for answer in answers.values() if isinstance(answer, NodeError)]
        raise failures[0] if failures else NodeError("reading the nonce", "no answer in time")
    return counts
