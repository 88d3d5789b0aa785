"""Where a session stood some blocks ago, as all nodes say: what may be acted on when it cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal, TypeVar

from eth_typing import ChecksumAddress
from web3 import Web3
from web3.types import BlockIdentifier

from .block_reads import BlockReads, SessionOpenings
from .connection import Connection
from .errors import (
    ChainContradictionError,
    ContractRefusedError,
    NoContractError,
    NodeError,
    OpeningLogMissingError,
    RequestRefusedError,
    WitnessMissingError,
)
from .fan_out import fan_out
from .node_errors import node_errors
from .opening_log import ZERO_ADDRESS
from .rpc_node import RpcNode
from .session_reads import SessionState

Confirmations = int | Literal["finalized"]
"""How many blocks must follow a block, or that the chain must call it final."""

WITNESS_SECONDS: Final = 10.0
"""How long all nodes together may take for one answer each; one that is silent is given up before."""

_WITNESSES: Final = 2
"""How many of several nodes must say the same."""

_Answer = TypeVar("_Answer")


class ConfirmedReads:
    """
    Reads sessions and their opening logs as of a block that is unlikely to go away.

    All nodes that are configured are asked, also those that failed lately, each for a few seconds at most. Of
    several at least two must answer, and all that answer must say the same. So one node alone that lies
    cannot make anything happen: it can only hold up what cannot be undone, as can a node that is stuck. With
    exactly two nodes, one that is down means waiting; with three or more, two suffice.

    Parameters
    ----------
    connection : Connection
        The nodes.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self, sid: bytes, confirmations: Confirmations) -> SessionState | None:
        """
        Read where a session stood, and compare what the nodes say.

        Parameters
        ----------
        sid : bytes
            The session.
        confirmations : int or "finalized"
            How deep the block is below the latest one, or the latest final one: of the node that has the
            lowest. So one that claims blocks which nobody else has changes nothing.

        Returns
        -------
        SessionState or None
            The state as of that block; None if the session, the contract or the block was not there yet, or
            if a node that answers does not tell of that block. `NodeStatus` shows which one holds it up, as
            `lag_blocks` or `lacks_state`.

        Raises
        ------
        ChainContradictionError
            If the nodes say different things of the same block.
        WitnessMissingError
            If several nodes are configured, and fewer than two answer.
        NodeError
            If no node answers, or all refuse.
        """
        nodes = self._connection.nodes
        if len(nodes) == 1 and confirmations == 0:
            # One call sees one block, whichever is the latest.
            return _good(self._told(nodes[0].w3, "latest", lambda reads: reads.state(sid)))
        told = self._agreed(sid, confirmations, lambda reads, _own: reads.state(sid))
        return None if told is None else told[0]

    def state_and_lines(
        self,
        sid: bytes,
        number: int,
        window: int,
        confirmations: Confirmations,
        account: ChecksumAddress | None = None,
    ) -> SessionOpenings | None:
        """
        Read where a session stood and the last lines of its opening log up to one, all as of one block.

        Parameters
        ----------
        sid : bytes
            The session.
        number : int
            The number of the last line that matters.
        window : int
            How many lines before it matter too.
        confirmations : int or "finalized"
            As in `state`.
        account : ChecksumAddress, optional
            Of whom it is told where it stood as a member.

        Returns
        -------
        SessionOpenings or None
            The session, and those of the lines from ``max(0, number - window)`` to ``number`` that were there
            as of that block. None as in `state`. One node that claims an old head makes the block an old
            one; `SessionOpenings.latest_time` shows it.

        Raises
        ------
        OpeningLogMissingError
            If the contract is older than the log.
        ChainContradictionError, WitnessMissingError, NodeError
            As in `state`; where the log is, is compared like all the rest.
        """
        first = max(0, number - window)

        def read(reads: BlockReads, own: int) -> SessionOpenings:
            told = reads.openings(sid, first, number, account)
            return told if own == reads.block else replace(told, latest_time=reads.time(own))

        told = self._agreed(sid, confirmations, read)
        if told is None:
            return None
        if told[0].log == ZERO_ADDRESS:
            raise OpeningLogMissingError(self._connection.contract_address)
        return replace(told[0], latest_time=max(each.latest_time for each in told))

    def _agreed(
        self, sid: bytes, confirmations: Confirmations, read: Callable[[BlockReads, int], _Answer]
    ) -> list[_Answer] | None:
        """
        Read the same of all nodes, as of the block that is deep enough at the one with the lowest head.

        `read` is also given the block that is deep enough at the node that it asks. All answers are equal,
        one for each node that answered; there is one at least.
        """
        blocks = _answers(self._connection.nodes, lambda node: self._block(node, confirmations))
        if any(block is None or isinstance(block, RequestRefusedError) for block in blocks.values()):
            return None
        deep = {node: block for node, block in blocks.items() if isinstance(block, int)}
        lowest = min(deep.values())
        answers = _answers(
            self._connection.nodes,
            lambda node: self._told(node.probe, lowest, lambda reads: read(reads, deep[node])),
            tuple(blocks),
        )
        told = [answer for answer in answers.values() if not isinstance(answer, NodeError)]
        if any(answer != told[0] for answer in told):
            raise ChainContradictionError(f"the nodes disagree about session 0x{sid.hex()} at block {lowest}")
        if len(told) < len(answers):
            return None
        for node in answers:
            node.health.lacks_state = False
        found = [answer for answer in told if answer is not None]
        return found or None

    def _block(self, node: RpcNode, confirmations: Confirmations) -> int | NodeError | None:
        try:
            with node_errors("reading the block number"):
                if not node.health.admitted:  # nobody knows lately which chain it is on
                    chain_id = int(node.probe.eth.chain_id)
                    if chain_id != self._connection.chain_id:
                        return NodeError("reading the block number", f"{node.name} is on another chain")
                return block_at_depth(node.probe, confirmations)
        except NodeError as error:
            return error

    def _told(
        self, w3: Web3, block: BlockIdentifier, read: Callable[[BlockReads], _Answer]
    ) -> _Answer | NodeError | None:
        """Say what a node says, None for what was not there yet, or why it says nothing."""
        try:
            return read(BlockReads(self._connection, w3, block))
        except NoContractError:
            return None
        except ContractRefusedError as refused:
            # Only this contract's own error says that there is no such session.
            return None if refused.error == "UnknownSession" else NodeError(refused.action, refused.error)
        except NodeError as error:
            return error


def _answers(
    nodes: tuple[RpcNode, ...],
    question: Callable[[RpcNode], _Answer | NodeError],
    asked: tuple[RpcNode, ...] | None = None,
) -> dict[RpcNode, _Answer | NodeError]:
    """Ask the nodes; give what those say that answer or refuse: at least two if several are configured."""
    failure = NodeError("asking all nodes", "no answer in time")
    answers: dict[RpcNode, _Answer | NodeError] = {}
    for node, answer in fan_out(nodes if asked is None else asked, question, WITNESS_SECONDS):
        if isinstance(answer, NodeError) and not isinstance(answer, RequestRefusedError):
            failure = answer
        else:
            answers[node] = answer
            node.health.lacks_state |= isinstance(answer, RequestRefusedError)
    if not answers:
        raise failure
    refusals = [answer for answer in answers.values() if isinstance(answer, RequestRefusedError)]
    if len(refusals) == len(answers):
        raise refusals[0]
    if len(answers) < min(len(nodes), _WITNESSES):
        raise WitnessMissingError(len(answers), len(nodes))
    return answers


def _good(state: _Answer | NodeError) -> _Answer:
    if isinstance(state, NodeError):
        raise state
    return state


def block_at_depth(w3: Web3, confirmations: Confirmations) -> int | None:
    """
    Find the latest block that is deep enough.

    Parameters
    ----------
    w3 : Web3
        The client; its failures are those of the library.
    confirmations : int or "finalized"
        How many blocks must follow it, or that the chain must call it final.

    Returns
    -------
    int or None
        The block's number, None if there is no such block yet.
    """
    if confirmations == "finalized":
        return int(w3.eth.get_block("finalized")["number"])
    block = int(w3.eth.block_number) - confirmations
    return block if block >= 0 else None
