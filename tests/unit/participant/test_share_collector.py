"""Collecting and judging shares, without a chain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.known_roster import known_roster
from support.misdealing import deal_tampered

from tcss_chain.chain.session_events import RevealedEvent
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.participant import share_collector
from tcss_chain.participant.share_collector import InvalidShare, ShareCollector
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.share_encryption import EncryptedShare

KNOWN = known_roster(seats=(1, 2, 4, 7))
ME = KNOWN.roster.participants[2]
DEALERS = KNOWN.accounts
for each in DEALERS:
    KNOWN.deal(each)
DEALER = DEALERS[0]


class Peers:
    """Hand out what the test says; it is noted who was asked and who is not believed."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []
        self.distrusted = []

    def fetch_shares(self, sid, recipient, dealers):
        assert (sid, recipient) == (KNOWN.roster.sid, ME.account)
        self.asked += dealers
        return {dealer: self.answers[dealer] for dealer in dealers if dealer in self.answers}

    def distrust(self, account, reason):
        self.distrusted.append(account)


def honest():
    return {dealer: KNOWN.dealt[dealer].shares[ME.account] for dealer in DEALERS}


def collector(answers, dealt=None, kept=None, own=None):
    made = KNOWN.dealt | (dealt or {})
    dealings = {dealer: each.dealing for dealer, each in made.items()}
    return ShareCollector(KNOWN.roster, ME, KNOWN.e[ME.account], dealings, Peers(answers), kept, own)


def tampered(change):
    """A dealing in which my own share is changed before the dealer commits to it."""
    return deal_tampered(
        KNOWN.roster,
        DEALER,
        KNOWN.d[DEALER],
        lambda account, words: change(*words) if account == ME.account else words,
    )


def test_good_shares_are_verified_and_asked_for_once():
    collecting = collector(honest())
    assert list(collecting.collect(DEALERS, [])) == list(DEALERS)
    assert collecting.collect(DEALERS, []) == {}
    assert collecting._peers.asked == list(DEALERS)
    assert collecting.invalid == {}
    for dealer in DEALERS:
        assert collecting.verified[dealer] == KNOWN.polynomials[dealer].share_at(ME.x)


def test_only_the_wanted_dealers_are_asked():
    collecting = collector(honest())
    assert list(collecting.collect(DEALERS[:2], [])) == list(DEALERS[:2])
    assert collecting._peers.asked == list(DEALERS[:2])


def test_a_share_that_does_not_come_is_missing_and_asked_for_again():
    collecting = collector({dealer: share for dealer, share in honest().items() if dealer != DEALER})
    assert DEALER not in collecting.collect(DEALERS, [])
    assert collecting.missing_for(0) == [DEALER]
    assert DEALER not in collecting.verified
    assert DEALER not in collecting.invalid
    collecting._peers.answers = honest()
    assert list(collecting.collect(DEALERS, [])) == [DEALER]
    assert collecting.missing_for(0) == []


def foreign_shares():
    good = honest()[DEALER]
    yield replace(good, c0=(good.c0 + 1) % GROUP_ORDER)
    yield replace(good, c1=2**256 - 1)
    yield replace(good, path=good.path[::-1])
    yield replace(good, path=(b"\1" * 32, *good.path[1:]))
    yield KNOWN.dealt[DEALER].shares[DEALERS[1]]
    yield KNOWN.dealt[DEALERS[1]].shares[ME.account]
    yield EncryptedShare(0, 0, (bytes(32),) * 7)


@pytest.mark.parametrize("share", foreign_shares())
def test_a_share_that_the_dealer_did_not_commit_to_is_as_good_as_none(share):
    collecting = collector(honest() | {DEALER: share})
    assert DEALER not in collecting.collect(DEALERS, [])
    assert collecting.missing_for(0) == [DEALER]
    assert collecting.invalid == {}
    assert collecting._peers.distrusted == [DEALER]


@pytest.mark.parametrize(
    ("change", "equation"),
    [
        (lambda c0, c1: ((c0 + 1) % GROUP_ORDER, c1), ShareEquation.C),
        (lambda c0, c1: (c0, (c1 - 1) % GROUP_ORDER), ShareEquation.B),
        (lambda c0, c1: (c1, c0), ShareEquation.B),
        (lambda c0, c1: (c0 + GROUP_ORDER, c1), None),
        (lambda c0, c1: (c0, c1 + GROUP_ORDER), None),
        (lambda c0, c1: (GROUP_ORDER, 2**256 - 1), None),
    ],
)
def test_a_wrong_share_that_the_dealer_committed_to_is_kept_as_evidence(change, equation):
    dealt = tampered(change)
    share = dealt.shares[ME.account]
    collecting = collector(honest() | {DEALER: share}, {DEALER: dealt})
    assert list(collecting.collect(DEALERS, [])) == list(DEALERS)
    assert set(collecting.verified) == set(DEALERS[1:])
    (invalid,) = collecting.invalid.values()
    assert invalid.encrypted == share
    assert equation is None or invalid == InvalidShare(share, equation)
    assert share.is_canonical is (equation is not None)
    assert collecting.collect(DEALERS, []) == {}
    assert collecting.missing_for(0) == []


def revealed(dealer, share):
    return RevealedEvent(dealer, ME.account, share)


def test_a_share_that_was_revealed_on_chain_is_taken_without_asking():
    good = honest()
    collecting = collector({})
    assert list(collecting.collect(DEALERS, [revealed(DEALER, good[DEALER])])) == [DEALER]
    assert collecting._peers.asked == list(DEALERS[1:])
    assert collecting.verified[DEALER] == KNOWN.polynomials[DEALER].share_at(ME.x)


def test_a_wrong_share_that_was_revealed_on_chain_is_evidence():
    dealt = tampered(lambda c0, c1: ((c0 + 1) % GROUP_ORDER, c1))
    collecting = collector({}, {DEALER: dealt})
    collecting.collect([DEALER], [revealed(DEALER, dealt.shares[ME.account])])
    assert collecting.invalid == {DEALER: InvalidShare(dealt.shares[ME.account], ShareEquation.C)}


def test_a_lie_about_what_was_revealed_is_not_believed():
    lie = replace(honest()[DEALER], c0=0)
    collecting = collector(honest())
    assert list(collecting.collect([DEALER], [revealed(DEALER, lie)])) == [DEALER]
    assert collecting._peers.asked == [DEALER]
    assert collecting.invalid == {}


def test_a_share_is_missing_from_the_first_failure_on(monkeypatch):
    now = 50.0
    monkeypatch.setattr(share_collector.time, "monotonic", lambda: now)
    collecting = collector({})
    collecting.collect(DEALERS[:1], [])
    now = 55.0
    collecting.collect(DEALERS[:2], [])
    assert collecting.missing_for(5) == [DEALERS[0]]
    now = 60.0
    assert collecting.missing_for(5) == list(DEALERS[:2])
    assert collecting.missing_for(10.1) == []


def test_a_collector_shows_no_secret():
    collecting = collector(honest())
    collecting.collect(DEALERS, [])
    shown = repr(collecting) + repr(collecting.verified) + repr(collecting._peers.asked)
    for share in collecting.verified.values():
        assert str(share.y) not in shown
        assert str(share.z) not in shown
    assert str(KNOWN.e[ME.account]) not in shown


def test_shares_that_were_kept_and_the_own_one_are_not_asked_for():
    good = honest()
    collecting = collector(
        {}, kept={dealer: good[dealer] for dealer in DEALERS if dealer != ME.account}, own=good[ME.account]
    )
    assert list(collecting.collect(DEALERS, [])) == list(DEALERS)
    assert collecting._peers.asked == []
    assert set(collecting.verified) == set(DEALERS)


def test_a_share_that_was_kept_of_another_dealing_is_asked_for_anew():
    other = tampered(lambda c0, c1: (c0, c1)).shares[ME.account]
    collecting = collector(honest(), kept={DEALER: other})
    assert list(collecting.collect([DEALER], [])) == [DEALER]
    assert collecting._peers.asked == [DEALER]
