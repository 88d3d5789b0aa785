"""An auditor's service over a durable state; the members are driven by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.transaction_journal import JournalEntry, Purpose
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings
from tcss_chain.consortium import Consortium as ConsortiumFile
from tcss_chain.curve import G
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.service.auditor_gate import AuditorGate
from tcss_chain.service.auditor_service import AuditorService
from tcss_chain.service.service_settings import ServiceSettings
from tcss_chain.service.session_confirmation import SessionConfirmer
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.session_table import SessionRow, SessionTable
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

from .consortium import Consortium
from .office import agreed_file
from .states import PASSPHRASE, new_state


class Died(BaseException):
    """The process ended: no handler of errors sees it."""


@dataclass
class Moments:
    """Writes every moment down, and dies at one."""

    die_at: str | None = None
    reached: list[str] = field(default_factory=list)

    def __call__(self, moment: str) -> None:
        self.reached.append(moment)
        if moment == self.die_at:
            raise Died(moment)


@dataclass
class AtDesk:
    """One run over the state: new objects."""

    desk: AuditDesk
    database: StateDatabase
    moments: Moments
    alarms: AlarmBoard = field(default_factory=AlarmBoard)
    metrics: ParticipantMetrics = field(default_factory=ParticipantMetrics)

    @property
    def keys(self) -> AuditorKeyTable:
        return AuditorKeyTable(self.database)

    @property
    def table(self) -> SessionTable:
        return SessionTable(self.database)

    @property
    def journal(self) -> SqliteTransactionJournal:
        return SqliteTransactionJournal(self.database)

    def row(self, sid: bytes) -> SessionRow | None:
        return self.table.get(sid)

    def raised(self) -> list[Alarm]:
        return [each.alarm for each in self.alarms.active()]

    def entries(self, purpose: Purpose) -> tuple[JournalEntry, ...]:
        connection = self.desk.consortium.connection
        return self.journal.of_purpose(self.desk.account.address, connection.chain_id, purpose)

    def sender(self, **settings: Any) -> TransactionSender:
        return TransactionSender(
            self.desk.consortium.connection,
            self.desk.account,
            journal=self.journal,
            settings=TransactionSettings(**settings),
            reached=self.moments,
        )

    def confirmer(self, **settings: Any) -> SessionConfirmer:
        return SessionConfirmer(
            self.desk.consortium.connection, self.sender(**settings), self.keys, self.moments
        )

    def service(
        self,
        *,
        files: Sequence[ConsortiumFile] | None = None,
        creators: Sequence[str] | None = None,
        confirmations: int = 0,
        transactions: TransactionSettings | None = None,
        **settings: Any,
    ) -> AuditorService:
        consortium = self.desk.consortium
        admitted = [consortium.creator.address] if creators is None else creators
        return AuditorService(
            consortium.connection,
            self.desk.account,
            self.database,
            AuditorGate([self.desk.file] if files is None else files, admitted),
            metrics=self.metrics,
            alarms=self.alarms,
            confirmations=confirmations,
            settings=ServiceSettings(
                **({"look_seconds": 0, "check_seconds": 0, "stalled_seconds": 1e12} | settings)
            ),
            transactions=transactions or TransactionSettings(),
            reached=self.moments,
        )


class AuditDesk:
    """The auditor's folder."""

    def __init__(self, consortium: Consortium, folder: Path) -> None:
        self.consortium = consortium
        self.folder = folder
        self.file = agreed_file(consortium)
        new_state(folder).close()

    @property
    def account(self) -> LocalAccount:
        return self.consortium.auditor.account

    def nonce(self) -> int:
        return self.consortium.connection.w3.eth.get_transaction_count(self.account.address)

    @contextmanager
    def open(self, die_at: str | None = None) -> Iterator[AtDesk]:
        with StateDatabase.open(self.folder, PASSPHRASE) as database:
            yield AtDesk(self, database, Moments(die_at))

    def key(self, sid: bytes) -> AuditorKey | None:
        with self.open() as desk:
            return desk.keys.load(sid)

    def dies(self, moment: str, work: Callable[[AtDesk], object]) -> list[str]:
        """Do something until the process dies at a moment; give all moments that were reached."""
        with self.open(moment) as desk:
            try:
                work(desk)
            except Died:
                return desk.moments.reached
        raise AssertionError(f"{moment} was never reached: {desk.moments.reached}")


def confirmed(session: Consortium) -> bool:
    """Whether the session has an auditor's key."""
    return session.reads.state(session.sid).A is not None


def own(session: Consortium, desk: AuditDesk) -> bool:
    """Whether the session's auditor's key is the one that this state keeps."""
    return session.reads.state(session.sid).A == G * desk.key(session.sid).alpha
