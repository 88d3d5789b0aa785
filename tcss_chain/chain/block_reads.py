"""What one node says of a contract as of one block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from eth_abi.abi import decode as abi_decode
from eth_typing import ChecksumAddress
from eth_utils import get_abi_output_types, to_checksum_address
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractCustomError, ContractLogicError
from web3.types import BlockIdentifier, TxParams

from .connection import Connection
from .errors import ChainContradictionError, ContractRefusedError, NoContractError, NodeError
from .node_errors import node_errors
from .opening_log import ZERO_ADDRESS, OpeningLine, decode_lines, opening_log_contract
from .session_reads import MemberState, SessionState, decode_member, decode_state

LINES_A_REQUEST: Final = 500
"""How many lines of the opening log one request asks for; they take a node about 4 million gas to read."""


@dataclass(frozen=True, slots=True)
class SessionOpenings:
    """
    A session and lines of its opening log, all as of one block.

    Attributes
    ----------
    state : SessionState
        Where the session stood.
    auditor : ChecksumAddress
        Its auditor, who is the gateway.
    log : ChecksumAddress
        Where the opening log is.
    lines : tuple of OpeningLine
        The lines that were asked for and were there, in the order of the chain.
    member : MemberState or None
        Where the account that was asked about stood; None if it is no member, or none was asked about.
    time : int
        The timestamp of the block, Unix seconds.
    latest_time : int
        The highest timestamp that any node gives the block which is deep enough by its own count. It is
        above `time` while a node is behind the others, or says so; what nodes say here need not agree.
    """

    state: SessionState
    auditor: ChecksumAddress
    log: ChecksumAddress
    lines: tuple[OpeningLine, ...]
    member: MemberState | None
    time: int
    latest_time: int = field(compare=False)

    def line(self, number: int) -> OpeningLine | None:
        """Give the line of a number, None if it was not there or not asked for."""
        return next((line for line in self.lines if line.number == number), None)


class _NoFunctionError(NodeError):
    """The contract reverts without a word: it has no such function."""


class BlockReads:
    """
    Asks one node about one block.

    Parameters
    ----------
    connection : Connection
        The contract.
    w3 : Web3
        The node's client.
    block : BlockIdentifier
        The block. Several calls need one that is given by its number, so that they see the same.
    """

    def __init__(self, connection: Connection, w3: Web3, block: BlockIdentifier) -> None:
        self._connection = connection
        self._w3 = w3
        self._block = block

    @property
    def block(self) -> BlockIdentifier:
        """The block."""
        return self._block

    def state(self, sid: bytes) -> SessionState:
        """
        Read where a session stood.

        Raises
        ------
        NoContractError
            If there was no contract yet.
        ContractRefusedError
            If there was no such session.
        NodeError
            If the node fails.
        """
        value = self._call(self._connection.contract, "stateOf", sid)
        with node_errors("decoding stateOf"):
            return decode_state(value)

    def time(self, block: BlockIdentifier | None = None) -> int:
        """
        Read the timestamp of the block, or of another one, Unix seconds.

        Raises
        ------
        NodeError
            If the node fails, or does not have the block.
        """
        with node_errors("reading a block's time"):
            return int(self._w3.eth.get_block(self._block if block is None else block)["timestamp"])

    def openings(
        self, sid: bytes, first: int, last: int, account: ChecksumAddress | None = None
    ) -> SessionOpenings:
        """
        Read where a session stood, and lines of its opening log.

        Parameters
        ----------
        sid : bytes
            The session.
        first, last : int
            Numbers of the first and the last line.
        account : ChecksumAddress, optional
            Of whom it is told where it stood as a member.

        Returns
        -------
        SessionOpenings
            What was there; its `latest_time` is that of this block too. With an older contract, which has no
            log, both addresses are zero, and there are no lines and no member.

        Raises
        ------
        NoContractError, ContractRefusedError, NodeError
            As `state`.
        """
        state = self.state(sid)
        time = self.time()
        contract = self._connection.contract
        try:
            log = to_checksum_address(self._call(contract, "openingLog"))
        except _NoFunctionError:
            log = ZERO_ADDRESS
        if log == ZERO_ADDRESS:
            return SessionOpenings(state, ZERO_ADDRESS, log, (), None, time, time)
        auditor = to_checksum_address(self._call(contract, "auditorOf", sid))
        lines = self._lines(log, sid, first, last)
        member = None if account is None else self._member(sid, account)
        return SessionOpenings(state, auditor, log, lines, member, time, time)

    def _member(self, sid: bytes, account: ChecksumAddress) -> MemberState | None:
        try:
            value = self._call(self._connection.contract, "participantOf", sid, account)
        except ContractRefusedError as refused:
            if refused.error == "NotMember":
                return None
            raise
        with node_errors("decoding participantOf"):
            member = decode_member(value)
        if member.account != account:
            raise ChainContradictionError("a node was asked about one member and told of another")
        return member

    def _lines(self, log: ChecksumAddress, sid: bytes, first: int, last: int) -> tuple[OpeningLine, ...]:
        contract = opening_log_contract(self._connection, log)
        found: list[OpeningLine] = []
        while first <= last:
            limit = min(LINES_A_REQUEST, last - first + 1)
            rows = self._call(contract, "openings", sid, first, limit)
            with node_errors("decoding openings"):
                page = decode_lines(rows, first, limit)
            found += page
            if len(page) < limit:
                break
            first += limit
        return tuple(found)

    def _call(self, contract: Contract, name: str, *arguments: Any) -> Any:
        call: TxParams = {"to": contract.address, "data": contract.encode_abi(name, list(arguments))}
        with node_errors(f"reading {name}"):
            try:
                answer = self._w3.eth.call(call, self._block)
            except ContractCustomError:
                raise
            except ContractLogicError:
                raise _NoFunctionError(f"reading {name}", ContractLogicError.__name__) from None
        if not answer:
            raise NoContractError(contract.address)
        with node_errors(f"decoding {name}"):
            (value,) = abi_decode(get_abi_output_types(contract.get_function_by_name(name).abi), answer)
            return value
