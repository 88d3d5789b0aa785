"""The log of openings: who asked for which model, when and what for, before anybody answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from eth_abi.abi import decode as abi_decode
from eth_typing import ChecksumAddress
from eth_utils import keccak, to_checksum_address
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractCustomError, ContractLogicError
from web3.types import FilterParams, LogReceipt

from .artifacts import load_artifact
from .connection import Connection
from .errors import ChainContradictionError, OpeningLogMissingError
from .mined_transaction import MinedTransaction
from .session_events import SessionEvents, read_ranges, reading_start

MAX_PURPOSE_BYTES: Final = 200
"""How long a purpose may be; the contract takes none that is longer, and none that is empty."""

ZERO_ADDRESS: Final = to_checksum_address(bytes(20))

_EVENT: Final = keccak(text="OpeningAnchored(bytes32,bytes32,address,uint256,bytes32,string)")
# A string whose bytes are not looked at: a gateway may post some that are no text at all.
_EVENT_DATA: Final = ("uint256", "bytes32", "bytes")


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """
    One line of the log.

    Attributes
    ----------
    number : int
        Its number in its session, from 0.
    request : bytes
        The hash of the opening request, 32 bytes; the log made it of model digest, gateway, purpose and core.
    model_digest : bytes
        BLAKE3-256 of the plain model, as the request names it, 32 bytes.
    gateway : ChecksumAddress
        Who asked: the session's auditor.
    time : int
        When it was written, Unix seconds.
    """

    number: int
    request: bytes
    model_digest: bytes
    gateway: ChecksumAddress
    time: int


@dataclass(frozen=True, slots=True)
class AnchoredEvent:
    """
    A gateway anchored an opening.

    Attributes
    ----------
    sid : bytes
        The session.
    number : int
        The number of the line in its session.
    request, model_digest : bytes
        As in the line, 32 bytes each.
    gateway : ChecksumAddress
        Who asked.
    purpose : bytes
        What for, as it was posted: 1 to 200 bytes, which need not be text.
    transaction_hash : str
        The transaction, hexadecimal with 0x.
    block_number : int
        Its block.
    """

    sid: bytes
    number: int
    request: bytes
    model_digest: bytes
    gateway: ChecksumAddress
    purpose: bytes
    transaction_hash: str
    block_number: int

    def belongs_to(self, line: OpeningLine) -> bool:
        """Whether it tells of this line of its session."""
        said = (self.number, self.request, self.model_digest, self.gateway)
        return said == (line.number, line.request, line.model_digest, line.gateway)


class OpeningLog:
    """
    The log of openings that belongs to a contract. May be used by several threads.

    Where it is, is asked once, here, of the node that the connection relies on; `ConfirmedReads` compares
    what all nodes say of it.

    Parameters
    ----------
    connection : Connection
        The contract that has the sessions.

    Raises
    ------
    OpeningLogMissingError
        If the contract is older than the log.
    ChainContradictionError
        If the log says that it belongs to another contract.
    NodeError
        If no node answers.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.address: Final = _address(connection)
        self._contract = opening_log_contract(connection, self.address)
        owner = connection.ask("reading sessions", lambda: str(self._contract.functions.sessions().call()))
        if owner != connection.contract_address:
            raise ChainContradictionError(
                f"the opening log {self.address} belongs to {owner}, not to {connection.contract_address}"
            )

    def __repr__(self) -> str:
        return f"OpeningLog(address={self.address})"

    def count(self, sid: bytes) -> int:
        """Count the lines of a session; 0 for one that does not exist."""
        function = self._contract.functions.openingCount(sid)
        return self._connection.ask("reading openingCount", lambda: int(function.call()))

    def lines(self, sid: bytes, start: int, limit: int) -> tuple[OpeningLine, ...]:
        """
        Read lines of a session as of the latest block.

        Parameters
        ----------
        sid : bytes
            The session.
        start : int
            Number of the first.
        limit : int
            How many at most.

        Returns
        -------
        tuple of OpeningLine
            In the order of the chain; fewer than asked for if there are no more.

        Raises
        ------
        ChainContradictionError
            If the node gives more than were asked for.
        NodeError
            If no node answers.
        """
        function = self._contract.functions.openings(sid, start, limit)
        rows = self._connection.ask("reading openings", function.call)
        return self._connection.ask("decoding openings", lambda: decode_lines(rows, start, limit))

    def anchor(self, sid: bytes, core: bytes, model_digest: bytes, purpose: str) -> ContractFunction:
        """
        Write down an opening, as the auditor of an active session.

        The log makes the request's hash of what is given here and of who sends it (`OpeningRequest.hash`).

        Parameters
        ----------
        sid : bytes
            The session.
        core : bytes
            The hash of what the log does not show of the request, 32 bytes.
        model_digest : bytes
            BLAKE3-256 of the plain model, 32 bytes.
        purpose : str
            What for, 1 to 200 bytes.

        Returns
        -------
        ContractFunction
            The call, for `TransactionSender.send`.
        """
        return self._contract.functions.anchor(sid, core, model_digest, purpose)

    def anchored(self, mined: MinedTransaction) -> AnchoredEvent:
        """
        Read what a transaction that anchored an opening wrote down, the number of its line above all.

        A reorganisation may give the same transaction another number, until its block is deep enough.

        Parameters
        ----------
        mined : MinedTransaction
            The transaction.

        Returns
        -------
        AnchoredEvent
            The one event of this log in its receipt.

        Raises
        ------
        ChainContradictionError
            If the receipt has none, or several.
        """
        found = self._connection.ask("decoding OpeningAnchored events", lambda: self._of_receipt(mined))
        if len(found) != 1:
            raise ChainContradictionError(f"{mined.transaction_hash} anchored {len(found)} openings, not one")
        return found[0]

    def events(self, sid: bytes | None = None, first_block: int = 0) -> tuple[AnchoredEvent, ...]:
        """
        Read from a node's logs what was anchored.

        Parameters
        ----------
        sid : bytes, optional
            The session; all by default.
        first_block : int
            Where to start; the contract's block, or any before it.

        Returns
        -------
        tuple of AnchoredEvent
            In the order of the chain; those that the node has dropped are missing.

        Raises
        ------
        NodeError
            If no node answers.
        """
        first = first_block
        if sid is not None:
            created = SessionEvents(self._connection, first_block).creation_block(sid)
            first = reading_start(first_block, created)
        return read_ranges(partial(self._logs, sid), first, self._connection.block_number())

    def _logs(self, sid: bytes | None, first: int, last: int) -> tuple[AnchoredEvent, ...]:
        topics: list[Any] = [f"0x{_EVENT.hex()}"]
        if sid is not None:
            topics.append(f"0x{sid.hex()}")
        wanted: FilterParams = {
            "address": self.address, "fromBlock": first, "toBlock": last, "topics": topics
        }  # fmt: skip
        logs = self._connection.ask(
            "reading OpeningAnchored events", lambda: self._connection.w3.eth.get_logs(wanted)
        )
        return self._connection.ask("decoding OpeningAnchored events", lambda: self._decoded(logs, sid))

    def _of_receipt(self, mined: MinedTransaction) -> tuple[AnchoredEvent, ...]:
        ours = [log for log in mined.receipt["logs"] if log["address"] == self.address]
        return self._decoded(ours, None)

    def _decoded(self, logs: Sequence[LogReceipt], sid: bytes | None) -> tuple[AnchoredEvent, ...]:
        events = tuple(_event(log) for log in logs)
        if any(log["address"] != self.address for log in logs) or any(
            sid not in (None, event.sid) for event in events
        ):
            raise ChainContradictionError("events of another log or session are listed")
        return events


def opening_log_contract(connection: Connection, address: ChecksumAddress) -> Contract:
    """Give the library's view of an opening log."""
    return connection.w3.eth.contract(address, abi=load_artifact("OpeningLog").abi)


def decode_lines(rows: Any, start: int, limit: int) -> tuple[OpeningLine, ...]:
    """
    Decode what the log answers.

    Parameters
    ----------
    rows : sequence of tuples
        The structs as the ABI has them.
    start, limit : int
        What was asked for.

    Returns
    -------
    tuple of OpeningLine
        The lines, numbered.

    Raises
    ------
    ChainContradictionError
        If there are more than were asked for.
    """
    if len(rows) > limit:
        raise ChainContradictionError(f"{len(rows)} lines of the opening log came, {limit} were asked for")
    return tuple(
        OpeningLine(number, bytes(request), bytes(digest), to_checksum_address(gateway), int(time))
        for number, (request, digest, gateway, time) in enumerate(rows, start)
    )


def _address(connection: Connection) -> ChecksumAddress:
    function = connection.contract.functions.openingLog()

    def read() -> ChecksumAddress:
        try:
            return to_checksum_address(function.call())
        except ContractCustomError:
            raise
        except ContractLogicError:  # reverts without a word: it has no such function
            return ZERO_ADDRESS

    address = connection.ask("reading openingLog", read)
    if address == ZERO_ADDRESS:
        raise OpeningLogMissingError(connection.contract_address)
    return address


def _event(log: LogReceipt) -> AnchoredEvent:
    signature, sid, model_digest, gateway = (bytes(topic) for topic in log["topics"])
    number, request, purpose = abi_decode(_EVENT_DATA, bytes(log["data"]))
    padding, address = gateway[:12], gateway[12:]
    if signature != _EVENT or any(padding) or not 0 < len(purpose) <= MAX_PURPOSE_BYTES:
        raise ChainContradictionError("an event that the opening log does not emit is listed")
    return AnchoredEvent(
        sid,
        number,
        request,
        model_digest,
        to_checksum_address(address),
        purpose,
        f"0x{bytes(log['transactionHash']).hex()}",
        int(log["blockNumber"]),
    )
