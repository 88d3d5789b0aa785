"""``tcss auditor``: from an empty folder to keys, archives and backups."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from support.auditor_folder import make_auditor_folder
from support.consortium import Consortium
from support.states import PASSPHRASE

from tcss_chain.auditor.auditor_key import read_auditor_key
from tcss_chain.curve import G
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.operation.keystore import wallet_address
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.session_table import SessionTable, Standing
from tcss_chain.store.state_database import StateDatabase

CONTRACT = "0x" + "11" * 20


@pytest.fixture(autouse=True)
def passphrase(monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)


@pytest.fixture
def three(fresh):
    fresh.create()
    return fresh


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "gateway"


@pytest.fixture
def configuration(folder, three, embedded_devnet):
    return make_auditor_folder(folder, three, embedded_devnet.rpc_url)


@pytest.fixture
def confirm(tcss, configuration):
    return lambda sid: tcss("auditor", "confirm", configuration, sid.hex())


def A_of(session):
    return session.reads.state(session.sid).A


def test_the_folder_is_made_and_explains_who_may_create(tcss, folder, tmp_path):
    creators = ["0x" + "22" * 20, "0x" + "33" * 20]
    finished = tcss(
        "auditor", "init", folder, "--rpc", "http://127.0.0.1:1/secret", "--contract", CONTRACT,
        "--creator", creators[0], "--creator", creators[1], "--creator", creators[0],
        "--consortium", tmp_path / "group.yaml", "--monitor", "127.0.0.1:7300",
        "--confirmations", "finalized",
    )  # fmt: skip
    assert finished.status == 0, finished.err
    file = load_auditor_file(folder / "auditor.yaml")
    assert [each.lower() for each in file.creators] == creators
    assert (file.node.confirmations, str(file.node.monitor)) == ("finalized", "127.0.0.1:7300")
    assert f"account        {wallet_address(file.node.wallet)}\n" in finished.out
    assert "secret" not in finished.out + finished.err
    text = (folder / "auditor.yaml").read_text()
    assert "Anybody can create a session" in text
    with StateDatabase.open(file.node.data, PASSPHRASE) as database:
        assert AuditorKeyTable(database).all_sids() == ()
    assert tcss("auditor", "init", folder, "--rpc", "http://x", "--contract", CONTRACT).status == 1


def test_without_creators_nobody_is_admitted(tcss, folder):
    assert tcss("auditor", "init", folder, "--rpc", "http://x", "--contract", CONTRACT).status == 0
    file = load_auditor_file(folder / "auditor.yaml")
    assert (file.creators, file.node.monitor, file.node.confirmations) == ((), None, 12)


def test_a_session_is_confirmed_by_hand_once(confirm, tcss, configuration, three):
    first = confirm(three.sid)
    assert first.status == 0, first.err
    assert first.out.startswith("confirmed in block ")
    assert "Make a backup now" in first.out
    A = A_of(three)
    assert A is not None
    second = confirm(three.sid)
    assert second.status == 0
    assert second.out.startswith("confirmed earlier")
    assert A_of(three) == A
    shown = json.loads(tcss("auditor", "status", configuration, "--json").out)
    (session,) = shown["sessions"]
    assert session["session"] == f"0x{three.sid.hex()}"
    assert (session["standing"], session["auditor_key"], session["package"]) == ("followed", True, False)
    assert three.creator.address in session["note"]
    assert [each["kind"] for each in shown["transactions"]] == ["confirm"]


def test_only_agreed_sessions_of_this_auditor_are_confirmed_by_hand(
    confirm, connection, embedded_devnet, configuration
):
    accounts = embedded_devnet.accounts
    cheap = Consortium(connection, accounts, n=3, t=2, bond=1)
    foreign = Consortium(connection, accounts, n=3, t=2, auditor=accounts[9].address)
    late = Consortium(connection, accounts, n=3, t=2)
    for session in (cheap, foreign, late):
        session.create()
    complaints = {
        cheap: "The bond is 1 wei",
        foreign: f"the auditor of this session is {accounts[9].address}",
        late: "confirm phase is over",
    }
    for session, complaint in complaints.items():
        if session is late:
            late.travel_to(late.configuration.confirm_by)
        finished = confirm(session.sid)
        assert finished.status == 1
        assert complaint in finished.err
        assert A_of(session) is None
    assert "UnknownSession" in confirm(b"\7" * 32).err
    node = load_auditor_file(configuration).node
    with StateDatabase.open(node.data, PASSPHRASE) as database:
        assert AuditorKeyTable(database).all_sids() == ()


def test_while_the_service_runs_it_is_said_what_to_do(confirm, tcss, configuration, three, tmp_path):
    confirm(three.sid)
    node = load_auditor_file(configuration).node
    with StateDatabase.open(node.data, PASSPHRASE):
        finished = confirm(three.sid)
        assert finished.status == 1
        assert "stop the service, confirm the session, and start it again" in finished.err
        # What only reads does not mind.
        assert tcss("auditor", "key", configuration, three.sid.hex(), "-o", tmp_path / "key").status == 0
        assert "service   running" in tcss("auditor", "status", configuration).out
        assert tcss("auditor", "backup", configuration, tmp_path / "backup").status == 0


def test_the_key_is_written_for_nobody_else_and_over_nothing(confirm, tcss, configuration, three, tmp_path):
    path = tmp_path / "key"
    missing = tcss("auditor", "key", configuration, three.sid.hex(), "-o", path)
    assert missing.status == 1
    assert "there is no key of session" in missing.err
    confirm(three.sid)
    finished = tcss("auditor", "key", configuration, three.sid.hex(), "-o", path)
    assert finished.status == 0, finished.err
    key = read_auditor_key(path)
    assert G * key.alpha == A_of(three)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"{key.alpha:x}" not in finished.out + finished.err
    again = tcss("auditor", "key", configuration, three.sid.hex(), "-o", path)
    assert again.status == 1
    assert "none is overwritten" in again.err


def test_a_backup_brings_the_keys_back(confirm, tcss, configuration, three, tmp_path):
    confirm(three.sid)
    assert tcss("auditor", "backup", configuration, tmp_path / "backup").status == 0
    finished = tcss("auditor", "restore", tmp_path / "backup", tmp_path / "again")
    assert finished.status == 0, finished.err
    restored = tmp_path / "again" / "auditor.yaml"
    assert str(restored) in finished.out
    assert tcss("auditor", "key", restored, three.sid.hex(), "-o", tmp_path / "key").status == 0
    assert G * read_auditor_key(tmp_path / "key").alpha == A_of(three)
    assert "restored  from a backup" in tcss("auditor", "status", restored).out


def test_another_passphrase_opens_nothing(confirm, tcss, configuration, three, monkeypatch, tmp_path):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "another passphrase")
    assert confirm(three.sid).status == 1
    assert tcss("auditor", "key", configuration, three.sid.hex(), "-o", tmp_path / "key").status == 1
    assert not (tmp_path / "key").exists()
    assert A_of(three) is None


class Service:
    """``tcss auditor run`` as a process."""

    def __init__(self, configuration, log):
        self.log = log
        command = [sys.executable, "-m", "tcss_chain", "auditor", "run", str(configuration), "--json-logs"]
        with log.open("ab") as stream:
            self.process = subprocess.Popen(command, stdout=stream, stderr=stream, env=os.environ)

    def until(self, holds, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(30)


def test_the_service_is_killed_and_goes_on_with_what_it_had(folder, three, embedded_devnet, tmp_path):
    path = make_auditor_folder(folder, three, embedded_devnet.rpc_url, creators=[three.creator.address])
    data, log = folder / "data", tmp_path / "log"
    service = Service(path, log)
    try:
        service.until(lambda: A_of(three) is not None)
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
        for member in three.members:
            three.join(member)
        for member in three.members:
            three.deal(member)
        three.activate_unanimously()
        service = Service(path, log)

        def archived():
            with StateDatabase.open_to_read(data, PASSPHRASE) as database:
                row = SessionTable(database).get(three.sid)
                return row is not None and row.standing is Standing.FINISHED

        service.until(archived)
        assert service.end(signal.SIGTERM) == 0
    finally:
        service.process.kill()
        service.process.wait(10)
    with StateDatabase.open(data, PASSPHRASE) as database:
        assert G * AuditorKeyTable(database).load(three.sid).alpha == A_of(three)
        assert SessionTable(database).load_package(three.sid) is not None
    assert '"event": "auditor stops"' in log.read_text()
