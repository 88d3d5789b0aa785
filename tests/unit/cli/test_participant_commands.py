"""``tcss participant``: init, run, status, backup and restore."""

from __future__ import annotations

import json
import stat
import sys
from functools import partial
from types import SimpleNamespace

import click
import pytest
import yaml
from eth_account import Account
from support.states import CHEAP, SID, dealt_secrets

from tcss_chain.chain.transaction_journal import EntryStatus, Purpose, SignedVariant
from tcss_chain.cli import participant_init
from tcss_chain.cli.parameters import ConfirmationsType, EndpointType
from tcss_chain.operation.keystore import read_wallet, write_wallet
from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE, Passphrase
from tcss_chain.operation.scaffold import make_participant_folder
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.protocol.session import Phase
from tcss_chain.service import run_participant as service
from tcss_chain.store.session_table import SessionRow, SessionTable, Standing
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

SECRET = "correct horse battery"
CONTRACT = "0x" + "ab" * 20
RPC = "https://user:hunter2@node.example"
CHAIN = ("--rpc", RPC, "--contract", CONTRACT)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Passphrases that cost nothing to try; `test_a_new_state_is_hard_to_guess` pins the usual cost."""
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    monkeypatch.setattr(
        participant_init, "make_participant_folder", partial(make_participant_folder, work_factor=2)
    )
    created = SimpleNamespace(create=partial(StateDatabase.create, kdf_cost=CHEAP))
    monkeypatch.setattr(participant_init, "StateDatabase", created)


@pytest.fixture
def passphrase_file(tmp_path):
    path = tmp_path / "passphrase"
    path.touch(0o600)
    path.write_text(SECRET + "\n")
    return path


@pytest.fixture
def participant(tcss, passphrase_file):
    """A function that runs a command with the passphrase's file."""
    return lambda command, *arguments: tcss(
        "participant", command, *arguments, "--passphrase-file", passphrase_file
    )


@pytest.fixture
def folder(participant, tmp_path):
    """A participant's folder as init makes it."""
    finished = participant("init", tmp_path / "north", *CHAIN)
    assert finished.status == 0, finished.err
    return tmp_path / "north"


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class TestInit:
    def test_it_makes_a_folder_that_nobody_else_can_read(self, folder):
        assert {"participant.yaml", "wallet.json", "data", "data/state.sqlite"} <= files(folder)
        for path in [folder, *folder.rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path

    def test_it_says_what_to_do_next(self, participant, tmp_path):
        finished = participant("init", tmp_path / "north", *CHAIN)
        file = load_participant_file(tmp_path / "north" / "participant.yaml")
        account = read_wallet(file.node.wallet, Passphrase(SECRET))
        assert account.address in finished.out
        assert f"tcss participant run {file.path}" in finished.out
        shown = finished.out + finished.err
        assert not any(secret in shown for secret in (SECRET, "hunter2", bytes(account.key).hex()))

    def test_the_options_are_in_the_file(self, participant, tmp_path):
        options = ("--listen", "0.0.0.0:7000", "--monitor", "[::1]:7001", "--confirmations", "finalized")
        more = ("--first-block", 5, "--consortium", tmp_path / "group.yaml")
        assert participant("init", tmp_path / "north", *CHAIN, *options, *more).status == 0
        file = load_participant_file(tmp_path / "north" / "participant.yaml")
        assert (str(file.listen), str(file.node.monitor)) == ("0.0.0.0:7000", "[::1]:7001")
        assert (file.node.confirmations, file.node.first_block) == ("finalized", 5)
        assert file.node.rpc_urls == (RPC,)
        assert [path.resolve() for path in file.node.consortia] == [(tmp_path / "group.yaml").resolve()]

    def test_wallet_and_state_open_with_the_one_passphrase(self, folder):
        assert read_wallet(folder / "wallet.json", Passphrase(SECRET)).address
        StateDatabase.open(folder / "data", SECRET).close()

    def test_nothing_is_overwritten(self, participant, folder):
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        finished = participant("init", folder, *CHAIN)
        assert finished.status == 1
        assert "it is there already" in finished.err
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    def test_the_passphrase_may_come_from_the_environment(self, tcss, tmp_path, monkeypatch):
        monkeypatch.setenv(PASSPHRASE_VARIABLE, "from the environment")
        assert tcss("participant", "init", tmp_path / "north", *CHAIN).status == 0
        assert read_wallet(tmp_path / "north" / "wallet.json", Passphrase("from the environment"))

    def test_the_passphrase_may_be_typed(self, tcss, tmp_path, monkeypatch):
        asked = []
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
        monkeypatch.setattr(click, "prompt", lambda text, **how: asked.append(how) or "typed by hand")
        assert tcss("participant", "init", tmp_path / "north", *CHAIN).status == 0
        assert [(how["hide_input"], how["confirmation_prompt"]) for how in asked] == [(True, True)]
        assert read_wallet(tmp_path / "north" / "wallet.json", Passphrase("typed by hand"))

    def test_nobody_to_ask_is_said_and_nothing_made(self, tcss, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
        finished = tcss("participant", "init", tmp_path / "north", *CHAIN)
        assert finished.status == 1
        assert "--passphrase-file" in finished.err
        assert not (tmp_path / "north").exists()

    @pytest.mark.parametrize("passphrase", ["hunter2", "aaaaaaaaaaaa"])
    def test_a_passphrase_that_is_easy_to_guess_makes_nothing(self, tcss, tmp_path, monkeypatch, passphrase):
        monkeypatch.setenv(PASSPHRASE_VARIABLE, passphrase)
        finished = tcss("participant", "init", tmp_path / "north", *CHAIN)
        assert finished.status == 1
        assert "too easy to guess" in finished.err
        assert passphrase not in finished.out + finished.err
        assert not (tmp_path / "north").exists()

    def test_a_passphrase_file_that_others_can_read_is_refused(self, participant, passphrase_file, tmp_path):
        passphrase_file.chmod(0o644)
        finished = participant("init", tmp_path / "north", *CHAIN)
        assert finished.status == 1
        assert SECRET not in finished.err
        assert not (tmp_path / "north").exists()

    def test_a_wallet_can_be_imported(self, participant, tmp_path):
        account = Account.create()
        write_wallet(tmp_path / "mine.json", account, Passphrase(SECRET), work_factor=2)
        finished = participant("init", tmp_path / "north", *CHAIN, "--wallet", tmp_path / "mine.json")
        assert finished.status == 0
        assert account.address in finished.out
        assert read_wallet(tmp_path / "north" / "wallet.json", Passphrase(SECRET)).key == account.key

    def test_a_wallet_with_another_passphrase_is_not_imported(self, participant, tmp_path):
        write_wallet(tmp_path / "mine.json", Account.create(), Passphrase("another one"), work_factor=2)
        finished = participant("init", tmp_path / "north", *CHAIN, "--wallet", tmp_path / "mine.json")
        assert finished.status == 1
        assert "the passphrase does not open it" in finished.err
        assert not (tmp_path / "north").exists()

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("--listen", "7100"),
            ("--monitor", "localhost:x"),
            ("--confirmations", "-1"),
            ("--contract", "0x12"),
            ("--first-block", "-1"),
        ],
    )
    def test_bad_values_are_explained(self, participant, tmp_path, option, value):
        finished = participant("init", tmp_path / "north", *CHAIN, option, value)
        assert finished.status == 2
        assert option in finished.err
        assert not (tmp_path / "north").exists()


def test_a_new_state_is_hard_to_guess(participant, tmp_path, monkeypatch):
    """Without the cheap costs of the other tests."""
    monkeypatch.undo()
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    costs = []
    original = StateDatabase.create
    monkeypatch.setattr(
        StateDatabase,
        "create",
        lambda folder, passphrase, **more: costs.append(more) or original(folder, passphrase, kdf_cost=CHEAP),
    )
    passphrase = tmp_path / "passphrase"
    command = participant_init.init.callback
    command(tmp_path / "north", (RPC,), CONTRACT, 0, (), None, "a:1", "b:2", "12", passphrase)
    assert costs == [{}]
    keystore = json.loads((tmp_path / "north" / "wallet.json").read_text())
    assert keystore["crypto"]["kdfparams"]["n"] >= 1 << 17


@pytest.mark.parametrize("value", ["127.0.0.1:7100", "host.example:0", "[::1]:65535", "localhost:1"])
def test_where_a_server_listens_is_taken(value):
    assert EndpointType().convert(value, None, None) == value


@pytest.mark.parametrize(
    "value",
    ["", "7100", "host", "host:", ":7100", "host:65536", "host:-1", "::1:7100", "[::1]", "a b:1", "h:1\n"],
)
def test_what_is_no_host_and_port_is_refused(value):
    with pytest.raises(click.BadParameter, match="no host and port"):
        EndpointType().convert(value, None, None)


@pytest.mark.parametrize("value", ["0", "12", "9999", "finalized"])
def test_confirmations_are_taken(value):
    assert ConfirmationsType().convert(value, None, None) == value


@pytest.mark.parametrize("value", ["", "-1", "1.5", "10000", "Finalized", "safe", "12\n", "\u0661"])
def test_what_are_no_confirmations_is_refused(value):
    with pytest.raises(click.BadParameter, match="neither a number of blocks"):
        ConfirmationsType().convert(value, None, None)


class TestRun:
    @pytest.fixture
    def started(self, monkeypatch):
        """What the service is started with, in place of starting it."""
        found = []
        monkeypatch.setattr(service, "run_participant", lambda *arguments: found.append(arguments))
        return found

    def test_it_runs_the_service_of_the_file_with_the_passphrase(self, participant, folder, started):
        assert participant("run", folder / "participant.yaml").status == 0
        ((file, passphrase, stopping),) = started
        assert file == load_participant_file(folder / "participant.yaml")
        assert passphrase == Passphrase(SECRET)
        assert not stopping.is_set()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("rpc", "ftp://user:hunter2@x"),
            ("contract", "0x12"),
            ("confirmations", -1),
            ("listen", "nowhere"),
            ("poll_seconds", "soon"),
            ("max_open_sessions", 0),
            ("log", {"level": "loud"}),
            ("colour", "red"),
        ],
    )
    def test_a_broken_configuration_is_told_with_file_and_field(
        self, participant, folder, started, field, value
    ):
        path = folder / "participant.yaml"
        content = yaml.safe_load(path.read_text())
        path.write_text(yaml.safe_dump(content | {field: value}))
        finished = participant("run", path)
        assert finished.status == 1
        assert finished.err.startswith(f"tcss: {path}: ")
        assert field in finished.err
        assert "hunter2" not in finished.err
        assert started == []

    def test_a_file_that_is_not_there_is_told(self, participant, tmp_path, started):
        finished = participant("run", tmp_path / "none.yaml")
        assert finished.status == 1
        assert str(tmp_path / "none.yaml") in finished.err

    def test_a_wrong_passphrase_is_one_line_that_does_not_repeat_it(self, tcss, folder, monkeypatch):
        monkeypatch.setenv(PASSPHRASE_VARIABLE, "hunter2 hunter2")
        finished = tcss("participant", "run", folder / "participant.yaml")
        assert finished.status == 1
        assert finished.err.startswith("tcss: ")
        assert "hunter2" not in finished.err + finished.out
        assert "Traceback" not in finished.err


SESSION = SessionRow(SID, Standing.FOLLOWED, Phase.COMPLAINING, 7, "Group", 1_700_000_000)


@pytest.fixture
def database(folder):
    """The state, open as by a service, with a session and its secrets."""
    with StateDatabase.open(folder / "data", SECRET) as state:
        SessionTable(state).put(SESSION)
        SqliteSecretsStore(state).save(SID, dealt_secrets())
        yield state


class TestStatus:
    def status(self, tcss, folder, *options):
        """Ask without any passphrase, and with nobody to ask for one."""
        finished = tcss("participant", "status", folder / "participant.yaml", *options)
        assert finished.status == 0, finished.err
        return finished.out

    def test_a_new_participant(self, tcss, folder):
        out = self.status(tcss, folder)
        address = read_wallet(folder / "wallet.json", Passphrase(SECRET)).address
        assert out.split() == ["account", address, "service", "not", "running", "no", "sessions", "yet"]

    def test_a_session_while_the_service_runs(self, tcss, folder, database):
        out = self.status(tcss, folder)
        assert "service   running\n" in out
        assert f"session   0x{SID.hex()}\n" in out
        assert "standing  followed, complaining since 2023-11-14 " in out
        assert "keeps     secrets\n" in out
        assert "note      Group\n" in out

    def test_what_is_kept_at_the_end(self, tcss, folder, database):
        store = SqliteSecretsStore(database)
        store.save_share(SID, FinalShare(1, 2))
        assert "keeps     secrets and the final share\n" in self.status(tcss, folder)
        store.erase(SID)
        database.close()
        out = self.status(tcss, folder)
        assert "keeps     the final share\n" in out
        assert "service   not running\n" in out

    def test_transactions_that_are_not_settled(self, tcss, folder, database):
        journal = SqliteTransactionJournal(database)
        account = read_wallet(folder / "wallet.json", Passphrase(SECRET)).address
        raw, tx = b"a signed transaction", f"0x{77:064x}"
        entry = journal.add(account, 1, 4, Purpose(SID, "join"), SignedVariant(tx, raw, 10, 1))
        out = self.status(tcss, folder)
        assert f"transaction  join with nonce 4: {entry.status.value}, {tx}\n" in out
        (shown,) = json.loads(self.status(tcss, folder, "--json"))["transactions"]
        assert shown == {
            "kind": "join",
            "session": f"0x{SID.hex()}",
            "nonce": 4,
            "status": entry.status.value,
            "hash": tx,
            "block": None,
        }
        journal.update(entry.entry_id, EntryStatus.SETTLED, 9, tx)
        assert "transaction" not in self.status(tcss, folder)
        (shown,) = json.loads(self.status(tcss, folder, "--json"))["transactions"]
        assert (shown["status"], shown["block"]) == ("settled", 9)

    def test_the_json_has_all_of_it(self, tcss, folder, database):
        shown = json.loads(self.status(tcss, folder, "--json"))
        assert shown["running"] is True
        assert shown["restored_at"] is None
        assert shown["account"] == read_wallet(folder / "wallet.json", Passphrase(SECRET)).address
        assert shown["sessions"] == [
            {
                "session": f"0x{SID.hex()}",
                "standing": "followed",
                "phase": "complaining",
                "secrets": True,
                "final_share": False,
                "note": "Group",
                "updated_at": SESSION.updated_at,
            }
        ]
        assert shown["transactions"] == []
        database.close()
        assert json.loads(self.status(tcss, folder, "--json"))["running"] is False

    def test_no_secret_and_no_node_is_shown(self, tcss, folder, database):
        secrets = SqliteSecretsStore(database).load(SID)
        shown = self.status(tcss, folder) + self.status(tcss, folder, "--json")
        for secret in (SECRET, "hunter2", str(secrets.e), str(secrets.d), f"{secrets.e:x}"):
            assert secret not in shown

    def test_a_state_that_is_missing_is_told(self, tcss, folder):
        (folder / "data" / "state.sqlite").unlink()
        finished = tcss("participant", "status", folder / "participant.yaml")
        assert finished.status == 1
        assert "Traceback" not in finished.err


class TestBackup:
    @pytest.fixture
    def backup(self, participant, folder, database, tmp_path):
        """A backup that was made while the service runs."""
        finished = participant("backup", folder / "participant.yaml", tmp_path / "backup")
        assert finished.status == 0, finished.err
        assert finished.out == f"backup written to {tmp_path / 'backup'}\n"
        return tmp_path / "backup"

    def test_a_restored_folder_has_everything_and_says_so(
        self, participant, tcss, backup, database, tmp_path
    ):
        secrets = SqliteSecretsStore(database).load(SID)
        finished = participant("restore", backup, tmp_path / "south")
        assert finished.status == 0, finished.err
        configuration = tmp_path / "south" / "participant.yaml"
        assert f"tcss participant run {configuration}" in finished.out
        out = tcss("participant", "status", configuration).out
        assert "restored  from a backup at " in out
        assert f"session   0x{SID.hex()}" in out
        with StateDatabase.open(tmp_path / "south" / "data", SECRET) as restored:
            assert SqliteSecretsStore(restored).load(SID) == secrets
        file = load_participant_file(configuration)
        assert file.node.rpc_urls == (RPC,)
        assert read_wallet(file.node.wallet, Passphrase(SECRET)).address in out

    def test_a_restored_folder_runs(self, participant, backup, tmp_path, monkeypatch):
        started = []
        participant("restore", backup, tmp_path / "south")
        monkeypatch.setattr(service, "run_participant", lambda *arguments: started.append(arguments))
        assert participant("run", tmp_path / "south" / "participant.yaml").status == 0
        ((file, passphrase, _),) = started
        with StateDatabase.open(file.node.data, passphrase.text):
            assert read_wallet(file.node.wallet, passphrase)

    def test_a_wrong_passphrase_makes_no_backup_and_restores_nothing(
        self, tcss, folder, backup, tmp_path, monkeypatch
    ):
        monkeypatch.setenv(PASSPHRASE_VARIABLE, "hunter2 hunter2")
        for arguments in (
            ("backup", folder / "participant.yaml", tmp_path / "other"),
            ("restore", backup, tmp_path / "south"),
        ):
            finished = tcss("participant", *arguments)
            assert finished.status == 1
            assert finished.err.startswith("tcss: ")
            assert "hunter2" not in finished.out + finished.err
        assert not (tmp_path / "other").exists()
        assert not (tmp_path / "south" / "data").exists()
        assert not (tmp_path / "south" / "wallet.json").exists()

    def test_neither_overwrites_anything(self, participant, folder, backup):
        content = backup.read_bytes()
        assert participant("backup", folder / "participant.yaml", backup).status == 1
        assert backup.read_bytes() == content
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        finished = participant("restore", backup, folder)
        assert finished.status == 1
        assert "nothing is overwritten" in finished.err
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    def test_a_backup_is_private_and_shows_nothing(self, backup):
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        content = backup.read_bytes()
        assert SECRET.encode() not in content
        assert b"hunter2" not in content
