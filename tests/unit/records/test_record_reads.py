"""Reading records: all, of a session, of an address."""

from __future__ import annotations

import json

import pytest
from support.consortium import Consortium
from support.tracing import trace

from tcss_chain.chain.errors import ChainContradictionError, ContractRefusedError, NodeError
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.records import record_reads
from tcss_chain.records.record_reads import RecordReads


@pytest.fixture
def reads(convicted) -> RecordReads:
    return RecordReads(convicted.connection)


@pytest.fixture
def other(convicted, embedded_devnet) -> Consortium:
    """Another session with the same members; seat 0 is convicted in it too."""
    session = Consortium(convicted.connection, embedded_devnet.accounts, n=5, t=2).run_to(Phase.ACTIVE)
    trace(session, [0]).send()
    return session


def accused(convicted, *seats):
    return tuple(convicted.members[seat].address for seat in seats)


def test_a_record_says_what_was_proven(convicted, reads):
    first, second = reads.of_session(convicted.sid)[::-1]
    assert (first.accused, second.accused) == (accused(convicted, 1), accused(convicted, 0, 3))
    assert first.challenge.mode is QueryMode.FREE
    assert second.challenge.mode is QueryMode.REGISTERED
    for record in (first, second):
        assert (record.sid, record.auditor) == (convicted.sid, convicted.auditor.address)
        assert (record.claim.queries, record.claim.evaluations, record.claim.agreeing) == (62, 31, 19)
        assert len(record.claim.queries_root) == len(record.challenge.nonce) == 32
        assert reads.record(record.record_id) == record
        assert 0 < record.time <= convicted.connection.chain_time()


def test_records_are_json(convicted, reads):
    record = reads.of_session(convicted.sid)[0]
    shown = json.loads(json.dumps(record.as_json()))
    assert shown == {
        "record": record.record_id,
        "session": "0x" + convicted.sid.hex(),
        "auditor": convicted.auditor.address,
        "accused": list(accused(convicted, 0, 3)),
        "mode": "registered",
        "nonce": "0x" + record.challenge.nonce.hex(),
        "dropped": 0,
        "queries_root": "0x" + record.claim.queries_root.hex(),
        "evaluations_root": "0x" + record.claim.evaluations_root.hex(),
        "queries": 62,
        "evaluations": 31,
        "agreeing": 19,
        "time": record.time,
    }


@pytest.mark.parametrize("page", [1, 2, 50])
def test_every_page_size_finds_the_same_records(convicted, other, reads, monkeypatch, page):
    monkeypatch.setattr(record_reads, "PAGE", page)
    everything = reads.all()
    assert [record.record_id for record in everything] == list(range(reads.count()))
    of_session = reads.of_session(convicted.sid)
    assert of_session == tuple(record for record in everything[::-1] if record.sid == convicted.sid)
    assert len(of_session) == 2
    leaker = convicted.members[0].address
    of_address = reads.of_address(leaker)
    assert of_address == tuple(record for record in everything[::-1] if leaker in record.accused)
    assert {record.sid for record in of_address} >= {convicted.sid, other.sid}


def test_whoever_was_never_convicted_has_no_records(convicted, reads):
    innocent = reads.of_address(convicted.members[2].address)
    assert convicted.sid not in {record.sid for record in innocent}
    assert reads.of_address(convicted.outsider.address) == ()
    assert reads.of_session(b"\1" * 32) == ()
    convictions = [reads.is_convicted(convicted.sid, member.address) for member in convicted.members]
    assert convictions == [True, True, False, True, False]
    assert not reads.is_convicted(b"\1" * 32, convicted.members[0].address)


def test_a_record_that_does_not_exist_is_refused(reads):
    with pytest.raises(ContractRefusedError):
        reads.record(reads.count())


class Lie:
    """A contract function whose answer is a lie."""

    def __init__(self, answer):
        self._answer = answer

    def __call__(self, *arguments):
        self._arguments = arguments
        return self

    def call(self):
        return self._answer(*self._arguments) if callable(self._answer) else self._answer


def lie(monkeypatch, reads, name, answer):
    contract = reads._connection.contract
    original = contract.get_function_by_name

    def get(asked):
        return Lie(answer) if asked == name else original(asked)

    monkeypatch.setattr(contract, "get_function_by_name", get)


@pytest.mark.parametrize("next_cursor", [lambda cursor: 1, lambda cursor: cursor + 1, lambda cursor: 2**200])
def test_a_list_that_does_not_end_is_a_contradiction(convicted, reads, monkeypatch, next_cursor):
    lie(monkeypatch, reads, "recordsOfSession", lambda _key, cursor, _limit: ([], next_cursor(cursor)))
    with pytest.raises(ChainContradictionError):
        reads.of_session(convicted.sid)


def test_fewer_records_than_are_counted_are_a_contradiction(reads, monkeypatch):
    count = reads.count()
    monkeypatch.setattr(reads, "count", lambda: count + 1)
    with pytest.raises(ChainContradictionError):
        reads.all()


@pytest.mark.parametrize("pages", [[([0, 1], 0)], [([1], 2), ([1], 0)], [([0], 1), ([1], 0)]])
def test_lists_go_from_the_newest_to_the_oldest(convicted, reads, monkeypatch, pages):
    remaining = list(pages)
    lie(monkeypatch, reads, "recordsOfSession", lambda *_arguments: remaining.pop(0))
    with pytest.raises(ChainContradictionError):
        reads.of_session(convicted.sid)


def test_records_that_were_not_asked_for_are_a_contradiction(convicted, other, reads, monkeypatch):
    last = reads.count() - 1
    lie(monkeypatch, reads, "recordsOfSession", ([last], 0))
    with pytest.raises(ChainContradictionError):
        reads.of_session(convicted.sid)
    lie(monkeypatch, reads, "recordsOfAddress", ([last], 0))
    with pytest.raises(ChainContradictionError):
        reads.of_address(convicted.members[1].address)


@pytest.mark.parametrize("answer", [None, [], [1, 2, 3], "0x", (b"",) * 8])
def test_a_record_in_another_form_is_a_failure_of_the_node(reads, monkeypatch, answer):
    monkeypatch.setattr(reads._functions, "recordAt", Lie(answer))
    with pytest.raises(NodeError):
        reads.record(0)
