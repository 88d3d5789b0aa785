"""What a participant's service may hand out."""

from __future__ import annotations

from support.known_roster import known_roster

from tcss_chain.exchange.messages import SignedAcceptance
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.protocol.acceptance import CompactSignature

KNOWN = known_roster()
DEALER, FIRST, SECOND, _ = KNOWN.accounts
SHARES = KNOWN.deal(DEALER).shares
SID, OTHER_SID = b"\1" * 32, b"\2" * 32


def acceptance(qualified):
    return SignedAcceptance(qualified, b"\3" * 32, CompactSignature(b"\4" * 32, b"\5" * 32))


def test_an_empty_outbox_hands_out_nothing():
    outbox = Outbox()
    assert outbox.share(SID, FIRST) is None
    assert outbox.acceptance(SID) is None


def test_shares_are_handed_out_for_their_session_and_recipient_only():
    outbox = Outbox()
    outbox.publish_shares(SID, {FIRST: SHARES[FIRST]})
    assert outbox.share(SID, FIRST) == SHARES[FIRST]
    assert outbox.share(SID, SECOND) is None
    assert outbox.share(OTHER_SID, FIRST) is None
    assert outbox.acceptance(SID) is None


def test_publishing_again_replaces_the_shares_of_that_session_only():
    outbox = Outbox()
    outbox.publish_shares(SID, {FIRST: SHARES[FIRST]})
    outbox.publish_shares(OTHER_SID, {FIRST: SHARES[FIRST]})
    outbox.publish_shares(SID, {SECOND: SHARES[SECOND]})
    assert (outbox.share(SID, FIRST), outbox.share(SID, SECOND)) == (None, SHARES[SECOND])
    assert outbox.share(OTHER_SID, FIRST) == SHARES[FIRST]


def test_what_is_withdrawn_is_handed_out_no_longer():
    outbox = Outbox()
    for sid in (SID, OTHER_SID):
        outbox.publish_shares(sid, SHARES)
        outbox.publish_acceptance(sid, acceptance(7))
    outbox.withdraw(SID)
    outbox.withdraw(SID)
    assert (outbox.share(SID, FIRST), outbox.acceptance(SID)) == (None, None)
    assert (outbox.share(OTHER_SID, FIRST), outbox.acceptance(OTHER_SID)) == (SHARES[FIRST], acceptance(7))


def test_what_is_published_does_not_change_with_the_mapping_it_came_from():
    shares = {FIRST: SHARES[FIRST]}
    outbox = Outbox()
    outbox.publish_shares(SID, shares)
    shares.clear()
    assert outbox.share(SID, FIRST) == SHARES[FIRST]


def test_a_later_acceptance_takes_the_place_of_the_earlier_one_in_its_session():
    outbox = Outbox()
    outbox.publish_acceptance(SID, acceptance(0b1111))
    outbox.publish_acceptance(OTHER_SID, acceptance(0b11))
    outbox.publish_acceptance(SID, acceptance(0b0111))
    assert outbox.acceptance(SID) == acceptance(0b0111)
    assert outbox.acceptance(OTHER_SID) == acceptance(0b11)
