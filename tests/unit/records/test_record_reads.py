"""Reading records: all, of a session, of an address."""

from __future__ import annotations

import json

import pytest
from support.consortium import Consortium
from support.tracing import trace

from tcss_chain.chain import session_reads
from tcss_chain.chain.errors import (
    ChainContradictionError,
    ContractRefusedError,
    NodeError,
    RequestRefusedError,
)
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.records.record_reads import RecordReads


@pytest.fixture
def reads(convicted) -> RecordReads:
    return RecordReads(convicted.connection)


@pytest.fixture
def other(convicted, embedded_devnet) -> Consortium:
    """Another session with the same members, after one without records; seat 0 is convicted in it too."""
    Consortium(convicted.connection, embedded_devnet.accounts, n=5, t=2).create()
    session = Consortium(convicted.connection, embedded_devnet.accounts, n=5, t=2).run_to(Phase.ACTIVE)
    trace(session, [0]).send()
    return session


def accused(convicted, *seats):
    return tuple(convicted.members[seat].address for seat in seats)


def test_a_record_says_what_was_proven(convicted, reads):
    first, second = reads.of_session(convicted.sid)
    assert (first.accused, second.accused) == (accused(convicted, 1), accused(convicted, 0, 3))
    assert (first.number, second.number) == (0, 1)
    assert (first.mode, second.mode) == (QueryMode.FREE, QueryMode.REGISTERED)
    for record in (first, second):
        assert (record.sid, record.auditor) == (convicted.sid, convicted.auditor.address)
        assert (record.queries, record.evaluations, record.agreeing) == (62, 31, 19)
        assert len(record.evidence_hash) == 32
        assert 0 < record.time <= convicted.connection.chain_time()
    assert first.evidence_hash != second.evidence_hash
    assert first.time <= second.time


def test_records_are_json(convicted, reads):
    record = reads.of_session(convicted.sid)[1]
    shown = json.loads(json.dumps(record.as_json()))
    assert shown == {
        "session": "0x" + convicted.sid.hex(),
        "number": 1,
        "auditor": convicted.auditor.address,
        "accused": list(accused(convicted, 0, 3)),
        "time": record.time,
        "mode": "registered",
        "queries": 62,
        "evaluations": 31,
        "agreeing": 19,
        "evidence_hash": "0x" + record.evidence_hash.hex(),
    }


@pytest.mark.parametrize("page", [1, 2, 3, 50])
def test_every_page_size_finds_the_same_records(convicted, other, reads, monkeypatch, page):
    monkeypatch.setattr(session_reads, "PAGE", page)
    everything = reads.all()
    ours = [record for record in everything if record.sid in (convicted.sid, other.sid)]
    assert [(record.sid, record.number) for record in ours] == [
        (convicted.sid, 0),
        (convicted.sid, 1),
        (other.sid, 0),
    ]
    of_session = reads.of_session(convicted.sid)
    assert of_session == tuple(record for record in everything if record.sid == convicted.sid)
    leaker = convicted.members[0].address
    of_address = reads.of_address(leaker)
    assert of_address == tuple(record for record in everything if leaker in record.accused)
    assert [record.sid for record in of_address] == [convicted.sid, other.sid]


@pytest.mark.parametrize("page", [1, 2, 4])
def test_the_last_page_may_be_shorter_and_every_session_is_asked_for_once(
    convicted, other, reads, monkeypatch, page
):
    monkeypatch.setattr(session_reads, "PAGE", page)
    total = convicted.reads.session_count()
    assert total >= 3
    asked = calls_of(convicted, monkeypatch, "records")
    reads.all()
    assert asked == [(start, min(page, total - start)) for start in range(0, total, page)]


def calls_of(convicted, monkeypatch, name, refuse=lambda *arguments: None):
    """The arguments of all calls of a view from now on; `refuse` may raise instead of letting one through."""
    asked = []
    original = convicted.connection.contract.get_function_by_name

    def get(wanted):
        function = original(wanted)

        def call(*arguments):
            if wanted == name:
                asked.append(arguments)
                refuse(*arguments)
            return function(*arguments)

        return call

    monkeypatch.setattr(convicted.connection.contract, "get_function_by_name", get)
    return asked


@pytest.mark.parametrize("most", [1, 2, 5])
def test_sessions_with_more_records_than_a_node_reads_at_once_hide_no_others(
    convicted, other, reads, monkeypatch, most
):
    everything, total = reads.all(), convicted.reads.session_count()

    def refuse(start, limit):
        if limit > most:
            raise RequestRefusedError("reading records", "Web3RPCError")

    asked = calls_of(convicted, monkeypatch, "records", refuse)
    assert reads.all() == everything
    answered = [(start, limit) for start, limit in asked if limit <= most]
    assert [start + limit for start, limit in answered] == [*(start for start, _ in answered[1:]), total]
    assert answered[0][0] == 0


def test_a_node_that_refuses_even_one_session_or_does_not_answer_fails(convicted, reads, monkeypatch):
    def refuse(start, limit):
        raise RequestRefusedError("reading records", "Web3RPCError")

    with monkeypatch.context() as patched:
        asked = calls_of(convicted, patched, "records", refuse)
        with pytest.raises(RequestRefusedError):
            reads.all()
        assert asked[-1] == (0, 1)

    def be_silent(start, limit):
        raise NodeError("reading records", "ReadTimeout")

    with monkeypatch.context() as patched:
        asked = calls_of(convicted, patched, "records", be_silent)
        with pytest.raises(NodeError):
            reads.all()
        assert len(asked) == 1


@pytest.mark.parametrize("count", [1, 3, 2**256 - 1])
def test_a_count_that_the_sessions_do_not_reach_is_a_contradiction(convicted, reads, monkeypatch, count):
    total = convicted.reads.session_count()
    lie(monkeypatch, reads, "sessionCount", min(total + count, 2**256 - 1))
    with pytest.raises(ChainContradictionError, match="not as long as their number"):
        reads.all()


def test_whoever_was_never_convicted_has_no_records(convicted, other, reads):
    innocent = reads.of_address(convicted.members[2].address)
    assert innocent == ()
    assert reads.of_address(convicted.outsider.address) == ()
    is_convicted = convicted.connection.contract.functions.isConvicted
    convictions = [is_convicted(convicted.sid, member.address).call() for member in convicted.members]
    assert convictions == [True, True, False, True, False]
    assert not is_convicted(b"\1" * 32, convicted.members[0].address).call()


def test_a_session_without_records_has_none(convicted, reads, embedded_devnet):
    empty = Consortium(convicted.connection, embedded_devnet.accounts, n=5, t=2)
    empty.create()
    assert reads.of_session(empty.sid) == ()


def test_a_session_that_does_not_exist_is_refused(reads):
    for sid in (b"\1" * 32, bytes(32)):
        with pytest.raises(ContractRefusedError) as caught:
            reads.of_session(sid)
        assert caught.value.error == "UnknownSession"


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


def raw_records(convicted):
    return convicted.connection.contract.functions.recordsOfSession(convicted.sid).call()


def with_number(record, number):
    return (record[0], number, *record[2:])


NUMBERINGS = {
    "the first is missing": lambda first, second: [second],
    "the wrong order": lambda first, second: [second, first],
    "one twice": lambda first, second: [first, first],
    "one too many": lambda first, second: [first, second, second],
    "from one": lambda first, second: [with_number(first, 1), with_number(second, 2)],
    "a gap": lambda first, second: [first, with_number(second, 2)],
    "a huge number": lambda first, second: [first, with_number(second, 2**256 - 1)],
}


@pytest.mark.parametrize("name", NUMBERINGS)
def test_records_of_a_session_are_numbered_in_order(convicted, reads, monkeypatch, name):
    wrong = NUMBERINGS[name](*raw_records(convicted))
    lie(monkeypatch, reads, "recordsOfSession", wrong)
    with pytest.raises(ChainContradictionError, match="not numbered in order"):
        reads.of_session(convicted.sid)


@pytest.mark.parametrize("name", NUMBERINGS)
def test_all_records_are_numbered_in_order_in_each_session(convicted, reads, monkeypatch, name):
    wrong = NUMBERINGS[name](*raw_records(convicted))
    lie(monkeypatch, reads, "records", lambda start, limit: [] if start else wrong)
    with pytest.raises(ChainContradictionError, match="not numbered in order"):
        reads.all()
    with pytest.raises(ChainContradictionError, match="not numbered in order"):
        reads.of_address(convicted.members[1].address)


def test_numbers_start_anew_in_each_session_and_sessions_are_in_order(convicted, other, reads, monkeypatch):
    first, second = raw_records(convicted)
    (foreign,) = convicted.connection.contract.functions.recordsOfSession(other.sid).call()
    lie(monkeypatch, reads, "records", [first, second, foreign])
    assert [(record.sid, record.number) for record in reads.all()] == [
        (convicted.sid, 0),
        (convicted.sid, 1),
        (other.sid, 0),
    ]
    for wrong in ([foreign, first, second], [first, foreign, second]):
        lie(monkeypatch, reads, "records", wrong)
        with pytest.raises(ChainContradictionError, match="not numbered in order"):
            reads.all()


def test_records_that_were_not_asked_for_are_a_contradiction(convicted, other, reads, monkeypatch):
    foreign = convicted.connection.contract.functions.recordsOfSession(other.sid).call()
    assert len(foreign) == 1
    for wrong in (foreign, [*raw_records(convicted), *foreign]):
        with monkeypatch.context() as patched:
            lie(patched, reads, "recordsOfSession", wrong)
            with pytest.raises(ChainContradictionError, match="of another session"):
                reads.of_session(convicted.sid)
    stranger = (b"\1" * 32, *raw_records(convicted)[0][1:])
    lie(monkeypatch, reads, "records", [*raw_records(convicted), stranger])
    with pytest.raises(ChainContradictionError, match="of another session"):
        reads.all()


def malformed(convicted):
    record = raw_records(convicted)[0]
    yield None
    yield [1, 2, 3]
    yield "0x"
    yield [(b"",) * 8]
    yield [record[:-1]]
    yield [(*record, 0)]
    yield [(*record[:5], 7, *record[6:])]
    yield [(*record[:3], 5, *record[4:])]
    yield [(*record[:3], [], *record[4:])]
    yield [(*record[:3], [*record[3], *record[3]], *record[4:])]
    yield [(*record[:3], ["0x" + "22" * 20, "0x" + "11" * 20], *record[4:])]


def test_records_in_another_form_are_a_failure_of_the_node(convicted, reads, monkeypatch):
    for answer in malformed(convicted):
        with monkeypatch.context() as patched:
            lie(patched, reads, "recordsOfSession", answer)
            with pytest.raises(NodeError):
                reads.of_session(convicted.sid)
        with monkeypatch.context() as patched:
            lie(patched, reads, "records", answer)
            with pytest.raises(NodeError):
                reads.all()
