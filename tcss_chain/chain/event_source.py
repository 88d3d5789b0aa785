"""Where a session's events come from: the logs of a node, or an archive of them."""

from __future__ import annotations

from typing import Protocol

from eth_typing import ChecksumAddress

from .session_events import CreatedEvent, DealtEvent, JoinedEvent, RevealedEvent


class EventSource(Protocol):
    """
    Gives the events of a session, each decoded and in range.

    Nothing that it gives is believed: `SessionView` checks it against the session id and the hashes that the
    contract keeps, which a node still has when it has dropped its old logs.
    """

    def created(self, sid: bytes) -> tuple[CreatedEvent, ...]:
        """Give how the session was created."""

    def joined(self, sid: bytes) -> tuple[JoinedEvent, ...]:
        """Give who joined, in the order of the chain."""

    def dealt(self, sid: bytes) -> tuple[DealtEvent, ...]:
        """Give the dealings, in the order of the chain."""

    def revealed(
        self, sid: bytes, *, dealer: ChecksumAddress | None = None, recipient: ChecksumAddress | None = None
    ) -> tuple[RevealedEvent, ...]:
        """
        Give the shares that were revealed, all or those of a dealer or a recipient.

        Raises
        ------
        TcssError
            If this source does not have them: they matter before activation only.
        """
