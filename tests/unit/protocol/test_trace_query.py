"""The query points of a trace."""

import dataclasses

import pytest
from eth_abi.abi import encode as abi_encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.curve import GROUP_ORDER
from tcss_chain.protocol.errors import (
    AccusedCountError,
    ChallengeFormatError,
    DroppedOutOfRangeError,
    QuerySizeError,
    TooManyDroppedError,
    TraceError,
)
from tcss_chain.protocol.trace_query import (
    QueryChallenge,
    QueryMode,
    derive_query,
    free_points,
    keep_used,
    registered_order,
)

NONCE = bytes(range(32))
SID = b"\x11" * 32
AGGREGATE_HASH = b"\x22" * 32


def solidity_scalar(types, values):
    """HashToScalar, written from the protocol text alone."""
    seed = keccak(abi_encode(["bytes32", *types], values))
    high = int.from_bytes(keccak(seed + (0).to_bytes(32, "big")), "big")
    low = int.from_bytes(keccak(seed + (1).to_bytes(32, "big")), "big")
    return (high * 2**256 + low) % GROUP_ORDER


def test_free_points_are_hashes_of_session_aggregate_size_nonce_and_index():
    expected = tuple(
        solidity_scalar(
            ["bytes32", "bytes32", "uint256", "bytes32", "uint256"],
            [b"tcss.v1.query.free".ljust(32, b"\0"), SID, AGGREGATE_HASH, 3, NONCE, index],
        )
        for index in range(3)
    )
    assert free_points(SID, AGGREGATE_HASH, 3, NONCE) == expected


def test_another_size_gives_other_free_points_everywhere():
    assert not set(free_points(SID, AGGREGATE_HASH, 3, NONCE)) & set(
        free_points(SID, AGGREGATE_HASH, 4, NONCE)
    )


def test_registered_order_sorts_by_a_hash_of_nonce_and_address(sealed_session):
    session = sealed_session(9, 4)

    def key(participant):
        return keccak(
            abi_encode(
                ["bytes32", "bytes32", "bytes32", "bytes32", "address"],
                [
                    b"tcss.v1.query.registered".ljust(32, b"\0"),
                    session.roster.sid,
                    session.aggregate_hash,
                    NONCE,
                    participant.account,
                ],
            )
        )

    expected = tuple(sorted(session.roster.participants, key=key))
    assert registered_order(session.roster, session.aggregate_hash, NONCE) == expected


def test_leaving_out_the_accused_keeps_the_order_of_the_others(sealed_session):
    session = sealed_session(9, 4)
    accused = session.accounts((2, 7))
    whole = registered_order(session.roster, session.aggregate_hash, NONCE)
    others = registered_order(session.roster, session.aggregate_hash, NONCE, accused)
    assert others == tuple(participant for participant in whole if participant.account not in accused)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_query_has_the_protocols_size_and_avoids_the_accused(sealed_session, data):
    n = data.draw(st.integers(2, 12), label="n")
    t = data.draw(st.integers(2, n), label="t")
    session = sealed_session(n, t)
    accused_count = data.draw(st.integers(1, t - 1), label="accused")
    accused = data.draw(st.permutations(range(n)), label="who")[:accused_count]
    mode = data.draw(st.sampled_from(QueryMode), label="mode")
    most = 8 if mode == QueryMode.FREE else min(8, n - t)
    dropped_count = data.draw(st.integers(0, most), label="dropped")
    size = t - accused_count + dropped_count
    places = data.draw(st.permutations(range(size)), label="which")[:dropped_count]
    challenge = QueryChallenge(mode, NONCE, sum(1 << place for place in places))

    points = derive_query(session.roster, session.aggregate_hash, challenge, session.accounts(accused))

    assert len(points.supplied) == size
    assert points.used == tuple(x for place, x in enumerate(points.supplied) if place not in places)
    assert len(points.used) == t - accused_count
    accused_points = {session.roster.participants[index].x for index in accused}
    assert len(set(points.supplied)) == size
    assert not accused_points & set(points.supplied)
    if mode == QueryMode.REGISTERED:
        assert set(points.supplied) <= {participant.x for participant in session.roster.participants}


def test_free_points_do_not_depend_on_who_is_accused(sealed_session):
    session = sealed_session(6, 4)
    challenge = QueryChallenge(QueryMode.FREE, NONCE)
    derived = {
        derive_query(session.roster, session.aggregate_hash, challenge, session.accounts(accused)).supplied
        for accused in ((0, 1), (2, 5))
    }
    assert len(derived) == 1


@pytest.mark.parametrize("accused", [(), (0, 1, 2), (0, 1, 2, 3)])
def test_accusing_nobody_or_as_many_as_the_threshold_is_refused(sealed_session, accused):
    session = sealed_session(5, 3)
    with pytest.raises(AccusedCountError) as caught:
        derive_query(
            session.roster,
            session.aggregate_hash,
            QueryChallenge(QueryMode.FREE, NONCE),
            session.accounts(accused),
        )
    assert (caught.value.accused, caught.value.threshold) == (len(accused), 3)


def test_nine_dropped_points_are_refused_and_eight_are_not(sealed_session):
    session = sealed_session(5, 3)
    accused = session.accounts((0,))
    for count in (8, 9):
        challenge = QueryChallenge(QueryMode.FREE, NONCE, (1 << count) - 1)
        if count == 8:
            assert (
                len(derive_query(session.roster, session.aggregate_hash, challenge, accused).supplied) == 10
            )
            continue
        with pytest.raises(TooManyDroppedError):
            derive_query(session.roster, session.aggregate_hash, challenge, accused)


def test_a_bitmap_beyond_the_query_points_is_refused(sealed_session):
    session = sealed_session(5, 3)
    # |Q| = 3 - 1 + 1: bits 0 to 2.
    accused = session.accounts((0,))
    derive_query(
        session.roster, session.aggregate_hash, QueryChallenge(QueryMode.FREE, NONCE, 0b100), accused
    )
    with pytest.raises(DroppedOutOfRangeError):
        derive_query(
            session.roster, session.aggregate_hash, QueryChallenge(QueryMode.FREE, NONCE, 0b1000), accused
        )


def test_too_few_other_participants_for_registered_points_are_refused(sealed_session):
    session = sealed_session(4, 4)
    with pytest.raises(QuerySizeError) as caught:
        derive_query(
            session.roster,
            session.aggregate_hash,
            QueryChallenge(QueryMode.REGISTERED, NONCE, 0b1),
            session.accounts((0, 1)),
        )
    assert (caught.value.size, caught.value.available) == (3, 2)
    assert isinstance(caught.value, TraceError)


@pytest.mark.parametrize(
    ("nonce", "dropped"), [(b"\1" * 31, 0), (b"\1" * 33, 0), (NONCE, -1), (NONCE, 1 << 256)]
)
def test_a_challenge_that_does_not_fit_its_words_is_refused(nonce, dropped):
    with pytest.raises(ChallengeFormatError):
        QueryChallenge(QueryMode.FREE, nonce, dropped)


def test_keep_used_leaves_out_the_marked_places():
    assert keep_used((5, 6, 7, 8), 0b1010) == (5, 7)


def test_the_nonce_is_never_shown():
    shown = repr(QueryChallenge(QueryMode.FREE, NONCE, 3))
    assert "nonce" not in shown
    assert repr(NONCE)[2:-1] not in shown
    assert NONCE.hex() not in shown


def test_the_challenge_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        QueryChallenge(QueryMode.FREE, NONCE).dropped = 1
