"""Trace records as the contract keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode
from tcss_chain.protocol.transcript import TranscriptClaim

PAGE: Final = 50
"""How many records one request asks for."""


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """
    A conviction.

    Attributes
    ----------
    record_id : int
        Its number; records are numbered from 0.
    sid : bytes
        The session.
    auditor : ChecksumAddress
        Who proved it.
    accused : tuple of ChecksumAddress
        Who was convicted, ascending.
    challenge : QueryChallenge
        How the query points of the proven answer were derived.
    claim : TranscriptClaim
        What the tracer says of its transcript; the contract cannot check it.
    time : int
        When it was recorded, Unix seconds.
    """

    record_id: int
    sid: bytes
    auditor: ChecksumAddress
    accused: tuple[ChecksumAddress, ...]
    challenge: QueryChallenge
    claim: TranscriptClaim
    time: int

    def as_json(self) -> dict[str, Any]:
        """Give the record as JSON values: words as hexadecimal digits, time as Unix seconds."""
        return {
            "record": self.record_id,
            "session": f"0x{self.sid.hex()}",
            "auditor": self.auditor,
            "accused": list(self.accused),
            "mode": self.challenge.mode.name.lower(),
            "nonce": f"0x{self.challenge.nonce.hex()}",
            "dropped": self.challenge.dropped,
            "queries_root": f"0x{self.claim.queries_root.hex()}",
            "evaluations_root": f"0x{self.claim.evaluations_root.hex()}",
            "queries": self.claim.queries,
            "evaluations": self.claim.evaluations,
            "agreeing": self.claim.agreeing,
            "time": self.time,
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

    def count(self) -> int:
        """Count all records."""
        return self._connection.ask("reading recordCount", lambda: int(self._functions.recordCount().call()))

    def record(self, record_id: int) -> TraceRecord:
        """
        Read one record.

        Raises
        ------
        ContractRefusedError
            If there is no record with this number.
        """
        return self._connection.ask(
            "reading recordAt", lambda: _record(record_id, self._functions.recordAt(record_id).call())
        )

    def all(self) -> tuple[TraceRecord, ...]:
        """
        Read all records, oldest first.

        Raises
        ------
        ChainContradictionError
            If there are fewer than the contract counts.
        """
        total = self.count()
        found: list[TraceRecord] = []
        while len(found) < total:
            page = self._page(len(found))
            if not page:
                raise ChainContradictionError(f"{len(found)} records are there, {total} are counted")
            found += page
        return tuple(found)

    def of_session(self, sid: bytes) -> tuple[TraceRecord, ...]:
        """
        Read a session's records, newest first.

        Raises
        ------
        ChainContradictionError
            If a record of another session is among them, or the list does not go on.
        """
        found = self._listed("recordsOfSession", sid)
        if any(record.sid != sid for record in found):
            raise ChainContradictionError("a record of another session is listed")
        return found

    def of_address(self, account: ChecksumAddress) -> tuple[TraceRecord, ...]:
        """
        Read the records that accuse an address, in all sessions, newest first.

        Raises
        ------
        ChainContradictionError
            If a record that does not accuse it is among them, or the list does not go on.
        """
        found = self._listed("recordsOfAddress", account)
        if any(account not in record.accused for record in found):
            raise ChainContradictionError("a record that accuses somebody else is listed")
        return found

    def is_convicted(self, sid: bytes, account: ChecksumAddress) -> bool:
        """Read whether a trace convicted the account in this session."""
        function = self._functions.isConvicted(sid, account)
        return self._connection.ask("reading isConvicted", lambda: bool(function.call()))

    def _page(self, start: int) -> list[TraceRecord]:
        function = self._functions.records(start, PAGE)
        return self._connection.ask(
            "reading records",
            lambda: [_record(start + offset, value) for offset, value in enumerate(function.call())],
        )

    def _listed(self, name: str, key: bytes | ChecksumAddress) -> tuple[TraceRecord, ...]:
        found: list[TraceRecord] = []
        cursor = 0
        while True:
            function = self._connection.contract.get_function_by_name(name)(key, cursor, PAGE)
            answer = self._connection.ask(f"reading {name}", function.call)
            record_ids, cursor = self._connection.ask(f"decoding {name}", partial(_page, answer))
            before = [record.record_id for record in found]
            listed = [*before, *record_ids]
            if any(later >= earlier for earlier, later in pairwise(listed)) or (cursor and not record_ids):
                raise ChainContradictionError(
                    "a list of records does not go on from the newest to the oldest"
                )
            found += [self.record(record_id) for record_id in record_ids]
            if not cursor:
                return tuple(found)


def _page(value: Any) -> tuple[list[int], int]:
    record_ids, cursor = value
    return [int(record_id) for record_id in record_ids], int(cursor)


def _record(record_id: int, value: Any) -> TraceRecord:
    sid, auditor, accused, mode, nonce, dropped, claim, time = value
    return TraceRecord(
        record_id,
        bytes(sid),
        auditor,
        tuple(accused),
        QueryChallenge(QueryMode(mode), bytes(nonce), dropped),
        TranscriptClaim(bytes(claim[0]), bytes(claim[1]), *claim[2:]),
        time,
    )
