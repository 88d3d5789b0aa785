"""What a session's participant reports, turned into log lines, figures and alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from eth_typing import ChecksumAddress

from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.participant.events import Happening, ParticipantEvent

from .failure_watch import FailureWatch

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
        self._log = structlog.get_logger("tcss.session").bind(session=self._about)
        self._withheld: dict[ChecksumAddress, None] = {}
        self._failures = FailureWatch(self._about, alarms, failing_seconds, self._log)

    def observe(self, event: ParticipantEvent) -> None:
        """Take an event of the participant."""
        self._metrics.happened(event.happening.name.lower())
        if event.happening is Happening.FAILED:
            self._failures.failed(event.detail, Happening.FAILED.value)
            return
        facts = {"about": event.about, "name": self._names.get(event.about)} if event.about else {}
        if event.happening in _WARNINGS:
            self._log.warning(event.happening.value, **facts)
        else:
            self._log.info(event.happening.value, **facts)
        self._watch_withheld(event)

    def after_step(self) -> None:
        """Take note that a step has ended."""
        self._failures.after_step()

    def unexpected(self, error: Exception) -> None:
        """Take an error that nobody foresaw; its text may hold anything, so only its kind is shown."""
        self._failures.unexpected(error)

    def _watch_withheld(self, event: ParticipantEvent) -> None:
        """Keep the alarm for as long as any dealer's share is missing that is still needed."""
        if event.about and event.happening is Happening.SHARE_MISSING:
            self._withheld[event.about] = None
        elif event.about and event.happening in (Happening.SHARE_RECEIVED, Happening.SHARE_INVALID):
            self._withheld.pop(event.about, None)
        elif event.happening in (Happening.HOLDS_SHARE, Happening.ERASED):
            self._withheld.clear()
        else:
            return
        if self._withheld:
            self._alarms.raise_(
                Alarm.SHARE_WITHHELD, self._about, f"no share from {', '.join(self._withheld)}"
            )
        else:
            self._alarms.clear(Alarm.SHARE_WITHHELD, self._about)
