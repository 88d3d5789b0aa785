"""The events of a session, decoded and validated: what the contract stores only hashes of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from eth_typing import ChecksumAddress
from hexbytes import HexBytes

from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import Configuration
from tcss_chain.protocol.share_encryption import EncryptedShare

from .abi_values import as_tuples, decode_dealing, decode_keys, decode_share
from .connection import Connection

BLOCKS_A_REQUEST: Final = 10_000
"""How many blocks one request for events spans; public nodes refuse more."""

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
    """

    creator: ChecksumAddress
    salt: bytes
    configuration: Configuration


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
    block_number : int
        In which block.
    """

    dealer: ChecksumAddress
    dealing: Dealing
    block_number: int


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


class SessionEvents:
    """
    Reads the events of sessions.

    Parameters
    ----------
    connection : Connection
        The node.
    first_block : int
        Where to start; the contract's block, or any before it.
    """

    def __init__(self, connection: Connection, first_block: int = 0) -> None:
        self._connection = connection
        self._first_block = first_block

    def created(self, sid: bytes) -> tuple[CreatedEvent, ...]:
        """Read how the session was created: one event, if the node tells the truth."""
        return self._read(
            "SessionCreated",
            lambda event: CreatedEvent(
                event["args"]["creator"],
                bytes(event["args"]["salt"]),
                Configuration.from_abi_tuple(as_tuples(event["args"]["configuration"])),
            ),
            sid=sid,
        )

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

    def recording_transactions(self, sid: bytes, record_id: int) -> tuple[HexBytes, ...]:
        """Find the transaction that made a record: one, if the node tells the truth."""
        return self._read(
            "TraceRecorded", lambda event: event["transactionHash"], sid=sid, recordId=record_id
        )

    def _read(self, name: str, decode: Callable[[Any], _Event], **filters: Any) -> tuple[_Event, ...]:
        event = self._connection.contract.events[name]()
        found: list[_Event] = []
        for first, last in self._ranges():
            logs = self._connection.ask(
                f"reading {name} events",
                lambda first=first, last=last: event.get_logs(  # type: ignore[misc]
                    from_block=first, to_block=last, argument_filters=filters
                ),
            )
            found += self._connection.ask(f"decoding {name} events", lambda logs=logs: [*map(decode, logs)])  # type: ignore[misc]
        return tuple(found)

    def _ranges(self) -> Iterator[tuple[int, int]]:
        latest = self._connection.block_number()
        for first in range(self._first_block, latest + 1, BLOCKS_A_REQUEST):
            yield first, min(first + BLOCKS_A_REQUEST - 1, latest)
