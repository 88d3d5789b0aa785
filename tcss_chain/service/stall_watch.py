"""For how long no node has told of a recent block, and when that is an alarm."""

from __future__ import annotations

import time

from structlog.typing import FilteringBoundLogger

from tcss_chain.monitoring.alarms import Alarm, AlarmBoard

from .alarm_changes import set_alarm


class StallWatch:
    """
    Watches the age of the newest block, also while no node answers: then that of the last one that was told.

    Parameters
    ----------
    alarms : AlarmBoard
        Takes the alarm.
    log : logger
        Told when it is raised or over.
    stalled_seconds : float
        How old, by the local clock, the newest block may be; until a block was told, how much time may pass.
    """

    def __init__(self, alarms: AlarmBoard, log: FilteringBoundLogger, stalled_seconds: float) -> None:
        self._alarms = alarms
        self._log = log
        self._stalled_seconds = stalled_seconds
        self._newest = time.time()
        self._was_told = False

    def look(self, head_time: int | None) -> None:
        """
        Raise the alarm if there is reason, else clear it.

        Parameters
        ----------
        head_time : int or None
            Time of the newest block, Unix seconds; None if no node that can be used tells of one.
        """
        now = time.time()
        if head_time is not None:
            self._was_told = True
            self._newest = min(head_time, now)  # one of the future must not put the alarm off
        age = now - self._newest
        if self._was_told:
            silent = "" if head_time is not None else "no node answers, and "
            note = f"{silent}the newest block is {age:.0f} s old"
        else:
            note = f"no node has told of a block for {age:.0f} s"
        is_raised = age > self._stalled_seconds
        set_alarm(self._alarms, self._log, Alarm.CHAIN_STALLED, "", is_raised=is_raised, note=note)
