"""The events of a session, decoded and validated: what the contract stores only hashes of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from eth_typing import ChecksumAddress
from hexbytes import HexBytes

from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import Configuration
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.protocol.trace_evidence import TraceEvidence

from .abi_values import (
    as_tuples,
    decode_challenge,
    decode_claim,
    decode_dealing,
    decode_keys,
    decode_share,
)
from .connection import Connection
from .errors import ChainContradictionError, NodeError
from .node_errors import may_be_too_large

BLOCKS_A_REQUEST: Final = 10_000
"""How many blocks one request for events spans; public nodes refuse more."""

FEWEST_BLOCKS_A_REQUEST: Final = 100
"""A node that refuses even that few does not refuse for their number, and is not asked for less."""

MOST_BLOCKS_A_READING: Final = 2**29
"""
How many blocks are read for events at most: what a chain with four blocks a second makes in more than four
years. Whoever claims more since the first block of a contract lies, or starts to read far too early. Without
a bound, one node that claims a head of 10^18 would keep its reader busy for ever, and nobody would be told.
"""

_REORGANISED_BLOCKS: Final = 64
"""A creation that was seen may move by as many blocks; what follows it is read from that much earlier."""

_Event = TypeVar("_Event")


@dataclass(frozen=True, slots=True)
class CreatedEvent:
    """
    A session was created.

    Attributes
    ----------
    creator : ChecksumAddress
        Who created it.
    salt : bytes
        32 bytes.
    configuration : Configuration
        What the session is made of.
    block_number : int or None
        In which block; None where that cannot be known for sure.
    """

    creator: ChecksumAddress
    salt: bytes
    configuration: Configuration
    block_number: int | None = None


@dataclass(frozen=True, slots=True)
class JoinedEvent:
    """
    A member joined.

    Attributes
    ----------
    account : ChecksumAddress
        Who.
    seat : int
        Its seat.
    keys : ParticipantKeys
        Its public keys.
    """

    account: ChecksumAddress
    seat: int
    keys: ParticipantKeys


@dataclass(frozen=True, slots=True)
class DealtEvent:
    """
    A participant dealt.

    Attributes
    ----------
    dealer : ChecksumAddress
        Who.
    dealing : Dealing
        What it posted.
    block_number : int or None
        In which block; None where that cannot be known for sure.
    """

    dealer: ChecksumAddress
    dealing: Dealing
    block_number: int | None


@dataclass(frozen=True, slots=True)
class RevealedEvent:
    """
    A share that was said to be missing was revealed, encrypted.

    Attributes
    ----------
    dealer, recipient : ChecksumAddress
        Whose share it is.
    share : EncryptedShare
        The share.
    """

    dealer: ChecksumAddress
    recipient: ChecksumAddress
    share: EncryptedShare


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """
    A trace was recorded.

    Attributes
    ----------
    evidence : TraceEvidence
        What the record has as a hash.
    transaction_hash : HexBytes
        The transaction, which has the proof.
    """

    evidence: TraceEvidence
    transaction_hash: HexBytes


class SessionEvents:
    """
    Reads the events of sessions from the logs of a node: the `EventSource` that needs nothing else.

    Parameters
    ----------
    connection : Connection
        The node.
    first_block : int
        Where to start; the contract's block, or any before it. From a block at which the session exists
        already, its creation is not found.

    Notes
    -----
    The creation is looked for from the latest block backwards, since sessions that are asked about are young;
    everything else of that session is then read from there on. May be used by several threads.
    """

    def __init__(self, connection: Connection, first_block: int = 0) -> None:
        self._connection = connection
        self._first_block = first_block
        self._creation_blocks: dict[bytes, int] = {}

    def created(self, sid: bytes) -> tuple[CreatedEvent, ...]:
        """Read how the session was created: one event, if the node tells the truth."""
        known = self._creation_blocks.get(sid)
        found: tuple[CreatedEvent, ...] = ()
        if known is not None:
            found = self._logs("SessionCreated", _created_event, known, known, {"sid": sid})
        if not found:  # never read before, or moved by a reorganisation
            found = self._search_creation(sid)
        return found

    def creation_block(self, sid: bytes) -> int | None:
        """
        Find the block in which a session was created, and remember it.

        Parameters
        ----------
        sid : bytes
            The session.

        Returns
        -------
        int or None
            The block's number; None if the creation is not found.
        """
        if sid not in self._creation_blocks:
            self._search_creation(sid)
        return self._creation_blocks.get(sid)

    def joined(self, sid: bytes) -> tuple[JoinedEvent, ...]:
        """Read who joined, in the order of the chain."""
        return self._read(
            "Joined",
            lambda event: JoinedEvent(
                event["args"]["account"], event["args"]["seat"], decode_keys(as_tuples(event["args"]["keys"]))
            ),
            sid=sid,
        )

    def dealt(self, sid: bytes) -> tuple[DealtEvent, ...]:
        """Read the dealings, in the order of the chain."""
        return self._read(
            "Dealt",
            lambda event: DealtEvent(
                event["args"]["dealer"],
                decode_dealing(as_tuples(event["args"]["dealing"])),
                int(event["blockNumber"]),
            ),
            sid=sid,
        )

    def revealed(
        self, sid: bytes, *, dealer: ChecksumAddress | None = None, recipient: ChecksumAddress | None = None
    ) -> tuple[RevealedEvent, ...]:
        """Read the shares that were revealed, all or those of a dealer or a recipient."""
        filters = {name: value for name, value in (("dealer", dealer), ("recipient", recipient)) if value}
        return self._read(
            "ShareRevealed",
            lambda event: RevealedEvent(
                event["args"]["dealer"],
                event["args"]["recipient"],
                decode_share(as_tuples(event["args"]["share"])),
            ),
            sid=sid,
            **filters,
        )

    def recorded(self, sid: bytes, number: int) -> tuple[RecordedEvent, ...]:
        """Read how a record was made: one event, if the node tells the truth."""
        return self._read(
            "TraceRecorded",
            lambda event: RecordedEvent(
                TraceEvidence(
                    decode_challenge(as_tuples(event["args"]["challenge"])),
                    decode_claim(as_tuples(event["args"]["claim"])),
                ),
                event["transactionHash"],
            ),
            sid=sid,
            number=number,
        )

    def _read(
        self, name: str, decode: Callable[[Any], _Event], *, sid: bytes, **filters: Any
    ) -> tuple[_Event, ...]:
        created = self.creation_block(sid)
        first = reading_start(self._first_block, created)
        return read_ranges(
            lambda start, last: self._logs(name, decode, start, last, {"sid": sid, **filters}),
            first,
            self._connection.block_number(),
        )

    def _search_creation(self, sid: bytes) -> tuple[CreatedEvent, ...]:
        last = self._connection.block_number()
        _require_readable(self._first_block, last)
        span = BLOCKS_A_REQUEST
        while last >= self._first_block:
            first = max(self._first_block, last - span + 1)
            try:
                found = self._logs("SessionCreated", _created_event, first, last, {"sid": sid})
            except NodeError as error:
                span = _less(error, last - first + 1)
                continue
            if found:
                self._creation_blocks[sid] = min(event.block_number or 0 for event in found)
                return found
            last = first - 1
        return ()

    def _logs(
        self, name: str, decode: Callable[[Any], _Event], first: int, last: int, filters: dict[str, Any]
    ) -> tuple[_Event, ...]:
        event = self._connection.contract.events[name]()
        logs = self._connection.ask(
            f"reading {name} events",
            lambda: event.get_logs(from_block=first, to_block=last, argument_filters=filters),
        )
        return self._connection.ask(f"decoding {name} events", lambda: tuple(map(decode, logs)))


def read_ranges(
    read: Callable[[int, int], tuple[_Event, ...]], first: int, latest: int
) -> tuple[_Event, ...]:
    """
    Read events of many blocks, in as many requests as the node needs.

    Parameters
    ----------
    read : callable
        Reads the events from one block to another, both included.
    first, latest : int
        The range of blocks; nothing is read if the first is behind the latest.

    Returns
    -------
    tuple
        The events, in the order of the chain.

    Raises
    ------
    NodeError
        If a request fails that cannot be made smaller.
    ChainContradictionError
        If that would be more than `MOST_BLOCKS_A_READING`; nothing is read then.
    """
    _require_readable(first, latest)
    span = BLOCKS_A_REQUEST
    found: list[_Event] = []
    while first <= latest:
        last = min(first + span - 1, latest)
        try:
            found += read(first, last)
        except NodeError as error:
            span = _less(error, last - first + 1)
            continue
        first = last + 1
    return tuple(found)


def _require_readable(first: int, latest: int) -> None:
    blocks = latest - first + 1
    if blocks > MOST_BLOCKS_A_READING:
        raise ChainContradictionError(
            f"a node claims block {latest}, so {blocks} blocks would have to be read from block {first} on, "
            f"but at most {MOST_BLOCKS_A_READING} are; if the chain is that long, give the contract's own "
            "block (--first-block, or first_block in the service's file), else remove the node"
        )


def _less(error: NodeError, blocks: int) -> int:
    """
    Halve the number of blocks of a request that the node found too large; else raise the error.

    It holds for the rest of one reading only: the node may have refused for another reason, such as too many
    requests, and would be asked for many small ranges for ever.
    """
    if not may_be_too_large(error) or blocks <= FEWEST_BLOCKS_A_REQUEST:
        raise error
    return max(FEWEST_BLOCKS_A_REQUEST, blocks // 2)


def _created_event(event: Any) -> CreatedEvent:
    return CreatedEvent(
        event["args"]["creator"],
        bytes(event["args"]["salt"]),
        Configuration.from_abi_tuple(as_tuples(event["args"]["configuration"])),
        int(event["blockNumber"]),
    )


def reading_start(first_block: int, creation_block: int | None) -> int:
    """
    Choose where to start reading a session's events.

    Parameters
    ----------
    first_block : int
        The contract's block, or any before it.
    creation_block : int or None
        Where the session's creation was seen; a reorganisation may put it into an earlier block.

    Returns
    -------
    int
        A block before everything that the session logged.
    """
    return max(first_block, (creation_block or 0) - _REORGANISED_BLOCKS)
