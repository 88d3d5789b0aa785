"""Tracing a box of one session: all that needs the auditor's private key, but no account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.roster import seats_of
from tcss_chain.session_package import SessionPackage, session_view

from .auditor_key import AuditorKey
from .box import Box
from .errors import TranscriptMismatchError
from .events import TraceEvent
from .outcome import NotTraced, Trace
from .plan import TracePlan
from .sealed_keys import open_sealed_keys
from .traced_session import TracedSession
from .tracer import trace_box
from .transcript_file import TranscriptFile


class SessionTracer:
    """
    Traces boxes of one active session.

    What activation fixed is read from the chain once, when it is first needed.

    Parameters
    ----------
    connection : Connection
        The node.
    sid : bytes
        The session.
    key : AuditorKey
        The private key of this session.
    first_block : int
        From which block on events are read.
    package : SessionPackage, optional
        What to take in place of events, when the node has dropped its old logs. It is checked against the
        contract's hashes like events.

    Raises
    ------
    PackageSessionError
        If the package is of another session.
    """

    def __init__(
        self,
        connection: Connection,
        sid: bytes,
        key: AuditorKey,
        *,
        first_block: int = 0,
        package: SessionPackage | None = None,
    ) -> None:
        self._sid = sid
        self._key = key
        self._view = session_view(connection, sid, first_block, package)
        self._opened: tuple[TracedSession, SealedAggregate] | None = None
        self._auditor: ChecksumAddress | None = None

    @property
    def auditor(self) -> ChecksumAddress:
        """
        The account that the session's configuration names.

        Raises
        ------
        ChainError
            If the configuration cannot be had.
        """
        if self._auditor is None:
            self._auditor = self._view.configuration().auditor
        return self._auditor

    @property
    def session(self) -> TracedSession:
        """
        The session, its sealed keys opened.

        Raises
        ------
        AuditorKeyMismatchError
            If the key is not this session's.
        ChainError
            If the session is not active or its public data cannot be had.
        """
        return self._open()[0]

    @property
    def aggregate(self) -> SealedAggregate:
        """The session's aggregate; raises what `session` raises."""
        return self._open()[1]

    def qualified(self) -> int:
        """Read the bitmap of the qualified seats."""
        return self._view.reads.state(self._sid).qualified

    def known(self) -> tuple[ChecksumAddress, ...]:
        """Read who was convicted so far."""
        convicted = seats_of(self._view.reads.state(self._sid).convicted)
        return tuple(self.session.roster.at_seat(seat).account for seat in convicted)

    def trace(
        self,
        box: Box,
        *,
        plan: TracePlan | None = None,
        transcript: Path | None = None,
        on_event: Callable[[TraceEvent], None] | None = None,
    ) -> Trace | NotTraced:
        """
        Find out who leaked the shares in a box, through queries alone.

        Parameters
        ----------
        box : Box
            The box.
        plan : TracePlan, optional
            Limits and order of the queries. Of a transcript that is there, the plan it was begun with, of
            which only the budget and the time limit may be changed.
        transcript : Path, optional
            A private file that keeps the queries. One that is there is gone on with: no query in it is made
            again. The time limit counts for every run anew.
        on_event : callable, optional
            Told what happens.

        Returns
        -------
        Trace or NotTraced
            Nobody is accused without a confirmation.

        Raises
        ------
        AuditorKeyMismatchError
            If the key is not this session's.
        ChainError
            If the session's public data cannot be had.
        TracePlanError
            If the plan does not fit the session.
        PrivateFileError, TranscriptFileError, TranscriptPlanError
            If the transcript cannot be used; see `TranscriptFile.open`.
        TranscriptMismatchError
            If it was begun by a trace that goes on differently.
        """
        session, known = self.session, self.known()
        if transcript is None:
            return trace_box(box, session, plan=plan, known=known, on_event=on_event)
        with TranscriptFile.open(transcript, session, plan=plan, known=known) as kept:
            result = trace_box(
                box,
                session,
                plan=kept.plan,
                known=kept.known,
                on_event=on_event,
                randomness=kept.randomness(),
                transcript=kept,
            )
        if isinstance(result, Trace) and len(result.transcript) < kept.kept:
            # The earlier run went on here. Its queries must not be missing from the root in the record.
            raise TranscriptMismatchError(len(result.transcript))
        return result

    def _open(self) -> tuple[TracedSession, SealedAggregate]:
        if self._opened is None:
            roster = self._view.roster()
            aggregate = self._view.aggregate(roster, self._view.dealings())
            keys = open_sealed_keys(self._key.alpha, roster, aggregate)
            aggregate_hash = self._view.reads.state(self._sid).aggregate_hash
            self._opened = TracedSession(roster, aggregate_hash, keys), aggregate
        return self._opened
