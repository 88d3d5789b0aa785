"""The auditor as a long-running service: it confirms sessions, keeps their keys, and archives them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import Final

import structlog
from eth_account.signers.local import LocalAccount

from tcss_chain.chain.confirmed_reads import Confirmations, ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, TransactionTimeoutError
from tcss_chain.chain.session_events import reading_start
from tcss_chain.chain.session_reads import SessionReads, SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.errors import TcssError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.protocol.session import Phase
from tcss_chain.session_package import collect_package, encode_package
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.errors import StoreError
from tcss_chain.store.session_table import MAX_NOTE_CHARACTERS, SessionRow, SessionTable, Standing
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

from .alarm_changes import clear_ended
from .attempt import attempt
from .auditor_gate import Admission, AuditorGate
from .errors import KeyNotKeptError
from .failure_watch import FailureWatch
from .housekeeper import Housekeeper
from .service_settings import ServiceSettings
from .session_candidates import SessionCandidates
from .session_confirmation import SessionConfirmer
from .session_finder import SessionFinder
from .state_check import StateCheck
from .transaction_reports import mined_reporter

_WAIT_SECONDS: Final = 10.0

_TOO_LATE: Final = "it was not confirmed in time"
_OVER: Final = (Standing.FINISHED, Standing.ABORTED)


@dataclass(slots=True)
class _Followed:
    """A session that is confirmed, or is going to be."""

    row: SessionRow
    failures: FailureWatch


class AuditorService:
    """
    Confirms the sessions that the gate lets through, and archives those that become active.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : LocalAccount
        The auditor's wallet.
    database : StateDatabase
        Its durable state, open.
    gate : AuditorGate
        Which sessions are confirmed.
    metrics : ParticipantMetrics
        Counts what happens.
    alarms : AlarmBoard
        Shows what the operator must look at.
    confirmations : int or "finalized"
        How deep an activation must be until the session is archived.
    settings : ServiceSettings
        Pauses, and when something is an alarm.
    transactions : TransactionSettings
        What it pays at most, and how patient it is with blocks.
    reached : callable
        Told of every moment at which a crash must do no harm.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        database: StateDatabase,
        gate: AuditorGate,
        *,
        metrics: ParticipantMetrics,
        alarms: AlarmBoard,
        confirmations: Confirmations,
        settings: ServiceSettings,
        transactions: TransactionSettings,
        reached: Reached = go_on,
    ) -> None:
        self._connection = connection
        self._database = database
        self._gate = gate
        self._metrics = metrics
        self._alarms = alarms
        self._confirmations = confirmations
        self._settings = settings
        self._reached = reached
        self._log = structlog.get_logger("tcss.service")
        self._table = SessionTable(database)
        # Sessions are confirmed one after the other. What is not mined soon is waited for in the next turn.
        patience = min(transactions.receipt_seconds, _WAIT_SECONDS)
        self._sender = TransactionSender(
            connection,
            account,
            mined_reporter(metrics),
            journal=SqliteTransactionJournal(database),
            settings=replace(transactions, receipt_seconds=patience),
            reached=reached,
        )
        self._reads = SessionReads(connection)
        self._confirmer = SessionConfirmer(connection, self._sender, AuditorKeyTable(database), reached)
        self._deep = ConfirmedReads(connection)
        self._housekeeper = Housekeeper(
            connection,
            self._sender,
            metrics,
            alarms,
            settings,
            confirmations,
            self._reads.phase,
        )
        me = self._sender.address
        self._finder = SessionFinder(connection, lambda configuration: configuration.auditor == me)
        self._candidates = SessionCandidates()
        self._waiting: dict[bytes, int] = {}
        self._followed: dict[bytes, _Followed] = {}
        self._state_check = StateCheck(database, metrics, alarms)
        self._looked_at = self._checked_at = float("-inf")

    @property
    def open_sessions(self) -> tuple[bytes, ...]:
        """The sessions that are confirmed or going to be, and not archived yet."""
        return tuple(self._followed)

    @property
    def sender(self) -> TransactionSender:
        """What sends the account's transactions: whoever sends others meanwhile must use this one."""
        return self._sender

    def run(self, stopping: Event) -> None:
        """
        Confirm, archive and watch over everything, until it is to stop.

        Parameters
        ----------
        stopping : Event
            Set from outside.
        """
        while not stopping.is_set():
            self.turn(stopping)
            stopping.wait(min(self._settings.look_seconds, self._settings.check_seconds))

    def turn(self, stopping: Event | None = None) -> None:
        """Do once what is due: check nodes and wallet, look for sessions, go on with each of them."""
        self._check_if_due()
        if time.monotonic() - self._looked_at < self._settings.look_seconds:
            return
        self._looked_at = time.monotonic()
        attempt(self._log, "looking for sessions", self._look)
        for sid in self._candidates.next_ones():
            if not attempt(self._log, "considering a session", partial(self._consider, sid)):
                self._candidates.put_back(sid)
        attempt(self._log, "looking at sessions that wait", self._forget_what_waited)
        for sid, followed in tuple(self._followed.items()):
            if stopping is not None and stopping.is_set():
                return
            self._go_on(sid, followed)
            self._check_if_due()
        self._metrics.step_finished()

    def _check_if_due(self) -> None:
        now = time.monotonic()
        if now - self._checked_at >= self._settings.check_seconds:
            self._checked_at = now
            self._state_check.run_if_due()
            attempt(self._log, "checking", lambda: self._housekeeper.check(self.open_sessions))

    def _look(self) -> None:
        for found in self._finder.look():
            if not self._candidates.add(found.sid, found.configuration.confirm_by):
                self._finder.offer_again(found)

    def _consider(self, sid: bytes) -> None:
        """Decide about a session that was found, also after every start: the operator may think otherwise."""
        row = self._table.get(sid)
        if row is not None and row.standing in _OVER:
            return
        state = self._reads.state(sid)
        # What was decided before a crash stands: the confirmation may be under way.
        is_decided = state.A is not None or self._confirmer.has_key(sid)
        if not is_decided and state.phase is not Phase.CONFIRMING:
            if row is not None and row.standing is Standing.FOLLOWED:
                self._put(replace(row, standing=Standing.ABORTED, phase=state.phase, note=_TOO_LATE))
            return
        created = SessionView(self._connection, sid, self._settings.first_block).created()
        first_block = reading_start(self._settings.first_block, created.block_number)
        note = row.note if row is not None and row.standing is Standing.FOLLOWED else ""
        if not is_decided:
            admission, note = self._gate.admission(created, self._connection.chain_time())
            if admission is not Admission.CONFIRMED:
                declined = SessionRow(sid, Standing.DECLINED, state.phase, first_block, note, 0)
                self._leave(declined, admission, created.configuration.confirm_by)
                return
            self._log.info("confirms a session", session=f"0x{sid.hex()}", consortium=note)
        about = f"0x{sid.hex()}"
        log = structlog.get_logger("tcss.session").bind(session=about)
        failures = FailureWatch(about, self._alarms, self._settings.failing_seconds, log)
        followed = SessionRow(sid, Standing.FOLLOWED, state.phase, first_block, note, 0)
        self._put(followed)
        self._followed[sid] = _Followed(followed, failures)

    def _leave(self, row: SessionRow, admission: Admission, confirm_by: int) -> None:
        about = f"0x{row.sid.hex()}"
        self._log.warning("does not confirm a session", session=about, reason=row.note)
        if admission is Admission.STRANGE:
            # There may be any number of them: nothing of them is kept.
            return
        self._put(row)
        if admission is Admission.BY_HAND:
            self._alarms.raise_(Alarm.SESSION_WAITS, about, row.note)
            self._waiting[row.sid] = confirm_by
        elif self._gate.creators:
            self._alarms.raise_(Alarm.SESSION_DECLINED, about, row.note)

    def _forget_what_waited(self) -> None:
        now = self._connection.chain_time() if self._waiting else 0
        for sid in [sid for sid, confirm_by in self._waiting.items() if confirm_by <= now]:
            del self._waiting[sid]
            self._alarms.clear(Alarm.SESSION_WAITS, f"0x{sid.hex()}")

    def _go_on(self, sid: bytes, followed: _Followed) -> None:
        about = f"0x{sid.hex()}"
        try:
            self._step(sid, followed)
        except TransactionTimeoutError:
            pass  # it is under way; that it is stuck is another alarm
        except KeyNotKeptError as error:
            note = str(error)
            self._alarms.raise_(Alarm.SECRETS_MISSING, about, note)
            self._log.error("cannot go on", session=about, reason=note)
            what = "writing down a session"
            attempt(self._log, what, lambda: self._end(sid, followed, Standing.TROUBLED, note))
        except StoreError as error:
            self._alarms.raise_(Alarm.STATE_NOT_WRITABLE, about, str(error))
            followed.failures.failed(str(error))
        except TcssError as error:
            followed.failures.failed(str(error))
        except Exception as error:  # noqa: BLE001  # one session's trouble must not end the others
            followed.failures.unexpected(error)
        else:
            self._alarms.clear(Alarm.STATE_NOT_WRITABLE, about)
        followed.failures.after_step()

    def _step(self, sid: bytes, followed: _Followed) -> None:
        state = self._reads.state(sid)
        if state.A is not None and state.phase is not Phase.ABORTED:
            self._confirmer.require_own(sid, state.A)
        elif state.phase is Phase.CONFIRMING:
            self._confirmer.confirm(sid)
            state = self._reads.state(sid)
        if state.phase is not followed.row.phase:
            followed.row = replace(followed.row, phase=state.phase)
            self._put(followed.row)
        if state.phase in (Phase.ACTIVE, Phase.ABORTED):
            deep = self._deep.state(sid, self._confirmations)
            if deep is not None and deep.phase is state.phase:
                self._conclude(sid, followed, deep)

    def _conclude(self, sid: bytes, followed: _Followed, deep: SessionState) -> None:
        if deep.phase is Phase.ABORTED:
            note = "it ended without a key" if deep.A is not None else _TOO_LATE
            self._alarms.raise_(Alarm.SESSION_ABORTED, f"0x{sid.hex()}", note)
            self._end(sid, followed, Standing.ABORTED, note)
            return
        package = collect_package(SessionView(self._connection, sid, followed.row.first_block))
        if package.aggregate_hash != deep.aggregate_hash:
            raise ChainContradictionError("the session became active with another aggregate some blocks ago")
        self._table.save_package(sid, encode_package(package))
        self._reached("package.saved")
        self._end(sid, followed, Standing.FINISHED, "archived; the key stays")

    def _end(self, sid: bytes, followed: _Followed, standing: Standing, note: str) -> None:
        self._put(replace(followed.row, standing=standing, note=note))
        del self._followed[sid]
        clear_ended(self._alarms, self._log, sid)
        self._log.info("session is over", session=f"0x{sid.hex()}", standing=standing.value)

    def _put(self, row: SessionRow) -> None:
        self._table.put(replace(row, note=row.note[:MAX_NOTE_CHARACTERS], updated_at=int(time.time())))
