"""Running a participant's service from its configuration file."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Event

import structlog

from tcss_chain.chain.transactions import TransactionSettings
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.service import ShareService
from tcss_chain.monitoring.alarms import AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.opening_chain import ConfirmedOpeningChain
from tcss_chain.opening.policy_file import load_policy
from tcss_chain.operation.consortia import load_consortia
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.participant_file import ParticipantFile
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

from .monitor import start_monitor
from .open_files import raise_open_file_limit
from .opening_desk import OpeningDesk
from .participant_service import ParticipantService
from .service_settings import ServiceSettings
from .waiting_for_nodes import wait_for_nodes


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
        If state, wallet, policy or consortium files cannot be used, or an address cannot be listened on.
        Nodes that do not answer are waited for.
    """
    node = file.node
    open_files = raise_open_file_limit()
    consortia = load_consortia(node.consortia)
    policy = None if file.openings is None else load_policy(file.openings)
    metrics, alarms, outbox = ParticipantMetrics(), AlarmBoard(), Outbox()
    with ExitStack() as running:
        database = running.enter_context(StateDatabase.open(node.data, passphrase.text))
        account = read_wallet(node.wallet, passphrase)
        log = structlog.get_logger("tcss.service")
        start_monitor(node, metrics, alarms, running)
        desk = None
        if policy is not None:
            desk = OpeningDesk(policy, account, SqliteSecretsStore(database), metrics, alarms)
        running.enter_context(ShareService(outbox, file.listen.host, file.listen.port, openings=desk))
        log.info(
            "participant runs",
            account=account.address,
            listen=str(file.listen),
            monitor="off" if node.monitor is None else str(node.monitor),
            openings="off" if policy is None else f"{len(policy.rules)} rules",
            open_files=open_files,
        )
        connection = wait_for_nodes(node, metrics, alarms, stopping)
        if connection is None:
            return
        if desk is not None:
            desk.open(ConfirmedOpeningChain(connection, node.confirmations))
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
                gas_reserve=node.min_balance,
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
