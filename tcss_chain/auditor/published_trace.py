"""
The published part of a trace: what anybody may see of its transcript, and how it supports the record.

It is a JSON file: who is accused, roots and figures, and the evaluations of the trace polynomial. The nonce
is not in it: before the proof it is secret, afterwards it is on the chain. That the figures agree with the
evaluations says nothing about who made them - anybody can make evaluations that agree; what convicts is the
proof.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, Self

from eth_typing import ChecksumAddress

from tcss_chain.protocol.errors import TranscriptFormatError
from tcss_chain.protocol.roster import Roster
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_query import QueryMode, derive_query
from tcss_chain.protocol.transcript import (
    MAX_FIGURE,
    Evaluation,
    QueryEntry,
    TranscriptClaim,
    count_agreeing,
    evaluations_root,
    queries_root,
)
from tcss_chain.records.record_reads import TraceRecord
from tcss_chain.strict_json import JsonObject, StrictJsonError, account, pair, parse_json

from .box_messages import encode_word
from .errors import PublishedTraceError
from .outcome import Trace

FORMAT: Final = "tcss-published-trace-1"
MAX_BYTES: Final = 1 << 24
"""More than 100 000 evaluations take."""

_MODES: Final = {mode.name.lower(): mode for mode in QueryMode}
_HIGHEST_BITMAP: Final = (1 << 256) - 1


@dataclass(frozen=True, slots=True)
class PublishedTrace:
    """
    The published part of a trace.

    Attributes
    ----------
    sid : bytes
        The session.
    auditor : ChecksumAddress
        The auditor.
    accused : tuple of ChecksumAddress
        ``I``, ascending.
    mode : QueryMode
        How the query points of the right answer were derived.
    dropped : int
        Bitmap of the query points that the box dropped.
    claim : TranscriptClaim
        Roots and figures.
    evaluations : tuple of Evaluation
        In the order of the root's leaves.
    """

    sid: bytes
    auditor: ChecksumAddress
    accused: tuple[ChecksumAddress, ...]
    mode: QueryMode
    dropped: int
    claim: TranscriptClaim
    evaluations: tuple[Evaluation, ...]

    @classmethod
    def of(cls, trace: Trace, sid: bytes, auditor: ChecksumAddress) -> Self:
        """
        Take the published part out of a trace.

        Parameters
        ----------
        trace : Trace
            The trace.
        sid : bytes
            Its session.
        auditor : ChecksumAddress
            The session's auditor.
        """
        return cls(
            sid,
            auditor,
            trace.accused,
            trace.challenge.mode,
            trace.challenge.dropped,
            trace.claim,
            trace.evaluations,
        )

    def encode(self) -> bytes:
        """Write it as JSON, always in the same way."""
        values = {
            "format": FORMAT,
            "session": f"0x{self.sid.hex()}",
            "auditor": self.auditor,
            "accused": list(self.accused),
            "mode": self.mode.name.lower(),
            "dropped": self.dropped,
            "queries_root": f"0x{self.claim.queries_root.hex()}",
            "evaluations_root": f"0x{self.claim.evaluations_root.hex()}",
            "queries": self.claim.queries,
            "agreeing": self.claim.agreeing,
            "evaluations": [[encode_word(each.x), encode_word(each.v)] for each in self.evaluations],
        }
        return json.dumps(values, indent=1).encode() + b"\n"


def decode_published(content: bytes) -> PublishedTrace:
    """
    Read a published part.

    Parameters
    ----------
    content : bytes
        A file from anybody.

    Returns
    -------
    PublishedTrace
        All values are in range; whether they are right is up to `check_published`.

    Raises
    ------
    PublishedTraceError
        If it is too long or not in the format.
    """
    if len(content) > MAX_BYTES:
        raise PublishedTraceError(f"it is longer than {MAX_BYTES} bytes")
    try:
        return _decode(content)
    except StrictJsonError as error:
        raise PublishedTraceError(error.what) from None
    except TranscriptFormatError as error:
        raise PublishedTraceError(str(error)) from None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """
    How something that was kept of a trace fits the record.

    Attributes
    ----------
    differences : tuple of str
        What does not fit; empty if everything does.
    leaves : int
        How many evaluations, or queries, it holds.
    matching : int
        How many evaluations agree with the trace polynomial of the accused; or how many answered queries have
        the points of the record's challenge.
    """

    differences: tuple[str, ...]
    leaves: int
    matching: int

    @property
    def holds(self) -> bool:
        """Whether everything fits."""
        return not self.differences


def check_published(
    published: PublishedTrace, record: TraceRecord, evidence: TraceEvidence, roster: Roster
) -> CheckReport:
    """
    Compare a published part with a record: everything it says, and what follows from its evaluations.

    Parameters
    ----------
    published : PublishedTrace
        The published part.
    record : TraceRecord
        The record, as read from the contract.
    evidence : TraceEvidence
        What the record has as a hash; it fits the record.
    roster : Roster
        The roster of the record's session.

    Returns
    -------
    CheckReport
        The evaluations' root and the number that agree with the trace polynomial are computed anew, for the
        accused of the record.

    Raises
    ------
    NotInRosterError
        If the record accuses somebody who did not join.
    """
    challenge, claim = evidence.challenge, evidence.claim
    agreeing = count_agreeing(published.evaluations, _points(record, roster))
    root = evaluations_root(record.sid, published.evaluations)
    compared = {
        "the session": (roster.sid == record.sid, published.sid == record.sid),
        "the auditor": (published.auditor == record.auditor,),
        "the accused": (published.accused == record.accused,),
        "the mode": (published.mode == challenge.mode,),
        "the dropped points": (published.dropped == challenge.dropped,),
        "the root of the queries": (published.claim.queries_root == claim.queries_root,),
        "the number of queries": (published.claim.queries == claim.queries,),
        "the root of the evaluations": (
            published.claim.evaluations_root == claim.evaluations_root,
            root == claim.evaluations_root,
        ),
        "the number of evaluations": (len(published.evaluations) == claim.evaluations,),
        "the number of evaluations that agree": (
            published.claim.agreeing == claim.agreeing,
            agreeing == claim.agreeing,
        ),
    }
    return CheckReport(_failed(compared), len(published.evaluations), agreeing)


def check_private(
    sid: bytes,
    aggregate_hash: bytes,
    entries: tuple[QueryEntry, ...],
    record: TraceRecord,
    evidence: TraceEvidence,
    roster: Roster,
) -> CheckReport:
    """
    Compare the private part of a transcript with a record.

    Parameters
    ----------
    sid, aggregate_hash : bytes
        What the transcript says of its session.
    entries : tuple of QueryEntry
        All its queries.
    record : TraceRecord
        The record, as read from the contract.
    evidence : TraceEvidence
        What the record has as a hash; it fits the record.
    roster : Roster
        The roster of the record's session.

    Returns
    -------
    CheckReport
        The queries' root is computed anew; some answered query must have the points of the record's
        challenge.

    Raises
    ------
    TcssError
        If the record's challenge cannot be derived with this roster.
    """
    points = derive_query(roster, aggregate_hash, evidence.challenge, record.accused).supplied
    asked = [entry for entry in entries if tuple(x for x, _ in entry.shares) == points]
    answered = sum(entry.answer is not None for entry in asked)
    compared = {
        "the session": (roster.sid == record.sid, sid == record.sid),
        "the number of queries": (len(entries) == evidence.claim.queries,),
        "the root of the queries": (queries_root(record.sid, entries) == evidence.claim.queries_root,),
        "an answer to the points of the challenge": (answered > 0,),
    }
    return CheckReport(_failed(compared), len(entries), answered)


def _failed(compared: dict[str, tuple[bool, ...]]) -> tuple[str, ...]:
    return tuple(what for what, results in compared.items() if not all(results))


def _points(record: TraceRecord, roster: Roster) -> list[int]:
    return [roster.participant(each).x for each in record.accused]


def _decode(content: bytes) -> PublishedTrace:
    fields = (
        "format",
        "session",
        "auditor",
        "accused",
        "mode",
        "dropped",
        "queries_root",
        "evaluations_root",
        "queries",
        "agreeing",
        "evaluations",
    )
    values = JsonObject(parse_json(content), fields)
    if values.raw("format") != FORMAT:
        raise StrictJsonError(f"the format {FORMAT} is expected")
    accused = values.accounts("accused")
    if not accused:
        raise StrictJsonError("nobody is accused")
    evaluations = tuple(Evaluation(*pair(each, "evaluation")) for each in values.items("evaluations"))
    return PublishedTrace(
        sid=values.word("session"),
        auditor=account(values.raw("auditor"), "auditor"),
        accused=accused,
        mode=values.choice("mode", _MODES),
        dropped=values.integer("dropped", _HIGHEST_BITMAP),
        claim=TranscriptClaim(
            queries_root=values.word("queries_root"),
            evaluations_root=values.word("evaluations_root"),
            queries=values.integer("queries", MAX_FIGURE),
            evaluations=len(evaluations),
            agreeing=values.integer("agreeing", MAX_FIGURE),
        ),
        evaluations=evaluations,
    )
