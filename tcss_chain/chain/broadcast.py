"""Handing a signed transaction to all nodes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final, NoReturn

from web3.types import RPCEndpoint

from .errors import BroadcastRefusedError, NodeError, NonceConsumedError
from .fan_out import fan_out
from .rpc_node import NODE_FAILURES, RpcNode

BROADCAST_SECONDS: Final = 10.0
"""How long to wait for a node that takes a transaction. It may be under way to others for longer."""

_KNOWN: Final = ("already known", "known transaction", "already imported", "alreadyknown", "already exists")
_CONSUMED: Final = ("nonce too low", "nonce is too low", "oldnonce")
_REASONS: Final = (
    ("insufficient funds", "the account cannot pay for it"),
    ("underpriced", "its fees are too low"),
    ("less than block base fee", "its fees are below the base fee"),
    ("nonce too high", "a transaction before it is missing"),
    ("nonce gap", "a transaction before it is missing"),
    ("gas limit", "its gas is out of range"),
    ("intrinsic gas", "its gas is out of range"),
)


class _Reply(Enum):
    TAKEN = auto()
    CONSUMED = auto()
    REFUSED = auto()
    SILENT = auto()


def broadcast(nodes: Sequence[RpcNode], raw: bytes) -> None:
    """
    Hand a signed transaction to all nodes at once, and wait for the first that takes it.

    The others get it in the background.

    Parameters
    ----------
    nodes : sequence of RpcNode
        Who gets it.
    raw : bytes
        The signed transaction.

    Raises
    ------
    NonceConsumedError
        If no node takes or knows it, and one says that its nonce is consumed.
    BroadcastRefusedError
        If every node answers that it will not take it.
    NodeError
        If no node takes it within `BROADCAST_SECONDS`, and at least one did not answer: it may have it all
        the same.
    """
    replies = dict.fromkeys((node.name for node in nodes), (_Reply.SILENT, ""))
    for node, answer in fan_out(nodes, lambda node: _offer(node, raw), BROADCAST_SECONDS):
        if answer[0] is _Reply.TAKEN:
            return
        replies[node.name] = answer
    _explain(list(replies.values()))


def _explain(answers: Sequence[tuple[_Reply, str]]) -> NoReturn:
    replies = {reply for reply, _ in answers}
    if _Reply.CONSUMED in replies:
        raise NonceConsumedError
    if _Reply.REFUSED in replies and _Reply.SILENT not in replies:
        raise BroadcastRefusedError(next((said for _, said in reversed(answers) if said), "refused"))
    raise NodeError("broadcasting a transaction", "no node took it")


def _offer(node: RpcNode, raw: bytes) -> tuple[_Reply, str]:
    try:
        answer = node.provider.make_request(RPCEndpoint("eth_sendRawTransaction"), [f"0x{raw.hex()}"])
    except NODE_FAILURES:
        return _Reply.SILENT, ""
    if "error" not in answer:
        return _Reply.TAKEN, ""
    error = answer["error"]
    # Nodes have no codes for this. What they say is compared, never repeated.
    message = (error if isinstance(error, str) else str(error["message"])).lower()
    if any(each in message for each in _KNOWN):
        return _Reply.TAKEN, ""
    if any(each in message for each in _CONSUMED):
        return _Reply.CONSUMED, ""
    return _Reply.REFUSED, next((reason for each, reason in _REASONS if each in message), "refused")
