"""Asking several nodes the same thing at the same time, so that a silent one holds up nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from typing import TypeVar

from .rpc_node import RpcNode

_Answer = TypeVar("_Answer")


def fan_out(
    nodes: Sequence[RpcNode], question: Callable[[RpcNode], _Answer], seconds: float
) -> Iterator[tuple[RpcNode, _Answer]]:
    """
    Ask all nodes at once, and give their answers as they come.

    Who stops looking does not stop the asking: what is under way goes on in the background, at most
    `rpc_node.MAX_IN_FLIGHT` questions a node. A node that has as many already is not asked.

    Parameters
    ----------
    nodes : sequence of RpcNode
        Who is asked.
    question : callable
        Asks one node. It turns the failures of the node into an answer.
    seconds : float
        How long to wait for all of them together.

    Yields
    ------
    tuple of RpcNode and Any
        A node that answered in time, and its answer.
    """
    asked: dict[Future[_Answer], RpcNode] = {}
    for node in nodes:
        if not node.in_flight.acquire(blocking=False):
            continue
        future: Future[_Answer] = Future()
        asked[future] = node
        name = f"tcss-ask-{node.name}"
        # Not a pool: its threads would be waited for when the process ends.
        threading.Thread(target=_ask, args=(node, question, future), name=name, daemon=True).start()
    try:
        for future in as_completed(asked, seconds):
            yield asked[future], future.result()
    except TimeoutError:
        return


def _ask(node: RpcNode, question: Callable[[RpcNode], _Answer], future: Future[_Answer]) -> None:
    try:
        answer = question(node)
    except BaseException as failure:  # noqa: BLE001  # raised again by whoever waits
        node.in_flight.release()
        future.set_exception(failure)
    else:
        node.in_flight.release()
        future.set_result(answer)
