"""The participant of an organisation as a long-running service: one process, any number of sessions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from types import TracebackType
from typing import Final, Self

import structlog
from eth_account.signers.local import LocalAccount

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_events import reading_start
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.consortium import Consortium
from tcss_chain.consortium.terms import Terms
from tcss_chain.exchange.exchange_turns import ExchangeTurns
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.peer_directory import PeerDirectory
from tcss_chain.exchange.peer_fetcher import PeerFetcher
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.participant.errors import ParticipantError, UnagreedConfigurationError
from tcss_chain.participant.events import Happening, ParticipantEvent
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.protocol.session import Configuration, Phase
from tcss_chain.session_package import collect_package, encode_package
from tcss_chain.store.session_table import MAX_NOTE_CHARACTERS, SessionRow, SessionTable, Standing
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

from .agreed_consortium import agreed_consortium
from .alarm_changes import clear_ended
from .attempt import attempt
from .housekeeper import Housekeeper
from .participant_checks import ParticipantChecks
from .service_settings import ServiceSettings
from .session_intake import SessionIntake
from .session_reports import SessionReports
from .session_worker import SessionWorker
from .state_check import StateCheck
from .transaction_reports import mined_reporter

_STOP_SECONDS: Final = 20.0
_UNFINISHED: Final = (Standing.FOLLOWED, Standing.TROUBLED)


class ParticipantService:
    """
    Takes part in every session with terms that the organisation agreed to.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : LocalAccount
        The organisation's wallet.
    database : StateDatabase
        Its durable state, open.
    outbox : Outbox
        What its share service hands out.
    consortia : sequence of Consortium
        Whom it shares keys with, and on which terms.
    metrics : ParticipantMetrics
        Counts what happens.
    alarms : AlarmBoard
        Shows what the operator must look at.
    participant_settings : ParticipantSettings
        Patience and care.
    settings : ServiceSettings
        How much it takes on.
    transactions : TransactionSettings
        What it pays at most, and how patient it is with blocks.
    kind : type of Participant
        What runs a session; tests pass others.
    reached : callable
        Told of every moment at which a crash must do no harm.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        database: StateDatabase,
        outbox: Outbox,
        consortia: Sequence[Consortium],
        *,
        metrics: ParticipantMetrics,
        alarms: AlarmBoard,
        participant_settings: ParticipantSettings,
        settings: ServiceSettings,
        transactions: TransactionSettings,
        kind: type[Participant] = Participant,
        reached: Reached = go_on,
    ) -> None:
        self._connection = connection
        self._database = database
        self._outbox = outbox
        self._consortia = consortia
        self._metrics = metrics
        self._alarms = alarms
        self._participant_settings = participant_settings
        self._settings = settings
        self._kind = kind
        self._reached = reached
        self._log = structlog.get_logger("tcss.service")
        self._store = SqliteSecretsStore(database)
        self._table = SessionTable(database)
        self._reads = SessionReads(connection)
        self._sender = TransactionSender(
            connection,
            account,
            mined_reporter(metrics),
            journal=SqliteTransactionJournal(database),
            settings=transactions,
            reached=reached,
        )
        self._workers: dict[bytes, SessionWorker] = {}
        me = self._sender.address
        self._housekeeper = Housekeeper(
            connection,
            self._sender,
            metrics,
            alarms,
            settings,
            participant_settings.confirmations,
            ParticipantChecks(connection, me, alarms).check,
        )
        self._intake = SessionIntake(
            connection, me, consortia, settings.first_block, self._decline_unknown, self._log
        )
        self._exchanges = ExchangeTurns()
        self._to_resume: dict[bytes, SessionRow] = {}
        self._state_check = StateCheck(database, metrics, alarms)
        self._looked_at = self._checked_at = float("-inf")

    def __enter__(self) -> Self:
        self._to_resume = {row.sid: row for row in self._table.all() if row.standing in _UNFINISHED}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers.values():
            worker.ask_to_stop()
        end = time.monotonic() + _STOP_SECONDS
        for sid, worker in self._workers.items():
            if not worker.join(max(0.0, end - time.monotonic())):
                self._log.warning("session did not stop in time", session=f"0x{sid.hex()}")

    def run(self, stopping: Event) -> None:
        """
        Find sessions, keep transactions going and watch over everything, until it is to stop.

        Parameters
        ----------
        stopping : Event
            Set from outside.
        """
        while not stopping.is_set():
            self.turn()
            stopping.wait(min(self._settings.look_seconds, self._settings.check_seconds))

    def turn(self) -> None:
        """Do once what is due: look for sessions, check nodes, wallet and sessions."""
        now = time.monotonic()
        if now - self._checked_at >= self._settings.check_seconds:
            self._checked_at = now
            self._state_check.run_if_due()
            self._attempt("checking", lambda: self._housekeeper.check(self._open_sessions()))
        if now - self._looked_at >= self._settings.look_seconds:
            self._looked_at = now
            self._attempt("taking up sessions", self._resume)
            self._attempt("looking for sessions", self._look)

    def _attempt(self, what: str, task: Callable[[], None]) -> bool:
        return attempt(self._log, what, task)

    def _open_sessions(self) -> tuple[bytes, ...]:
        return tuple(sid for sid, worker in self._workers.items() if worker.is_running)

    def _look(self) -> None:
        self._workers = {sid: worker for sid, worker in self._workers.items() if worker.is_running}
        for sid in self._intake.next_ones():
            if not self._attempt("considering a session", partial(self._consider, sid)):
                self._intake.put_back(sid)

    def _is_known(self, sid: bytes) -> bool:
        return sid in self._workers or sid in self._to_resume or self._table.get(sid) is not None

    def _resume(self) -> None:
        """Take up what was followed before a restart, whatever else the contract has by now."""
        for row in tuple(self._to_resume.values()):
            # One that a reorganisation took away must not keep the others waiting.
            self._attempt("taking up a session", partial(self._take_up, row))

    def _take_up(self, row: SessionRow) -> None:
        about = f"0x{row.sid.hex()}"
        view = SessionView(self._connection, row.sid, row.first_block)
        consortium, objections = self._judge(view.configuration())
        if consortium is None:
            note = f"no consortium file fits a session that was joined: {'; '.join(objections)}"
            self._alarms.raise_(Alarm.STEP_FAILING, about, note)
            return
        self._alarms.clear(Alarm.STEP_FAILING, about)
        del self._to_resume[row.sid]
        self._follow(row.sid, consortium, row.first_block)

    def _consider(self, sid: bytes) -> None:
        """Take part in a session when its auditor has confirmed it, and the terms are the agreed ones."""
        if self._is_known(sid):
            return
        if self._reads.phase(sid) is Phase.CONFIRMING:
            self._intake.put_back(sid)
            return
        view = SessionView(self._connection, sid, self._settings.first_block)
        state = view.reads.state(sid)
        if state.A is None:
            self._log.info("was not confirmed in time", session=f"0x{sid.hex()}")
            return
        created = view.created()
        joined = bool(state.joined >> created.configuration.seat_of(self._sender.address) & 1)
        if not joined and state.phase is not Phase.JOINING:
            self._log.info("joining had closed", session=f"0x{sid.hex()}")
            return
        consortium, objections = self._judge(created.configuration)
        if consortium is None and self._intake.fits_soon(created.configuration):
            self._intake.put_back(sid)
        elif consortium is None:
            self._decline(sid, "; ".join(objections))
        elif not joined and len(self._open_sessions()) >= self._settings.max_open_sessions:
            # It may be joined when another one has ended, if there is time left.
            self._raise_declined(f"0x{sid.hex()}: there are too many open sessions")
            self._intake.put_back(sid)
        else:
            first_block = reading_start(self._settings.first_block, created.block_number)
            self._put(sid, Standing.FOLLOWED, state.phase, consortium.name, first_block)
            self._log.info("takes part", session=f"0x{sid.hex()}", consortium=consortium.name)
            self._follow(sid, consortium, first_block)

    def _judge(self, configuration: Configuration) -> tuple[Consortium | None, tuple[str, ...]]:
        """Find the consortium whose terms the session has; else what speaks against it in the nearest one."""
        return agreed_consortium(self._consortia, configuration, self._connection.chain_time())

    def _follow(self, sid: bytes, consortium: Consortium, first_block: int) -> None:
        about = f"0x{sid.hex()}"
        reports = SessionReports(
            sid, consortium.names(), self._metrics, self._alarms, self._settings.failing_seconds
        )
        fetcher = PeerFetcher(
            PeerDirectory(consortium.services()), turns=self._exchanges, on_failure=self._metrics.peer_failed
        )
        participant = self._kind(
            self._connection,
            self._sender,
            sid,
            fetcher,
            self._outbox,
            self._store,
            agreement=Terms.of(consortium),
            settings=self._participant_settings,
            observe=reports.observe,
            reached=self._reached,
            first_block=first_block,
        )

        noted = _Noted()

        def after_step() -> None:
            reports.after_step()
            self._metrics.step_finished()
            if not noted.is_archived and participant.is_finished:
                noted.is_archived = self._attempt(
                    "archiving a session", partial(self._archive, sid, first_block)
                )
            if participant.is_over:
                self._end(participant)
            elif participant.phase is not noted.phase:
                noted.phase = participant.phase
                self._put(sid, Standing.FOLLOWED, participant.phase, consortium.name, first_block)

        def cannot_go_on(error: ParticipantError) -> None:
            # The alarm comes first: writing it down may fail, and is tried again then.
            standing, phase, note = Standing.TROUBLED, Phase.NONE, str(error)
            if isinstance(error, UnagreedConfigurationError):
                standing, phase = Standing.DECLINED, Phase.JOINING
                self._decline(sid, note)
            else:
                self._alarms.raise_(Alarm.SECRETS_MISSING, about, note)
                self._log.error("cannot go on", session=about, reason=note)
            self._put(sid, standing, phase, note, first_block)
            clear_ended(self._alarms, self._log, sid)

        def failing(error: ParticipantError) -> None:
            reports.observe(ParticipantEvent(participant.address, Happening.FAILED, detail=str(error)))
            self._alarms.raise_(Alarm.STEP_FAILING, about, str(error))

        worker = SessionWorker(participant, after_step, cannot_go_on, failing, reports.unexpected)
        self._workers[sid] = worker
        worker.start()

    def _archive(self, sid: bytes, first_block: int) -> None:
        if self._table.load_package(sid) is not None:
            return
        package = collect_package(SessionView(self._connection, sid, first_block))
        self._table.save_package(sid, encode_package(package))
        self._reached("package.saved")

    def _end(self, participant: Participant) -> None:
        standing, note = Standing.ABORTED, ""
        if participant.final_share is not None:
            standing = Standing.FINISHED
        elif participant.phase is Phase.ACTIVE:
            standing, note = Standing.DECLINED, "it became active without this account"
        self._outbox.withdraw(participant.sid)
        self._store.forget_handed_out(participant.sid)
        self._put(participant.sid, standing, participant.phase, note)
        clear_ended(self._alarms, self._log, participant.sid)
        self._log.info("session is over", session=f"0x{participant.sid.hex()}", standing=standing.value)

    def _decline_unknown(self, sid: bytes, objections: str) -> None:
        # What was followed with other terms is another alarm, when it is taken up again.
        if not self._is_known(sid):
            self._decline(sid, objections)

    def _decline(self, sid: bytes, objections: str) -> None:
        """Leave a session alone. Anybody can create thousands: each leaves a line, all one alarm."""
        reason = objections[:MAX_NOTE_CHARACTERS]
        self._log.warning("declined a session", session=f"0x{sid.hex()}", reason=reason)
        self._raise_declined(f"0x{sid.hex()}: {reason}")

    def _raise_declined(self, note: str) -> None:
        self._alarms.raise_(Alarm.SESSION_DECLINED, "", f"the latest: {note}")

    def _put(self, sid: bytes, standing: Standing, phase: Phase, note: str, first_block: int = 0) -> None:
        shown = note[:MAX_NOTE_CHARACTERS]
        self._table.put(SessionRow(sid, standing, phase, first_block, shown, int(time.time())))


@dataclass(slots=True)
class _Noted:
    """What is written down of a session: its phase, for `tcss participant status`, and its package."""

    phase: Phase = Phase.NONE
    is_archived: bool = False
