"""Records of convictions: what they hold, and how they are found."""

from __future__ import annotations

import secrets
from itertools import pairwise
from typing import Any

import pytest
from support.consortium import Consortium
from support.events import events_of
from support.refusals import refuses
from support.tracing import Trace, trace

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.hashing import domain_word, words_of
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode
from tcss_chain.protocol.transcript import TranscriptClaim

MOST = 2**256 - 1
FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED

Sessions = tuple[Consortium, Consortium, list[Trace]]


@pytest.fixture(scope="module")
def prepared_records(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Sessions:
    """
    Four records: the second one in one session, the others in a later one with the same members.

    Before, between and after the two lie sessions without records.
    """

    def session(t: int, phase: Phase) -> Consortium:
        return Consortium(shared_connection, embedded_devnet.accounts, t=t).run_to(phase)

    session(2, Phase.CONFIRMING)
    one = session(3, Phase.ACTIVE)
    session(2, Phase.CONFIRMING)
    session(3, Phase.JOINING)
    other = session(4, Phase.ACTIVE)
    session(2, Phase.CONFIRMING)
    traces = []
    for consortium, seats, mode in (
        (other, [0], FREE),
        (one, [1, 2], REGISTERED),
        (other, [0, 3], FREE),
        (other, [1], REGISTERED),
    ):
        traces.append(trace(consortium, seats, mode=mode))
        traces[-1].send()
        # The times of the records tell them apart.
        shared_connection.w3.provider.make_request("evm_increaseTime", [60])  # type: ignore[arg-type]
    return one, other, traces


@pytest.fixture
def two_sessions(prepared_records: Sessions, connection: Connection) -> Sessions:
    return prepared_records


def functions(consortium: Consortium) -> Any:
    return consortium.connection.contract.functions


def evidence_of(each: Trace) -> TraceEvidence:
    return TraceEvidence(each.statement.challenge, each.statement.claim)


def expected_record(each: Trace, number: int, time: int) -> tuple[Any, ...]:
    """The record that a trace leaves, in the order of the contract's struct."""
    claim = each.statement.claim
    return (
        each.consortium.sid,
        number,
        each.consortium.auditor.address,
        list(each.accused),
        time,
        each.statement.challenge.mode,
        claim.queries,
        claim.evaluations,
        claim.agreeing,
        evidence_of(each).hash(each.consortium.sid, number),
    )


# ---------------------------------------------------------------- what a record holds


def test_a_record_holds_the_verdict_and_the_event_the_evidence(active: Consortium) -> None:
    each = trace(active, [1, 3], mode=REGISTERED, dropped=0b1)
    mined = each.send()
    (record,) = functions(active).recordsOfSession(active.sid).call()
    assert record == expected_record(each, 0, active.connection.chain_time())
    (event,) = events_of(active, mined, "TraceRecorded")
    assert tuple(event["challenge"].values()) == each.statement.challenge.as_abi_tuple()
    assert tuple(event["claim"].values()) == each.statement.claim.as_abi_tuple()
    assert (event["sid"], event["number"]) == (active.sid, 0)
    assert event.keys() == {"sid", "number", "challenge", "claim"}


def test_a_conviction_answers_with_the_number_of_its_record(active: Consortium) -> None:
    first, second = trace(active, [1]), trace(active, [1, 3])
    assert first.simulate(first.function(first.prove())) == 0
    first.send()
    proof = second.prove()
    assert second.simulate(second.function(proof)) == 1
    mined = second.send(proof)
    (event,) = events_of(active, mined, "TraceRecorded")
    assert event["number"] == 1
    convicted = events_of(active, mined, "Convicted")
    assert [(each["accused"], each["number"]) for each in convicted] == [
        (account, 1) for account in second.accused
    ]
    # Indexed are session and number of the one event, session and accused of the others.
    assert [len(log["topics"]) for log in mined.receipt["logs"]] == [3, 3, 3]


@pytest.mark.parametrize(
    ("figures", "dropped"),
    [((2**24 - 1, 0, 2**24 - 1), 0), ((0, 2**24 - 1, 0), 0b11111111), ((0, 0, 0), 1)],
)
def test_extreme_figures_are_kept(active: Consortium, figures: tuple[int, int, int], dropped: int) -> None:
    claim = TranscriptClaim(b"\xff" * 32, bytes(32), *figures)
    each = trace(active, [0], claim=claim, nonce=b"\xff" * 32, dropped=dropped)
    each.send()
    (record,) = functions(active).recordsOfSession(active.sid).call()
    assert record == expected_record(each, 0, active.connection.chain_time())
    assert record[6:9] == figures


def test_the_evidence_hash_is_the_described_one(active: Consortium) -> None:
    challenge = QueryChallenge(FREE, secrets.token_bytes(32), 0b1)
    claim = TranscriptClaim(secrets.token_bytes(32), secrets.token_bytes(32), 3, 2, 1)
    each = trace(active, [0], claim=claim, nonce=challenge.nonce, dropped=challenge.dropped)
    each.send()
    (record,) = functions(active).recordsOfSession(active.sid).call()
    encoded = domain_word("tcss.v1.record") + active.sid + words_of(0)
    encoded += words_of(0) + challenge.nonce + words_of(1)
    encoded += claim.queries_root + claim.evaluations_root + words_of(3) + words_of(2) + words_of(1)
    assert record[9] == active.connection.w3.keccak(encoded)


def test_records_do_not_change(two_sessions: Sessions) -> None:
    active, other, _ = two_sessions
    before = functions(active).records(0, 100).call()
    other.travel_to(other.configuration.bond_release_time)
    other.members[2].sender.send(other.actions.withdraw_bond(other.sid, other.members[2].address))
    other.outsider.send(other.actions.withdraw_forfeits(other.sid))
    assert functions(active).records(0, 100).call() == before


def test_a_later_conviction_and_an_opening_leave_earlier_records_as_they_are(active: Consortium) -> None:
    trace(active, [1]).send()
    before = functions(active).recordsOfSession(active.sid).call()
    log = OpeningLog(active.connection)
    active.auditor.send(log.anchor(active.sid, bytes(32), bytes(32), "a purpose"))
    trace(active, [1, 2]).send()
    after = functions(active).recordsOfSession(active.sid).call()
    assert len(after) == 2
    assert after[:1] == before


# ---------------------------------------------------------------- finding records


def test_records_of_a_session_oldest_first(two_sessions: Sessions) -> None:
    one, other, (first, second, third, fourth) = two_sessions
    for consortium, traces in ((one, [second]), (other, [first, third, fourth])):
        found = functions(one).recordsOfSession(consortium.sid).call()
        times = [record[4] for record in found]
        assert times == sorted(times)
        assert found == [expected_record(each, number, times[number]) for number, each in enumerate(traces)]


def test_the_times_are_those_of_the_convictions(two_sessions: Sessions) -> None:
    one, other, _ = two_sessions
    (second,) = functions(one).recordsOfSession(one.sid).call()
    first, third, fourth = functions(one).recordsOfSession(other.sid).call()
    times = [record[4] for record in (first, second, third, fourth)]
    assert all(later >= earlier + 60 for earlier, later in pairwise(times))


def test_sessions_without_records_have_none(two_sessions: Sessions) -> None:
    one, other, _ = two_sessions
    for sid in one.reads.session_ids(0, MOST):
        found = functions(one).recordsOfSession(sid).call()
        assert len(found) == {one.sid: 1, other.sid: 3}.get(sid, 0)


def test_records_of_an_unknown_session_are_refused(two_sessions: Sessions) -> None:
    one, _, _ = two_sessions
    for sid in (bytes(32), b"\x01" * 32):
        with refuses("UnknownSession", sid=sid):
            one.connection.ask("recordsOfSession", functions(one).recordsOfSession(sid).call)


def test_records_come_in_the_order_of_the_creation_of_their_sessions(two_sessions: Sessions) -> None:
    one, other, (first, second, third, fourth) = two_sessions
    found = functions(one).records(0, MOST).call()
    assert [(record[0], record[1], record[3]) for record in found[-4:]] == [
        (one.sid, 0, list(second.accused)),
        (other.sid, 0, list(first.accused)),
        (other.sid, 1, list(third.accused)),
        (other.sid, 2, list(fourth.accused)),
    ]


def test_pages_of_records_are_pages_of_sessions(two_sessions: Sessions) -> None:
    one, _, _ = two_sessions
    sessions = one.reads.session_ids(0, MOST)
    of_session = [functions(one).recordsOfSession(sid).call() for sid in sessions]
    total = len(sessions)
    assert total >= 6
    for start in range(total + 2):
        for limit in (0, 1, 2, 3, total, MOST):
            expected = [record for found in of_session[start : start + limit] for record in found]
            assert functions(one).records(start, limit).call() == expected
    places = [place for place, found in enumerate(of_session) if found]
    assert [len(of_session[place]) for place in places] == [1, 3]
    assert places[0] > 0
    assert places[1] > places[0] + 1
    assert places[1] < total - 1


def test_pages_beyond_the_end_are_empty(two_sessions: Sessions) -> None:
    one, _, _ = two_sessions
    total = one.reads.session_count()
    for start in (total, total + 1, MOST - 1, MOST):
        for limit in (0, 1, MOST):
            assert functions(one).records(start, limit).call() == []
    for start in (0, total - 1):
        assert functions(one).records(start, 0).call() == []
    everything = functions(one).records(0, total).call()
    for limit in (total + 1, MOST - 1, MOST):
        assert functions(one).records(0, limit).call() == everything
        # Start and limit together do not wrap around.
        assert functions(one).records(1, limit).call() == everything


def test_a_contract_without_sessions_has_no_records(embedded_devnet: EmbeddedDevnet) -> None:
    address, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
    read = Connection(embedded_devnet.rpc_url, address).contract.functions.records
    for start, limit in ((0, 0), (0, MOST), (1, 1), (MOST, MOST)):
        assert read(start, limit).call() == []


def test_a_conviction_counts_in_its_session_only(two_sessions: Sessions) -> None:
    active, other, _ = two_sessions
    verdicts = {
        consortium.sid: [
            functions(active).isConvicted(consortium.sid, member.address).call() for member in active.members
        ]
        for consortium in (active, other)
    }
    assert verdicts[active.sid] == [False, True, True, False]
    assert verdicts[other.sid] == [True, True, False, True]
    assert not functions(active).isConvicted(b"\x01" * 32, active.members[0].address).call()
