"""Running a participant's service from its configuration file."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Event
from typing import Final

import structlog

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainError
from tcss_chain.chain.transactions import TransactionSettings
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.service import ShareService
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.health import Health
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.monitoring.monitor_server import MonitorServer
from tcss_chain.operation.consortia import load_consortia
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.node_settings import NodeSettings
from tcss_chain.operation.participant_file import ParticipantFile
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.store.state_database import StateDatabase

from .participant_service import ParticipantService
from .service_settings import ServiceSettings

_CONNECT_PAUSE_SECONDS: Final = 5.0


def run_participant(
    file: ParticipantFile,
    passphrase: Passphrase,
    stopping: Event,
    *,
    kind: type[Participant] = Participant,
    reached: Reached = go_on,
) -> None:
    """
    Run a participant's service until it is to stop.

    Parameters
    ----------
    file : ParticipantFile
        The configuration.
    passphrase : Passphrase
        Opens wallet and state.
    stopping : Event
        Set from outside.
    kind : type of Participant
        What runs a session; tests pass others.
    reached : callable
        Told of every moment at which a crash must do no harm.

    Raises
    ------
    TcssError
        If state, wallet or consortium files cannot be used, or an address cannot be listened on. Nodes that
        do not answer are waited for.
    """
    node = file.node
    consortia = load_consortia(node.consortia)
    metrics, alarms, outbox = ParticipantMetrics(), AlarmBoard(), Outbox()
    with ExitStack() as running:
        database = running.enter_context(StateDatabase.open(node.data, passphrase.text))
        account = read_wallet(node.wallet, passphrase)
        log = structlog.get_logger("tcss.service")
        if node.monitor is not None:
            monitor = MonitorServer(
                metrics, lambda: Health(alarms.active()), node.monitor.host, node.monitor.port
            )
            running.enter_context(monitor)
        running.enter_context(ShareService(outbox, file.listen.host, file.listen.port))
        log.info(
            "participant runs",
            account=account.address,
            listen=str(file.listen),
            monitor="off" if node.monitor is None else str(node.monitor),
        )
        connection = wait_for_nodes(node, alarms, stopping)
        if connection is None:
            return
        service = ParticipantService(
            connection,
            account,
            database,
            outbox,
            consortia,
            metrics=metrics,
            alarms=alarms,
            participant_settings=ParticipantSettings(
                confirmations=node.confirmations,
                share_patience_seconds=file.share_patience_seconds,
                complaint_margin_seconds=file.complaint_margin_seconds,
                activation_stagger_seconds=file.activation_stagger_seconds,
                poll_seconds=node.poll_seconds,
            ),
            settings=ServiceSettings(
                first_block=node.first_block,
                max_open_sessions=file.max_open_sessions,
                min_balance=node.min_balance,
                look_seconds=node.poll_seconds,
            ),
            transactions=TransactionSettings(max_fee_per_gas=node.max_fee),
            kind=kind,
            reached=reached,
        )
        running.enter_context(service).run(stopping)
        log.info("participant stops")


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
