"""Finding the sessions that an account is to take part in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.protocol.session import Configuration

PAGE: Final = 100
"""How many session ids one request asks for."""

OVERLAP: Final = 50
"""So many sessions at the end are looked at again: a reorganisation may put others in their places."""


class SessionFinder:
    """
    Looks through the contract's sessions for new ones that concern an account.

    What is found here is only the node's word: whoever acts on a session checks its configuration against the
    session id.

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
        self._next = 0
        self._seen: set[bytes] = set()

    def look(self) -> tuple[bytes, ...]:
        """
        Find sessions that have not been found before.

        Returns
        -------
        tuple of bytes
            Session ids, in the order of the chain.

        Raises
        ------
        ChainError
            If the node fails; the next look finds what this one did not.
        """
        concern = {sid: self._concerns(self._reads.configuration(sid)) for sid in self._new_ids()}
        # Only now: what was found before a node failed would be forgotten otherwise.
        self._seen.update(concern)
        return tuple(sid for sid, concerns in concern.items() if concerns)

    def _new_ids(self) -> Iterator[bytes]:
        count = self._reads.session_count()
        start = max(0, min(self._next, count) - OVERLAP)
        while start < count:
            page = self._reads.session_ids(start, PAGE)
            yield from (sid for sid in page if sid not in self._seen)
            if not page:
                break
            start += len(page)
        self._next = start
