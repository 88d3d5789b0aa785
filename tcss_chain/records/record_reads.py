"""Trace records as the contract keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, NodeError
from tcss_chain.chain.node_errors import may_be_too_large
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.protocol.trace_query import QueryMode


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """
    A conviction.

    Attributes
    ----------
    sid : bytes
        The session.
    number : int
        Its place among the session's records, from 0.
    auditor : ChecksumAddress
        Who proved it.
    accused : tuple of ChecksumAddress
        Who was convicted, ascending.
    time : int
        When it was recorded, Unix seconds.
    mode : QueryMode
        How the query points of the proven answer were derived.
    queries, evaluations, agreeing : int
        What the tracer claims; the contract cannot check it. See `TranscriptClaim`.
    evidence_hash : bytes
        The hash of the whole challenge and claim, see `TraceEvidence`.
    """

    sid: bytes
    number: int
    auditor: ChecksumAddress
    accused: tuple[ChecksumAddress, ...]
    time: int
    mode: QueryMode
    queries: int
    evaluations: int
    agreeing: int
    evidence_hash: bytes

    def as_json(self) -> dict[str, Any]:
        """Give the record as JSON values: words as hexadecimal digits, time as Unix seconds."""
        return {
            "session": f"0x{self.sid.hex()}",
            "number": self.number,
            "auditor": self.auditor,
            "accused": list(self.accused),
            "time": self.time,
            "mode": self.mode.name.lower(),
            "queries": self.queries,
            "evaluations": self.evaluations,
            "agreeing": self.agreeing,
            "evidence_hash": f"0x{self.evidence_hash.hex()}",
        }


class RecordReads:
    """
    Reads records from the contract.

    Parameters
    ----------
    connection : Connection
        The node.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._functions = connection.contract.functions

    def all(self) -> tuple[TraceRecord, ...]:
        """
        Read all records, in the order of the creation of their sessions.

        Raises
        ------
        ChainContradictionError
            If the sessions are not as many as the node counts, their records not in the sessions' order, or
            not numbered in order.
        """
        found: list[TraceRecord] = []
        for start, sids in SessionReads(self._connection).all_session_ids():
            found += self._of_sessions(start, sids)
        return tuple(found)

    def of_session(self, sid: bytes) -> tuple[TraceRecord, ...]:
        """
        Read a session's records, oldest first.

        Raises
        ------
        ContractRefusedError
            If there is no such session.
        ChainContradictionError
            If a record of another session is among them, or they are not numbered in order.
        """
        found = self._records("recordsOfSession", sid)
        _require_order(found, (sid,))
        return tuple(found)

    def of_address(self, account: ChecksumAddress) -> tuple[TraceRecord, ...]:
        """Read the records that accuse an address, in all sessions; raises what `all` raises."""
        return tuple(record for record in self.all() if account in record.accused)

    def _of_sessions(self, start: int, sids: tuple[bytes, ...]) -> list[TraceRecord]:
        try:
            found = self._records("records", start, len(sids))
        except NodeError as error:
            # Who convicts puppets of its own makes records that are long to read; they must not hide others.
            if len(sids) == 1 or not may_be_too_large(error):
                raise
            half = len(sids) // 2
            return self._of_sessions(start, sids[:half]) + self._of_sessions(start + half, sids[half:])
        _require_order(found, sids)
        return found

    def _records(self, name: str, *arguments: Any) -> list[TraceRecord]:
        function = self._connection.contract.get_function_by_name(name)(*arguments)
        answer = self._connection.ask(f"reading {name}", function.call)
        return self._connection.ask(f"decoding {name}", lambda: [_record(value) for value in answer])


def _require_order(records: list[TraceRecord], sids: tuple[bytes, ...]) -> None:
    """Refuse records that are not of these sessions, in their order, each numbered from 0."""
    places = {sid: place for place, sid in enumerate(sids)}
    last, number = -1, 0
    for record in records:
        if record.sid not in places:
            raise ChainContradictionError("a record of another session is listed")
        place = places[record.sid]
        goes_on = place == last and record.number == number
        begins = place > last and record.number == 0
        if not (goes_on or begins):
            raise ChainContradictionError("a session's records are not numbered in order")
        last, number = place, record.number + 1


def _record(value: Any) -> TraceRecord:
    sid, number, auditor, accused, time, mode, queries, evaluations, agreeing, evidence_hash = value
    if not accused or any(int(one, 16) >= int(next_one, 16) for one, next_one in pairwise(accused)):
        raise ValueError("the accused of a record are none, or not ascending")
    return TraceRecord(
        bytes(sid),
        number,
        auditor,
        tuple(accused),
        time,
        QueryMode(mode),
        queries,
        evaluations,
        agreeing,
        bytes(evidence_hash),
    )
