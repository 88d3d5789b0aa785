"""``tcss trace --auditor``: key, account, archive and journal from the auditor's folder."""

from __future__ import annotations

import re
import sys
import textwrap

import pytest
from support.audit_desk import Died, Moments
from support.auditor_folder import make_auditor_folder
from support.consortium import Consortium
from support.pruned_node import pruned_node
from support.states import PASSPHRASE

from tcss_chain.auditor import TracePlan
from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.box import CallableBox
from tcss_chain.auditor.session_auditor import SessionAuditor
from tcss_chain.chain.transaction_journal import EntryStatus
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.cli.trace_means import ACCOUNT_VARIABLE
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE
from tcss_chain.pirate import PirateBox
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.records.record_evidence import read_evidence
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.records.record_verification import verify_record
from tcss_chain.session_package import collect_package, encode_package
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

LEAKED = (0, 2)

BOX = """
    from tcss_chain.pirate import PirateBox

    asked = []
    pirate = PirateBox({shares!r}, 3)

    def query(shares):
        asked.append(shares)
        return pirate.query(shares)
"""


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def leakers(active):
    return tuple(active.members[seat].address for seat in LEAKED)


@pytest.fixture
def shares(active):
    roster = active.roster()
    return [
        (roster.participant(active.members[seat].address).x, active.final_share(active.members[seat]))
        for seat in LEAKED
    ]


@pytest.fixture
def configuration(tmp_path, active, embedded_devnet, monkeypatch):
    """An auditor's folder with the session's key; the current folder is above it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ACCOUNT_VARIABLE, raising=False)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    path = make_auditor_folder(tmp_path / "gateway", active, embedded_devnet.rpc_url)
    with opened(path) as database:
        AuditorKeyTable(database).save(active.sid, AuditorKey(active.alpha))
    return path


@pytest.fixture
def box(tmp_path, shares, monkeypatch, configuration):
    """The name of a box in this process."""
    (tmp_path / "leaked_box.py").write_text(textwrap.dedent(BOX.format(shares=shares)))
    monkeypatch.delitem(sys.modules, "leaked_box", raising=False)
    yield "leaked_box:query"
    sys.modules.pop("leaked_box", None)


@pytest.fixture
def run(tcss, box, configuration, active):
    return lambda *more: tcss(
        "trace", "--box", box, "--auditor", configuration, "--session", active.sid.hex(), *more
    )


def opened(configuration):
    return StateDatabase.open(configuration.parent / "data", PASSPHRASE)


def convictions(configuration):
    state = read_public_state(configuration.parent / "data")
    return [entry for entry in state.transactions if entry.purpose.kind == "convict"]


def assert_accuses(text, leakers):
    assert tuple(re.findall(r"^leaked +(0x\w+)$", text, re.MULTILINE)) == leakers


def test_a_box_is_traced_with_the_key_in_the_state_while_the_service_runs(run, configuration, leakers):
    with opened(configuration):
        finished = run()
    assert finished.status == 0, finished.err
    assert_accuses(finished.out, leakers)
    assert convictions(configuration) == []


def test_a_conviction_is_journalled_and_proven_once(run, configuration, active, leakers):
    finished = run("--transcript", "box.jsonl", "--convict")
    assert finished.status == 0, finished.err
    assert "  proof    verified here\n" in finished.out
    (entry,) = convictions(configuration)
    assert entry.purpose.sid == active.sid
    (record,) = RecordReads(active.connection).of_session(active.sid)
    assert record.accused == leakers
    for secret in (f"{active.alpha:064x}", bytes(active.auditor.account.key).hex(), PASSPHRASE):
        assert secret not in finished.out + finished.err
    again = run("--transcript", "box.jsonl", "--convict")
    assert again.status == 0, again.err
    assert "proven       earlier" in again.out
    (entry,) = convictions(configuration)
    assert entry.status is EntryStatus.SETTLED


@pytest.mark.parametrize("moment", ["convict.journalled", "convict.broadcast", "convict.mined"])
def test_the_command_finishes_what_a_crash_left_with_the_same_transaction(
    run, configuration, active, shares, leakers, moment, tmp_path
):
    with opened(configuration) as database:
        sender = TransactionSender(
            active.connection,
            active.auditor.account,
            journal=SqliteTransactionJournal(database),
            reached=Moments(moment),
        )
        auditor = SessionAuditor(active.connection, sender, active.sid, AuditorKey(active.alpha))
        found = auditor.trace(
            CallableBox(PirateBox(shares, 3).query), plan=TracePlan(), transcript=tmp_path / "box.jsonl"
        )
        with pytest.raises(Died):
            auditor.convict(found)
    (before,) = convictions(configuration)
    assert before.status is EntryStatus.PENDING
    finished = run("--transcript", "box.jsonl", "--convict")
    assert finished.status == 0, finished.err
    assert sys.modules["leaked_box"].asked == []
    (after,) = convictions(configuration)
    assert [each.transaction_hash for each in after.variants] == [
        each.transaction_hash for each in before.variants
    ]
    (record,) = RecordReads(active.connection).of_session(active.sid)
    assert record.accused == leakers
    assert read_evidence(active.connection, record).evidence == TraceEvidence(found.challenge, found.claim)
    receipt = active.connection.w3.eth.get_transaction_receipt(before.variants[0].transaction_hash)
    assert receipt["status"] == 1


def test_while_the_service_runs_nothing_is_lost_but_the_conviction_waits(run, configuration, active, leakers):
    with opened(configuration):
        finished = run("--transcript", "box.jsonl", "--convict")
    assert finished.status == 1
    assert "note: the auditor's service holds the state" in finished.err
    assert "stop the service, run the same command again" in finished.err
    assert_accuses(finished.out, leakers)
    assert RecordReads(active.connection).of_session(active.sid) == ()
    asked = len(sys.modules["leaked_box"].asked)
    finished = run("--transcript", "box.jsonl", "--convict")
    assert finished.status == 0, finished.err
    assert len(sys.modules["leaked_box"].asked) == asked
    assert len(RecordReads(active.connection).of_session(active.sid)) == 1


def test_the_record_of_another_trace_of_the_same_is_said_to_be_that(run, configuration, active):
    assert run("--transcript", "a.jsonl").status == 0
    assert run("--transcript", "b.jsonl", "--convict").status == 0
    finished = run("--transcript", "a.jsonl", "--convict")
    assert finished.status == 0, finished.err
    assert "note: the record is of another trace of the same participants" in finished.err


@pytest.mark.parametrize("silent", [True, False])
def test_a_pruned_node_needs_the_archive(run, configuration, active, embedded_devnet, leakers, silent):
    with pruned_node(embedded_devnet.rpc_url, silent=silent) as node:
        without = run("--rpc", node.rpc_url)
        assert without.status == 1
        with opened(configuration) as database:
            package = encode_package(collect_package(active.view))
            SessionTable(database).save_package(active.sid, package)
        finished = run("--rpc", node.rpc_url, "--transcript", "box.jsonl", "--convict")
        assert finished.status == 0, finished.err
        assert_accuses(finished.out, leakers)
    (record,) = RecordReads(active.connection).of_session(active.sid)
    assert record.accused == leakers
    assert verify_record(active.connection, record)


def test_an_archive_that_does_not_fit_is_not_used(run, configuration, active, leakers):
    with opened(configuration) as database:
        SessionTable(database).save_package(active.sid, b"{}")
    finished = run()
    assert finished.status == 0, finished.err
    assert "note: the archived package is not used" in finished.err
    assert_accuses(finished.out, leakers)


def test_a_session_without_a_key_here_asks_the_box_nothing(tcss, box, configuration):
    finished = tcss("trace", "--box", box, "--auditor", configuration, "--session", "22" * 32)
    assert finished.status == 1
    assert "there is no key of session" in finished.err
    assert sys.modules["leaked_box"].asked == []


def test_another_wallet_than_the_auditor_s_is_found_out_before_the_box_is_asked(
    run, configuration, active, embedded_devnet, tmp_path
):
    other = active.clone()
    other.auditor = other.outsider
    stray = make_auditor_folder(tmp_path / "stray", other, embedded_devnet.rpc_url)
    (stray.parent / "wallet.json").replace(configuration.parent / "wallet.json")
    finished = run("--transcript", "box.jsonl", "--convict")
    assert finished.status == 1
    assert f"the auditor of this session is {active.auditor.address}" in finished.err
    assert sys.modules["leaked_box"].asked == []
    assert convictions(configuration) == []


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--auditor-key", "key"], "give --auditor or --auditor-key, not both"),
        (["--convict"], "give --transcript with --convict"),
    ],
)
def test_what_does_not_go_together_is_explained(run, more, complaint):
    finished = run(*more)
    assert finished.status == 2
    assert complaint in finished.err


@pytest.mark.parametrize("missing", ["--box", "--session"])
def test_with_an_auditor_the_rest_is_still_needed(tcss, configuration, missing):
    given = {"--box": "a:b", "--session": "22" * 32, "--auditor": configuration}
    arguments = [each for option, value in given.items() if option != missing for each in (option, value)]
    finished = tcss("trace", *arguments)
    assert finished.status == 2
    assert f"Missing option '{missing}'" in finished.err
