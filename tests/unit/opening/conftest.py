"""An active session on a chain, a model that is sealed for it, and participants that answer."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from support.consortium import Consortium
from support.openings import AnsweringService, answering_all, honest_members, seal_for

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.exchange.back_off import BackOff
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.opening.opening_settings import MAX_ANSWER_BYTES, OpeningSettings
from tcss_chain.opening.threshold_opener import ThresholdOpener
from tcss_chain.protocol.session import Phase
from tcss_chain.transport import Limits

CONTENT = bytes(range(256)) * 9000
"""More than one chunk."""


def quick_settings(**changes: object) -> OpeningSettings:
    values = {
        "confirmations": 0,
        "confirm_seconds": 3.0,
        "patience_seconds": 1.0,
        "poll_seconds": 0.01,
        "limits": Limits(connect_seconds=0.5, total_seconds=1.0, max_bytes=MAX_ANSWER_BYTES),
        "back_off": BackOff(first_seconds=0.02, highest_seconds=0.1),
    }
    return OpeningSettings(**(values | changes))  # type: ignore[arg-type]


class Gateway:
    """The gateway of one session with its participants; ``services`` may be made to misbehave."""

    def __init__(self, consortium: Consortium, services: list[AnsweringService], folder: Path) -> None:
        self.consortium = consortium
        self.services = services
        self.folder = folder
        self.sealed = seal_for(consortium, folder, CONTENT)
        self.reports: list[OpeningReport] = []
        self.moments: list[str] = []
        self.log = OpeningLog(consortium.connection)

    @property
    def urls(self) -> dict[str, str]:
        members = self.consortium.members
        return {member.address: each.url for member, each in zip(members, self.services, strict=True)}

    def sender(self, **more: object) -> TransactionSender:
        account = self.consortium.auditor.account
        return TransactionSender(self.consortium.connection, account, **more)  # type: ignore[arg-type]

    def key_of(self, sid: bytes) -> AuditorKey | None:
        return AuditorKey(self.consortium.alpha) if sid == self.consortium.sid else None

    def opener(self, sender=None, settings=None, **more) -> ThresholdOpener:
        return ThresholdOpener(
            self.consortium.connection,
            sender or self.sender(),
            more.pop("key_of", self.key_of),
            more.pop("services", self.urls),
            settings=settings or quick_settings(),
            on_report=self.reports.append,
            reached=more.pop("reached", self.moments.append),
            **more,
        )

    def lines(self):
        return self.log.lines(self.consortium.sid, 0, 100)

    @property
    def asked(self) -> int:
        """How many requests participants got."""
        return sum(len(each.bodies) for each in self.services)

    def assert_nobody_heard(self) -> None:
        """Nothing was anchored, and nobody was asked."""
        assert self.lines() == ()
        assert self.asked == 0
        assert self.reports == []


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts, n=5, t=3).run_to(Phase.ACTIVE)


@pytest.fixture
def active(prepared, connection) -> Consortium:
    other = prepared.clone()
    other.auditor = TransactionSender(connection, prepared.auditor.account)
    return other


@pytest.fixture
def gateway(active, tmp_path):
    with contextlib.ExitStack() as stack:
        services = stack.enter_context(answering_all(honest_members(active)))
        yield Gateway(active, services, tmp_path)


def damage(gateway: Gateway) -> None:
    """Change the last byte of the sealed model."""
    content = bytearray(gateway.sealed.read_bytes())
    content[-1] ^= 1
    gateway.sealed.write_bytes(content)
