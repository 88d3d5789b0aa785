"""A record is verified from events and its own transaction, whatever the node says."""

from __future__ import annotations

from dataclasses import replace

import pytest
import requests
from hexbytes import HexBytes
from support.tracing import trace

from tcss_chain.chain.abi_values import as_tuples, encode_trace_proof
from tcss_chain.chain.errors import ChainContradictionError, ChainError
from tcss_chain.chain.session_events import RecordedEvent, SessionEvents
from tcss_chain.curve import G, U
from tcss_chain.errors import TcssError
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_proof import TraceProof
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.records.errors import IndirectConvictionError, RecordHistoryError, RecordMismatchError
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.records.record_verification import verify_record


@pytest.fixture
def records(convicted):
    return RecordReads(convicted.connection).of_session(convicted.sid)


@pytest.fixture
def record(records):
    return records[1]


def transaction_of(convicted, record):
    (found,) = SessionEvents(convicted.connection).recorded(record.sid, record.number)
    return found.transaction_hash


def lying(convicted, monkeypatch, data):
    """The node gives another input of the transaction."""
    original = convicted.connection.w3.eth.get_transaction
    monkeypatch.setattr(
        convicted.connection.w3.eth,
        "get_transaction",
        lambda found: {**original(found), "input": HexBytes(data)},
    )


def encoded(function):
    return function._encode_transaction_data()


def test_records_verify(convicted, records):
    assert [verify_record(convicted.connection, record) for record in records] == [True, True]


def test_records_verify_from_the_block_of_the_session_on(convicted, record):
    (created,) = convicted.connection.contract.events.SessionCreated().get_logs(
        from_block=0, argument_filters={"sid": convicted.sid}
    )
    assert verify_record(convicted.connection, record, created["blockNumber"]) is True
    with pytest.raises(ChainContradictionError):
        verify_record(convicted.connection, record, created["blockNumber"] + 1)


@pytest.mark.parametrize("accused", [slice(1), slice(None, None, -1), slice(0)])
def test_a_record_that_accuses_others_than_its_transaction_is_refused(convicted, record, accused):
    with pytest.raises(RecordMismatchError) as caught:
        verify_record(convicted.connection, replace(record, accused=record.accused[accused]))
    assert (caught.value.sid, caught.value.number) == (record.sid, 1)
    assert caught.value.what == "what its transaction says"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"mode": QueryMode.FREE}, "its mode or figures"),
        ({"queries": 63}, "its mode or figures"),
        ({"evaluations": 30}, "its mode or figures"),
        ({"agreeing": 20}, "its mode or figures"),
        ({"evidence_hash": bytes(32)}, "what its event says"),
    ],
    ids=["mode", "queries", "evaluations", "agreeing", "evidence hash"],
)
def test_a_record_that_says_something_else_than_its_event_is_refused(convicted, record, change, what):
    with pytest.raises(RecordMismatchError) as caught:
        verify_record(convicted.connection, replace(record, **change))
    assert (caught.value.sid, caught.value.number, caught.value.what) == (record.sid, 1, what)


def changed_evidence(evidence):
    claim, challenge = evidence.claim, evidence.challenge
    return {
        "mode": replace(evidence, challenge=replace(challenge, mode=QueryMode.FREE)),
        "nonce": replace(evidence, challenge=replace(challenge, nonce=bytes(32))),
        "dropped": replace(evidence, challenge=replace(challenge, dropped=1)),
        "queries": replace(evidence, claim=replace(claim, queries=63)),
        "evaluations": replace(evidence, claim=replace(claim, evaluations=30)),
        "agreeing": replace(evidence, claim=replace(claim, agreeing=20)),
        "queries root": replace(evidence, claim=replace(claim, queries_root=bytes(32))),
        "evaluations root": replace(evidence, claim=replace(claim, evaluations_root=bytes(32))),
    }


@pytest.mark.parametrize(
    "name",
    [
        "mode", "nonce", "dropped", "queries", "evaluations", "agreeing", "queries root", "evaluations root",
    ],
)  # fmt: skip
def test_event_and_record_that_agree_must_fit_the_transaction(convicted, record, monkeypatch, name):
    """A node that makes up record and event together still has to give the transaction."""
    true = SessionEvents(convicted.connection).recorded(record.sid, record.number)[0]
    lie = changed_evidence(true.evidence)[name]
    monkeypatch.setattr(SessionEvents, "recorded", lambda *_arguments: (replace(true, evidence=lie),))
    with pytest.raises(RecordMismatchError) as caught:
        verify_record(convicted.connection, fitting(record, lie))
    assert caught.value.what == "what its transaction says"


def fitting(record, evidence):
    """The record that says what the evidence says."""
    claim = evidence.claim
    return replace(
        record,
        mode=evidence.challenge.mode,
        queries=claim.queries,
        evaluations=claim.evaluations,
        agreeing=claim.agreeing,
        evidence_hash=evidence.hash(record.sid, record.number),
    )


def test_a_record_of_another_auditor_is_refused(convicted, record):
    with pytest.raises(RecordMismatchError, match="auditor"):
        verify_record(convicted.connection, replace(record, auditor=convicted.outsider.address))


@pytest.mark.parametrize(
    "change", [{"number": 10**6}, {"sid": b"\1" * 32}], ids=["another number", "another session"]
)
def test_a_record_without_event_is_refused(convicted, record, change):
    with pytest.raises(RecordMismatchError, match="no event"):
        verify_record(convicted.connection, replace(record, **change))


def test_the_events_of_another_record_are_not_taken(convicted, records):
    first, second = records
    mixed = replace(first, number=second.number)
    with pytest.raises(RecordMismatchError, match="what its event says"):
        verify_record(convicted.connection, mixed)


def test_the_transaction_of_another_record_is_not_taken(convicted, records, monkeypatch):
    """The node gives the right event with the transaction of the other record."""
    first, second = (SessionEvents(convicted.connection).recorded(convicted.sid, n)[0] for n in (0, 1))
    mixed = replace(second, transaction_hash=first.transaction_hash)
    monkeypatch.setattr(SessionEvents, "recorded", lambda *_arguments: (mixed,))
    # The node lies about the time as well; else that would give it away, unless the blocks have the same one.
    with pytest.raises(RecordMismatchError, match="what its transaction says"):
        verify_record(convicted.connection, replace(records[1], time=records[0].time))


@pytest.mark.parametrize("seconds", [-1, 1, 2**40 - 1])
def test_a_record_of_another_time_than_its_block_is_refused(convicted, record, seconds):
    with pytest.raises(RecordMismatchError, match="not that of its block"):
        verify_record(convicted.connection, replace(record, time=(record.time + seconds) % 2**40))


def test_a_conviction_through_another_contract_has_no_verdict_and_blames_no_node(
    convicted, record, monkeypatch
):
    original = convicted.connection.w3.eth.get_transaction
    through = {"to": convicted.outsider.address, "input": HexBytes("0x12345678")}
    monkeypatch.setattr(
        convicted.connection.w3.eth, "get_transaction", lambda found: {**original(found), **through}
    )
    with pytest.raises(IndirectConvictionError, match="through another contract") as caught:
        verify_record(convicted.connection, record)
    assert (caught.value.sid, caught.value.number) == (record.sid, 1)
    assert "ask another node" not in str(caught.value)


@pytest.mark.parametrize("seat", [2, 4])
def test_a_forged_proof_against_an_innocent_does_not_verify(convicted, record, monkeypatch, seat):
    """Event, transaction and record may all be made up by the node: the proof then does not hold."""
    innocent = trace(convicted, [seat])
    proof = TraceProof(U, U, G)
    lying(convicted, monkeypatch, encoded(innocent.function(proof)))
    evidence = TraceEvidence(innocent.statement.challenge, innocent.statement.claim)
    event = RecordedEvent(evidence, transaction_of(convicted, record))
    monkeypatch.setattr(SessionEvents, "recorded", lambda *_arguments: (event,))
    forged = replace(fitting(record, evidence), accused=innocent.accused)
    assert verify_record(convicted.connection, forged) is False


def test_the_proof_of_another_record_does_not_verify(convicted, records, monkeypatch):
    oldest, newest = records
    get = convicted.connection.w3.eth.get_transaction
    stolen = convicted.connection.contract.decode_function_input(
        get(transaction_of(convicted, oldest))["input"]
    )[1]["proof"]
    own = convicted.connection.contract.decode_function_input(
        get(transaction_of(convicted, newest))["input"]
    )[1]
    call = convicted.connection.contract.functions.convict(
        *map(as_tuples, (own | {"proof": stolen}).values())
    )
    lying(convicted, monkeypatch, encoded(call))
    assert verify_record(convicted.connection, newest) is False


def other_inputs(convicted):
    functions = convicted.connection.contract.functions
    yield b""
    yield b"\1\2\3"
    yield b"\xde\xad\xbe\xef" + bytes(64)
    yield bytes(1000)
    yield encoded(functions.withdrawForfeits(convicted.sid))
    yield encoded(convicted.actions.withdraw_bond(convicted.sid, convicted.outsider.address))
    yield encoded(functions.complainMissingShare(convicted.sid, convicted.outsider.address))


def test_a_transaction_that_is_no_conviction_is_an_error_of_this_package(convicted, record, monkeypatch):
    for data in other_inputs(convicted):
        with monkeypatch.context() as patched:
            lying(convicted, patched, data)
            with pytest.raises(TcssError):
                verify_record(convicted.connection, record)


def test_malformed_parts_of_a_conviction_are_errors_of_this_package(convicted, record, monkeypatch):
    innocent = trace(convicted, [2])
    proof = innocent.prove()
    d1, d2, pi = encode_trace_proof(proof)
    challenge = innocent.statement.challenge.as_abi_tuple()
    calls = [
        innocent.function((d1, d2, (1, 1))),
        innocent.function(((1, 2, 3, 4), d2, pi)),
        innocent.function(proof, challenge=(0, challenge[1], 2**200)),
    ]
    wrong_mode = bytearray(bytes.fromhex(encoded(innocent.function(proof))[2:]))
    place = bytes(wrong_mode).index(challenge[1]) - 1
    wrong_mode[place] = 7
    for data in [*map(encoded, calls), bytes(wrong_mode)]:
        with monkeypatch.context() as patched:
            lying(convicted, patched, data)
            with pytest.raises(TcssError):
                verify_record(convicted.connection, record)


@pytest.mark.parametrize("answer", [None, {}, {"input": None}, {"input": "0xzz"}, []])
def test_a_transaction_that_the_node_does_not_have_is_an_error_of_the_chain(
    convicted, record, monkeypatch, answer
):
    monkeypatch.setattr(convicted.connection.w3.eth, "get_transaction", lambda found: answer)
    with pytest.raises(ChainError):
        verify_record(convicted.connection, record)


def test_a_false_aggregate_is_a_contradiction(convicted, record, monkeypatch):
    monkeypatch.setattr(SessionEvents, "dealt", lambda self, sid: ())
    with pytest.raises(ChainContradictionError):
        verify_record(convicted.connection, record)


def test_a_node_that_fails_for_the_transaction_gives_no_verdict(convicted, record, monkeypatch):
    def fail(found):
        raise requests.ConnectionError

    monkeypatch.setattr(convicted.connection.w3.eth, "get_transaction", fail)
    with pytest.raises(RecordHistoryError) as caught:
        verify_record(convicted.connection, record)
    assert (caught.value.sid, caught.value.number) == (record.sid, 1)
    assert (caught.value.missing, caught.value.reason) == ("transaction", "ConnectionError")
