"""Simulated sessions are consistent in themselves."""

import random

import pytest

from tcss_chain.bestiary import SimulationSettingError, simulate_session
from tcss_chain.curve import G, interpolate_at_zero
from tcss_chain.protocol.roster import evaluation_point


@pytest.mark.parametrize(("n", "t"), [(2, 2), (5, 3), (6, 6), (128, 65)])
def test_any_threshold_of_shares_brings_the_secret_and_fewer_do_not(n, t):
    session = simulate_session(n, t)
    for seed in range(3):
        places = random.Random(seed).sample(range(n), t)
        points, values = zip(*session.shares_at(places), strict=True)
        assert interpolate_at_zero(points, values) == session.secret
        assert interpolate_at_zero(points[1:], values[1:]) != session.secret


@pytest.mark.parametrize(("n", "t"), [(2, 2), (7, 4), (128, 65)])
def test_the_auditors_keys_belong_to_the_shares(n, t):
    session = simulate_session(n, t)
    assert session.traced.keys.Y == tuple(G * y for _, y in session.shares)
    assert session.traced.keys.PK == G * session.secret


def test_the_roster_is_one_that_a_chain_could_have_made():
    session = simulate_session(9, 4)
    roster = session.traced.roster
    assert roster.threshold == session.threshold == 4
    assert len(roster.participants) == 9
    accounts = [int(participant.account, 16) for participant in roster.participants]
    assert accounts == sorted(set(accounts))
    assert [participant.seat for participant in roster.participants] == list(range(9))
    for participant, x in zip(roster.participants, session.points, strict=True):
        assert participant.x == x
        assert x == evaluation_point(roster.sid, roster.roster_hash, participant.account)
    keys = [key.to_bytes() for member in roster.participants for key in (member.keys.P, member.keys.D)]
    assert len(set(keys)) == 18


def test_places_select_shares_and_accounts():
    session = simulate_session(5, 3)
    assert session.shares_at((3, 0)) == (session.shares[3], session.shares[0])
    participants = session.traced.roster.participants
    assert session.accounts_at((3, 0)) == (participants[3].account, participants[0].account)


def test_the_seed_and_the_size_determine_the_session():
    assert simulate_session(5, 3, 1).shares == simulate_session(5, 3, 1).shares
    different = [simulate_session(5, 3, 1), simulate_session(5, 3, 2), simulate_session(5, 4, 1)]
    assert len({session.secret for session in different}) == 3
    assert len({session.traced.aggregate_hash for session in different}) == 3


@pytest.mark.parametrize(("n", "t"), [(5, 1), (5, 6), (0, 0), (129, 65), (1, 1)])
def test_sizes_out_of_range_are_refused(n, t):
    with pytest.raises(SimulationSettingError):
        simulate_session(n, t)


def test_no_share_is_shown():
    session = simulate_session(4, 3)
    shown = repr(session)
    assert str(session.secret) not in shown
    assert not any(str(y) in shown for _, y in session.shares)
