"""What a session's participant reports, turned into log lines, figures and alarms."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import structlog
from eth_typing import ChecksumAddress

from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.participant.events import Happening, ParticipantEvent

_WARNINGS: Final = (
    Happening.SHARE_MISSING,
    Happening.SHARE_INVALID,
    Happening.PROOF_INVALID,
    Happening.COMPLAINED,
    Happening.RECORDED_FAULT,
    Happening.REVEALED,
)


class SessionReports:
    """
    Passes on what one session's participant reports.

    Parameters
    ----------
    sid : bytes
        The session.
    names : mapping of ChecksumAddress to str
        What people call the participants, by address.
    metrics : ParticipantMetrics
        Counts what happens.
    alarms : AlarmBoard
        Shows what an operator must look at.
    failing_seconds : float
        For how long steps may fail before that is an alarm.
    """

    def __init__(
        self,
        sid: bytes,
        names: Mapping[ChecksumAddress, str],
        metrics: ParticipantMetrics,
        alarms: AlarmBoard,
        failing_seconds: float,
    ) -> None:
        self._about = f"0x{sid.hex()}"
        self._names = names
        self._metrics = metrics
        self._alarms = alarms
        self._failing_seconds = failing_seconds
        self._log = structlog.get_logger("tcss.session").bind(session=self._about)
        self._failed_in_step = False
        self._failing_since: float | None = None
        self._last_failure = ""

    def observe(self, event: ParticipantEvent) -> None:
        """Take an event of the participant."""
        self._metrics.happened(event.happening.name.lower())
        if event.happening is Happening.FAILED:
            self._failed(event.detail)
            return
        facts = {"about": event.about, "name": self._names.get(event.about)} if event.about else {}
        if event.happening in _WARNINGS:
            self._log.warning(event.happening.value, **facts)
        else:
            self._log.info(event.happening.value, **facts)
        if event.about and event.happening is Happening.SHARE_MISSING:
            self._alarms.raise_(Alarm.SHARE_WITHHELD, self._about, f"no share from {event.about}")
        elif event.happening in (Happening.SHARE_RECEIVED, Happening.HOLDS_SHARE):
            self._alarms.clear(Alarm.SHARE_WITHHELD, self._about)

    def after_step(self) -> None:
        """Take note that a step has ended."""
        if self._failed_in_step:
            self._failed_in_step = False
            return
        if self._failing_since is not None:
            self._failing_since, self._last_failure = None, ""
            self._alarms.clear(Alarm.STEP_FAILING, self._about)
            self._log.info("goes on")

    def unexpected(self, error: Exception) -> None:
        """Take an error that nobody foresaw; its text may hold anything, so only its kind is shown."""
        self._log.error("unexpected error, goes on after a pause", error=type(error).__name__)
        self._alarms.raise_(Alarm.STEP_FAILING, self._about, f"unexpected {type(error).__name__}")
        self._failed_in_step = True
        self._failing_since = self._failing_since or time.monotonic()

    def _failed(self, detail: str) -> None:
        self._failed_in_step = True
        now = time.monotonic()
        self._failing_since = self._failing_since if self._failing_since is not None else now
        if detail != self._last_failure:
            self._last_failure = detail
            self._log.warning(Happening.FAILED.value, reason=detail)
        if now - self._failing_since >= self._failing_seconds:
            self._alarms.raise_(Alarm.STEP_FAILING, self._about, detail)
