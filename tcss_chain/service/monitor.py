"""Health and metrics of a service."""

from __future__ import annotations

from contextlib import ExitStack

from tcss_chain.monitoring.alarms import AlarmBoard
from tcss_chain.monitoring.health import Health
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.monitoring.monitor_server import MonitorServer
from tcss_chain.operation.node_settings import NodeSettings


def start_monitor(
    node: NodeSettings, metrics: ParticipantMetrics, alarms: AlarmBoard, running: ExitStack
) -> None:
    """
    Serve health and metrics, if the configuration says where.

    Parameters
    ----------
    node : NodeSettings
        The configuration.
    metrics : ParticipantMetrics
        The figures.
    alarms : AlarmBoard
        What is not healthy.
    running : ExitStack
        Ends the server.

    Raises
    ------
    TcssError
        If the address cannot be listened on.
    """
    if node.monitor is None:
        return

    monitor = MonitorServer(metrics, lambda: Health(alarms.active()), node.monitor.host, node.monitor.port)
    running.enter_context(monitor)
