"""
Running a gateway from its configuration file.

The gateway is the auditor of its sessions: one process holds the auditor's state, confirms and archives
sessions as ``tcss auditor run`` does, opens and serves models, and traces boxes.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from threading import Event, Thread

import structlog
from eth_account.signers.local import LocalAccount

from tcss_chain.chain.connection import Connection
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.consortium import Consortium
from tcss_chain.monitoring.alarms import AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.operation.auditor_file import AuditorFile
from tcss_chain.operation.consortia import load_consortia
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.node_settings import NodeSettings
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.service.auditor_at_work import AuditorAtWork
from tcss_chain.service.auditor_gate import AuditorGate
from tcss_chain.service.auditor_service import AuditorService
from tcss_chain.service.monitor import start_monitor
from tcss_chain.service.open_files import raise_open_file_limit
from tcss_chain.service.run_auditor import make_auditor_service
from tcss_chain.service.waiting_for_nodes import wait_for_nodes
from tcss_chain.store.state_database import StateDatabase

from .audit_lines import LineKind
from .audit_trail import AuditTrail
from .conviction_watch import AgreedFacts, ConvictionWatch
from .gateway_file import GatewayFile
from .gateway_server import GatewayServer
from .model_keeper import KeeperSettings, ModelKeeper
from .model_shelf import ModelShelf
from .opener import MakeOpener, make_opener
from .trace_desk import TraceDesk
from .traced_sessions import TracedSessions

TRACES_FOLDER = "traces"
"""In the auditor's data folder: the transcripts of traces that were made through the gateway."""

_SERVICE_STOP_SECONDS = 60.0


def run_gateway(
    file: GatewayFile,
    auditor_file: AuditorFile,
    passphrase: Passphrase,
    stopping: Event,
    *,
    make_opener: MakeOpener = make_opener,
    reached: Reached = go_on,
) -> None:
    """
    Run a gateway until it is to stop.

    Parameters
    ----------
    file : GatewayFile
        The configuration.
    auditor_file : AuditorFile
        The auditor's, as `GatewayFile.auditor` names it.
    passphrase : Passphrase
        Opens wallet and state.
    stopping : Event
        Set from outside, or here when the audit trail cannot be written.
    make_opener : callable
        Makes what opens models.
    reached : callable
        Told of every moment at which a crash must do no harm.

    Raises
    ------
    AuditTrailError
        If the trail cannot be used; also after serving, when it could not be written any more.
    TcssError
        If state, wallet or consortium files cannot be used, or an address cannot be listened on. Nodes that
        do not answer are waited for.
    """
    node = auditor_file.node
    raise_open_file_limit()
    consortia = load_consortia(node.consortia)
    metrics, alarms = ParticipantMetrics(), AlarmBoard()
    log = structlog.get_logger("tcss.gateway")
    with ExitStack() as running:
        trail = running.enter_context(AuditTrail.open(file.audit_trail))
        trail.when_failing(stopping.set)
        database = running.enter_context(StateDatabase.open(node.data, passphrase.text))
        account = read_wallet(node.wallet, passphrase)
        start_monitor(node, metrics, alarms, running)
        connection = wait_for_nodes(node, metrics, alarms, stopping)
        if connection is not None:
            gate = AuditorGate(consortia, auditor_file.creators)
            service = make_auditor_service(
                auditor_file, connection, account, database, gate, metrics, alarms, reached
            )
            parts = _Parts(file, node, tuple(consortia), connection, account, database, trail)
            _serve(parts, service, metrics, alarms, stopping, make_opener)
        if trail.failure is not None:
            raise trail.failure
        log.info("gateway stops")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is open for as long as the gateway runs."""

    file: GatewayFile
    node: NodeSettings
    consortia: tuple[Consortium, ...]
    connection: Connection
    account: LocalAccount
    database: StateDatabase
    trail: AuditTrail


def _serve(
    parts: _Parts,
    service: AuditorService,
    metrics: ParticipantMetrics,
    alarms: AlarmBoard,
    stopping: Event,
    make_opener: MakeOpener,
) -> None:
    """Serve, with the auditor's service in a thread of its own, and end in the right order."""
    file, connection, trail = parts.file, parts.connection, parts.trail
    log = structlog.get_logger("tcss.gateway")
    shelf = ModelShelf(file.models)
    keeper: ModelKeeper

    def report(opening: OpeningReport) -> None:
        keeper.report(opening)

    auditor = AuditorAtWork(connection, service.sender, parts.database, parts.node, parts.consortia)
    watch = ConvictionWatch(AgreedFacts(connection, auditor.view), file.policy)
    keeper = ModelKeeper(
        shelf,
        make_opener(auditor, file.policy, report),
        watch,
        trail,
        alarms,
        metrics,
        KeeperSettings(look_seconds=parts.node.poll_seconds),
    )
    desk = _trace_desk(parts, auditor)
    server = GatewayServer(file, shelf, trail, metrics, desk).start()
    auditing = Thread(target=service.run, args=(stopping,), name="auditor-service", daemon=True)
    log.info(
        "gateway runs",
        account=parts.account.address,
        listen=server.url.removeprefix("http://"),
        models=len(file.models),
        tenants=len(file.tenants),
    )
    try:
        auditing.start()
        keeper.run(stopping)
    finally:
        stopping.set()
        server.stop()
        if desk is not None:
            desk.stop()
        auditing.join(_SERVICE_STOP_SECONDS)
        if trail.failure is None:
            trail.add(LineKind.STOP, {"rate_limited": server.tenants.take_limited()})


def _trace_desk(parts: _Parts, auditor: AuditorAtWork) -> TraceDesk | None:
    if parts.file.operator_key_sha256 is None:
        return None
    return TraceDesk(TracedSessions(auditor).auditor_of, parts.node.data / TRACES_FOLDER, parts.trail)
