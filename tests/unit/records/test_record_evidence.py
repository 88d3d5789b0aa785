"""The evidence of a record comes from its event, and must hash to what the contract keeps."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest
from eth_utils.abi import event_abi_to_log_topic
from support.consortium import Consortium
from support.proxy_node import proxy_node
from support.tracing import trace

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import NodeError
from tcss_chain.chain.session_events import RecordedEvent, SessionEvents
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.records.errors import RecordHistoryError, RecordMismatchError
from tcss_chain.records.record_evidence import read_evidence
from tcss_chain.records.record_reads import RecordReads


@pytest.fixture
def records(convicted):
    return RecordReads(convicted.connection).of_session(convicted.sid)


@pytest.fixture
def true_event(convicted, records):
    (event,) = SessionEvents(convicted.connection).recorded(convicted.sid, 1)
    return event


def telling(monkeypatch, *events):
    """The node gives these events in place of the true one."""
    monkeypatch.setattr(SessionEvents, "recorded", lambda self, sid, number: events)


def refused(convicted, record):
    with pytest.raises(RecordMismatchError) as caught:
        read_evidence(convicted.connection, record)
    assert (caught.value.sid, caught.value.number) == (record.sid, record.number)
    assert "ask another node" in str(caught.value)
    assert f"record {record.number} of session 0x{record.sid.hex()}" in str(caught.value)
    return caught.value.what


def test_the_evidence_is_what_the_auditor_sent(convicted, embedded_devnet):
    session = Consortium(convicted.connection, embedded_devnet.accounts, n=3, t=3).run_to(Phase.ACTIVE)
    trace(session, [2]).send()
    sent = trace(session, [1], mode=QueryMode.REGISTERED)
    mined = sent.send()
    record = RecordReads(session.connection).of_session(session.sid)[1]
    recorded = read_evidence(session.connection, record)
    assert recorded.evidence == TraceEvidence(sent.statement.challenge, sent.statement.claim)
    assert recorded.evidence.hash(session.sid, 1) == record.evidence_hash
    assert bytes(recorded.transaction_hash) == bytes(mined.receipt["transactionHash"])


def test_every_record_has_its_own_evidence(convicted, records):
    evidence = [read_evidence(convicted.connection, record).evidence for record in records]
    assert [each.challenge.mode for each in evidence] == [QueryMode.FREE, QueryMode.REGISTERED]
    assert len({each.challenge.nonce for each in evidence}) == 2


def test_events_are_read_from_the_given_block_on(convicted, records):
    created = convicted.view.events.creation_block(convicted.sid)
    assert read_evidence(convicted.connection, records[1], created).evidence
    latest = convicted.connection.block_number()
    with pytest.raises(RecordMismatchError, match="no event"):
        read_evidence(convicted.connection, records[1], latest + 1)


LIES = {
    "mode": lambda e: replace(e, challenge=replace(e.challenge, mode=QueryMode.FREE)),
    "nonce": lambda e: replace(e, challenge=replace(e.challenge, nonce=bytes(32))),
    "dropped": lambda e: replace(e, challenge=replace(e.challenge, dropped=1)),
    "queries root": lambda e: replace(e, claim=replace(e.claim, queries_root=bytes(32))),
    "evaluations root": lambda e: replace(e, claim=replace(e.claim, evaluations_root=bytes(32))),
    "queries": lambda e: replace(e, claim=replace(e.claim, queries=63)),
    "evaluations": lambda e: replace(e, claim=replace(e.claim, evaluations=32)),
    "agreeing": lambda e: replace(e, claim=replace(e.claim, agreeing=20)),
    "roots exchanged": lambda e: replace(
        e,
        claim=replace(e.claim, queries_root=e.claim.evaluations_root, evaluations_root=e.claim.queries_root),
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_an_event_that_says_something_else_is_refused(convicted, records, true_event, monkeypatch, name):
    lie = LIES[name](true_event.evidence)
    assert lie != true_event.evidence
    telling(monkeypatch, replace(true_event, evidence=lie))
    assert refused(convicted, records[1]) == "what its event says"


@pytest.mark.parametrize(
    "change",
    [{"mode": QueryMode.FREE}, {"queries": 61}, {"evaluations": 30}, {"agreeing": 31}],
    ids=["mode", "queries", "evaluations", "agreeing"],
)
def test_figures_that_differ_from_the_evidence_are_refused(convicted, records, change):
    """The contract writes figures and hash from the same values; a node may still show other figures."""
    assert refused(convicted, replace(records[1], **change)) == "its mode or figures"


def test_figures_and_evidence_that_agree_in_a_lie_are_refused(convicted, records, true_event, monkeypatch):
    telling(monkeypatch, replace(true_event, evidence=LIES["agreeing"](true_event.evidence)))
    assert refused(convicted, replace(records[1], agreeing=20)) == "what its event says"


def test_another_hash_is_refused(convicted, records):
    for wrong in (bytes(32), records[0].evidence_hash):
        assert refused(convicted, replace(records[1], evidence_hash=wrong)) == "what its event says"


def test_the_event_of_another_record_is_refused(convicted, records, monkeypatch):
    (other,) = SessionEvents(convicted.connection).recorded(convicted.sid, 0)
    telling(monkeypatch, other)
    assert refused(convicted, records[1]) == "what its event says"
    monkeypatch.undo()
    # The hash names the number, so the same evidence under another number does not fit either.
    assert refused(convicted, replace(records[0], number=1)) == "what its event says"


@pytest.mark.parametrize(
    "change", [{"number": 2}, {"number": 10**6}, {"sid": b"\1" * 32}], ids=["next", "far", "another session"]
)
def test_a_record_without_event_is_refused(convicted, records, change):
    what = refused(convicted, replace(records[1], **change))
    assert what == "the node has no event of it, perhaps because it dropped its old logs"


def test_a_node_that_gives_no_event_is_refused(convicted, records, monkeypatch):
    telling(monkeypatch)
    assert "no event" in refused(convicted, records[0])


def test_a_node_that_fails_gives_no_evidence_and_that_is_no_mismatch(convicted, records, monkeypatch):
    def fail(self, sid, number):
        raise NodeError("reading TraceRecorded", "HTTPError")

    monkeypatch.setattr(SessionEvents, "recorded", fail)
    with pytest.raises(RecordHistoryError) as caught:
        read_evidence(convicted.connection, records[1])
    assert (caught.value.sid, caught.value.number) == (convicted.sid, 1)
    assert (caught.value.missing, caught.value.reason) == ("event", "HTTPError")
    assert "does not give its event (HTTPError)" in str(caught.value)


@pytest.fixture
def served(convicted, embedded_devnet):
    """A function that serves a node whose logs of records are what ``change`` makes of the true ones."""
    topic = bytes(event_abi_to_log_topic(convicted.connection.contract.events.TraceRecorded.abi))

    with ExitStack() as running:

        def serve(change):
            node = running.enter_context(proxy_node(embedded_devnet.rpc_url))

            def logs(params, truth):
                answer = truth()
                if params[0]["topics"][0] != f"0x{topic.hex()}":
                    return answer
                return {"result": change(answer["result"])}

            node.changes["eth_getLogs"] = logs
            return Connection(node.url, convicted.connection.contract_address)

        yield serve


def patched_data(log, place, word):
    data = bytes.fromhex(log["data"][2:])
    changed = data[: 32 * place] + word + data[32 * place + 32 :]
    return log | {"data": "0x" + changed.hex()}


@pytest.mark.parametrize("place", range(8))
def test_every_word_of_the_event_counts(served, records, place):
    """Over the wire: mode, nonce, dropped points, two roots and three figures."""
    word = (0 if place == 0 else 7).to_bytes(32, "big")
    node = served(lambda logs: [patched_data(log, place, word) for log in logs])
    with pytest.raises(RecordMismatchError) as caught:
        read_evidence(node, records[1])
    assert caught.value.what == "what its event says"


@pytest.mark.parametrize(
    "change",
    [
        lambda logs: [patched_data(log, 0, (2).to_bytes(32, "big")) for log in logs],
        lambda logs: [patched_data(log, 5, (2**24).to_bytes(32, "big")) for log in logs],
        lambda logs: [log | {"data": log["data"][:-64]} for log in logs],
        lambda logs: [log | {"data": "0x"} for log in logs],
        lambda logs: "nonsense",
    ],
    ids=["no mode", "figure too wide", "too short", "empty", "no list"],
)
def test_an_event_that_cannot_be_read_is_a_failure_of_the_node(served, convicted, records, change):
    with pytest.raises((RecordHistoryError, RecordMismatchError)) as caught:
        read_evidence(served(change), records[1])
    assert (caught.value.sid, caught.value.number) == (convicted.sid, 1)


def test_a_true_event_passes_the_proxy(served, records, true_event):
    found = read_evidence(served(lambda logs: logs), records[1])
    assert isinstance(found, RecordedEvent)
    assert found == true_event
