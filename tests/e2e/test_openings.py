"""Sealed models of two sessions in one contract, opened by participants that ran the whole protocol."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from support.consortium import Consortium
from support.crew import QUICK, RecordingStore, crew_of
from support.openings import OWNER, sealing_key_of

from tcss_chain.auditor import CallableBox
from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.session_auditor import SessionAuditor
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.exchange.back_off import BackOff
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.service import ShareService
from tcss_chain.monitoring.alarms import AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.gateway_errors import ModelDamagedError, TooFewAnswersError
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.opening_chain import ConfirmedOpeningChain
from tcss_chain.opening.opening_settings import OpeningSettings
from tcss_chain.opening.policy import OpeningPolicy, OpeningRule, Per
from tcss_chain.opening.threshold_opener import ThresholdOpener
from tcss_chain.pirate import PirateBox
from tcss_chain.protocol.session import Phase
from tcss_chain.sealed_model.sealed_file import read_header
from tcss_chain.sealed_model.sealing import seal_file
from tcss_chain.service.opening_desk import OpeningDesk

SETTINGS = OpeningSettings(
    confirmations=0,
    patience_seconds=20,
    poll_seconds=0.02,
    back_off=BackOff(first_seconds=0.05, highest_seconds=0.3),
)
RULE = OpeningRule(
    session=None,
    gateway=None,
    owners=frozenset([OWNER.address]),
    models=None,
    contexts=frozenset(["production"]),
    limit=3,
    per=Per.DAY,
)


class Group:
    """Four organisations, threshold three, with two active sessions; the gateway audits both."""

    def __init__(self, embedded_devnet) -> None:
        contract, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
        self.connection = Connection(embedded_devnet.rpc_url, contract)
        self.stores = [RecordingStore() for _ in range(4)]
        self.first, self.second = (self._activated(embedded_devnet.accounts) for _ in range(2))
        self.log = OpeningLog(self.connection)
        self.reports = []

    def _activated(self, accounts) -> Consortium:
        """Run the members' own clients until each has nothing left but its share."""
        consortium = Consortium(self.connection, accounts)
        consortium.create()
        consortium.confirm()
        with crew_of(consortium, settings=QUICK, stores=self.stores) as crew:
            crew.finish(20)
        assert consortium.reads.phase(consortium.sid) is Phase.ACTIVE
        # Nothing of what would allow to deal, or to open a commitment, is left.
        assert all(store.load(consortium.sid) is None for store in self.stores)
        return consortium

    @property
    def members(self):
        return self.first.members

    def key_of(self, sid: bytes) -> AuditorKey | None:
        alphas = {each.sid: each.alpha for each in (self.first, self.second)}
        return AuditorKey(alphas[sid]) if sid in alphas else None

    @contextmanager
    def services(self, rules=(RULE,) * 4, confirmations=0) -> Iterator[dict[str, str]]:
        """The organisations' services, each with its policy; one serves both sessions."""
        with ExitStack() as running:
            urls = {}
            for member, store, rule in zip(self.members, self.stores, rules, strict=True):
                policy = OpeningPolicy((rule,), answer_within_seconds=600)
                desk = OpeningDesk(policy, member.account, store, ParticipantMetrics(), AlarmBoard())
                desk.open(ConfirmedOpeningChain(self.connection, confirmations))
                service = running.enter_context(ShareService(Outbox(), openings=desk))
                urls[member.address] = service.url
            yield urls

    def opener(self, services, settings=SETTINGS) -> ThresholdOpener:
        sender = TransactionSender(self.connection, self.first.auditor.account)
        return ThresholdOpener(
            self.connection,
            sender,
            self.key_of,
            services,
            settings=settings,
            on_report=self.reports.append,
        )

    def seal(self, session, folder, name, content, *, key=None, context="production"):
        plain, sealed = folder / f"{name}.plain", folder / f"{name}.tcss"
        plain.write_bytes(content)
        seal_file(
            plain,
            sealed,
            sealing_key=key or sealing_key_of(session),
            account=OWNER,
            model=name,
            context=context,
            chain_id=self.connection.chain_id,
            contract=self.connection.contract_address,
        )
        return sealed


@pytest.fixture(scope="module")
def activated(embedded_devnet) -> Group:
    return Group(embedded_devnet)


@pytest.fixture
def group(activated):
    provider = activated.connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    activated.reports = []
    yield activated
    provider.make_request("evm_revert", [snapshot])


def test_models_of_two_sessions_open_each_in_its_own_context(group, tmp_path):
    models = {
        group.seal(group.first, tmp_path, "one", b"1" * 3000): (group.first, b"1" * 3000),
        group.seal(group.first, tmp_path, "two", b"2" * 3_000_000): (group.first, b"2" * 3_000_000),
        group.seal(group.second, tmp_path, "three", b"3"): (group.second, b"3"),
    }
    with group.services() as services:
        opener = group.opener(services)
        for path, (_session, content) in models.items():
            with opener.open(path, "a test") as model:
                assert bytes(model.content) == content
        target = tmp_path / "opened"
        opener.open_to_file(next(iter(models)), target, "another test")
    assert target.read_bytes() == b"1" * 3000
    assert [line.number for line in group.log.lines(group.first.sid, 0, 10)] == [0, 1, 2]
    assert [line.number for line in group.log.lines(group.second.sid, 0, 10)] == [0]
    assert [len(report.used) for report in group.reports] == [3, 3, 3, 3]
    assert not any(report.false for report in group.reports)


def test_a_key_of_one_session_does_not_open_what_is_sealed_for_the_other(group, tmp_path):
    """An owner names one session and seals with the key of the other: right answers, another key."""
    mixed = replace(sealing_key_of(group.first), sid=group.second.sid)
    path = group.seal(group.second, tmp_path, "mixed", b"model", key=mixed)
    assert read_header(path).label.sid == group.second.sid
    with group.services() as services, pytest.raises(ModelDamagedError):
        group.opener(services).open(path, "a test")
    (report,) = group.reports
    assert len(report.used) == 3


def test_every_organisation_decides_by_its_own_policy(group, tmp_path):
    path = group.seal(group.first, tmp_path, "model", b"model")
    others = group.seal(group.first, tmp_path, "other", b"other", context="research")
    strict = replace(RULE, models=frozenset(["something-else"]))
    with group.services((strict, RULE, RULE, RULE)) as services:
        opener = group.opener(services)
        opener.open(path, "a test").wipe()
        with pytest.raises(TooFewAnswersError) as caught:
            opener.open(others, "a test")
    assert set(caught.value.report.refused.values()) == {Refusal.POLICY}
    with (
        group.services((strict, strict, RULE, RULE)) as services,
        pytest.raises(TooFewAnswersError) as caught,
    ):
        group.opener(services).open(path, "a test")
    refused = {member.address: Refusal.POLICY for member in group.members[:2]}
    assert caught.value.report.refused == refused
    assert len(caught.value.report.used) <= 2


def test_the_limit_counts_all_that_was_anchored(group, tmp_path):
    path = group.seal(group.first, tmp_path, "model", b"model")
    with group.services() as services:
        for _ in range(RULE.limit):
            group.opener(services).open(path, "a test").wipe()
        with pytest.raises(TooFewAnswersError) as caught:
            group.opener(services).open(path, "a test")
        assert set(caught.value.report.refused.values()) == {Refusal.LIMIT}
        # The limit is that of a model, not of the session.
        group.opener(services).open(group.seal(group.first, tmp_path, "new", b"new"), "a test").wipe()


def test_organisations_that_want_more_confirmations_answer_later(group, tmp_path):
    path = group.seal(group.first, tmp_path, "model", b"model")
    stop = threading.Event()

    def mining():
        while not stop.wait(0.4):
            group.connection.w3.provider.make_request("evm_mine", [])

    miner = threading.Thread(target=mining)
    with group.services(confirmations=3) as services:
        miner.start()
        try:
            group.opener(services).open(path, "a test").wipe()
        finally:
            stop.set()
            miner.join()
    (report,) = group.reports
    assert report.seconds.answers > 0.5


def test_the_convicted_answer_nobody_and_the_others_open(group, tmp_path):
    path = group.seal(group.first, tmp_path, "model", b"model")
    leaked = group.stores[1].load_share(group.first.sid)
    auditor = SessionAuditor(
        group.connection,
        TransactionSender(group.connection, group.first.auditor.account),
        group.first.sid,
        AuditorKey(group.first.alpha),
    )
    found = auditor.trace(CallableBox(PirateBox([(leaked.x, leaked.y)], 3).query))
    auditor.convict(found)
    assert found.accused == (group.members[1].address,)
    lenient = replace(RULE, most_convicted=1)
    with group.services((lenient,) * 4) as services:
        group.opener(services, replace(SETTINGS, most_convicted=1)).open(path, "a test").wipe()
        (report,) = group.reports
        assert report.not_asked == (group.members[1].address,)
        assert len(report.used) == 3
    # Organisations whose policy accepts no conviction refuse, whatever the gateway thinks.
    with group.services() as services, pytest.raises(TooFewAnswersError) as caught:
        group.opener(services, replace(SETTINGS, most_convicted=1)).open(path, "a test")
    assert set(caught.value.report.refused.values()) == {Refusal.CONVICTED}
