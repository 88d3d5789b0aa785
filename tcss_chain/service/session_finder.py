"""Finding the sessions that an account is to take part in."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainError, ContractRefusedError
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.protocol.session import Configuration

PAGE: Final = 100
"""How many session ids one request asks for."""

PAGES_A_LOOK: Final = 100
"""How many such requests one look makes at most."""

READS_A_LOOK: Final = 100
"""How many configurations one look reads at most: anybody can create sessions, so there may be thousands."""

OVERLAP: Final = 50
"""So many sessions at the end are looked at again: a reorganisation may put others in their places."""


@dataclass(frozen=True, slots=True)
class FoundSession:
    """
    A session that concerns the account.

    Attributes
    ----------
    sid : bytes
        The session.
    configuration : Configuration
        What it is made of, by the node's word only.
    place : int
        Where it is in the contract's list.
    """

    sid: bytes
    configuration: Configuration
    place: int


class SessionFinder:
    """
    Looks through the contract's sessions for new ones that concern an account.

    What is found here is only the node's word: whoever acts on a session checks its configuration against the
    session id. A look is bounded; what does not fit is left for the next ones. What was read is kept, also
    when a request fails after that.

    Parameters
    ----------
    connection : Connection
        The nodes.
    concerns : callable
        Says of a configuration whether it concerns the account.
    """

    def __init__(self, connection: Connection, concerns: Callable[[Configuration], bool]) -> None:
        self._reads = SessionReads(connection)
        self._concerns = concerns
        self._listed = 0
        self._unlisted: list[tuple[int, int]] = []
        self._unread: dict[bytes, tuple[int, int]] = {}
        """Rank and place: those that failed rank after all others."""
        self._read: set[bytes] = set()
        self._last_rank = 0

    def look(self, first: Collection[bytes] = ()) -> tuple[FoundSession, ...]:
        """
        Find sessions that have not been found before, those created last coming first.

        Parameters
        ----------
        first : collection of bytes
            Sessions that are read before all others, if they are new.

        Returns
        -------
        tuple of FoundSession
            In the order of the contract's list.

        Raises
        ------
        ChainError
            If the node fails and nothing was found before; the next look goes on from there.
        """
        self._list_new()
        failure: ChainError | None = None
        found = []
        for sid in self._next_unread(first):
            _, place = self._unread.pop(sid)
            try:
                configuration = self._reads.configuration(sid)
            except ContractRefusedError:
                # It is not there: gone with a reorganisation, or not yet known to this node. The list tells.
                self._listed = min(self._listed, place)
                continue
            except ChainError as error:
                # One that fails for ever must not keep the others waiting.
                self._last_rank -= 1
                self._unread[sid] = self._last_rank, place
                failure = error
                break
            self._read.add(sid)
            if self._concerns(configuration):
                found.append(FoundSession(sid, configuration, place))
        if failure is not None and not found:
            raise failure
        return tuple(sorted(found, key=lambda each: each.place))

    def offer_again(self, found: FoundSession) -> None:
        """Let a session that was found be found again."""
        self._read.discard(found.sid)
        self._unread[found.sid] = 0, found.place

    def _next_unread(self, first: Collection[bytes]) -> list[bytes]:
        urgent = [sid for sid in dict.fromkeys(first) if sid in self._unread][-READS_A_LOOK:]
        taken = set(urgent)
        rest = (sid for sid in self._unread if sid not in taken)
        return urgent + heapq.nlargest(READS_A_LOOK - len(urgent), rest, key=self._unread.__getitem__)

    def _list_new(self) -> None:
        """List ids that are not known, from the end backwards."""
        count = self._reads.session_count()
        start = max(0, min(self._listed, count) - OVERLAP)
        # What is left of earlier looks, as far as it is there and not listed anew.
        left = [(low, min(high, count)) for low, high in self._unlisted if low < count]
        while left and left[-1][1] >= start:
            start = min(start, left.pop()[0])
        self._unlisted = [*left, (start, count)] if start < count else left
        self._listed = count
        for _ in range(PAGES_A_LOOK):
            if not self._unlisted:
                break
            low, high = self._unlisted[-1]
            page_start = max(low, high - PAGE)
            page = self._reads.session_ids(page_start, high - page_start)
            self._unlisted[-1:] = [(low, page_start)] if page_start > low else []
            if page_start + len(page) < high:  # the node has fewer than it says
                self._listed = min(self._listed, page_start + len(page))
            for place, sid in enumerate(page, page_start):
                if sid not in self._read and sid not in self._unread:
                    self._unread[sid] = 0, place
