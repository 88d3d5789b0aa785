"""Running an auditor's service from its configuration file, or confirming one session."""

from __future__ import annotations

import time
from contextlib import ExitStack
from threading import Event

import structlog
from eth_account.signers.local import LocalAccount

from tcss_chain.auditor.errors import AuditorAccountError
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_events import reading_start
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender, TransactionSettings
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.monitoring.alarms import AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.operation.auditor_file import AuditorFile
from tcss_chain.operation.consortia import load_consortia
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.protocol.session import Phase
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.errors import StateInUseError
from tcss_chain.store.session_table import SessionRow, SessionTable, Standing
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

from .auditor_gate import AuditorGate
from .auditor_service import AuditorService
from .errors import ServiceRunsError, UnagreedSessionError
from .monitor import start_monitor
from .open_files import raise_open_file_limit
from .service_settings import ServiceSettings
from .session_confirmation import SessionConfirmer
from .waiting_for_nodes import wait_for_nodes


def run_auditor(
    file: AuditorFile, passphrase: Passphrase, stopping: Event, *, reached: Reached = go_on
) -> None:
    """
    Run an auditor's service until it is to stop.

    Parameters
    ----------
    file : AuditorFile
        The configuration.
    passphrase : Passphrase
        Opens wallet and state.
    stopping : Event
        Set from outside.
    reached : callable
        Told of every moment at which a crash must do no harm.

    Raises
    ------
    TcssError
        If state, wallet or consortium files cannot be used, or an address cannot be listened on. Nodes that
        do not answer are waited for.
    """
    node = file.node
    raise_open_file_limit()
    gate = AuditorGate(load_consortia(node.consortia), file.creators)
    metrics, alarms = ParticipantMetrics(), AlarmBoard()
    with ExitStack() as running:
        database = running.enter_context(StateDatabase.open(node.data, passphrase.text))
        account = read_wallet(node.wallet, passphrase)
        log = structlog.get_logger("tcss.service")
        start_monitor(node, metrics, alarms, running)
        log.info(
            "auditor runs",
            account=account.address,
            creators=len(file.creators),
            monitor="off" if node.monitor is None else str(node.monitor),
        )
        connection = wait_for_nodes(node, metrics, alarms, stopping)
        if connection is None:
            return
        service = make_auditor_service(file, connection, account, database, gate, metrics, alarms, reached)
        service.run(stopping)
        log.info("auditor stops")


def make_auditor_service(
    file: AuditorFile,
    connection: Connection,
    account: LocalAccount,
    database: StateDatabase,
    gate: AuditorGate,
    metrics: ParticipantMetrics,
    alarms: AlarmBoard,
    reached: Reached = go_on,
) -> AuditorService:
    """
    Make an auditor's service as its configuration says.

    Parameters
    ----------
    file : AuditorFile
        The configuration.
    connection, account, database, gate, metrics, alarms, reached
        As `AuditorService`.

    Returns
    -------
    AuditorService
        The service, not running.
    """
    node = file.node
    return AuditorService(
        connection,
        account,
        database,
        gate,
        metrics=metrics,
        alarms=alarms,
        confirmations=node.confirmations,
        settings=ServiceSettings(
            first_block=node.first_block,
            min_balance=node.min_balance,
            look_seconds=node.poll_seconds,
        ),
        transactions=TransactionSettings(max_fee_per_gas=node.max_fee),
        reached=reached,
    )


def confirm_once(
    file: AuditorFile, passphrase: Passphrase, sid: bytes, *, reached: Reached = go_on
) -> MinedTransaction | None:
    """
    Confirm one session, whoever created it; the service must not run meanwhile.

    Parameters
    ----------
    file : AuditorFile
        The configuration.
    passphrase : Passphrase
        Opens wallet and state.
    sid : bytes
        The session. It must have the terms of a consortium file.
    reached : callable
        Told of every moment at which a crash must do no harm.

    Returns
    -------
    MinedTransaction or None
        The transaction, None if the session was confirmed before with the key of this state.

    Raises
    ------
    ServiceRunsError
        If a service holds the state.
    AuditorAccountError
        If the session names another auditor.
    UnagreedSessionError
        If it has the terms of no consortium file.
    KeyNotKeptError
        If it was confirmed with a key that is not in this state.
    TcssError
        If state, wallet, consortium files or nodes cannot be used, or the contract refuses.
    """
    node = file.node
    gate = AuditorGate(load_consortia(node.consortia), ())
    try:
        opened = StateDatabase.open(node.data, passphrase.text)
    except StateInUseError:
        raise ServiceRunsError("the confirmation", "confirm the session") from None
    with opened as database:
        account = read_wallet(node.wallet, passphrase)
        connection = Connection(node.rpc_urls, node.contract, chain_id=node.chain_id)
        view = SessionView(connection, sid, node.first_block)
        # Asked first: of a session that does not exist, this tells so.
        state = view.reads.state(sid)
        created = view.created()
        if created.configuration.auditor != account.address:
            raise AuditorAccountError(account.address, created.configuration.auditor)
        sender = TransactionSender(
            connection,
            account,
            journal=SqliteTransactionJournal(database),
            settings=TransactionSettings(max_fee_per_gas=node.max_fee),
            reached=reached,
        )
        confirmer = SessionConfirmer(connection, sender, AuditorKeyTable(database), reached)
        if state.A is None and not confirmer.has_key(sid):
            objections = gate.objections(created, connection.chain_time())
            if state.phase is not Phase.CONFIRMING:
                objections = ("Its confirm phase is over.",)
            if objections:
                raise UnagreedSessionError(sid, objections)
        # What an earlier run left behind has lower nonces: it would hold up everything after it.
        sender.tend(node.confirmations)
        mined = confirmer.confirm(sid)
        # The service follows every session that has a key; the row is for the operator.
        first_block = reading_start(node.first_block, created.block_number)
        note = f"confirmed by hand; {created.creator} created it"
        table = SessionTable(database)
        known = table.get(sid)
        if known is None or known.standing in (Standing.DECLINED, Standing.TROUBLED):
            phase = view.reads.phase(sid)
            table.put(SessionRow(sid, Standing.FOLLOWED, phase, first_block, note, int(time.time())))
        return mined
