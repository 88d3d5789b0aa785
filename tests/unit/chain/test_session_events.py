"""Reading events: in pages, and of one session only."""

from __future__ import annotations

import pytest
from support.complaints import complain_missing, reveal
from support.consortium import Consortium

from tcss_chain.chain import session_events
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, NodeError, RequestRefusedError
from tcss_chain.chain.session_events import (
    FEWEST_BLOCKS_A_REQUEST,
    MOST_BLOCKS_A_READING,
    SessionEvents,
    read_ranges,
)
from tcss_chain.protocol.session import Phase


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.COMPLAINING)


@pytest.fixture
def complaining(prepared, connection) -> Consortium:
    return prepared.clone()


def test_events_hold_what_was_posted(complaining):
    events, sid = complaining.view.events, complaining.sid
    (created,) = events.created(sid)
    assert created.configuration == complaining.configuration
    assert (created.creator, created.salt) == (complaining.creator.address, complaining.salt)
    joined = {event.account: (event.seat, event.keys) for event in events.joined(sid)}
    assert joined == {member.address: (seat, member.keys) for seat, member in enumerate(complaining.members)}
    dealt = {event.dealer: event.dealing for event in events.dealt(sid)}
    assert dealt == {member.address: member.dealt.dealing for member in complaining.members}


def test_events_of_other_sessions_are_left_out(complaining, embedded_devnet):
    other = Consortium(complaining.connection, embedded_devnet.accounts).run_to(Phase.DEALING)
    events = complaining.view.events
    assert len(events.joined(complaining.sid)) == len(events.joined(other.sid)) == 4
    assert events.dealt(other.sid) == ()
    assert events.created(b"\1" * 32) == ()


def test_revealed_shares_are_found_by_dealer_and_by_recipient(complaining):
    first, second, third, _ = complaining.members
    for dealer, recipient in ((first, second), (first, third), (second, third)):
        complain_missing(complaining, dealer, recipient)
        reveal(complaining, dealer, recipient)
    events, sid = complaining.view.events, complaining.sid
    assert len(events.revealed(sid)) == 3
    assert {event.recipient for event in events.revealed(sid, dealer=first.address)} == {
        second.address,
        third.address,
    }
    assert {event.dealer for event in events.revealed(sid, recipient=third.address)} == {
        first.address,
        second.address,
    }
    (one,) = events.revealed(sid, dealer=second.address, recipient=third.address)
    assert one.share == second.dealt.shares[third.address]


@pytest.mark.parametrize("blocks", [1, 2, 3, 7, 10_000])
def test_every_page_size_finds_the_same_events_once(complaining, monkeypatch, blocks):
    expected = complaining.view.events.dealt(complaining.sid)
    monkeypatch.setattr(session_events, "BLOCKS_A_REQUEST", blocks)
    first_block = expected[0].block_number
    assert SessionEvents(complaining.connection, first_block).dealt(complaining.sid) == expected
    after = SessionEvents(complaining.connection, first_block + 1)
    assert after.dealt(complaining.sid) == expected[1:]


@pytest.fixture
def asked(complaining, monkeypatch):
    """Events whose requests are written down and never find anything; ``refuse`` says which ones fail."""

    def make(latest, first, span=10, refuse=lambda _blocks: None):
        monkeypatch.setattr(session_events, "BLOCKS_A_REQUEST", span)
        monkeypatch.setattr(complaining.connection, "block_number", lambda: latest)
        events, ranges = SessionEvents(complaining.connection, first), []

        def logs(name, _decode, start, end, _filters):
            error = refuse(end - start + 1)
            if error is not None:
                raise error
            ranges.append((name, start, end))
            return ()

        monkeypatch.setattr(events, "_logs", logs)
        return events, ranges

    return make


@pytest.mark.parametrize(
    ("latest", "first", "ranges"),
    [
        (0, 0, [(0, 0)]),
        (9, 0, [(0, 9)]),
        (10, 0, [(0, 9), (10, 10)]),
        (25, 3, [(3, 12), (13, 22), (23, 25)]),
        (5, 6, []),
    ],
)
def test_pages_cover_every_block_once_and_none_beyond_the_latest(asked, latest, first, ranges):
    events, found = asked(latest, first)
    events.dealt(b"\1" * 32)
    assert [pages for name, *pages in found if name == "Dealt"] == [[*pages] for pages in ranges]


@pytest.mark.parametrize(
    ("latest", "first", "ranges"),
    [
        (0, 0, [(0, 0)]),
        (10, 0, [(1, 10), (0, 0)]),
        (25, 3, [(16, 25), (6, 15), (3, 5)]),
        (5, 6, []),
    ],
)
def test_a_creation_is_looked_for_from_the_latest_block_backwards(asked, latest, first, ranges):
    events, found = asked(latest, first)
    assert events.created(b"\1" * 32) == ()
    assert found == [("SessionCreated", *pages) for pages in ranges]


REFUSALS = [
    RequestRefusedError("reading", "Web3RPCError"),
    NodeError("reading", "HTTPError"),
    NodeError("reading", "malformed answer, OversizedAnswer"),
]


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.reason)
def test_a_node_that_refuses_a_range_is_asked_for_half_of_it(asked, error):
    events, found = asked(4000, 0, span=3200, refuse=lambda blocks: error if blocks > 150 else None)
    events.dealt(b"\1" * 32)
    pages = [(start, end) for name, start, end in found if name == "Dealt"]
    assert [block for start, end in pages for block in range(start, end + 1)] == list(range(4001))
    assert max(end - start + 1 for start, end in pages) == FEWEST_BLOCKS_A_REQUEST


@pytest.mark.parametrize("latest", [40, 30_000])
def test_a_node_that_refuses_few_blocks_is_not_asked_for_fewer(asked, latest):
    attempts = []
    events, _ = asked(latest, 0, 10_000, refuse=lambda blocks: attempts.append(blocks) or REFUSALS[0])
    with pytest.raises(RequestRefusedError):
        events.dealt(b"\1" * 32)
    assert attempts[-1] == min(latest + 1, FEWEST_BLOCKS_A_REQUEST)
    assert len(attempts) <= 8


@pytest.mark.parametrize("read", ["dealt", "created"])
def test_a_moment_of_refusals_does_not_make_later_readings_slow(asked, read):
    refuses = []
    events, found = asked(9_000, 0, 10_000, refuse=lambda _blocks: REFUSALS[0] if refuses else None)
    refuses.append(True)
    with pytest.raises(RequestRefusedError):
        getattr(events, read)(b"\1" * 32)
    refuses.clear()
    getattr(events, read)(b"\1" * 32)
    assert {(start, end) for _, start, end in found} == {(0, 9_000)}


def test_a_node_that_is_down_is_not_asked_for_less(asked):
    attempts = []

    def down(blocks):
        attempts.append(blocks)
        return NodeError("reading", "ConnectionError")

    events, _ = asked(40, 0, refuse=down)
    with pytest.raises(NodeError):
        events.dealt(b"\1" * 32)
    assert attempts == [10]


def test_a_range_that_is_refused_by_the_node_itself_is_halved(proxies, complaining, monkeypatch):
    monkeypatch.setattr(session_events, "FEWEST_BLOCKS_A_REQUEST", 1)
    (node,) = proxies(1)

    def at_most_one_block(params, truth):
        blocks = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
        return truth() if blocks == 1 else {"error": {"code": -32005, "message": "too many results"}}

    node.changes["eth_getLogs"] = at_most_one_block
    events = SessionEvents(Connection(node.url, complaining.connection.contract_address))
    assert events.dealt(complaining.sid) == complaining.view.events.dealt(complaining.sid)


def test_a_creation_names_its_block_and_later_reads_start_near_it(complaining, monkeypatch):
    monkeypatch.setattr(session_events, "_REORGANISED_BLOCKS", 0)
    events, sid = SessionEvents(complaining.connection), complaining.sid
    (created,) = events.created(sid)
    assert created.block_number == events.creation_block(sid) > 1
    spans = []
    logs = events._logs
    monkeypatch.setattr(events, "_logs", lambda *given: spans.append(given[:1] + given[2:4]) or logs(*given))
    assert len(events.joined(sid)) == 4
    assert events.created(sid) == (created,)
    latest = complaining.connection.block_number()
    assert spans == [
        ("Joined", created.block_number, latest),
        ("SessionCreated", created.block_number, created.block_number),
    ]


def test_a_creation_that_a_reorganisation_moved_is_found_again(complaining):
    events, sid = SessionEvents(complaining.connection), complaining.sid
    (created,) = events.created(sid)
    events._creation_blocks[sid] = created.block_number + 1
    assert events.created(sid) == (created,)
    assert events.creation_block(sid) == created.block_number


def test_a_session_that_does_not_exist_has_no_block(complaining):
    assert complaining.view.events.creation_block(b"\1" * 32) is None


@pytest.mark.parametrize("read", ["dealt", "created"])
def test_a_head_that_no_chain_can_have_is_refused_before_anything_is_read(asked, read):
    latest = 10**18
    events, found = asked(latest, 5, span=latest)
    with pytest.raises(ChainContradictionError, match=f"{latest}.* 5 on.*--first-block.*remove the node"):
        getattr(events, read)(b"\1" * 32)
    assert found == []


@pytest.mark.parametrize("first", [0, 7])
def test_as_many_blocks_as_a_chain_may_have_are_read_and_not_one_more(asked, first):
    latest = first + MOST_BLOCKS_A_READING - 1
    events, found = asked(latest, first, span=MOST_BLOCKS_A_READING)
    assert events.created(b"\1" * 32) == ()
    assert found == [("SessionCreated", first, latest)]
    events, found = asked(latest + 1, first, span=MOST_BLOCKS_A_READING)
    with pytest.raises(ChainContradictionError):
        events.created(b"\1" * 32)
    assert found == []


def test_events_of_several_contracts_are_read_within_the_same_bound(monkeypatch):
    monkeypatch.setattr(session_events, "BLOCKS_A_REQUEST", MOST_BLOCKS_A_READING)
    assert read_ranges(lambda *blocks: (blocks,), 1, MOST_BLOCKS_A_READING) == ((1, MOST_BLOCKS_A_READING),)
    with pytest.raises(ChainContradictionError):
        read_ranges(lambda *blocks: (blocks,), 0, MOST_BLOCKS_A_READING)
    assert read_ranges(lambda *blocks: (blocks,), 5, 4) == ()
