"""A consortium that asks the node for little: for measurements, and for very many sessions."""

from __future__ import annotations

from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_view import SessionView
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.roster import Roster

from .consortium import Consortium
from .direct_sender import DirectSender


class _ReadOnce(SessionView):
    """Reads roster and dealings once: it is asked only when joining or dealing has closed."""

    _roster: Roster | None = None
    _dealings: dict[ChecksumAddress, Dealing] | None = None

    def roster(self) -> Roster:
        self._roster = self._roster or super().roster()
        return self._roster

    def dealings(self) -> dict[ChecksumAddress, Dealing]:
        self._dealings = self._dealings or super().dealings()
        return self._dealings


class DirectConsortium(Consortium):
    """A consortium whose senders and views ask for nothing twice."""

    def __init__(self, connection: Connection, accounts: tuple[LocalAccount, ...], **terms: Any) -> None:
        super().__init__(connection, accounts, **terms)
        for member in self.members:
            member.sender = DirectSender(connection, member.sender)
        for role in ("auditor", "creator", "outsider"):
            setattr(self, role, DirectSender(connection, getattr(self, role)))
        self.view = _ReadOnce(connection, self.sid)
