"""Traces that the operator starts while the gateway serves: one at a time, in a thread of its own."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final, Protocol

import structlog
from eth_typing import ChecksumAddress
from yarl import URL

from tcss_chain.auditor import Box, HttpBox, NotTraced, Trace
from tcss_chain.auditor.events import Progressed, QueryMade, TraceEvent
from tcss_chain.auditor.published_file import write_published
from tcss_chain.auditor.published_trace import PublishedTrace
from tcss_chain.chain.errors import NodeError, TransactionTimeoutError
from tcss_chain.chain.mined_transaction import MinedTransaction
from tcss_chain.errors import TcssError
from tcss_chain.store.private_place import make_private_folder

from .audit_lines import Field, LineKind
from .audit_trail import AuditTrail
from .errors import TraceBusyError, TraceStoppedError
from .trace_progress import TraceProgressReport, TraceStage

_MOST_KEPT: Final = 100
_ID_BYTES: Final = 16
_STOP_SECONDS: Final = 30.0
_CONVICT_PAUSE_SECONDS: Final = 2.0
_MOST_NODE_FAILURES: Final = 30
_CONVICTED_EARLIER: Final = "all of them were convicted before; no proof was sent"


class TracingAuditor(Protocol):
    """The auditor of one session, as `SessionAuditor` is."""

    @property
    def auditor(self) -> ChecksumAddress:
        """Its account."""

    @property
    def naming_key(self) -> bytes:
        """A secret of the session, for the names of transcripts."""

    def require_account(self) -> None:
        """Make sure that the account is the session's auditor."""

    def trace(
        self, box: Box, *, transcript: Path, on_event: Callable[[TraceEvent], None]
    ) -> Trace | NotTraced:
        """Find out who leaked the shares in a box."""

    def are_convicted(self, accused: tuple[ChecksumAddress, ...]) -> bool:
        """Say whether it is certain that all of these are convicted already."""

    def convict(self, trace: Trace) -> MinedTransaction:
        """Prove it to the contract."""


class TraceDesk:
    """
    Makes traces for the operator.

    Parameters
    ----------
    auditor_of : callable
        Gives the auditor of a session; raises `TcssError` if there is none.
    folder : Path
        Where transcripts are kept; made for its owner only when the first is. A box's transcript is found
        again under a keyed hash of its address, for that may hold a password.
    trail : AuditTrail
        Told of every trace.
    make_box : callable
        Makes a box of an address.
    """

    def __init__(
        self,
        auditor_of: Callable[[bytes], TracingAuditor],
        folder: Path,
        trail: AuditTrail,
        make_box: Callable[[str], Box] = HttpBox,
    ) -> None:
        self._auditor_of = auditor_of
        self._folder = folder
        self._trail = trail
        self._make_box = make_box
        self._lock = Lock()
        self._traces: OrderedDict[str, TraceProgressReport] = OrderedDict()
        self._thread: Thread | None = None
        self._stopping = Event()
        self._log = structlog.get_logger("tcss.gateway")

    def __repr__(self) -> str:
        return "TraceDesk()"

    def start(self, sid: bytes, url: str, *, convict: bool, fresh: bool = False) -> TraceProgressReport:
        """
        Begin a trace, or go on with one of the same box.

        Parameters
        ----------
        sid : bytes
            The session.
        url : str
            The box, ``http`` or ``https``; it may hold a password.
        convict : bool
            Whether to convict whoever is found.
        fresh : bool
            Ask the box everything anew, instead of going on with the transcript of its address.

        Returns
        -------
        TraceProgressReport
            Its beginning.

        Raises
        ------
        TraceBusyError
            If another trace is under way.
        BoxAddressError
            If the address is none.
        AuditTrailError
            If the trace cannot be written down; it is not begun then.
        TcssError
            If the session is not this auditor's.
        """
        box = self._make_box(url)
        auditor = self._auditor_of(sid)
        salt = secrets.token_bytes(_ID_BYTES) if fresh else b""
        name = hmac.digest(auditor.naming_key, sid + salt + url.encode(), "sha256")[:_ID_BYTES].hex()
        report = TraceProgressReport(name, sid, convict)
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise TraceBusyError
            if self._stopping.is_set():
                raise TraceStoppedError
            self._write("started", report, box=_place(url))
            self._keep(report)
            self._thread = Thread(target=self._run, args=(report, auditor, box), name="trace", daemon=True)
            self._thread.start()
        return report

    def get(self, trace_id: str) -> TraceProgressReport | None:
        """Give a trace as it is now."""
        return self._traces.get(trace_id)

    def all(self) -> tuple[TraceProgressReport, ...]:
        """Give the latest traces, the oldest first."""
        return tuple(self._traces.values())

    def stop(self) -> None:
        """Interrupt the trace that is under way; its transcript has every query."""
        self._stopping.set()
        thread = self._thread
        if thread is not None:
            thread.join(_STOP_SECONDS)

    def _run(self, report: TraceProgressReport, auditor: TracingAuditor, box: Box) -> None:
        try:
            ended = self._trace(report, auditor, box)
        except TcssError as error:
            ended = self._ended(report, TraceStage.FAILED, reason=str(error))
        except Exception as error:  # noqa: BLE001  # a box or its transport may cause anything
            self._log.error("a trace failed unexpectedly", exc_info=error)
            ended = self._ended(report, TraceStage.FAILED, reason=type(error).__name__)
        try:
            self._write("ended", ended)
        except TcssError as error:
            self._log.error("the audit trail cannot be written", reason=str(error))
        self._keep(ended)
        self._log.info("trace ended", session=f"0x{report.sid.hex()}", stage=ended.stage.value)

    def _trace(self, report: TraceProgressReport, auditor: TracingAuditor, box: Box) -> TraceProgressReport:
        def heard(event: TraceEvent) -> None:
            if self._stopping.is_set() and isinstance(event, QueryMade):
                raise TraceStoppedError
            if isinstance(event, Progressed):
                now = self._now(report)
                self._keep(
                    replace(
                        now,
                        queries=event.queries,
                        answered=event.answered,
                        right=event.right,
                        sets=event.sets,
                    )
                )

        auditor.require_account()
        make_private_folder(self._folder)
        transcript = self._folder / f"{report.trace_id}.jsonl"
        outcome = auditor.trace(box, transcript=transcript, on_event=heard)
        if isinstance(outcome, NotTraced):
            return self._ended(
                report,
                TraceStage.NOT_TRACED,
                reason=outcome.reason.value,
                queries=outcome.queries,
                answered=outcome.answered,
            )
        published = PublishedTrace.of(outcome, report.sid, auditor.auditor)
        write_published(transcript.with_name(f"{transcript.name}.published.json"), published)
        if not report.convict:
            return self._ended(report, TraceStage.TRACED, accused=outcome.accused)
        self._keep(replace(self._now(report), stage=TraceStage.CONVICTING, accused=outcome.accused))
        mined = self._convict(auditor, outcome)
        if mined is None:
            return self._ended(
                report, TraceStage.CONVICTED, accused=outcome.accused, reason=_CONVICTED_EARLIER
            )
        return self._ended(
            report,
            TraceStage.CONVICTED,
            accused=outcome.accused,
            block=mined.block_number,
            gas=mined.gas_used,
        )

    def _convict(self, auditor: TracingAuditor, outcome: Trace) -> MinedTransaction | None:
        """Convict; what was signed is sent again until it is mined. None if earlier records have them all."""
        failures = 0
        while not self._stopping.is_set():
            try:
                if auditor.are_convicted(outcome.accused):
                    return None
                return auditor.convict(outcome)
            except TransactionTimeoutError:
                self._log.info("the conviction is not mined yet")
            except NodeError:
                failures += 1
                if failures >= _MOST_NODE_FAILURES:
                    raise
            self._stopping.wait(_CONVICT_PAUSE_SECONDS)
        raise TraceStoppedError

    def _now(self, report: TraceProgressReport) -> TraceProgressReport:
        return self._traces.get(report.trace_id, report)

    def _ended(self, report: TraceProgressReport, stage: TraceStage, **changes: Any) -> TraceProgressReport:
        return replace(self._now(report), stage=stage, **changes)

    def _keep(self, report: TraceProgressReport) -> None:
        self._traces[report.trace_id] = report
        while len(self._traces) > _MOST_KEPT:
            self._traces.popitem(last=False)

    def _write(self, event: str, report: TraceProgressReport, **more: Field) -> None:
        fields: dict[str, Field] = {
            "event": event,
            "id": report.trace_id,
            "session": f"0x{report.sid.hex()}",
            "convict": report.convict,
            **more,
        }
        if report.has_ended:
            fields |= {
                "stage": report.stage.value,
                "queries": report.queries,
                "accused": [str(each) for each in report.accused],
                "reason": report.reason,
                "block": report.block,
            }
        self._trail.add(LineKind.TRACE, fields)


def _place(url: str) -> str:
    """Give host and port of a box's address: the rest may be a password."""
    parsed = URL(url)
    return f"{parsed.host}:{parsed.port}"
