"""Making sure, now and then, that the next secret could be kept."""

from __future__ import annotations

import time
from collections import Counter
from typing import Final

import structlog

from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.store.errors import StoreError
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.state_database import StateDatabase

from .attempt import attempt

WRITE_SECONDS: Final = 60.0
"""How often the state is written to: a synced write each time."""


class StateCheck:
    """
    Counts the sessions of a state, and raises an alarm when it cannot be written.

    Parameters
    ----------
    database : StateDatabase
        The state, open.
    metrics : ParticipantMetrics
        Takes the counts.
    alarms : AlarmBoard
        Takes the alarm.
    """

    def __init__(self, database: StateDatabase, metrics: ParticipantMetrics, alarms: AlarmBoard) -> None:
        self._database = database
        self._table = SessionTable(database)
        self._metrics = metrics
        self._alarms = alarms
        self._log = structlog.get_logger("tcss.service")
        self._checked_at = float("-inf")

    def run_if_due(self) -> None:
        """Check, unless that was done a short while ago."""
        now = time.monotonic()
        if now - self._checked_at >= WRITE_SECONDS:
            self._checked_at = now
            attempt(self._log, "checking the state", self._run)

    def _run(self) -> None:
        self._metrics.set_sessions(Counter(row.standing.value for row in self._table.all()))
        try:
            self._database.check_writable()
        except StoreError as error:
            self._alarms.raise_(Alarm.STATE_NOT_WRITABLE, "", str(error))
            raise
        self._alarms.clear(Alarm.STATE_NOT_WRITABLE)
