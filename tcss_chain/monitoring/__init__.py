"""What an operator sees of a running service: logs, metrics, alarms, health. Never a secret."""

from .alarms import ActiveAlarm, Alarm, AlarmBoard, Severity
from .health import Health
from .logs import configure_logs
from .metrics import ParticipantMetrics
from .monitor_server import MonitorServer

__all__ = [
    "ActiveAlarm",
    "Alarm",
    "AlarmBoard",
    "Health",
    "MonitorServer",
    "ParticipantMetrics",
    "Severity",
    "configure_logs",
]
