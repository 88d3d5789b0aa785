"""For how long the steps of a session have failed, and when that is an alarm."""

from __future__ import annotations

import re
import time
from typing import Final

from structlog.typing import FilteringBoundLogger

from tcss_chain.monitoring.alarms import Alarm, AlarmBoard

_NUMBER: Final = re.compile(r"\d+")


class FailureWatch:
    """
    Watches the steps of one session.

    Parameters
    ----------
    about : str
        The session, as alarms name it.
    alarms : AlarmBoard
        Takes the alarm.
    failing_seconds : float
        For how long steps may fail before that is an alarm.
    log : logger
        Told of every new reason.
    """

    def __init__(
        self, about: str, alarms: AlarmBoard, failing_seconds: float, log: FilteringBoundLogger
    ) -> None:
        self._about = about
        self._alarms = alarms
        self._failing_seconds = failing_seconds
        self._log = log
        self._failed_in_step = False
        self._failing_since: float | None = None
        self._last_failure = ""

    def failed(self, detail: str, message: str = "failed, will be tried again") -> None:
        """Take note that something in a step failed."""
        self._failed_in_step = True
        now = time.monotonic()
        self._failing_since = self._failing_since if self._failing_since is not None else now
        # The same with another block number is nothing new, and would be logged several times a second.
        reason = _NUMBER.sub("", detail)
        if reason != self._last_failure:
            self._last_failure = reason
            self._log.warning(message, reason=detail)
        if now - self._failing_since >= self._failing_seconds:
            self._alarms.raise_(Alarm.STEP_FAILING, self._about, detail)

    def unexpected(self, error: Exception) -> None:
        """Take an error that nobody foresaw; its text may hold anything, so only its kind is shown."""
        self._log.error("unexpected error, goes on after a pause", error=type(error).__name__)
        self._alarms.raise_(Alarm.STEP_FAILING, self._about, f"unexpected {type(error).__name__}")
        self._failed_in_step = True
        self._failing_since = self._failing_since or time.monotonic()

    def after_step(self) -> None:
        """Take note that a step has ended."""
        if self._failed_in_step:
            self._failed_in_step = False
            return
        if self._failing_since is not None:
            self._failing_since, self._last_failure = None, ""
            self._alarms.clear(Alarm.STEP_FAILING, self._about)
            self._log.info("goes on")
