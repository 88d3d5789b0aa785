"""Rosters: hashes, evaluation points, seats."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.independent import abi_hash, abi_point, scalar_of
from support.known_roster import known_roster

from tcss_chain.curve import GROUP_ORDER
from tcss_chain.protocol.errors import NotInRosterError, ProtocolError
from tcss_chain.protocol.roster import (
    ParticipantKeys,
    bitmap_of,
    empty_roster_hash,
    evaluation_point,
    keys_hash,
    roster_hash_after_join,
    seats_of,
)

KNOWN = known_roster(seats=(1, 2, 5, 127))
ROSTER = KNOWN.roster


def test_participants_are_found_by_address_and_by_seat():
    for participant in ROSTER.participants:
        assert ROSTER.participant(participant.account) is participant
        assert ROSTER.at_seat(participant.seat) is participant


@pytest.mark.parametrize("seat", [-1, 0, 3, 4, 126, 128])
def test_an_empty_seat_has_no_participant(seat):
    with pytest.raises(NotInRosterError) as caught:
        ROSTER.at_seat(seat)
    assert caught.value.who == f"seat {seat}"
    assert isinstance(caught.value, ProtocolError)


def test_a_stranger_is_not_found_and_named():
    stranger = "0x" + "11" * 20
    with pytest.raises(NotInRosterError, match=stranger):
        ROSTER.participant(stranger)


def test_roster_hashes_follow_the_protocol():
    first, second = ROSTER.participants[:2]
    start = abi_hash("tcss.v1.roster", ("bytes32", ROSTER.sid), abi_point(ROSTER.A))
    assert empty_roster_hash(ROSTER.sid, ROSTER.A) == start
    running = start
    for each in (first, second):
        expected = abi_hash(
            "tcss.v1.roster.join",
            ("bytes32", ROSTER.sid),
            ("bytes32", running),
            ("address", each.account),
            abi_point(each.keys.P),
            abi_point(each.keys.D),
        )
        running = roster_hash_after_join(ROSTER.sid, running, each.account, each.keys)
        assert running == expected


def test_the_order_of_the_joins_is_in_the_roster_hash():
    def after(order):
        running = empty_roster_hash(ROSTER.sid, ROSTER.A)
        for each in order:
            running = roster_hash_after_join(ROSTER.sid, running, each.account, each.keys)
        return running

    assert len({after(order) for order in itertools.permutations(ROSTER.participants[:3])}) == 6


def test_keys_are_hashed_with_their_owner_and_their_roles():
    one = ROSTER.participants[0]
    expected = abi_hash(
        "tcss.v1.keys",
        ("bytes32", ROSTER.sid),
        ("address", one.account),
        abi_point(one.keys.P),
        abi_point(one.keys.D),
    )
    assert keys_hash(ROSTER.sid, one.account, one.keys) == expected == ROSTER.keys_hash(one.account)
    swapped = ParticipantKeys(P=one.keys.D, D=one.keys.P)
    assert keys_hash(ROSTER.sid, one.account, swapped) != expected
    hashes = {ROSTER.keys_hash(each.account) for each in ROSTER.participants}
    assert len(hashes) == len(ROSTER.participants)
    with pytest.raises(NotInRosterError):
        ROSTER.keys_hash("0x" + "11" * 20)


def test_evaluation_points_depend_on_session_roster_and_address_only():
    points = set()
    for sid, roster_hash in itertools.product((ROSTER.sid, bytes(32)), (ROSTER.roster_hash, b"\1" * 32)):
        for account in KNOWN.accounts:
            digest = abi_hash(
                "tcss.v1.point", ("bytes32", sid), ("bytes32", roster_hash), ("address", account)
            )
            assert evaluation_point(sid, roster_hash, account) == scalar_of(digest)
            points.add(evaluation_point(sid, roster_hash, account))
    assert len(points) == 16
    assert all(0 < point < GROUP_ORDER for point in points)


def test_the_case_of_an_address_does_not_change_its_point():
    account = KNOWN.accounts[0]
    assert evaluation_point(ROSTER.sid, ROSTER.roster_hash, account) == evaluation_point(
        ROSTER.sid, ROSTER.roster_hash, account.lower()
    )


@given(seats=st.sets(st.integers(0, 127)))
def test_bitmaps_and_seats_are_the_same_sets(seats):
    bitmap = bitmap_of(seats)
    assert seats_of(bitmap) == tuple(sorted(seats))
    assert bitmap == sum(2**seat for seat in seats)


@given(bitmap=st.integers(0, 2**128 - 1))
def test_every_bitmap_is_the_bitmap_of_its_seats(bitmap):
    assert bitmap_of(seats_of(bitmap)) == bitmap


def test_a_seat_that_is_named_twice_counts_once():
    assert bitmap_of([3, 3, 0]) == 0b1001
