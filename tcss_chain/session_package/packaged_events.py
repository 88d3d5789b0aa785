"""The events of a session from its package, for nodes that have dropped their old logs."""

from __future__ import annotations

from typing import NoReturn

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_events import CreatedEvent, DealtEvent, JoinedEvent
from tcss_chain.chain.session_view import SessionView

from .errors import NotInPackageError, PackageSessionError
from .package import SessionPackage


class PackagedEvents:
    """
    An `EventSource` of one session.

    Parameters
    ----------
    package : SessionPackage
        The package; it may be forged, for a `SessionView` checks what it gets.
    """

    def __init__(self, package: SessionPackage) -> None:
        self._package = package

    def created(self, sid: bytes) -> tuple[CreatedEvent, ...]:
        """Give how the session was created; nothing for another session."""
        package = self._package
        if sid != package.sid:
            return ()
        return (CreatedEvent(package.creator, package.salt, package.configuration),)

    def joined(self, sid: bytes) -> tuple[JoinedEvent, ...]:
        """Give who joined, in the order of the chain; nothing for another session."""
        return self._package.joins if sid == self._package.sid else ()

    def dealt(self, sid: bytes) -> tuple[DealtEvent, ...]:
        """Give the dealings, by seat; nothing for another session."""
        if sid != self._package.sid:
            return ()
        # No hash binds block numbers, so a package holds none.
        return tuple(DealtEvent(each.dealer, each.dealing, None) for each in self._package.dealings)

    def revealed(
        self, sid: bytes, *, dealer: ChecksumAddress | None = None, recipient: ChecksumAddress | None = None
    ) -> NoReturn:
        """
        Refuse: revealed shares matter before activation only, and a package is made after it.

        Raises
        ------
        NotInPackageError
            Always.
        """
        raise NotInPackageError("revealed shares")


def session_view(
    connection: Connection, sid: bytes, first_block: int = 0, package: SessionPackage | None = None
) -> SessionView:
    """
    View a session through its package, or through the node's logs when there is none.

    Parameters
    ----------
    connection : Connection
        The node. With a package, its logs are not needed.
    sid : bytes
        The session.
    first_block : int
        From which block on logs are read.
    package : SessionPackage, optional
        The session's package. The view refuses a forged one; `check_against_chain` says what is wrong with
        it.

    Returns
    -------
    SessionView
        The view.

    Raises
    ------
    PackageSessionError
        If the package is of another session.
    """
    if package is None:
        return SessionView(connection, sid, first_block)
    if package.sid != sid:
        raise PackageSessionError(sid)
    return SessionView(connection, sid, first_block, PackagedEvents(package))
