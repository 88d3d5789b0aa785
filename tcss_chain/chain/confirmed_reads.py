"""Where a session stood some blocks ago, as all nodes say: what may be acted on when it cannot be undone."""

from __future__ import annotations

from typing import Literal

from eth_abi.abi import decode as abi_decode
from eth_utils import get_abi_output_types
from web3 import Web3
from web3.types import BlockIdentifier, TxParams

from .connection import Connection
from .errors import ChainContradictionError, ContractRefusedError, NodeError
from .node_errors import node_errors
from .rpc_node import RpcNode
from .session_reads import SessionState, decode_state

Confirmations = int | Literal["finalized"]
"""How many blocks must follow a block, or that the chain must call it final."""


class ConfirmedReads:
    """
    Reads the state of sessions as of a block that is unlikely to go away.

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
            How deep the block is below the latest one of the current node, or its latest final one.

        Returns
        -------
        SessionState or None
            The state as of that block; None if the session, the contract or the block was not there yet.

        Raises
        ------
        ChainContradictionError
            If another node says something else of the same block. Nodes that cannot be asked, or do not have
            the block yet, are left out.
        NodeError
            If no node answers.
        """
        nodes = self._connection.usable_nodes()
        if len(nodes) == 1 and confirmations == 0:
            return self._state_at(nodes[0], sid, "latest")
        failure = NodeError("reading stateOf", "no node can be used")
        for index, node in enumerate(nodes):
            try:
                with node_errors("reading the block number"):
                    block = block_at_depth(node.w3, confirmations)
                state = None if block is None else self._state_at(node, sid, block)
            except NodeError as error:
                failure = error
                continue
            if block is not None:
                self._compare(nodes[index + 1 :], sid, block, state)
            return state
        raise failure

    def _compare(
        self, others: tuple[RpcNode, ...], sid: bytes, block: int, state: SessionState | None
    ) -> None:
        for node in others:
            try:
                theirs = self._state_at(node, sid, block)
            except NodeError:
                continue
            if theirs != state:
                raise ChainContradictionError(
                    f"the nodes disagree about session 0x{sid.hex()} at block {block}"
                )

    def _state_at(self, node: RpcNode, sid: bytes, block: BlockIdentifier) -> SessionState | None:
        contract = self._connection.contract
        function = contract.functions.stateOf(sid)
        call: TxParams = {"to": contract.address, "data": contract.encode_abi("stateOf", [sid])}
        try:
            with node_errors("reading stateOf"):
                answer = node.w3.eth.call(call, block)
                if not answer:
                    return None  # there was no contract yet
                (value,) = abi_decode(get_abi_output_types(function.abi), answer)
                return decode_state(value)
        except ContractRefusedError as refused:
            if refused.error != "UnknownSession":
                raise
            return None


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
