"""Help, bad parameters, and errors of the command line."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from eth_account import Account
from support.raw_server import http, raw_server, unused_port

from tcss_chain.cli import demo as demo_command
from tcss_chain.cli import devnet as devnet_command
from tcss_chain.cli.main import cli
from tcss_chain.demo.report import DemoReport
from tcss_chain.devnet.errors import DevnetStartError
from tcss_chain.operation.keystore import write_wallet
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE, Passphrase

KEY = "hunter2"
COMMANDS = {
    "demo": ["--chain", "--rpc", "--consortium", "--cheat", "--seed", "--phase-seconds", "--json"],
    "trace": [
        "--box",
        "--rpc",
        "--contract",
        "--session",
        "--auditor",
        "--auditor-key",
        "--transcript",
        "--arity",
        "--mode",
        "--strategy",
        "--budget",
        "--time-limit",
        "--first-block",
        "--convict",
        "verify",
        "module:function",
        "TCSS_AUDITOR_ACCOUNT_KEY",
        "Exit status",
    ],
    "auditor": ["init", "run", "confirm", "status", "key", "sealing-key", "backup", "restore"],
    "participant": ["init", "run", "status", "backup", "restore"],
    "gateway": ["init", "api-key", "run", "trace", "audit"],
    "session": ["create", "list", "show", "watch", "forfeits", "export", "check"],
    "records": ["--rpc", "--contract", "--session", "--address", "--no-verify", "--first-block", "--json"],
    "openings": ["--rpc", "--contract", "--session", "--first-block", "--json"],
    "seal": ["--output", "--sealing-key", "--wallet", "--model", "--context", "--session", "--rpc"],
    "open": [
        "--output",
        "--auditor",
        "--purpose",
        "--overwrite",
        "--patience",
        "--convicted-answers",
        "--most-convicted",
        "--package",
        "--inspect",
        "Exit status",
    ],
    "wallet": ["create"],
    "deploy": ["--rpc", "--wallet", "TCSS_DEPLOYER_KEY"],
    "devnet": ["--host", "--port", "--accounts"],
    "bench": ["tracing", "report", "sealing", "opening", "gateway"],
}
CONTRACT = "0x" + "11" * 20


def test_these_are_all_commands():
    assert set(cli.commands) == set(COMMANDS)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands(tcss, option):
    finished = tcss(option)
    assert finished.status == 0
    assert all(command in finished.out for command in COMMANDS)


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_explains_its_options(tcss, command):
    finished = tcss(command, "--help")
    assert finished.status == 0
    assert all(option in finished.out for option in COMMANDS[command])


def test_the_version_is_told(tcss):
    finished = tcss("--version")
    assert finished.status == 0
    assert "0.1.0" in finished.out


def test_the_module_runs_as_a_program():
    run = subprocess.run([sys.executable, "-m", "tcss_chain", "--help"], capture_output=True, check=False)
    assert run.returncode == 0
    assert b"records" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nonsense"], "No such command"),
        (["demo", "--chain", "mainnet"], "'mainnet' is not one of"),
        (["demo", "--cheat", "bribe"], "'bribe' is not one of"),
        (["demo", "--phase-seconds", "0"], "0 is not in the range"),
        (["demo", "--seed", "x"], "not a valid integer"),
        (["demo", "--rpc", "node"], "an address with http"),
        (["records"], "Missing option '--rpc'"),
        (["records", "--rpc", "http://127.0.0.1:1"], "Missing option '--contract'"),
        (["records", "--rpc", "ftp://x", "--contract", CONTRACT], "an address with http"),
        (["records", "--rpc", "http://127.0.0.1:1", "--contract", "0x12"], "is no address"),
        (["records", "--rpc", "http://127.0.0.1:1", "--contract", CONTRACT + "00"], "is no address"),
        (
            ["records", "--rpc", "http://x", "--contract", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"],
            "right checksum",
        ),
        (["records", "--rpc", "http://x", "--contract", CONTRACT, "--session", "12"], "is no session id"),
        (["records", "--rpc", "http://x", "--contract", CONTRACT, "--session", "g" * 64], "is no session id"),
        (["records", "--rpc", "http://x", "--contract", CONTRACT, "--address", "me"], "is no address"),
        (["records", "--rpc", "http://x", "--contract", CONTRACT, "--first-block", "-1"], "not in the range"),
        (["openings"], "Missing option '--rpc'"),
        (["openings", "--rpc", "http://x", "--contract", CONTRACT, "--session", "12"], "is no session id"),
        (["deploy"], "Missing option '--rpc'"),
        (["deploy", "--rpc", "x"], "an address with http"),
        (["trace", "--arity", "0"], "not in the range"),
        (["trace", "--mode", "secret"], "'secret' is not one of"),
        (["trace", "--strategy", "known-accused"], "'known-accused' is not one of"),
        (["trace", "--budget", "0"], "not in the range"),
        (["trace", "--time-limit", "0"], "not in the range"),
        (["trace", "--time-limit", "nan"], "not in the range"),
        (["trace", "--session", "12"], "is no session id"),
        (["trace", "verify"], "Missing argument 'PUBLISHED'"),
        (["trace", "verify", "x", "--rpc", "http://x"], "Missing option '--contract'"),
        (["devnet", "--port", "70000"], "not in the range"),
        (["devnet", "--port", "-1"], "not in the range"),
        (["devnet", "--accounts", "0"], "not in the range"),
        (["devnet", "--accounts", "-3"], "not in the range"),
    ],
)
def test_bad_parameters_are_explained(tcss, arguments, complaint):
    finished = tcss(*arguments)
    assert finished.status == 2
    assert complaint in finished.err
    assert "Traceback" not in finished.err


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
    ],
)
def test_addresses_are_taken_in_every_usual_spelling(tcss, address):
    finished = tcss("records", "--rpc", "http://127.0.0.1:1", "--contract", address)
    assert finished.status == 1


def test_a_url_is_not_repeated(tcss):
    finished = tcss("records", "--rpc", f"node/{KEY}", "--contract", CONTRACT)
    assert finished.status == 2
    assert KEY not in finished.out + finished.err


@pytest.mark.parametrize("command", ["records", "deploy", "demo"])
def test_a_node_that_fails_is_one_line_without_the_url(tcss, monkeypatch, command):
    monkeypatch.setenv("TCSS_DEPLOYER_KEY", "0x" + "12" * 32)
    monkeypatch.setenv("TCSS_FUNDER_KEY", "0x" + "12" * 32)
    more = ["--contract", CONTRACT] if command == "records" else []
    for url in (f"http://user:{KEY}@127.0.0.1:{unused_port()}/{KEY}",):
        finished = tcss(command, "--rpc", url, *more)
        assert finished.status == 1
        assert finished.err.startswith("tcss: the node failed at ")
        assert KEY not in finished.out + finished.err
    with raw_server(http(b"", "403 Forbidden")) as server:
        finished = tcss(command, "--rpc", f"{server.url}/{KEY}", *more)
        assert finished.status == 1
        assert KEY not in finished.out + finished.err


@pytest.mark.parametrize("key", [None, "", KEY, "0x12", "0x" + "00" * 32, "0x" + "ff" * 32, "0x" + "zz" * 32])
def test_deploying_needs_a_key_and_does_not_repeat_it(tcss, monkeypatch, key):
    monkeypatch.delenv("TCSS_DEPLOYER_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("TCSS_DEPLOYER_KEY", key)
    finished = tcss("deploy", "--rpc", "http://127.0.0.1:1")
    assert finished.status == 2
    assert "TCSS_DEPLOYER_KEY" in finished.err
    assert not key or key not in finished.out + finished.err


@pytest.mark.parametrize("key", [None, "", KEY, "0x" + "ff" * 32])
def test_a_demonstration_on_a_given_chain_needs_a_key_and_does_not_repeat_it(tcss, monkeypatch, key):
    monkeypatch.delenv("TCSS_FUNDER_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("TCSS_FUNDER_KEY", key)
    finished = tcss("demo", "--rpc", "http://127.0.0.1:1")
    assert finished.status == 1
    assert "TCSS_FUNDER_KEY" in finished.err
    assert not key or key not in finished.out + finished.err


def test_deploying_prints_the_address_of_a_contract_that_is_there(
    tcss, monkeypatch, connection, embedded_devnet
):
    account = embedded_devnet.accounts[-2]
    monkeypatch.setenv("TCSS_DEPLOYER_KEY", "0x" + bytes(account.key).hex())
    finished = tcss("deploy", "--rpc", embedded_devnet.rpc_url)
    assert finished.status == 0
    address = finished.out.split()[0]
    assert len(connection.w3.eth.get_code(address)) > 1000
    assert bytes(account.key).hex() not in finished.out + finished.err


def test_deploying_with_a_wallet_needs_no_key(tcss, monkeypatch, tmp_path, connection, embedded_devnet):
    secret = "correct horse battery"
    account, wallet = embedded_devnet.accounts[-2], tmp_path / "wallet.json"
    write_wallet(wallet, account, Passphrase(secret), work_factor=2)
    monkeypatch.delenv("TCSS_DEPLOYER_KEY", raising=False)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, secret)
    before = connection.w3.eth.get_transaction_count(account.address)
    finished = tcss("deploy", "--rpc", embedded_devnet.rpc_url, "--wallet", wallet)
    assert finished.status == 0, finished.err
    assert len(connection.w3.eth.get_code(finished.out.split()[0])) > 1000
    assert connection.w3.eth.get_transaction_count(account.address) == before + 1
    assert secret not in finished.out + finished.err
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "another one")
    finished = tcss("deploy", "--rpc", embedded_devnet.rpc_url, "--wallet", wallet)
    assert finished.status == 1
    assert "passphrase does not open it" in finished.err


def test_a_consortium_file_that_is_wrong_is_explained(tcss, tmp_path):
    missing = tmp_path / "none.yaml"
    finished = tcss("demo", "--consortium", missing)
    assert finished.status == 1
    assert finished.err == f"tcss: {missing}: file: cannot be read (FileNotFoundError)\n"
    finished = tcss("demo", "--consortium", tmp_path)
    assert finished.status == 2


def test_without_a_checkout_the_demonstration_asks_for_a_consortium_file(tcss, tmp_path, monkeypatch):
    """An installed package has no examples beside it."""
    monkeypatch.setattr(demo_command, "files", lambda _package: tmp_path / "tcss_chain")
    finished = tcss("demo")
    assert finished.status == 1
    assert "--consortium" in finished.err
    assert str(tmp_path / "examples" / "healthcare" / "consortium.yaml") in finished.err
    assert finished.out == ""


def test_the_verdict_is_shown_also_when_the_report_finds_no_room(tcss, monkeypatch):
    account, stage = "0x" + "1" * 40, SimpleNamespace()
    report = DemoReport(
        contract=account,
        session="0x" + "ab" * 32,
        accuracy=0.9,
        trained_accuracy=0.9,
        leaked=(account,),
        accused=(account,),
        faults={},
        queries=5,
        gas={},
        seconds={},
        refuses=True,
        record={"accused": [account]},
        verified=True,
    )
    monkeypatch.setattr(demo_command, "open_stage", lambda *_arguments: nullcontext(stage))
    monkeypatch.setattr(
        demo_command, "Story", lambda *_arguments, **_options: SimpleNamespace(play=lambda: report)
    )
    finished = tcss("demo", "--json", "/dev/full")
    assert finished.status == 1
    assert finished.err.startswith("tcss: the outcome cannot be written to /dev/full (")
    assert "Convicted: exactly those who leaked" in finished.out


@pytest.mark.parametrize("name", ["missing/report.json", "folder"])
def test_a_report_that_cannot_be_written_is_found_out_before_the_demonstration(tcss, tmp_path, name):
    (tmp_path / "folder").mkdir()
    finished = tcss("demo", "--json", tmp_path / name)
    assert finished.status == 2
    assert "--json" in finished.err


def test_the_devnet_announces_its_url_and_accounts(tcss, monkeypatch, embedded_devnet):
    asked = {}

    def run(host, port, **options):
        asked.update(host=host, port=port, accounts=options["account_count"])
        options["on_ready"](embedded_devnet)

    monkeypatch.setattr(devnet_command, "run_devnet", run)
    finished = tcss("devnet", "--port", "0", "--accounts", "3")
    assert finished.status == 0
    assert asked == {"host": "127.0.0.1", "port": 0, "accounts": 3}
    assert embedded_devnet.rpc_url in finished.out
    for account in embedded_devnet.accounts:
        (line,) = [line for line in finished.out.splitlines() if account.address in line]
        assert Account.from_key(line.split()[1]).address == account.address


def test_a_devnet_that_cannot_start_is_explained(tcss, monkeypatch):
    def run(*_arguments, **_options):
        raise DevnetStartError("cannot listen")

    monkeypatch.setattr(devnet_command, "run_devnet", run)
    finished = tcss("devnet")
    assert (finished.status, finished.err) == (1, "tcss: cannot listen\n")


def test_an_interrupted_command_ends_quietly(tcss, monkeypatch):
    def run(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(devnet_command, "run_devnet", run)
    finished = tcss("devnet")
    assert finished.status == 130
    assert "Traceback" not in finished.err
