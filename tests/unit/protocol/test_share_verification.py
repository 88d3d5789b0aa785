"""Checking shares, all at once and one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.independent import combine
from support.known_roster import known_roster

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol import share_verification
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.share_encryption import Share
from tcss_chain.protocol.share_verification import ReceivedShare, failing_equation, find_invalid_shares

KNOWN = known_roster(seats=(0, 1, 2, 3, 4), t=3)
ROSTER, A = KNOWN.roster, KNOWN.roster.A
ME = ROSTER.participants[2]
for each in KNOWN.accounts:
    KNOWN.deal(each)
GOOD = {
    dealer: ReceivedShare(KNOWN.dealt[dealer].dealing, KNOWN.polynomials[dealer].share_at(ME.x))
    for dealer in KNOWN.accounts
}


def shifted(received, y=0, z=0):
    share = received.share
    return replace(received, share=Share((share.y + y) % GROUP_ORDER, (share.z + z) % GROUP_ORDER))


def one_by_one(received):
    verdicts = {dealer: failing_equation(A, ME.x, each) for dealer, each in received.items()}
    return {dealer: equation for dealer, equation in verdicts.items() if equation is not None}


def test_the_equations_are_those_of_the_protocol():
    for received in GOOD.values():
        at_x = [pow(ME.x, m, GROUP_ORDER) for m in range(3)]
        y, z = received.share.y, received.share.z
        assert combine(zip(received.dealing.B, at_x, strict=True)) == combine([(G, z)])
        assert combine(zip(received.dealing.C, at_x, strict=True)) == combine([(G, y), (A, z)])


def test_good_shares_pass():
    assert one_by_one(GOOD) == {}
    assert find_invalid_shares(A, ME.x, GOOD) == {}


def test_nothing_to_check_is_nothing_wrong():
    assert find_invalid_shares(A, ME.x, {}) == {}


@pytest.mark.parametrize(
    ("y", "z", "equation"),
    [(1, 0, ShareEquation.C), (0, 1, ShareEquation.B), (1, 1, ShareEquation.B), (-1, 0, ShareEquation.C)],
)
@pytest.mark.parametrize("place", range(5))
def test_every_single_wrong_share_is_found_with_its_equation(place, y, z, equation):
    dealer = KNOWN.accounts[place]
    received = GOOD | {dealer: shifted(GOOD[dealer], y, z)}
    assert find_invalid_shares(A, ME.x, received) == {dealer: equation}


def test_a_wrong_y_that_is_hidden_by_a_wrong_z_is_found():
    """``y*G + z*A`` is right, but only the auditor could choose such a pair."""
    dealer = KNOWN.accounts[0]
    received = GOOD | {dealer: shifted(GOOD[dealer], -KNOWN.alpha, 1)}
    assert find_invalid_shares(A, ME.x, received) == {dealer: ShareEquation.B}


@pytest.mark.parametrize(("y", "z"), [(7, 0), (0, 7), (7, 9)])
def test_errors_of_two_dealers_do_not_cancel(y, z):
    first, second = KNOWN.accounts[1], KNOWN.accounts[3]
    received = GOOD | {first: shifted(GOOD[first], y, z), second: shifted(GOOD[second], -y, -z)}
    sums = [sum(getattr(each.share, half) for each in received.values()) % GROUP_ORDER for half in "yz"]
    good = [sum(getattr(each.share, half) for each in GOOD.values()) % GROUP_ORDER for half in "yz"]
    assert sums == good
    assert set(find_invalid_shares(A, ME.x, received)) == {first, second}


def test_errors_of_the_two_equations_of_one_dealer_do_not_cancel(monkeypatch):
    """With one weight for both equations, an error of -z*(1 + alpha) in y would hide one of z."""
    dealer = KNOWN.accounts[0]
    received = GOOD | {dealer: shifted(GOOD[dealer], -5 * (1 + KNOWN.alpha), 5)}
    assert find_invalid_shares(A, ME.x, received) == {dealer: ShareEquation.B}
    monkeypatch.setattr(share_verification.secrets, "randbits", lambda _bits: 3)
    assert find_invalid_shares(A, ME.x, received) == {}


def test_the_weights_are_random_and_of_128_bits(monkeypatch):
    drawn = []

    def randbits(bits, original=share_verification.secrets.randbits):
        drawn.append((bits, original(bits)))
        return drawn[-1][1]

    monkeypatch.setattr(share_verification.secrets, "randbits", randbits)
    find_invalid_shares(A, ME.x, GOOD)
    assert [bits for bits, _ in drawn] == [128] * 10
    assert len({weight for _, weight in drawn}) == 10


@settings(max_examples=20, deadline=None)
@given(
    errors=st.lists(
        st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 1), (2, GROUP_ORDER - 1)]), min_size=5, max_size=5
    )
)
def test_the_batch_says_what_the_single_checks_say(errors):
    received = {
        dealer: shifted(GOOD[dealer], y, z) for dealer, (y, z) in zip(KNOWN.accounts, errors, strict=True)
    }
    expected = {dealer for dealer, error in zip(KNOWN.accounts, errors, strict=True) if any(error)}
    found = find_invalid_shares(A, ME.x, received)
    assert set(found) == expected
    assert found == one_by_one(received)


def test_the_share_of_another_participant_is_wrong():
    other = ROSTER.participants[0]
    assert set(find_invalid_shares(A, other.x, GOOD)) == set(KNOWN.accounts)


def test_a_received_share_does_not_show_itself():
    for received in GOOD.values():
        assert str(received.share.y) not in repr(received)
        assert str(received.share.z) not in repr(received)
