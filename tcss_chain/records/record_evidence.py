"""The evidence of a record, from the event that came with it."""

from __future__ import annotations

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import NodeError
from tcss_chain.chain.session_events import RecordedEvent, SessionEvents

from .errors import RecordHistoryError, RecordMismatchError
from .record_reads import TraceRecord


def read_evidence(connection: Connection, record: TraceRecord, first_block: int = 0) -> RecordedEvent:
    """
    Read challenge and claim of a record, and check them against its hash.

    Parameters
    ----------
    connection : Connection
        A node that still has the event of the record.
    record : TraceRecord
        The record, as read from the contract.
    first_block : int
        From which block on events are read.

    Returns
    -------
    RecordedEvent
        The evidence, and the transaction that made the record.

    Raises
    ------
    RecordMismatchError
        If the record has no event, or not one that says what the record says.
    RecordHistoryError
        If the node fails when it is asked for the event.
    """
    try:
        events = SessionEvents(connection, first_block).recorded(record.sid, record.number)
    except NodeError as error:
        raise RecordHistoryError(record.sid, record.number, "event", error.reason) from None
    if not events:
        raise RecordMismatchError(
            record.sid, record.number, "the node has no event of it, perhaps because it dropped its old logs"
        )
    evidence = events[0].evidence
    figures = (evidence.claim.queries, evidence.claim.evaluations, evidence.claim.agreeing)
    if evidence.hash(record.sid, record.number) != record.evidence_hash:
        raise RecordMismatchError(record.sid, record.number, "what its event says")
    if (evidence.challenge.mode, figures) != (
        record.mode,
        (record.queries, record.evaluations, record.agreeing),
    ):
        raise RecordMismatchError(record.sid, record.number, "its mode or figures")
    return events[0]
