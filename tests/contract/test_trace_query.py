"""The query points of a trace: the contract derives what Python derives."""

from __future__ import annotations

import random
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from support.mocks import Mock
from support.refusals import refuses

from tcss_chain.curve import G
from tcss_chain.protocol.hashing import hash_to_scalar, hash_words
from tcss_chain.protocol.roster import Participant, ParticipantKeys, Roster, evaluation_point
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode, derive_query

RNG = random.Random(4)
FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED
CLAIM = (bytes(32), bytes(32), 0, 0, 0)


def roster_of(n: int, t: int) -> Roster:
    sid, roster_hash = RNG.randbytes(32), RNG.randbytes(32)
    accounts: list[Any] = sorted(RNG.randbytes(20) for _ in range(n))
    keys = ParticipantKeys(G, G)
    return Roster(
        sid,
        roster_hash,
        t,
        G,
        tuple(
            Participant(account, seat, keys, evaluation_point(sid, roster_hash, account))
            for seat, account in enumerate(map(to_checksum_address, accounts))
        ),
    )


def on_chain(
    harness: Mock,
    roster: Roster,
    aggregate_hash: bytes,
    challenge: QueryChallenge,
    accused: list[Any],
    *,
    used: int | None = None,
) -> tuple[int, ...]:
    statement = (roster.sid, accused[0], 0, challenge.as_abi_tuple(), CLAIM, aggregate_hash, (1, 2))
    unaccused = [each.account for each in roster.participants if each.account not in accused]
    size = roster.threshold - len(accused) if used is None else used
    return tuple(harness.call("usedPoints", statement, roster.roster_hash, unaccused, size))


@pytest.mark.parametrize("mode", list(QueryMode))
@pytest.mark.parametrize(("n", "t", "f"), [(2, 2, 1), (4, 3, 1), (9, 5, 2), (30, 20, 10), (128, 60, 25)])
def test_query_points(harness: Mock, mode: QueryMode, n: int, t: int, f: int) -> None:
    roster, aggregate_hash = roster_of(n, t), RNG.randbytes(32)
    accused = [roster.participants[index].account for index in sorted(RNG.sample(range(n), f))]
    most = 8 if mode is FREE else min(8, n - t)
    for count in sorted({0, min(1, most), most}):
        places = RNG.sample(range(t - f + count), count)
        challenge = QueryChallenge(mode, RNG.randbytes(32), sum(1 << place for place in places))
        query = derive_query(roster, aggregate_hash, challenge, accused)
        assert on_chain(harness, roster, aggregate_hash, challenge, accused) == query.used
        assert len(query.used) == t - f
        assert len(query.supplied) == t - f + count


def test_free_points_follow_their_description(harness: Mock) -> None:
    roster, aggregate_hash, nonce = roster_of(4, 3), RNG.randbytes(32), RNG.randbytes(32)
    challenge = QueryChallenge(FREE, nonce, 0b010)
    points = on_chain(harness, roster, aggregate_hash, challenge, [roster.participants[1].account])
    assert points == tuple(
        hash_to_scalar("tcss.v1.query.free", roster.sid, aggregate_hash, 3, nonce, index) for index in (0, 2)
    )


def test_registered_points_follow_their_description(harness: Mock) -> None:
    roster, aggregate_hash, nonce = roster_of(12, 7), RNG.randbytes(32), RNG.randbytes(32)
    accused = [roster.participants[3].account, roster.participants[8].account]
    challenge = QueryChallenge(REGISTERED, nonce, 0b001001)
    keys = {
        hash_words("tcss.v1.query.registered", roster.sid, aggregate_hash, nonce, each.account): each.x
        for each in roster.participants
        if each.account not in accused
    }
    first = [keys[key] for key in sorted(keys)][:7]
    expected = tuple(x for place, x in enumerate(first) if place not in (0, 3))
    assert on_chain(harness, roster, aggregate_hash, challenge, accused) == expected


@pytest.mark.parametrize("mode", list(QueryMode))
def test_points_depend_on_nonce_session_and_aggregate(harness: Mock, mode: QueryMode) -> None:
    roster, aggregate_hash, nonce = roster_of(20, 12), RNG.randbytes(32), RNG.randbytes(32)
    accused = [roster.participants[0].account]
    challenge = QueryChallenge(mode, nonce)
    points = {on_chain(harness, roster, aggregate_hash, challenge, accused)}
    points.add(on_chain(harness, roster, RNG.randbytes(32), challenge, accused))
    points.add(on_chain(harness, roster, aggregate_hash, QueryChallenge(mode, RNG.randbytes(32)), accused))
    assert len(points) == 3


def test_points_depend_on_how_many_there_are(harness: Mock) -> None:
    """Else a box that answers for a few points would answer for more of the same."""
    roster, aggregate_hash = roster_of(9, 5), RNG.randbytes(32)
    challenge = QueryChallenge(FREE, RNG.randbytes(32))
    accused = [roster.participants[0].account]
    three, four = (
        on_chain(harness, roster, aggregate_hash, challenge, accused, used=used) for used in (3, 4)
    )
    assert not set(three) & set(four)


def test_limits(harness: Mock) -> None:
    roster, aggregate_hash, nonce = roster_of(9, 5), RNG.randbytes(32), RNG.randbytes(32)
    accused = [roster.participants[0].account]
    on_chain(harness, roster, aggregate_hash, QueryChallenge(FREE, nonce, 0xFF), accused)
    with refuses("TooManyDropped", dropped=9):
        on_chain(harness, roster, aggregate_hash, QueryChallenge(FREE, nonce, 0x1FF), accused)
    with refuses("DroppedOutOfRange", dropped=1 << 5, queryPoints=5):
        on_chain(harness, roster, aggregate_hash, QueryChallenge(FREE, nonce, 1 << 5), accused)
    on_chain(harness, roster, aggregate_hash, QueryChallenge(REGISTERED, nonce, 0b1111), accused)
    with refuses("TooFewUnaccused", unaccused=8, queryPoints=9):
        on_chain(harness, roster, aggregate_hash, QueryChallenge(REGISTERED, nonce, 0b11111), accused)
