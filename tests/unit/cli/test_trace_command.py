"""``tcss trace``: from a box to a record, and the check of what was published."""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap

import pytest
from support.consortium import Consortium
from support.raw_server import unused_port

from tcss_chain.cli import trace as trace_command
from tcss_chain.cli import trace_progress
from tcss_chain.cli.trace_means import ACCOUNT_VARIABLE
from tcss_chain.pirate import PirateBox
from tcss_chain.pirate.server import PirateServer
from tcss_chain.protocol.session import Phase

LEAKED = (0, 2)
VARIABLE = ACCOUNT_VARIABLE

BOX = """
    from tcss_chain.pirate import PirateBox

    asked = []
    pirate = PirateBox({shares!r}, 3)

    def query(shares):
        asked.append(shares)
        if len(asked) - 1 == {die_at!r}:
            raise KeyboardInterrupt
        return pirate.query(shares)

    def silent(shares):
        return None

    def wrong(shares):
        return len(shares)

    number = 5
"""


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    """Four members with threshold three; those at seats 0 and 2 will leak."""
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def shares(active):
    points = [active.roster().participant(active.members[seat].address).x for seat in LEAKED]
    return [(x, active.final_share(active.members[seat])) for x, seat in zip(points, LEAKED, strict=True)]


@pytest.fixture
def leakers(active):
    return [active.members[seat].address for seat in LEAKED]


@pytest.fixture
def folder(tmp_path, monkeypatch, active):
    """The current folder, with the auditor's key in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    key = tmp_path / "auditor.key"
    key.touch(0o600)
    key.write_text(f"{active.alpha:064x}\n")
    return tmp_path


@pytest.fixture
def make_box(folder, shares, monkeypatch):
    """A function that writes a module with boxes and gives its name; it is imported anew."""

    def make(name="leaked_box", die_at=None):
        source = BOX.format(shares=shares, die_at=die_at)
        (folder / f"{name}.py").write_text(textwrap.dedent(source))
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    yield make
    for name in [each for each in sys.modules if each.endswith("_box") and "." not in each]:
        del sys.modules[name]


@pytest.fixture
def run(tcss, chain, active, folder):
    """A function that runs ``tcss trace`` for the session."""

    def trace(box, *arguments):
        session = ["--session", active.sid.hex(), "--auditor-key", "auditor.key"]
        return tcss("trace", "--box", box, *chain, *session, *arguments)

    return trace


@pytest.fixture
def auditor_account(monkeypatch, active):
    key = "0x" + bytes(active.auditor.account.key).hex()
    monkeypatch.setenv(VARIABLE, key)
    return key


def asked_by(name):
    return sys.modules[name].asked


def assert_accuses(text, leakers):
    assert re.findall(r"^leaked +(0x\w+)$", text, re.MULTILINE) == leakers


def test_a_box_behind_an_address_is_traced(run, shares, leakers):
    with PirateServer(PirateBox(shares, 3, success_rate=0.7, seed=1)) as server:
        finished = run(server.url)
    assert finished.status == 0, finished.err
    assert_accuses(finished.out, leakers)
    assert re.search(r"^queries +\d+, \d+ answered$", finished.out, re.MULTILINE)
    assert re.search(r"^right +\d+ of \d+ queries .*\(\d+ %\)$", finished.out, re.MULTILINE)
    assert "free points" in finished.out
    assert re.search(r"\d+ (query|queries), \d+ answered, \d+ right so far", finished.err)
    assert re.search(rf"^confirmed by query \d+: {', '.join(leakers)}$", finished.err, re.MULTILINE)


def test_a_function_is_a_box_too(run, make_box, leakers, folder):
    finished = run(f"{make_box()}:query")
    assert finished.status == 0, finished.err
    assert_accuses(finished.out, leakers)
    assert str(folder) not in sys.path
    assert not list(folder.glob("*.json*"))


def test_convicting_writes_the_record_and_the_published_part(
    run, tcss, chain, make_box, active, leakers, auditor_account, folder
):
    finished = run(f"{make_box()}:query", "--transcript", "box.jsonl", "--convict")
    assert finished.status == 0, finished.err
    assert_accuses(finished.out, leakers)
    assert f"record 0 of session 0x{active.sid.hex()}, " in finished.out
    assert "  proof    verified here\n" in finished.out
    assert all(f"  accused  {account}\n" in finished.out for account in leakers)
    assert active.reads.member(active.sid, leakers[0]).convicted
    assert auditor_account not in finished.out + finished.err
    assert f"{active.alpha:064x}" not in finished.out + finished.err

    verified = tcss("trace", "verify", "box.jsonl.published.json", *chain, "--transcript", "box.jsonl")
    assert verified.status == 0, verified.err
    assert "  proof    verified here\n" in verified.out
    assert len(re.findall("fits the record", verified.out)) == 2

    again = run(f"{make_box()}:query", "--transcript", "box.jsonl", "--convict")
    assert again.status == 0
    assert "proven       earlier" in again.out
    assert asked_by("leaked_box") == []


def test_the_proof_can_be_sent_later_without_asking_again(
    run, tcss, chain, make_box, leakers, folder, monkeypatch, active
):
    first = run(f"{make_box()}:query", "--transcript", "box.jsonl")
    assert first.status == 0
    asked = len(asked_by("leaked_box"))
    published = (folder / "box.jsonl.published.json").read_bytes()
    assert json.loads(published)["accused"] == leakers
    unproven = tcss("trace", "verify", "box.jsonl.published.json", *chain)
    assert (unproven.status, unproven.out) == (
        1,
        "no record of this session accuses exactly these participants\n",
    )

    monkeypatch.setenv(VARIABLE, "0x" + bytes(active.auditor.account.key).hex())
    second = run(f"{make_box()}:query", "--transcript", "box.jsonl", "--convict")
    assert second.status == 0, second.err
    assert asked_by("leaked_box") == []
    assert f"{asked} of them came from the transcript" in second.out
    assert (folder / "box.jsonl.published.json").read_bytes() == published
    assert "verified here" in second.out


@pytest.mark.parametrize("die_at", [0, 1])
def test_a_trace_that_was_interrupted_goes_on(run, make_box, leakers, die_at):
    first = run(f"{make_box(die_at=die_at)}:query", "--transcript", "box.jsonl")
    assert first.status == 130
    assert first.out == ""
    before = asked_by("leaked_box")
    assert len(before) == die_at + 1
    second = run(f"{make_box()}:query", "--transcript", "box.jsonl")
    assert second.status == 0, second.err
    assert_accuses(second.out, leakers)
    assert set(before).isdisjoint(asked_by("leaked_box"))
    assert f"{die_at + 1} of them came from the transcript" in second.out


def test_who_cannot_be_traced_is_said_with_the_reason(run, make_box):
    finished = run(f"{make_box()}:silent", "--budget", "5")
    assert finished.status == 1
    assert finished.out.startswith("nobody can be accused: ")
    assert "queries      5, 0 answered\n" in finished.out
    assert "unanswered   5 times: the box returned nothing\n" in finished.out
    assert "leaked" not in finished.out


def test_what_is_still_open_is_said(run, make_box):
    finished = run(f"{make_box()}:wrong", "--budget", "12")
    assert finished.status == 1
    assert "no answer fits any set of participants" in finished.out
    assert re.search(r"^open +\d+ sets of participants may have leaked$", finished.out, re.MULTILINE)
    assert re.search(r"^to decide +", finished.out, re.MULTILINE)


def test_a_trace_goes_on_with_a_larger_budget_and_its_own_plan(run, make_box, leakers):
    options = ("--arity", "1", "--mode", "registered", "--transcript", "box.jsonl")
    first = run(f"{make_box()}:silent", *options, "--budget", "2")
    assert first.status == 1
    assert run(f"{make_box()}:query", "--transcript", "box.jsonl").out.count("of them came from") == 1
    other = run(f"{make_box()}:query", "--transcript", "box.jsonl", "--mode", "free", "--budget", "60")
    assert other.status == 1
    assert "begun with another plan (modes)" in other.err
    second = run(f"{make_box()}:query", "--transcript", "box.jsonl", "--budget", "60")
    assert second.status == 0, second.err
    assert_accuses(second.out, leakers)
    assert "registered points" in second.out


def test_the_options_make_the_plan(run, make_box):
    name = make_box()
    run(f"{name}:query", "--arity", "2", "--mode", "free", "--budget", "4", "--strategy", "list-decoding")
    assert {len(shares) for shares in asked_by(name)} <= {2}
    assert len(asked_by(name)) <= 4
    finished = run(f"{name}:query", "--arity", "99")
    assert finished.status == 1
    assert "the plan's arities cannot be used" in finished.err


def test_a_time_limit_ends_a_trace(run, make_box):
    finished = run(f"{make_box()}:silent", "--time-limit", "0.000001")
    assert finished.status == 1
    assert int(re.search(r"queries +(\d+)", finished.out)[1]) <= 1


@pytest.mark.parametrize(
    ("box", "complaint"),
    [
        ("leaked_box", "module:function is expected"),
        ("leaked_box:", "module:function is expected"),
        ("leaked box:query", "module:function is expected"),
        ("../leaked_box:query", "module:function is expected"),
        ("ftp://box/", "module:function is expected"),
        ("http://", "the box's address is not usable"),
        ("no_such_box:query", "cannot be imported (ModuleNotFoundError)"),
        ("broken_box:query", "cannot be imported (ZeroDivisionError)"),
        ("leaked_box:nothing", "cannot be imported (AttributeError)"),
        ("leaked_box:number", "is no function"),
    ],
)
def test_a_box_that_cannot_be_used_is_explained(run, make_box, folder, box, complaint):
    make_box()
    (folder / "broken_box.py").write_text("1 / 0\n")
    finished = run(box)
    assert finished.status == 2
    assert complaint in " ".join(finished.err.split())
    assert "Traceback" not in finished.err


def test_the_address_of_a_box_is_not_repeated(run):
    finished = run(f"http://user:hunter2@127.0.0.1:{unused_port()}/", "--budget", "2")
    assert finished.status == 1
    assert "2 times: the connection failed" in finished.out
    assert "hunter2" not in finished.out + finished.err


@pytest.mark.parametrize("missing", ["--box", "--rpc", "--contract", "--session", "--auditor-key"])
def test_what_a_trace_needs_is_asked_for(tcss, missing):
    given = {
        "--box": "a:b",
        "--rpc": "http://127.0.0.1:1",
        "--contract": "0x" + "11" * 20,
        "--session": "22" * 32,
        "--auditor-key": "key",
    }
    arguments = [each for option, value in given.items() if option != missing for each in (option, value)]
    finished = tcss("trace", *arguments)
    assert finished.status == 2
    assert f"Missing option '{missing}'" in finished.err


def test_the_auditor_s_key_must_be_private(run, make_box, folder):
    name = make_box()
    (folder / "auditor.key").chmod(0o644)
    finished = run(f"{name}:query")
    assert finished.status == 1
    assert "others can read or write it; run chmod 600 on it" in finished.err
    assert asked_by(name) == []


@pytest.mark.parametrize(
    "content", ["", "12", "0x" + "11" * 32, "zz" * 32, "00" * 32, "ff" * 32, "11" * 33, "11" * 32 + " " * 300]
)
def test_a_file_that_holds_no_key_is_refused_and_not_repeated(run, make_box, folder, content):
    (folder / "auditor.key").write_text(content)
    finished = run(f"{make_box()}:query")
    assert finished.status == 1
    assert "the file of the auditor's key cannot be used" in finished.err
    assert not content.strip() or content.strip() not in finished.out + finished.err


def test_the_key_of_another_session_is_refused(run, make_box, folder):
    (folder / "auditor.key").write_text("11" * 32)
    name = make_box()
    finished = run(f"{name}:query", "--transcript", "box.jsonl")
    assert finished.status == 1
    assert "does not belong to the session's key" in finished.err
    assert asked_by(name) == []
    assert not (folder / "box.jsonl").exists()


def test_a_transcript_of_something_else_is_refused_and_left_alone(run, make_box, folder):
    finished = run(f"{make_box()}:query", "--transcript", "auditor.key")
    before = (folder / "auditor.key").read_bytes()
    assert finished.status == 1
    assert "the transcript cannot be used" in finished.err
    assert (folder / "auditor.key").read_bytes() == before
    assert before.decode().strip() not in finished.err
    finished = run(f"{make_box()}:query", "--transcript", "no folder/box.jsonl")
    assert finished.status == 2


@pytest.mark.parametrize("key", [None, "", "hunter2", "0x" + "ff" * 32])
def test_convicting_needs_the_account_and_does_not_repeat_it(run, make_box, monkeypatch, key):
    name = make_box()
    if key is not None:
        monkeypatch.setenv(VARIABLE, key)
    finished = run(f"{name}:query", "--transcript", "box.jsonl", "--convict")
    assert finished.status == 2
    assert VARIABLE in finished.err
    assert not key or key not in finished.out + finished.err


def test_convicting_needs_a_transcript(run, make_box, auditor_account):
    finished = run(f"{make_box()}:query", "--convict")
    assert finished.status == 2
    assert "--transcript" in finished.err


def test_another_account_is_found_out_before_the_box_is_asked(run, make_box, monkeypatch, active):
    name = make_box()
    monkeypatch.setenv(VARIABLE, "0x" + bytes(active.outsider.account.key).hex())
    finished = run(f"{name}:query", "--transcript", "box.jsonl", "--convict")
    assert finished.status == 1
    assert f"the auditor of this session is {active.auditor.address}" in finished.err
    assert asked_by(name) == []


def test_events_before_the_first_block_are_not_looked_at(run, make_box, active):
    finished = run(f"{make_box()}:query", "--first-block", active.connection.block_number() + 1)
    assert finished.status == 1
    assert "contradicts itself" in finished.err


@pytest.fixture
def proven(run, make_box, auditor_account, folder):
    assert run(f"{make_box()}:query", "--transcript", "box.jsonl", "--convict").status == 0
    return folder / "box.jsonl.published.json"


def test_a_published_part_that_was_changed_does_not_fit(proven, tcss, chain):
    values = json.loads(proven.read_bytes())
    proven.write_text(json.dumps(values | {"queries": values["queries"] + 1}))
    finished = tcss("trace", "verify", proven, *chain)
    assert finished.status == 1
    assert "DOES NOT FIT: the number of queries\n" in finished.out
    proven.write_text(json.dumps(values | {"format": "other"}))
    finished = tcss("trace", "verify", proven, *chain)
    assert finished.status == 1
    assert "cannot be read" in finished.err


def test_a_transcript_of_another_trace_does_not_fit(proven, run, make_box, tcss, chain, folder):
    assert run(f"{make_box()}:query", "--transcript", "other.jsonl", "--budget", "9").status == 1
    finished = tcss("trace", "verify", proven, *chain, "--transcript", "other.jsonl")
    assert finished.status == 1
    assert "DOES NOT FIT: the " in finished.out
    os.chmod("other.jsonl", 0o644)
    finished = tcss("trace", "verify", proven, *chain, "--transcript", "other.jsonl")
    assert finished.status == 1
    assert "chmod 600" in finished.err


@pytest.mark.parametrize("verdict", [False, "the node lost it"])
def test_a_record_that_is_not_verified_is_no_success(proven, tcss, chain, monkeypatch, verdict):
    monkeypatch.setattr(trace_command, "verdict_of", lambda *_arguments: verdict)
    finished = tcss("trace", "verify", proven, *chain)
    assert finished.status == 1
    assert "fits the record" in finished.out
    assert ("DOES NOT VERIFY" if verdict is False else verdict) in finished.out


def test_who_is_convicted_already_is_not_accused_again(proven, run, make_box):
    finished = run(f"{make_box()}:query", "--budget", "40")
    assert finished.status == 1
    assert "nobody but participants who are convicted already" in finished.out


def test_on_a_terminal_one_line_changes(run, make_box, monkeypatch, leakers):
    shown = []

    class Status:
        start = stop = lambda self: shown.append("edge")

        def update(self, line):
            shown.append(line)

    monkeypatch.setattr(trace_progress, "_on_terminal", lambda: True)
    monkeypatch.setattr(trace_progress.Console, "status", lambda *_arguments: Status())
    finished = run(f"{make_box()}:query")
    assert finished.status == 0
    assert shown[0] == shown[-1] == "edge"
    assert all(re.fullmatch(r"\d+ (query|queries), .*", line) for line in shown[1:-1])
    assert len(shown) >= 3
    assert "candidate sets left" in shown[-2]
