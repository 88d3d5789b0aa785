"""Opens the models of a gateway, watches over their sessions, and closes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

import structlog
from eth_typing import ChecksumAddress

from tcss_chain.errors import TcssError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.gateway_errors import ModelDamagedError, TooFewAnswersError
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.protocol.model_label import ModelLabel

from .audit_lines import Field, LineKind
from .audit_trail import AuditTrail
from .conviction_watch import ConvictionWatch
from .errors import (
    AuditTrailError,
    ClosedSessionError,
    RuntimeMissingError,
    UnknownRuntimeError,
    UnsupportedModelError,
)
from .file_stamp import FileStamp, file_stamp
from .gateway_file import ModelEntry
from .model_opener import ModelOpener
from .model_shelf import ModelShelf, Standing
from .runtimes import Runtime, load_runtime, runtime_of

_OPENINGS_AT_A_TIME: Final = 4
_TURN_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 1.0
_NOT_YET: Final = "it is not open yet"
_NEVER: Final = "it cannot be served; its operator knows why"
_HOPELESS: Final = (UnsupportedModelError, UnknownRuntimeError, RuntimeMissingError, ModelDamagedError)
"""Trying again changes nothing, and costs a line of the log, gas, and answers."""


@dataclass(frozen=True, slots=True)
class KeeperSettings:
    """
    How patient the keeper is.

    Attributes
    ----------
    look_seconds : float
        Pause between two looks at the sessions.
    first_pause : float
        Until a failed opening is tried again, seconds; each time twice as long. Every try that gets as far
        as the chain costs a transaction.
    longest_pause : float
        But no longer than this.
    first_limit_pause : float
        After an opening that failed for the participants' limits: every try counts against these limits too.
        Each time twice as long.
    longest_limit_pause : float
        But no longer than this.
    """

    look_seconds: float = 4.0
    first_pause: float = 30.0
    longest_pause: float = 3600.0
    first_limit_pause: float = 3600.0
    longest_limit_pause: float = 6 * 3600.0


@dataclass(slots=True)
class _Patience:
    """
    When a model is tried again.

    Attributes
    ----------
    due_at : float
        Not before, by the keeper's clock.
    pause : float
        How long it waits after the next failure.
    file : FileStamp or None
        Its file, as it was when the last opening began.
    is_hopeless : bool
        Whether that file can never be served.
    """

    due_at: float
    pause: float
    file: FileStamp | None = None
    is_hopeless: bool = False


class ModelKeeper:
    """
    Keeps models open for as long as the policy lets it.

    Parameters
    ----------
    shelf : ModelShelf
        The models.
    opener : ModelOpener
        Opens them.
    watch : ConvictionWatch
        Judges their sessions.
    trail : AuditTrail
        Told of everything.
    alarms : AlarmBoard
        Shows what the operator must look at.
    metrics : ParticipantMetrics
        Counts what happens.
    settings : KeeperSettings
        Pauses.
    clock : callable
        Seconds that never go back.
    """

    def __init__(
        self,
        shelf: ModelShelf,
        opener: ModelOpener,
        watch: ConvictionWatch,
        trail: AuditTrail,
        alarms: AlarmBoard,
        metrics: ParticipantMetrics,
        settings: KeeperSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shelf = shelf
        self._opener = opener
        self._watch = watch
        self._trail = trail
        self._alarms = alarms
        self._metrics = metrics
        self._settings = settings or KeeperSettings()
        self._clock = clock
        self._log = structlog.get_logger("tcss.gateway")
        self._looked_at = float("-inf")
        self._patience = {
            model.entry.name: _Patience(float("-inf"), self._settings.first_pause) for model in shelf
        }
        self._openings: list[Thread] = []

    def run(self, stopping: Event) -> None:
        """
        Open, watch and close until it is to stop; then close all.

        Parameters
        ----------
        stopping : Event
            Set from outside.
        """
        try:
            while not stopping.is_set():
                self.turn()
                stopping.wait(_TURN_SECONDS)
        finally:
            self.stop()

    def turn(self) -> None:
        """Do once what is due."""
        now = self._clock()
        if now - self._looked_at >= self._settings.look_seconds:
            self._looked_at = now
            self._look()
        self._openings = [thread for thread in self._openings if thread.is_alive()]
        for model in self._shelf:
            if len(self._openings) >= _OPENINGS_AT_A_TIME:
                return
            name = model.entry.name
            if self._is_due(model.entry, now) and self._shelf.begin(name):
                # An opening can take half an hour; it does not keep the process from ending.
                thread = Thread(
                    target=self._open_or_wait, args=(model.entry,), name=f"opening-{name}", daemon=True
                )
                thread.start()
                self._openings.append(thread)

    def stop(self) -> None:
        """Drop all models. An opening that is under way comes to nothing; its line in the log is there."""
        for model in self._shelf:
            self._shelf.close(model.entry.name, "the gateway stops")
        for thread in self._openings:
            thread.join(_STOP_SECONDS)

    def report(self, report: OpeningReport) -> None:
        """
        Write down what became of an anchored opening; called by the opener.

        Raises
        ------
        AuditTrailError
            If it cannot be written; the model must not be used then.
        """
        fields: dict[str, Field] = {
            "event": "answered",
            **_facts(report.label),
            "purpose": report.purpose,
            "request": f"0x{report.request_hash.hex()}",
            "transaction": report.transaction,
            "opening": report.number,
            "threshold": report.threshold,
            "used": _texts(report.used),
            "false": {str(account): wrong.value for account, wrong in report.false.items()},
            "refused": {str(account): code.value for account, code in report.refused.items()},
            "silent": {str(account): what for account, what in report.silent.items()},
            "not_asked": _texts(report.not_asked),
            "seconds": round(report.seconds.total, 3),
        }
        self._trail.add(LineKind.OPENING, fields)

    def _look(self) -> None:
        """Judge every session that a model belongs to, and close what must not be served any more."""
        labels = {model.entry.name: model.label for model in self._shelf if model.label is not None}
        for sid in sorted({label.sid for label in labels.values()}):
            try:
                found = self._watch.judge(sid)
            except TcssError as error:
                self._log.warning("looking at a session failed", session=f"0x{sid.hex()}", reason=str(error))
                continue
            if found is None:
                continue
            for name in [name for name, label in labels.items() if label.sid == sid]:
                if found.is_final:
                    self._close(name, labels[name], found.reason)
                else:
                    self._suspend(name, labels[name], found.reason)

    def _is_due(self, entry: ModelEntry, now: float) -> bool:
        patience = self._patience[entry.name]
        if patience.due_at > now:
            return False
        if not patience.is_hopeless:
            return True
        found = file_stamp(entry.file)
        if found is None or found == patience.file:
            patience.due_at = now + self._settings.look_seconds
            return False
        patience.is_hopeless, patience.pause = False, self._settings.first_pause
        return True

    def _open_or_wait(self, entry: ModelEntry) -> None:
        name = entry.name
        try:
            self._open(entry)
        except ClosedSessionError as error:
            # The next look closes it for good if it is for good.
            self._failed(name, error.reason, error)
        except _HOPELESS as error:
            self._patience[name].is_hopeless = True
            self._failed(name, _NEVER, error)
        except TcssError as error:
            self._failed(name, _NOT_YET, error)
        except Exception as error:  # noqa: BLE001  # one model's trouble must not end the others
            self._log.error("an opening failed unexpectedly", model=name, exc_info=error)
            self._failed(name, _NOT_YET, error)

    def _open(self, entry: ModelEntry) -> None:
        name = entry.name
        self._patience[name].file = file_stamp(entry.file)
        label = self._opener.label(entry.file)
        self._shelf.identify(name, label)
        self._require_served(label.sid)
        runtime_name = entry.runtime or runtime_of(label.model)
        opened = self._opener.open(entry.file, entry.purpose)
        try:
            if opened.label != label:
                raise UnsupportedModelError(runtime_name, "its file was changed while it was opened")
            runtime: Runtime = load_runtime(runtime_name, opened.content)
        finally:
            opened.wipe()
        # Opening takes minutes: somebody may have been convicted meanwhile.
        self._require_served(label.sid)
        self._trail.add(
            LineKind.OPENING,
            {"event": "served", "name": name, **_facts(label), "runtime": runtime_name.value},
        )
        if not self._shelf.serve(name, label, runtime):
            # It was closed since it was judged, and its line may stand before the one that says "served".
            model = self._shelf.get(name)
            self._write_closing(name, label, "" if model is None else model.reason)
            return
        self._patience[name].pause = self._settings.first_pause
        self._alarms.clear(Alarm.MODEL_NOT_OPEN, name)
        self._metrics.happened("model opened")
        self._log.info("model is served", model=name, session=f"0x{label.sid.hex()}")

    def _require_served(self, sid: bytes) -> None:
        found = self._watch.judge(sid)
        if found is not None:
            raise ClosedSessionError(sid, found.reason)

    def _failed(self, name: str, reason: str, error: Exception) -> None:
        patience, settings = self._patience[name], self._settings
        shown = _shown(error)
        if patience.is_hopeless:
            patience.due_at = self._clock()
            then = "will not be tried again before its file is another one"
            self._log.error(f"a model cannot be served, {then}", model=name, reason=shown)
            self._alarms.raise_(Alarm.MODEL_NOT_OPEN, name, f"{shown}; it {then}")
        else:
            if _is_over_limit(error):
                pause, longest = max(patience.pause, settings.first_limit_pause), settings.longest_limit_pause
            else:
                pause, longest = min(patience.pause, settings.longest_pause), settings.longest_pause
            patience.due_at = self._clock() + pause
            patience.pause = min(2 * pause, longest)
            self._log.warning("a model is not open, will be tried again", model=name, reason=shown)
            self._alarms.raise_(Alarm.MODEL_NOT_OPEN, name, shown)
        self._metrics.happened("opening failed")
        try:
            self._trail.add(LineKind.OPENING, {"event": "failed", "name": name, "reason": shown})
        except AuditTrailError as failure:
            self._log.error("the audit trail cannot be written", reason=str(failure))
        self._shelf.wait(name, reason)

    def _close(self, name: str, label: ModelLabel, reason: str) -> None:
        if not self._shelf.close(name, reason):
            return
        self._alarms.clear(Alarm.MODEL_NOT_OPEN, name)
        self._alarms.raise_(Alarm.MODEL_CLOSED, name, reason)
        self._metrics.happened("model closed")
        self._write_closing(name, label, reason)

    def _suspend(self, name: str, label: ModelLabel, reason: str) -> None:
        model = self._shelf.get(name)
        if model is None or model.standing is not Standing.OPEN:
            return
        self._shelf.wait(name, reason)
        self._patience[name].due_at = self._clock() + self._patience[name].pause
        self._metrics.happened("model closed")
        self._write_closing(name, label, reason)

    def _write_closing(self, name: str, label: ModelLabel, reason: str) -> None:
        self._log.warning("model is closed", model=name, session=f"0x{label.sid.hex()}", reason=reason)
        try:
            self._trail.add(LineKind.CLOSING, {"name": name, **_facts(label), "reason": reason})
        except AuditTrailError as failure:
            self._log.error("the audit trail cannot be written", reason=str(failure))


def _texts(accounts: Iterable[ChecksumAddress]) -> list[str]:
    return [str(each) for each in accounts]


def _shown(error: Exception) -> str:
    """Tell what went wrong where others than the operator may read it: no verdict about answers."""
    if isinstance(error, TooFewAnswersError):
        return "too few right answers; the audit trail has the details"
    return str(error) if isinstance(error, TcssError) else type(error).__name__


def _is_over_limit(error: Exception) -> bool:
    """Say whether so many refused for their limits that the others could not answer."""
    if not isinstance(error, TooFewAnswersError):
        return False
    report = error.report
    limited = sum(refusal is Refusal.LIMIT for refusal in report.refused.values())
    asked = len(report.used) + len(report.false) + len(report.refused) + len(report.silent)
    return asked - limited < report.threshold


def _facts(label: ModelLabel) -> dict[str, Field]:
    return {
        "model": label.model,
        "digest": f"0x{label.digest.hex()}",
        "session": f"0x{label.sid.hex()}",
        "owner": str(label.owner),
    }
