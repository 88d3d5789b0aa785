"""The sessions that a running gateway can trace: keys and packages from its state, one sender for all."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.auditor import Box, NotTraced, Trace
from tcss_chain.auditor.events import TraceEvent
from tcss_chain.auditor.session_auditor import SessionAuditor
from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, WitnessMissingError
from tcss_chain.chain.mined_transaction import MinedTransaction
from tcss_chain.protocol.roster import bitmap_of
from tcss_chain.service.auditor_at_work import AuditorAtWork

_NAMING: Final = b"tcss.v1.trace.names"
_SCALAR_BYTES: Final = 32


class TracedSessions:
    """
    Makes the auditor of each session.

    Parameters
    ----------
    auditor : AuditorAtWork
        Has the keys, and the account's only sender: convictions go through the journal of the running
        service.
    """

    def __init__(self, auditor: AuditorAtWork) -> None:
        self._auditor = auditor

    def auditor_of(self, sid: bytes) -> TracedSessionAuditor:
        """
        Make the auditor of a session.

        Raises
        ------
        NoAuditorKeyError
            If the state has no key of it.
        StoreError
            If the state cannot be read.
        """
        alpha = self._auditor.key(sid).alpha.to_bytes(_SCALAR_BYTES, "big")
        return TracedSessionAuditor(
            self._auditor.connection,
            sid,
            self._auditor.session_auditor(sid),
            hmac.digest(alpha, _NAMING + sid, "sha256"),
        )


class TracedSessionAuditor:
    """
    The auditor of one session; a `TracingAuditor`.

    Parameters
    ----------
    connection : Connection
        The nodes.
    sid : bytes
        The session.
    auditor : SessionAuditor
        Its auditor.
    naming_key : bytes
        See `naming_key`.

    Attributes
    ----------
    naming_key : bytes
        Secret, and kept nowhere: it follows from the session's auditor key. Names of transcripts are made
        with it.
    """

    def __init__(
        self, connection: Connection, sid: bytes, auditor: SessionAuditor, naming_key: bytes
    ) -> None:
        self._confirmed = ConfirmedReads(connection)
        self._sid = sid
        self._auditor = auditor
        self.naming_key: Final = naming_key

    @property
    def auditor(self) -> ChecksumAddress:
        """The account that the session names."""
        return self._auditor.tracer.auditor

    def require_account(self) -> None:
        """Make sure that the account is the session's auditor."""
        self._auditor.require_account()

    def trace(
        self, box: Box, *, transcript: Path, on_event: Callable[[TraceEvent], None]
    ) -> Trace | NotTraced:
        """Find out who leaked; see `SessionAuditor.trace`."""
        return self._auditor.trace(box, transcript=transcript, on_event=on_event)

    def are_convicted(self, accused: tuple[ChecksumAddress, ...]) -> bool:
        """
        Say whether all nodes agree that all of these are convicted.

        If they contradict each other, or too few answer, it is not known: the proof is sent then, for the
        contract has the last word, and one node that lies must not hold up a conviction.

        Raises
        ------
        NodeError
            If no node answers.
        """
        try:
            state = self._confirmed.state(self._sid, 0)
        except (ChainContradictionError, WitnessMissingError):
            return False
        if state is None:
            return False
        roster = self._auditor.tracer.session.roster
        seats = bitmap_of(roster.participant(account).seat for account in accused)
        return not seats & ~state.convicted

    def convict(self, trace: Trace) -> MinedTransaction:
        """Prove it to the contract; see `SessionAuditor.convict`."""
        return self._auditor.convict(trace)
