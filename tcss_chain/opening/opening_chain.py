"""What a participant asks the chain before it answers an opening request."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, Protocol

from eth_typing import ChecksumAddress

from tcss_chain.chain.block_reads import SessionOpenings
from tcss_chain.chain.confirmed_reads import Confirmations, ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads

MEMORY_SECONDS: Final = 600.0
"""How long is believed who a session's auditor is."""

RETRY_SECONDS: Final = 5.0
"""After which time it is asked again because somebody else says to be the auditor."""

_MAX_REMEMBERED: Final = 1024


class OpeningChain(Protocol):
    """The chain, as far as openings need it. Everything raises `ChainError` when nodes fail."""

    @property
    def chain_id(self) -> int:
        """The chain."""

    @property
    def contract(self) -> ChecksumAddress:
        """The contract that has the sessions."""

    def is_auditor(self, sid: bytes, account: ChecksumAddress) -> bool:
        """
        Tell whether somebody is a session's auditor, by the word of one node.

        It serves to turn strangers away: nothing is allowed for it, `openings` tells the auditor too.
        """

    def openings(
        self, sid: bytes, account: ChecksumAddress, number: int, before: int
    ) -> SessionOpenings | None:
        """
        Read a session, a member, and a line of its log with as many before it, deep enough in the chain.

        None if nodes do not tell of that block, or did not have the session then.
        """


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
        self._remembered: OrderedDict[bytes, tuple[float, ChecksumAddress]] = OrderedDict()

    @property
    def chain_id(self) -> int:
        """The chain that the nodes are on."""
        return self._connection.chain_id

    @property
    def contract(self) -> ChecksumAddress:
        """The contract that has the sessions."""
        return self._connection.contract_address

    def is_auditor(self, sid: bytes, account: ChecksumAddress) -> bool:
        """Tell whether the current node says so, or said so not long ago."""
        now = self._clock()
        with self._lock:
            said = self._remembered.get(sid)
        if said is not None:
            # It may be a lie that keeps the auditor away; but strangers must not cost a request each.
            age = now - said[0]
            if age < (MEMORY_SECONDS if said[1] == account else RETRY_SECONDS):
                return said[1] == account
        auditor = self._reads.configuration(sid).auditor
        with self._lock:
            self._remembered[sid] = (now, auditor)
            self._remembered.move_to_end(sid)
            if len(self._remembered) > _MAX_REMEMBERED:
                self._remembered.popitem(last=False)
        return auditor == account

    def openings(
        self, sid: bytes, account: ChecksumAddress, number: int, before: int
    ) -> SessionOpenings | None:
        """Read what all nodes say, as `ConfirmedReads.state_and_lines` does."""
        return self._confirmed.state_and_lines(sid, number, before, self._confirmations, account)
