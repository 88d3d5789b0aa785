"""``tcss session``: create, show and watch, on a chain."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml
from support.raw_server import unused_port
from support.tracing import trace

from tcss_chain.chain.errors import NodeError
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.session_view import SessionView
from tcss_chain.cli import session_watch
from tcss_chain.consortium import Terms, load_consortium
from tcss_chain.operation.keystore import write_wallet
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE, Passphrase
from tcss_chain.operation.session_watch import Outlook, read_snapshot
from tcss_chain.protocol.session import Phase

SECRET = "correct horse battery"
SALT = "5a" * 32


@pytest.fixture
def consortium_file(tmp_path, embedded_devnet):
    accounts = embedded_devnet.accounts
    content = {
        "consortium": "Group",
        "threshold": 2,
        "organisations": [
            {"name": f"Member {i}", "address": accounts[i].address, "service": f"http://127.0.0.1:{7100 + i}"}
            for i in range(3)
        ],
        "auditor": {"name": "Gateway", "address": accounts[3].address},
        "beneficiary": accounts[4].address,
        "bond": 5,
        "phases": {"confirm": 1000, "join": 20, "deal": 30, "complain": 40, "reveal": 50, "challenge": 60},
        "bond_release": 70,
    }
    path = tmp_path / "group.yaml"
    path.write_text(yaml.safe_dump(content), "utf8")
    return path


@pytest.fixture
def creator(tmp_path, embedded_devnet, monkeypatch):
    """The creator's account, and the options for its wallet."""
    account, path = embedded_devnet.accounts[5], tmp_path / "wallet.json"
    write_wallet(path, account, Passphrase(SECRET), work_factor=2)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, SECRET)
    return account, ("--wallet", path)


@pytest.fixture
def create(tcss, chain, consortium_file, creator):
    return lambda *more: tcss(
        "session", "create", "--consortium", consortium_file, *chain, *creator[1], *more
    )


def test_a_created_session_has_the_terms_of_the_file(create, creator, connection, consortium_file):
    finished = create("--salt", "0x" + SALT)
    assert finished.status == 0, finished.err
    assert f"salt       0x{SALT}\n" in finished.out
    assert f"creator    {creator[0].address}\n" in finished.out
    assert "Gateway confirms the session" in finished.out
    sid = bytes.fromhex(finished.out.split()[1].removeprefix("0x"))
    assert f"tcss session watch 0x{sid.hex()} " in finished.out
    view = SessionView(connection, sid)
    configuration = view.configuration()
    assert Terms.of(load_consortium(consortium_file)).objections(configuration, connection.chain_time()) == ()
    assert view.created().creator == creator[0].address
    assert view.reads.phase(sid) is Phase.CONFIRMING
    assert finished.out.count(" UTC, in ") == 7


def test_the_json_has_every_detail_and_nothing_else_is_on_the_output(create, connection, active):
    finished = create("--salt", SALT, "--parent", active.sid.hex(), "--json")
    assert finished.status == 0, finished.err
    shown = json.loads(finished.out)
    sid = bytes.fromhex(shown["session"][2:])
    configuration = SessionReads(connection).configuration(sid)
    assert shown["members"] == list(configuration.members)
    assert shown["deadlines"]["bond_release_time"] == configuration.bond_release_time
    assert (shown["salt"], shown["bond"], shown["threshold"]) == (f"0x{SALT}", "5", 2)
    assert shown["parent"] == f"0x{active.sid.hex()}"
    assert set(shown) == {
        "session", "salt", "creator", "block", "transaction", "threshold", "members", "auditor",
        "beneficiary", "bond", "parent", "deadlines",
    }  # fmt: skip
    assert f"session    0x{sid.hex()}\n" in finished.err


def test_forfeits_go_to_the_beneficiary_whoever_pays_for_it(
    tcss, chain, active, creator, connection, embedded_devnet
):
    def send():
        return tcss("session", "forfeits", active.sid.hex(), *chain, *creator[1])

    assert send().out == "nothing to send: no bond is forfeited, or the beneficiary has it already\n"
    trace(active, [1]).send()
    beneficiary = active.configuration.beneficiary
    assert beneficiary != creator[0].address
    before = connection.w3.eth.get_balance(beneficiary)
    finished = send()
    assert finished.status == 0, finished.err
    assert f"beneficiary {beneficiary}\n" in finished.out
    assert f"sent        {active.configuration.bond} wei, in block " in finished.out
    assert connection.w3.eth.get_balance(beneficiary) == before + active.configuration.bond
    assert send().out.startswith("nothing to send")


def test_without_a_salt_every_session_is_another(create):
    shown = [json.loads(create("--json").out) for _ in range(2)]
    assert shown[0]["salt"] != shown[1]["salt"]
    assert shown[0]["session"] != shown[1]["session"]


def test_the_session_id_is_told_before_anything_is_sent(create, connection, monkeypatch):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    before = SessionReads(connection).session_count()
    monkeypatch.setattr("tcss_chain.cli.session_create.create_session", interrupt)
    finished = create("--salt", SALT)
    assert finished.status == 130
    assert finished.out.startswith("session    0x")
    assert SessionReads(connection).session_count() == before


def test_what_the_contract_refuses_is_not_sent(create, connection):
    before = SessionReads(connection).session_count()
    finished = create("--parent", "12" * 32)
    assert finished.status == 1
    assert "UnknownParent" in finished.err
    assert SessionReads(connection).session_count() == before


def test_a_node_with_another_session_id_is_not_believed(create, connection, monkeypatch):
    monkeypatch.setattr(
        "tcss_chain.chain.transactions.TransactionSender.simulate", lambda *_arguments: b"\x01" * 32
    )
    before = SessionReads(connection).session_count()
    finished = create()
    assert finished.status == 1
    assert "another id" in finished.err
    assert SessionReads(connection).session_count() == before


def test_a_file_without_addresses_is_refused_before_anybody_is_asked(create, consortium_file, monkeypatch):
    content = yaml.safe_load(consortium_file.read_text())
    monkeypatch.delenv(PASSPHRASE_VARIABLE)
    for field in ("address", "service"):
        changed = json.loads(json.dumps(content))
        del changed["organisations"][1][field]
        consortium_file.write_text(yaml.safe_dump(changed))
        finished = create()
        assert finished.status == 1
        assert f"organisations[1].{field}" in finished.err


def test_a_wrong_passphrase_is_said_and_not_shown(create, monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "hunter2 hunter2")
    finished = create()
    assert finished.status == 1
    assert "does not open" in finished.err
    assert "hunter2" not in finished.out + finished.err


def test_nothing_secret_is_printed(create, creator):
    finished = create()
    assert finished.status == 0
    for secret in (SECRET, bytes(creator[0].key).hex()):
        assert secret not in finished.out + finished.err


def test_another_node_is_asked_when_one_fails(tcss, active, chain):
    dead = f"http://user:hunter2@127.0.0.1:{unused_port()}"
    finished = tcss("session", "show", active.sid.hex(), "--rpc", dead, *chain)
    assert finished.status == 0, finished.err
    assert "phase        active" in finished.out
    assert "hunter2" not in finished.out + finished.err


def test_an_active_session_is_shown(tcss, chain, active, connection):
    finished = tcss("session", "show", active.sid.hex(), *chain)
    assert finished.status == 0, finished.err
    assert "phase        active at " in finished.out
    assert "threshold    2 of 3\n" in finished.out
    assert f"auditor      {active.auditor.address}\n" in finished.out
    assert f"creator      {active.creator.address}\n" in finished.out
    assert "qualified    3\n" in finished.out
    state = active.reads.state(active.sid)
    assert f"aggregate    0x{state.aggregate_hash.hex()}\n" in finished.out
    for seat, member in enumerate(active.members):
        assert f"    {seat}  {member.address}: joined, dealt, qualified, bond {10**18} wei\n" in finished.out
    assert "confirm by         " in finished.out
    assert "bond release time  " in finished.out


def test_names_are_shown_where_they_are_known(tcss, chain, active, consortium_file):
    finished = tcss("session", "show", active.sid.hex(), *chain, "--consortium", consortium_file)
    for index in range(3):
        assert f"(Member {index}): joined" in finished.out
    assert f"auditor      {active.auditor.address} (Gateway)\n" in finished.out


def test_the_json_of_a_session_has_everything(tcss, chain, active, consortium_file):
    finished = tcss("session", "show", active.sid.hex(), *chain, "--consortium", consortium_file, "--json")
    shown = json.loads(finished.out)
    assert shown["phase"] == "active"
    assert shown["deadlines"]["join_by"] == active.configuration.join_by
    assert shown["qualified"] == [member.address for member in active.members]
    assert (shown["bond"], shown["forfeits"], shown["parent"]) == (str(10**18), "0", None)
    assert [each["address"] for each in shown["members"]] == [member.address for member in active.members]
    for each in shown["members"]:
        assert each["name"].startswith("Member ")
        assert (each["joined"], each["dealt"], each["qualified"], each["convicted"]) == (
            True,
            True,
            True,
            False,
        )
        assert (each["fault"], each["bond"], each["withdrawn"]) == (None, str(10**18), False)


def test_who_did_not_act_is_shown(tcss, chain, fresh):
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[:2]:
        fresh.join(member)
    fresh.travel_to(fresh.configuration.join_by)
    fresh.deal(fresh.members[0])
    fresh.travel_to(fresh.configuration.deal_by)
    text = tcss("session", "show", fresh.sid.hex(), *chain).out
    assert "phase        complaining" in text
    assert f"{fresh.members[0].address}: joined, dealt, qualified, bond {10**18} wei" in text
    assert f"{fresh.members[1].address}: joined, FAULT no dealing, bond {10**18 // 2} wei" in text
    assert f"{fresh.members[2].address}: has not joined" in text
    shown = json.loads(tcss("session", "show", fresh.sid.hex(), *chain, "--json").out)
    assert [each["fault"] for each in shown["members"]] == [None, "no_dealing", None]
    assert [each["bond"] for each in shown["members"]] == [str(10**18), str(10**18 // 2), None]


def test_an_unconfirmed_session_is_shown(tcss, chain, fresh):
    fresh.create()
    finished = tcss("session", "show", fresh.sid.hex(), *chain)
    assert finished.status == 0, finished.err
    assert f"auditor      {fresh.auditor.address}, has not confirmed\n" in finished.out
    assert finished.out.count(": has not joined\n") == 3


@pytest.mark.parametrize("command", ["show", "watch"])
def test_a_session_that_is_not_there_is_said(tcss, chain, command):
    finished = tcss("session", command, "12" * 32, *chain)
    assert finished.status == 1
    assert "UnknownSession" in finished.err


def test_a_watched_session_that_is_active_ends_at_once(tcss, chain, active, consortium_file):
    finished = tcss("session", "watch", active.sid.hex(), *chain, "--consortium", consortium_file)
    assert finished.status == 0, finished.err
    lines = finished.out.splitlines()
    assert "the auditor has confirmed" in lines[0]
    assert sum("Member" in line and line.endswith("joined") for line in lines) == 3
    assert sum("Member" in line and line.endswith("dealt") for line in lines) == 3
    assert lines[-2].endswith("phase active")
    assert all(" UTC  " in line for line in lines)


def test_a_phase_that_cannot_be_reached_ends_with_1(tcss, chain, active, fresh):
    finished = tcss("session", "watch", active.sid.hex(), *chain, "--until", "aborted")
    assert finished.status == 1
    assert "can no longer be reached" in finished.err
    fresh.create()
    fresh.travel_to(fresh.configuration.confirm_by)
    finished = tcss("session", "watch", fresh.sid.hex(), *chain)
    assert finished.status == 1
    assert finished.out.splitlines()[-1].endswith("phase aborted")
    assert tcss("session", "watch", fresh.sid.hex(), *chain, "--until", "aborted").status == 0


@pytest.mark.parametrize("timeout", ["0", "0.1"])
def test_the_time_to_wait_is_limited(tcss, chain, fresh, timeout):
    fresh.create()
    finished = tcss("session", "watch", fresh.sid.hex(), *chain, "--timeout", timeout, "--interval", "0.02")
    assert finished.status == 124
    assert finished.out.count("phase confirming") == 1
    assert "not reached after" in finished.err


@pytest.fixture
def follow():
    """Follow a session until it is active, looking by a function."""
    return lambda look: session_watch.follow(look, Phase.ACTIVE, {}, interval=0.01, timeout=60)


def test_changes_are_told_while_they_happen(fresh, follow, capsys):
    fresh.create()
    steps = iter(
        [
            fresh.confirm,
            *(lambda member=member: fresh.join(member) for member in fresh.members),
            *(lambda member=member: fresh.deal(member) for member in fresh.members),
            fresh.activate_unanimously,
        ]
    )

    def look():
        found = read_snapshot(fresh.connection, fresh.sid)
        next(steps, lambda: None)()
        return found

    assert follow(look) is Outlook.REACHED
    told = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    names = [member.address for member in fresh.members]
    assert told == [
        "phase confirming",
        "the auditor has confirmed",
        "phase joining",
        *(f"{name} joined" for name in names),
        "phase dealing",
        *(f"{name} dealt" for name in names),
        "phase complaining",
        "phase active",
        f"aggregate hash 0x{fresh.reads.state(fresh.sid).aggregate_hash.hex()}",
    ]


def test_a_node_that_fails_for_a_while_is_asked_again(active, follow, capsys):
    whole = read_snapshot(active.connection, active.sid)
    waiting = replace(whole, state=replace(whole.state, phase=Phase.COMPLAINING))
    answers = iter([waiting, None, None, waiting, None, whole])

    def look():
        answer = next(answers)
        if answer is None:
            raise NodeError("looking", "no answer")
        return answer

    assert follow(look) is Outlook.REACHED
    captured = capsys.readouterr()
    assert captured.err.count("still watching") == 2
    assert captured.out.splitlines()[-2].endswith("phase active")


def test_a_node_that_fails_at_once_is_an_error(follow):
    def look():
        raise NodeError("looking", "no answer")

    with pytest.raises(NodeError):
        follow(look)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["create"], "Missing option"),
        (["create", "--salt", "12"], "is no salt"),
        (["list"], "Missing option '--rpc'"),
        (["list", "--phase", "none"], "'none' is not one of"),
        (["show"], "Missing argument 'SID'"),
        (["show", "12"], "is no session id"),
        (["watch", "12" * 32, "--timeout", "nan"], "nan"),
        (["watch", "12" * 32, "--interval", "0"], "not in the range"),
        (["watch", "12" * 32, "--until", "done"], "'done' is not one of"),
    ],
)
def test_bad_parameters_are_explained(tcss, arguments, complaint):
    finished = tcss("session", *arguments)
    assert finished.status == 2
    assert complaint in finished.err


@pytest.mark.parametrize("command", ["create", "list", "show", "watch"])
def test_every_command_explains_itself(tcss, command):
    finished = tcss("session", command, "--help")
    assert finished.status == 0
    for option in ("--rpc", "--contract", "--first-block"):
        assert option in finished.out
    assert "--passphrase-file" in finished.out or command != "create"
    assert "Exit status" in finished.out or command != "watch"
