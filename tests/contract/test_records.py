"""Records of convictions: what they hold, and how they are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.consortium import Consortium
from support.mocks import Mock
from support.refusals import refuses
from support.tracing import Trace, trace

from tcss_chain.chain.connection import Connection
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import TranscriptClaim

Sessions = tuple[Consortium, Consortium, list[Trace]]


@pytest.fixture(scope="module")
def prepared_records(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Sessions:
    """Four records: the second one in one session, the others in another with the same members."""
    one, other = (
        Consortium(shared_connection, embedded_devnet.accounts, t=t).run_to(Phase.ACTIVE) for t in (3, 4)
    )
    traces = []
    for consortium, seats, mode in (
        (other, [0], QueryMode.FREE),
        (one, [1, 2], QueryMode.REGISTERED),
        (other, [0, 3], QueryMode.FREE),
        (other, [1], QueryMode.REGISTERED),
    ):
        traces.append(trace(consortium, seats, mode=mode))
        traces[-1].send()
    return one, other, traces


@pytest.fixture
def two_sessions(prepared_records: Sessions, connection: Connection) -> Sessions:
    return prepared_records


def functions(consortium: Consortium) -> Any:
    return consortium.connection.contract.functions


def all_pages(read: Callable[[int, int], tuple[list[int], int]], limit: int) -> list[int]:
    found: list[int] = []
    cursor = 0
    while True:
        page, cursor = read(cursor, limit)
        assert len(page) <= limit
        found += page
        if not cursor:
            return found


def test_a_record_holds_the_statement(active: Consortium) -> None:
    each = trace(active, [1, 3], mode=QueryMode.REGISTERED, dropped=0b1)
    each.send()
    number = functions(active).recordCount().call() - 1
    record = functions(active).recordAt(number).call()
    challenge = each.statement.challenge.as_abi_tuple()
    assert record == (
        active.sid,
        active.auditor.address,
        list(each.accused),
        *challenge,
        each.statement.claim.as_abi_tuple(),
        active.connection.chain_time(),
    )


def test_extreme_figures_are_kept(active: Consortium) -> None:
    claim = TranscriptClaim(b"\xff" * 32, bytes(32), 2**24 - 1, 0, 2**24 - 1)
    trace(active, [0], claim=claim, nonce=b"\xff" * 32).send()
    number = functions(active).recordCount().call() - 1
    record = functions(active).recordAt(number).call()
    assert record[6] == claim.as_abi_tuple()
    assert record[4] == b"\xff" * 32


def test_records_do_not_change(two_sessions: Sessions) -> None:
    active, other, _ = two_sessions
    before = functions(active).records(0, 100).call()
    other.travel_to(other.configuration.bond_release_time)
    other.members[2].sender.send(other.actions.withdraw_bond(other.sid, other.members[2].address))
    other.outsider.send(other.actions.withdraw_forfeits(other.sid))
    assert functions(active).records(0, 100).call() == before


def test_records_are_numbered_from_zero(two_sessions: Sessions) -> None:
    active, _, traces = two_sessions
    total = functions(active).recordCount().call()
    everything = functions(active).records(0, total).call()
    assert everything == [functions(active).recordAt(number).call() for number in range(total)]
    assert [record[2] for record in everything[-4:]] == [list(each.accused) for each in traces]
    with refuses("UnknownRecord", recordId=total):
        active.connection.ask("recordAt", functions(active).recordAt(total).call)
    with refuses("UnknownRecord", recordId=2**256 - 1):
        active.connection.ask("recordAt", functions(active).recordAt(2**256 - 1).call)


def test_pages_of_records(two_sessions: Sessions) -> None:
    active, _, _ = two_sessions
    total = functions(active).recordCount().call()
    everything = functions(active).records(0, 2**256 - 1).call()
    assert len(everything) == total
    for start in range(total + 2):
        for limit in (0, 1, 3):
            assert functions(active).records(start, limit).call() == everything[start : start + limit]
    assert functions(active).records(2**256 - 1, 2**256 - 1).call() == []


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_records_of_a_session_newest_first(two_sessions: Sessions, limit: int) -> None:
    active, other, _ = two_sessions
    last = functions(active).recordCount().call() - 1
    read = functions(active).recordsOfSession
    assert all_pages(lambda c, n: read(other.sid, c, n).call(), limit) == [last, last - 1, last - 3]
    assert all_pages(lambda c, n: read(active.sid, c, n).call(), limit) == [last - 2]
    assert read(b"\x01" * 32, 0, limit).call() == [[], 0]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_records_of_an_address_in_all_sessions(two_sessions: Sessions, limit: int) -> None:
    active, _, _ = two_sessions
    last = functions(active).recordCount().call() - 1
    read = functions(active).recordsOfAddress
    expected = {0: [last - 1, last - 3], 1: [last, last - 2], 2: [last - 2], 3: [last - 1]}
    for seat, numbers in expected.items():
        account = active.members[seat].address
        assert all_pages(lambda c, n, a=account: read(a, c, n).call(), limit) == numbers
    assert read(active.auditor.address, 0, limit).call() == [[], 0]


def test_a_conviction_counts_in_its_session_only(
    two_sessions: Sessions,
) -> None:
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


def test_a_page_of_no_length_stays_where_it_is(
    two_sessions: Sessions,
) -> None:
    active, other, _ = two_sessions
    page, cursor = functions(active).recordsOfSession(other.sid, 0, 0).call()
    assert page == []
    rest, _ = functions(active).recordsOfSession(other.sid, cursor, 100).call()
    assert rest == functions(active).recordsOfSession(other.sid, 0, 100).call()[0]


def test_the_index_lists_any_numbers_newest_first(harness: Mock, active: Consortium) -> None:
    assert harness.call("recordPage", 0, 10) == [[], 0]
    numbers = [0, 1, 5, 6, 2**200]
    for count, number in enumerate(numbers, start=1):
        harness.send("appendRecord", number)
        expected = numbers[:count][::-1]
        for limit in (1, 2, 10):
            found: list[int] = []
            cursor = 0
            while True:
                page, cursor = harness.call("recordPage", cursor, limit)
                found += page
                if not cursor:
                    break
            assert found == expected
