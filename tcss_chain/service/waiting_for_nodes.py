"""Connecting to the nodes when a service starts."""

from __future__ import annotations

from threading import Event
from typing import Final

import structlog

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.operation.node_settings import NodeSettings

_CONNECT_PAUSE_SECONDS: Final = 5.0


def wait_for_nodes(node: NodeSettings, alarms: AlarmBoard, stopping: Event) -> Connection | None:
    """
    Connect to the nodes, for as long as it takes.

    Parameters
    ----------
    node : NodeSettings
        Where they are, and the contract.
    alarms : AlarmBoard
        Shows that there is none.
    stopping : Event
        Set when it is not worth waiting any longer.

    Returns
    -------
    Connection or None
        None if it was to stop first.
    """
    log = structlog.get_logger("tcss.service")
    while not stopping.is_set():
        try:
            connection = Connection(node.rpc_urls, node.contract, chain_id=node.chain_id)
        except ChainError as error:
            if alarms.raise_(Alarm.NODE_UNREACHABLE, "all nodes", str(error)):
                log.warning("no node can be used, will be tried again", reason=str(error))
            stopping.wait(_CONNECT_PAUSE_SECONDS)
        else:
            alarms.clear(Alarm.NODE_UNREACHABLE, "all nodes")
            return connection
    return None
