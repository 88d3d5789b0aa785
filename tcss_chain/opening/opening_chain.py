"""What a participant asks the chain before it answers an opening request."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Protocol

from eth_typing import ChecksumAddress

from tcss_chain.chain.block_reads import SessionOpenings
from tcss_chain.chain.confirmed_reads import Confirmations, ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads

MEMORY_SECONDS: Final = 600.0
"""How long is believed what one node said of a session's members."""

_MAX_REMEMBERED: Final = 1024


@dataclass(frozen=True, slots=True)
class Membership:
    """
    Who is who in a session; that never changes.

    Attributes
    ----------
    auditor : ChecksumAddress
        The only one who may ask.
    members : tuple of ChecksumAddress
        By seat.
    """

    auditor: ChecksumAddress
    members: tuple[ChecksumAddress, ...]

    def is_in(self, account: ChecksumAddress, seats: int) -> bool:
        """Tell whether a member is in a bitmap of seats."""
        return account in self.members and bool(seats >> self.members.index(account) & 1)


class OpeningChain(Protocol):
    """The chain, as far as openings need it. Everything raises `ChainError` when nodes fail."""

    @property
    def chain_id(self) -> int:
        """The chain."""

    @property
    def contract(self) -> ChecksumAddress:
        """The contract that has the sessions."""

    def membership(self, sid: bytes) -> Membership:
        """Say who is who in a session. One node is believed for a while: nothing is allowed for it."""

    def openings(self, sid: bytes, number: int, before: int) -> SessionOpenings | None:
        """
        Read a session and a line of its opening log with as many before it, deep enough in the chain.

        None if nodes do not tell of that block, or did not have the session then.
        """

    def time(self) -> int:
        """Read the time of the latest block, Unix seconds."""


class ConfirmedOpeningChain:
    """
    An `OpeningChain` through the participant's nodes.

    Parameters
    ----------
    connection : Connection
        The nodes.
    confirmations : int or "finalized"
        How deep a line must be before it is answered.
    clock : callable
        Seconds that never go back.
    """

    def __init__(
        self,
        connection: Connection,
        confirmations: Confirmations,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._confirmations = confirmations
        self._clock = clock
        self._reads = SessionReads(connection)
        self._confirmed = ConfirmedReads(connection)
        self._lock = Lock()
        self._remembered: OrderedDict[bytes, tuple[float, Membership]] = OrderedDict()

    @property
    def chain_id(self) -> int:
        """The chain that the nodes are on."""
        return self._connection.chain_id

    @property
    def contract(self) -> ChecksumAddress:
        """The contract that has the sessions."""
        return self._connection.contract_address

    def membership(self, sid: bytes) -> Membership:
        """Say who is who in a session, as the current node says, or said not long ago."""
        now = self._clock()
        with self._lock:
            said = self._remembered.get(sid)
        if said is not None and now - said[0] < MEMORY_SECONDS:
            return said[1]
        configuration = self._reads.configuration(sid)
        membership = Membership(configuration.auditor, configuration.members)
        with self._lock:
            self._remembered[sid] = (now, membership)
            self._remembered.move_to_end(sid)
            if len(self._remembered) > _MAX_REMEMBERED:
                self._remembered.popitem(last=False)
        return membership

    def openings(self, sid: bytes, number: int, before: int) -> SessionOpenings | None:
        """Read what all nodes say, as `ConfirmedReads.state_and_lines` does."""
        return self._confirmed.state_and_lines(sid, number, before, self._confirmations)

    def time(self) -> int:
        """Read the time of the current node's latest block, Unix seconds."""
        return self._connection.chain_time()
