"""A participant's service from its configuration file, as ``tcss participant run`` runs it."""

from __future__ import annotations

import resource
import threading
import time
import urllib.request
from contextlib import contextmanager

import pytest
import requests
import yaml
from eth_account import Account
from support.fleet import free_ports
from support.office import agreed_file
from support.raw_server import unused_port
from support.states import PASSPHRASE, new_state

from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.curve import G
from tcss_chain.errors import TcssError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.health import Health
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.answer_encryption import RecipientKey
from tcss_chain.opening.messages import SignedRequest, decode_response, encode_request
from tcss_chain.operation.errors import WrongWalletPassphraseError
from tcss_chain.operation.keystore import write_wallet
from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.protocol.capsule import encapsulate
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.partial_decryption import verify_partial
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed
from tcss_chain.service import waiting_for_nodes
from tcss_chain.service.run_participant import run_participant
from tcss_chain.service.waiting_for_nodes import wait_for_nodes
from tcss_chain.store.errors import StateInUseError, StateMissingError, WrongPassphraseError
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase
from tcss_chain.yaml_files import ConfigurationFileError


@pytest.fixture
def operator(tmp_path, three, embedded_devnet):
    """A function that writes the first member's folder, with other fields where the test wants."""
    agreed = agreed_file(three)
    content = {
        "consortium": agreed.name,
        "threshold": agreed.threshold,
        "organisations": [
            {"name": each.name, "address": each.address, "service": each.service}
            for each in agreed.organisations
        ],
        "auditor": {"name": "Gateway", "address": agreed.auditor.address},
        "beneficiary": agreed.beneficiary,
        "bond": agreed.bond,
        "phases": dict.fromkeys(("confirm", "join", "deal", "complain", "reveal", "challenge"), 100_000),
        "bond_release": agreed.bond_release,
    }
    (tmp_path / "group.yaml").write_text(yaml.safe_dump(content))
    write_wallet(tmp_path / "wallet.json", three.members[0].account, Passphrase(PASSPHRASE), work_factor=2)
    new_state(tmp_path / "data").close()

    def write(**changes):
        fields = {
            "rpc": embedded_devnet.rpc_url,
            "contract": three.connection.contract_address,
            "wallet": "wallet.json",
            "consortia": ["group.yaml"],
            "listen": "127.0.0.1:0",
            "monitor": "off",
            "confirmations": 0,
            "poll_seconds": 0.02,
        }
        path = tmp_path / "participant.yaml"
        path.write_text(yaml.safe_dump(fields | changes))
        return load_participant_file(path)

    return write


@contextmanager
def running(file):
    """The service in a thread; it is told to stop at the end, and must do so soon."""
    stopping, failures = threading.Event(), []

    def run():
        try:
            run_participant(file, Passphrase(PASSPHRASE), stopping)
        except BaseException as failure:  # noqa: BLE001  # handed to the test
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        stopping.set()
        thread.join(15)
    assert not thread.is_alive()
    assert failures == []


def until(holds, seconds=15):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_joins_and_stops_when_it_is_told(operator, three, logged):
    three.run_to(Phase.JOINING)
    with running(operator()):
        until(lambda: three.reads.member(three.sid, three.members[0].address).joined)
    assert logged.of("participant runs")
    assert logged.of("participant stops")
    assert PASSPHRASE not in logged.text
    assert bytes(three.members[0].account.key).hex() not in logged.text


@pytest.fixture
def opening(three, operator):
    """A request for a model of the first member's active session, and a function that asks for it."""
    three.run_to(Phase.ACTIVE)
    me, key = three.members[0], RecipientKey()
    share = FinalShare(three.roster().participant(me.address).x, three.final_share(me))
    with StateDatabase.open(operator().node.data, PASSPHRASE) as database:
        SqliteSecretsStore(database).save_share(three.sid, share)
    owner, domain = Account.create(), (three.connection.chain_id, three.connection.contract_address)
    PK = G * sum(member.polynomials.a[0] for member in three.members)
    label = ModelLabel(three.sid, "diagnosis-1", owner.address, "", b"\1" * 32, 5)
    capsule = encapsulate(label, PK)[0]
    request = OpeningRequest(capsule, three.auditor.address, key.public, "consultation", b"\2" * 32)
    log = OpeningLog(three.connection)
    call = log.anchor(three.sid, request.core(), request.model_digest, request.purpose)
    signed = SignedRequest(
        request,
        sign_typed(owner, SignedKind.CAPSULE, capsule.hash(), *domain),
        sign_typed(three.auditor.account, SignedKind.REQUEST, request.hash(), *domain),
        log.anchored(three.auditor.send(call)).number,
    )

    def ask(port):
        url = f"http://127.0.0.1:{port}/v1/sessions/{three.sid.hex()}/openings"
        try:
            return requests.post(url, json=encode_request(signed), timeout=20)
        except requests.ConnectionError:
            return None

    def check(answer):
        found = key.decrypt(request, me.address, decode_response(answer.json()))
        assert verify_partial(request, me.address, G * share.y, found.partial)
        return True

    return ask, check, label


def policy(tmp_path, *rules):
    (tmp_path / "openings.yaml").write_text(yaml.safe_dump({"allow": list(rules)}))


ANYTHING = dict.fromkeys(("session", "owners", "models", "contexts"), "any") | {"limit": 5, "per": "day"}


def test_it_answers_openings_that_its_policy_allows(operator, opening, tmp_path, logged):
    ask, check, label = opening
    (port,) = free_ports(1)
    policy(tmp_path, ANYTHING | {"owners": [label.owner]})
    with running(operator(listen=f"127.0.0.1:{port}", openings="openings.yaml")):
        until(lambda: (answer := ask(port)) is not None and answer.status_code == 200 and check(answer))
    assert logged.of("answered an opening")[0]["model"] == "diagnosis-1"
    assert logged.of("participant runs")[0]["openings"] == "1 rules"


def test_it_refuses_what_its_policy_does_not_allow(operator, opening, tmp_path):
    ask, _, label = opening
    (port,) = free_ports(1)
    policy(tmp_path, ANYTHING | {"models": [label.model.upper()]})
    with running(operator(listen=f"127.0.0.1:{port}", openings="openings.yaml")):
        until(lambda: (answer := ask(port)) is not None and answer.json() == {"refused": "policy"})


def test_without_a_policy_it_offers_no_openings(operator, opening):
    ask, *_ = opening
    (port,) = free_ports(1)
    with running(operator(listen=f"127.0.0.1:{port}")):
        until(lambda: (answer := ask(port)) is not None and answer.status_code == 404)
        assert ask(port).json() == {"refused": "not_offered"}


def test_while_nodes_are_waited_for_openings_are_unavailable(operator, opening, tmp_path):
    ask, *_ = opening
    (port,) = free_ports(1)
    policy(tmp_path, ANYTHING)
    file = operator(
        listen=f"127.0.0.1:{port}", openings="openings.yaml", rpc=f"http://127.0.0.1:{unused_port()}"
    )
    with running(file):
        until(lambda: (answer := ask(port)) is not None and answer.status_code == 503)
        assert ask(port).json() == {"refused": "unavailable"}


def test_a_policy_with_a_mistake_is_told_at_once(operator, tmp_path):
    policy(tmp_path, ANYTHING | {"limit": 0})
    with pytest.raises(ConfigurationFileError) as caught:
        run_participant(operator(openings="openings.yaml"), Passphrase(PASSPHRASE), threading.Event())
    assert (caught.value.path, caught.value.field) == (str(tmp_path / "openings.yaml"), "allow[0].limit")
    assert not read_public_state(tmp_path / "data").is_in_use


def test_health_and_figures_are_served_while_it_runs(operator):
    (port,) = free_ports(1)
    with running(operator(monitor=f"127.0.0.1:{port}", min_balance_ether=0)):

        def healthy():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                    return b'"ok"' in answer.read()
            except OSError:
                return False

        until(healthy)


def test_nodes_that_do_not_answer_are_waited_for(operator, three, embedded_devnet, monkeypatch, logged):
    monkeypatch.setattr(waiting_for_nodes, "_CONNECT_PAUSE_SECONDS", 0.05)
    attempts = []
    original = waiting_for_nodes.Connection

    def connect(urls, contract, **more):
        attempts.append(urls)
        return original(urls if len(attempts) < 3 else embedded_devnet.rpc_url, contract, **more)

    monkeypatch.setattr(waiting_for_nodes, "Connection", connect)
    three.run_to(Phase.JOINING)
    url = f"http://user:hunter2@127.0.0.1:{unused_port()}"
    with running(operator(rpc=url)):
        until(lambda: three.reads.member(three.sid, three.members[0].address).joined)
    assert len(attempts) == 3
    assert len(logged.of("no node can be used, will be tried again")) == 1
    assert "hunter2" not in logged.text


def test_waiting_for_nodes_is_an_alarm_until_one_answers(operator, embedded_devnet, monkeypatch):
    monkeypatch.setattr(waiting_for_nodes, "_CONNECT_PAUSE_SECONDS", 0.02)
    metrics, alarms, stopping, found = ParticipantMetrics(), AlarmBoard(), threading.Event(), []
    node = operator(rpc=f"http://127.0.0.1:{unused_port()}").node
    thread = threading.Thread(target=lambda: found.append(wait_for_nodes(node, metrics, alarms, stopping)))
    thread.start()
    until(lambda: [each.alarm for each in alarms.active()] == [Alarm.NODE_UNREACHABLE])
    until(lambda: b'tcss_alarms_active{alarm="node_unreachable"} 1.0' in metrics.text())
    assert thread.is_alive()
    stopping.set()
    thread.join(10)
    assert found == [None]
    assert wait_for_nodes(operator().node, metrics, alarms, threading.Event()) is not None
    assert alarms.active() == ()
    assert b'tcss_alarms_active{alarm="node_unreachable"} 0.0' in metrics.text()


def test_waiting_for_nodes_for_long_pages_until_one_answers(operator, monkeypatch):
    monkeypatch.setattr(waiting_for_nodes, "_CONNECT_PAUSE_SECONDS", 0.02)
    metrics, alarms, stopping, found = ParticipantMetrics(), AlarmBoard(), threading.Event(), []
    node = operator(rpc=f"http://127.0.0.1:{unused_port()}").node
    started = time.time()
    thread = threading.Thread(
        target=lambda: found.append(wait_for_nodes(node, metrics, alarms, stopping, stalled_seconds=0.3))
    )
    thread.start()
    until(lambda: Alarm.CHAIN_STALLED in [each.alarm for each in alarms.active()])
    assert time.time() - started > 0.3
    assert not Health(alarms.active()).is_ok
    until(lambda: b'tcss_alarms_active{alarm="chain_stalled"} 1.0' in metrics.text())
    stopping.set()
    thread.join(10)
    assert found == [None]
    assert wait_for_nodes(operator().node, metrics, alarms, threading.Event()) is not None
    assert alarms.active() == ()
    assert b'tcss_alarms_active{alarm="chain_stalled"} 0.0' in metrics.text()


def test_it_stops_when_it_is_told_while_it_waits_for_nodes(operator, logged):
    with running(operator(rpc=f"http://127.0.0.1:{unused_port()}")):
        until(lambda: logged.of("no node can be used, will be tried again"))
    assert logged.of("participant stops") == []


def test_nothing_else_can_use_its_state_while_it_runs(operator, tmp_path, logged):
    file = operator()
    with running(file):
        until(lambda: read_public_state(tmp_path / "data").is_in_use)
        with pytest.raises(StateInUseError):
            run_participant(file, Passphrase(PASSPHRASE), threading.Event())
    assert not read_public_state(tmp_path / "data").is_in_use
    with running(file):
        until(lambda: len(logged.of("participant runs")) == 2)


def test_a_wrong_passphrase_opens_nothing(operator):
    with pytest.raises(WrongPassphraseError) as refused:
        run_participant(operator(), Passphrase("hunter2 hunter2"), threading.Event())
    assert "hunter2" not in str(refused.value)


def test_a_wallet_with_another_passphrase_frees_the_state(operator, three, tmp_path):
    (tmp_path / "wallet.json").unlink()
    write_wallet(tmp_path / "wallet.json", three.members[0].account, Passphrase("another one"), work_factor=2)
    with pytest.raises(WrongWalletPassphraseError):
        run_participant(operator(), Passphrase(PASSPHRASE), threading.Event())
    assert not read_public_state(tmp_path / "data").is_in_use


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"data": "elsewhere"}, StateMissingError),
        ({"wallet": "none.json"}, TcssError),
        ({"consortia": ["none.yaml"]}, TcssError),
        ({"openings": "none.yaml"}, ConfigurationFileError),
    ],
)
def test_files_that_are_missing_are_told_at_once(operator, changes, error):
    with pytest.raises(error):
        run_participant(operator(**changes), Passphrase(PASSPHRASE), threading.Event())


def test_an_address_that_is_taken_is_told_at_once(operator, tmp_path):
    (port,) = free_ports(1)
    with running(operator(listen=f"127.0.0.1:{port}")):
        until(lambda: read_public_state(tmp_path / "data").is_in_use)
        other = tmp_path / "other"
        new_state(other).close()
        file = operator(listen=f"127.0.0.1:{port}", data="other")
        time.sleep(0.3)
        with pytest.raises(TcssError, match=str(port)):
            run_participant(file, Passphrase(PASSPHRASE), threading.Event())


def test_it_may_open_as_many_files_as_the_system_lets_it(operator, logged):
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(before, 512), hard))
    try:
        with running(operator()):
            until(lambda: logged.of("participant runs"))
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))
