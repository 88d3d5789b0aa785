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
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.state_database import StateDatabase

from .archived_packages import ArchivedPackages
from .errors import NotThisAuditorsSessionError


class TracedSessions:
    """
    Makes the auditor of each session.

    Parameters
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        The account's only one: convictions go through the journal of the running service.
    database : StateDatabase
        The auditor's state.
    first_block : int
        From which block on events are read.
    """

    def __init__(
        self, connection: Connection, sender: TransactionSender, database: StateDatabase, first_block: int
    ) -> None:
        self._connection = connection
        self._sender = sender
        self._database = database
        self._first_block = first_block
        self._packages = ArchivedPackages(connection, database)

    def auditor_of(self, sid: bytes) -> TracedSessionAuditor:
        """
        Make the auditor of a session.

        Raises
        ------
        NotThisAuditorsSessionError
            If the state has no key of it.
        StoreError
            If the state cannot be read.
        """
        key = AuditorKeyTable(self._database).load(sid)
        if key is None:
            raise NotThisAuditorsSessionError(sid)
        row = SessionTable(self._database).get(sid)
        first_block = self._first_block if row is None else max(self._first_block, row.first_block)
        auditor = SessionAuditor(
            self._connection, self._sender, sid, key, first_block=first_block, package=self._packages.get(sid)
        )
        return TracedSessionAuditor(self._connection, sid, auditor)


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
