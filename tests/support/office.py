"""The service of one member over a durable state; the other members are driven by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tcss_chain.consortium import Auditor, Organisation, PhaseSeconds
from tcss_chain.consortium import Consortium as ConsortiumFile
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.service import ShareService
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.service.participant_service import ParticipantService
from tcss_chain.service.service_settings import ServiceSettings
from tcss_chain.store.session_table import SessionRow, SessionTable
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

from .consortium import PHASE_SECONDS, Consortium, TestMember
from .states import PASSPHRASE, new_state

LONG = 1e9
SETTINGS = ParticipantSettings(
    confirmations=0,
    share_patience_seconds=LONG,
    complaint_margin_seconds=0,
    activation_stagger_seconds=LONG,
    poll_seconds=0.02,
    idle_seconds=0.02,
)
"""Looks often, and leaves complaints and activation to the test."""


def agreed_file(consortium: Consortium, services: Sequence[str] = ()) -> ConsortiumFile:
    """The consortium file that a session's configuration was made from."""
    configuration = consortium.configuration
    urls = services or [f"http://127.0.0.1:{seat + 1}" for seat in range(len(consortium.members))]
    return ConsortiumFile(
        path="group.yaml",
        name="Group",
        threshold=configuration.threshold,
        organisations=tuple(
            Organisation(f"Member {seat}", member.address, urls[seat])
            for seat, member in enumerate(consortium.members)
        ),
        auditor=Auditor("Gateway", configuration.auditor),
        bond=configuration.bond,
        phases=PhaseSeconds.equal(PHASE_SECONDS),
        bond_release=PHASE_SECONDS,
        beneficiary=configuration.beneficiary,
    )


@dataclass
class Running:
    """One run of the service: new objects over the state."""

    service: ParticipantService
    database: StateDatabase
    outbox: Outbox
    alarms: AlarmBoard
    metrics: ParticipantMetrics
    moments: list[str] = field(default_factory=list)

    @property
    def table(self) -> SessionTable:
        return SessionTable(self.database)

    @property
    def store(self) -> SqliteSecretsStore:
        return SqliteSecretsStore(self.database)

    def row(self, sid: bytes) -> SessionRow | None:
        return self.table.get(sid)

    def raised(self) -> list[Alarm]:
        return [each.alarm for each in self.alarms.active()]

    def note(self, alarm: Alarm) -> str:
        (found,) = [each.note for each in self.alarms.active() if each.alarm is alarm]
        return found

    def running(self) -> int:
        """How many sessions are worked on."""
        return sum(worker.is_running for worker in self.service._workers.values())

    def until(self, holds: Callable[[], bool], seconds: float = 15) -> None:
        """Turn the service until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, (self.table.all(), self.alarms.active())
            self.service.turn()
            time.sleep(0.01)

    def turn(self, times: int = 3) -> None:
        """Turn the service, and give its sessions time for several steps."""
        for _ in range(times):
            self.service.turn()
            time.sleep(0.05)


class Office:
    """One member's folder; the services of the others are here too."""

    def __init__(self, consortium: Consortium, folder: Path, services: ExitStack) -> None:
        self.consortium = consortium
        self.folder = folder
        self.outboxes = [Outbox() for _ in consortium.members]
        urls = [services.enter_context(ShareService(outbox)).url for outbox in self.outboxes[1:]]
        self.file = agreed_file(consortium, ["http://127.0.0.1:1", *urls])
        new_state(folder).close()

    @property
    def me(self) -> TestMember:
        return self.consortium.members[0]

    @property
    def others(self) -> list[TestMember]:
        return self.consortium.members[1:]

    @contextmanager
    def open(
        self,
        *,
        files: Sequence[ConsortiumFile] | None = None,
        kind: type[Participant] = Participant,
        participant: ParticipantSettings = SETTINGS,
        **settings: Any,
    ):
        """Run the service: new objects over the state."""
        alarms, metrics, outbox = AlarmBoard(), ParticipantMetrics(), self.outboxes[0]
        moments: list[str] = []
        with StateDatabase.open(self.folder, PASSPHRASE) as database:
            service = ParticipantService(
                self.consortium.connection,
                self.me.account,
                database,
                outbox,
                [self.file] if files is None else files,
                metrics=metrics,
                alarms=alarms,
                participant_settings=participant,
                settings=ServiceSettings(**({"look_seconds": 0, "check_seconds": 0} | settings)),
                transactions=self.me.sender._settings,
                kind=kind,
                reached=moments.append,
            )
            with service:
                yield Running(service, database, outbox, alarms, metrics, moments)
        # What is handed out does not survive the process.
        outbox.withdraw(self.consortium.sid)

    def nonce(self) -> int:
        """How many transactions of this member are mined."""
        return int(self.consortium.connection.w3.eth.get_transaction_count(self.me.address))

    def bond(self, consortium: Consortium | None = None) -> int:
        session = consortium or self.consortium
        return session.reads.bond(session.sid, self.me.address)

    def has_joined(self, consortium: Consortium | None = None) -> bool:
        session = consortium or self.consortium
        return session.reads.member(session.sid, self.me.address).joined

    def has_dealt(self) -> bool:
        return self.consortium.reads.member(self.consortium.sid, self.me.address).dealt

    def let_others_join(self) -> None:
        for member in self.others:
            self.consortium.join(member)

    def let_others_deal(self) -> None:
        for member in self.others:
            self.consortium.deal(member)

    def let_others_hand_out(self) -> None:
        for outbox, member in zip(self.outboxes[1:], self.others, strict=True):
            outbox.publish_shares(self.consortium.sid, member.dealt.shares)
