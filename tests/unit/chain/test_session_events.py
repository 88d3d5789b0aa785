"""Reading events: in pages, and of one session only."""

from __future__ import annotations

import pytest
from support.complaints import complain_missing, reveal
from support.consortium import Consortium

from tcss_chain.chain import session_events
from tcss_chain.chain.session_events import SessionEvents
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
def test_pages_cover_every_block_once_and_none_beyond_the_latest(
    complaining, monkeypatch, latest, first, ranges
):
    monkeypatch.setattr(session_events, "BLOCKS_A_REQUEST", 10)
    monkeypatch.setattr(complaining.connection, "block_number", lambda: latest)
    assert list(SessionEvents(complaining.connection, first)._ranges()) == ranges
