"""How a service is, in one word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .alarms import ActiveAlarm, Severity


@dataclass(frozen=True, slots=True)
class Health:
    """
    The health of a service.

    Attributes
    ----------
    alarms : tuple of ActiveAlarm
        What is raised.
    """

    alarms: tuple[ActiveAlarm, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether nobody must act now. What can wait for the next day is no trouble."""
        return all(each.severity is not Severity.PAGE for each in self.alarms)

    def as_json(self) -> dict[str, Any]:
        """Give what ``/health`` answers."""
        health: dict[str, Any] = {"status": "ok" if self.is_ok else "troubled"}
        if self.alarms:
            health["alarms"] = [
                {
                    "name": each.alarm.value,
                    "severity": each.severity.value,
                    "about": each.about,
                    "note": each.note,
                    "since": each.since,
                }
                for each in self.alarms
            ]
        return health
