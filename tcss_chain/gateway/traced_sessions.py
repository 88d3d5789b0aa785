"""The sessions that a running gateway can trace: keys and packages from its state, one sender for all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eth_typing import ChecksumAddress

from tcss_chain.auditor import Box, NotTraced, Trace
from tcss_chain.auditor.events import TraceEvent
from tcss_chain.auditor.session_auditor import SessionAuditor
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.mined_transaction import MinedTransaction
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.service.auditor_at_work import AuditorAtWork


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
        return TracedSessionAuditor(self._auditor.connection, sid, self._auditor.session_auditor(sid))


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
    """

    def __init__(self, connection: Connection, sid: bytes, auditor: SessionAuditor) -> None:
        self._connection = connection
        self._sid = sid
        self._auditor = auditor

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

    def is_recorded(self, accused: tuple[ChecksumAddress, ...]) -> bool:
        """Say whether the chain has a record of exactly these."""
        records = RecordReads(self._connection).of_session(self._sid)
        return any(record.accused == accused for record in records)

    def convict(self, trace: Trace) -> MinedTransaction:
        """Prove it to the contract; see `SessionAuditor.convict`."""
        return self._auditor.convict(trace)
