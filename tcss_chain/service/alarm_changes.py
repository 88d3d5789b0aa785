"""Raising alarms and clearing them, with a line in the log when that changes something."""

from __future__ import annotations

from typing import Final

from structlog.typing import FilteringBoundLogger

from tcss_chain.monitoring.alarms import Alarm, AlarmBoard

_ENDED_WITH_THE_SESSION: Final = (
    Alarm.STEP_FAILING,
    Alarm.SHARE_WITHHELD,
    Alarm.COMPLAINED_ABOUT,
    Alarm.NODES_DISAGREE,
    Alarm.STATE_NOT_WRITABLE,
)
"""What says nothing any longer about a session that is over; a fault and an abort stay to be seen."""


def set_alarm(
    alarms: AlarmBoard, log: FilteringBoundLogger, alarm: Alarm, about: str, *, is_raised: bool, note: str
) -> None:
    """Raise an alarm or clear it, and log when that changes something."""
    if not is_raised:
        if alarms.clear(alarm, about):
            log.info("alarm is over", alarm=alarm.value, about=about)
    elif alarms.raise_(alarm, about, note):
        log.warning("alarm", alarm=alarm.value, about=about, reason=note)


def clear_ended(alarms: AlarmBoard, log: FilteringBoundLogger, sid: bytes) -> None:
    """
    Clear what ended with a session that is over, or that is left alone from now on.

    Nobody looks at the session any more, so nobody else would.

    Parameters
    ----------
    alarms : AlarmBoard
        The alarms.
    log : logger
        Told of those that are over.
    sid : bytes
        The session.
    """
    for alarm in _ENDED_WITH_THE_SESSION:
        set_alarm(alarms, log, alarm, f"0x{sid.hex()}", is_raised=False, note="")
