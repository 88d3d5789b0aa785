"""Connecting to the nodes when a service starts."""

from __future__ import annotations

from threading import Event
from typing import Final

import structlog

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.operation.node_settings import NodeSettings

from .alarm_changes import set_alarm
from .service_settings import STALLED_SECONDS
from .stall_watch import StallWatch

_CONNECT_PAUSE_SECONDS: Final = 5.0


def wait_for_nodes(
    node: NodeSettings,
    metrics: ParticipantMetrics,
    alarms: AlarmBoard,
    stopping: Event,
    *,
    stalled_seconds: float = STALLED_SECONDS,
) -> Connection | None:
    """
    Connect to the nodes, for as long as it takes.

    Parameters
    ----------
    node : NodeSettings
        Where they are, and the contract.
    metrics : ParticipantMetrics
        Takes the number of alarms.
    alarms : AlarmBoard
        Shows that there is none.
    stopping : Event
        Set when it is not worth waiting any longer.
    stalled_seconds : float
        After how long the alarm is one that somebody must look at now.

    Returns
    -------
    Connection or None
        None if it was to stop first.
    """
    log = structlog.get_logger("tcss.service")
    watch = StallWatch(alarms, log, stalled_seconds)
    while not stopping.is_set():
        try:
            connection = Connection(node.rpc_urls, node.contract, chain_id=node.chain_id)
        except ChainError as error:
            if alarms.raise_(Alarm.NODE_UNREACHABLE, "all nodes", str(error)):
                log.warning("no node can be used, will be tried again", reason=str(error))
            watch.look(None)
            metrics.set_alarms(alarms.active())
            stopping.wait(_CONNECT_PAUSE_SECONDS)
        else:
            # How old the newest block is, the first check tells.
            for alarm, about in ((Alarm.NODE_UNREACHABLE, "all nodes"), (Alarm.CHAIN_STALLED, "")):
                set_alarm(alarms, log, alarm, about, is_raised=False, note="")
            metrics.set_alarms(alarms.active())
            return connection
    return None
