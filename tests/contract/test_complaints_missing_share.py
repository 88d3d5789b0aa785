"""Complaints about missing shares, and their answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.complaints import complain_missing, posted, reveal, reveal_call, share_complaint
from support.consortium import BOND, Consortium
from support.misdealing import with_invalid_proof
from support.refusals import refuses

from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.roster import keys_hash
from tcss_chain.protocol.session import Fault, Phase


def test_a_report_is_counted_by_recipient_and_by_dealer(complaining: Consortium) -> None:
    dealer = complaining.members[1]
    complain_missing(complaining, dealer, complaining.members[0])
    complain_missing(complaining, dealer, complaining.members[3])
    assert complaining.reads.missing_shares(complaining.sid, dealer.address) == (0b1001, 0b1001)
    state = complaining.reads.state(complaining.sid)
    assert (state.unanswered, state.qualified, state.forfeits) == (0b0010, 0b1111, 0)
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.NONE


def test_an_answer_clears_the_report(complaining: Consortium) -> None:
    dealer, first, second = complaining.members[1], complaining.members[0], complaining.members[3]
    complain_missing(complaining, dealer, first)
    complain_missing(complaining, dealer, second)
    reveal(complaining, dealer, first)
    assert complaining.reads.missing_shares(complaining.sid, dealer.address) == (0b1001, 0b1000)
    assert complaining.reads.state(complaining.sid).unanswered == 0b0010
    reveal(complaining, dealer, second)
    assert complaining.reads.missing_shares(complaining.sid, dealer.address) == (0b1001, 0)
    assert complaining.reads.state(complaining.sid).unanswered == 0
    complaining.travel_to(complaining.configuration.reveal_by)
    assert complaining.reads.state(complaining.sid).qualified == 0b1111
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.NONE


def test_the_answer_is_published(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    complain_missing(complaining, dealer, recipient)
    reveal(complaining, dealer, recipient)
    (event,) = complaining.view.events.revealed(complaining.sid, recipient=recipient.address)
    assert dealer.dealt is not None
    assert (event.dealer, event.share) == (dealer.address, dealer.dealt.shares[recipient.address])


def test_anybody_who_has_the_share_may_answer(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    complain_missing(complaining, dealer, recipient)
    complaining.outsider.send(reveal_call(complaining, dealer, recipient))
    assert complaining.reads.state(complaining.sid).unanswered == 0


def test_a_share_is_reported_once_even_after_an_answer(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    complain_missing(complaining, dealer, recipient)
    with refuses("AlreadyReported", dealer=dealer.address, recipient=recipient.address):
        complain_missing(complaining, dealer, recipient)
    reveal(complaining, dealer, recipient)
    with refuses("AlreadyReported", dealer=dealer.address, recipient=recipient.address):
        complain_missing(complaining, dealer, recipient)


def test_only_participants_report(complaining: Consortium) -> None:
    function = complaining.actions.complain_missing_share(complaining.sid, complaining.members[0].address)
    for sender in (complaining.outsider, complaining.auditor):
        with refuses("NotJoined", account=sender.address):
            sender.simulate(function)


def test_only_dealers_are_reported(dealing: Consortium) -> None:
    for member in dealing.members[1:]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.deal_by)
    for account in (dealing.members[0].address, dealing.outsider.address):
        with refuses("NotDealt", dealer=account):
            dealing.members[1].sender.simulate(dealing.actions.complain_missing_share(dealing.sid, account))


def test_only_reported_shares_are_answered(complaining: Consortium) -> None:
    dealer, recipient, other = complaining.members[1], complaining.members[0], complaining.members[2]
    complain_missing(complaining, dealer, recipient)
    with refuses("NotReported", dealer=dealer.address, recipient=other.address):
        reveal(complaining, dealer, other)
    with refuses("NotReported", dealer=other.address, recipient=recipient.address):
        reveal(complaining, other, recipient)
    reveal(complaining, dealer, recipient)
    with refuses("NotReported", dealer=dealer.address, recipient=recipient.address):
        reveal(complaining, dealer, recipient)


def test_a_stranger_is_not_taken_for_the_recipient_at_seat_0(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    assert dealer.dealt is not None
    complain_missing(complaining, dealer, recipient)
    function = complaining.actions.reveal_share(
        complaining.sid,
        dealer.address,
        complaining.outsider.address,
        keys_hash(complaining.sid, dealer.address, dealer.keys),
        dealer.dealt.dealing.digest(complaining.sid),
        dealer.dealt.shares[recipient.address],
    )
    with refuses("NotJoined", account=complaining.outsider.address):
        dealer.sender.simulate(function)


def test_the_answer_must_be_the_share_under_the_dealers_root(complaining: Consortium) -> None:
    dealer, recipient, other = complaining.members[1], complaining.members[0], complaining.members[2]
    assert dealer.dealt is not None
    assert other.dealt is not None
    complain_missing(complaining, dealer, recipient)
    share = dealer.dealt.shares[recipient.address]
    for wrong in (
        replace(share, c0=share.c0 ^ 1),
        replace(share, c1=share.c1 ^ 1),
        replace(share, path=(b"\x01" * 32, *share.path[1:])),
        dealer.dealt.shares[other.address],
        other.dealt.shares[recipient.address],
    ):
        with refuses("ShareNotInTree", dealer=dealer.address, recipient=recipient.address):
            dealer.sender.simulate(reveal_call(complaining, dealer, recipient, share=wrong))
    foreign = other.dealt.dealing.digest(complaining.sid)
    with refuses("DealingMismatch", dealer=dealer.address):
        dealer.sender.simulate(reveal_call(complaining, dealer, recipient, digest=foreign))
    for keys in (
        other.keys,
        replace(dealer.keys, P=other.keys.P),
        replace(dealer.keys, D=other.keys.D),
        replace(dealer.keys, P=dealer.keys.D, D=dealer.keys.P),
    ):
        with refuses("DealingMismatch", dealer=dealer.address):
            dealer.sender.simulate(reveal_call(complaining, dealer, recipient, keys=keys))
    assert complaining.reads.state(complaining.sid).unanswered == 0b0010


def test_reports_are_taken_until_one_second_before_the_deadline(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    complaining.pin(complaining.configuration.complain_by - 1)
    complain_missing(complaining, dealer, recipient)
    complaining.travel_to(complaining.configuration.complain_by)
    with refuses("WrongPhase", current=Phase.REVEALING):
        complain_missing(complaining, dealer, complaining.members[2])


def test_answers_are_taken_until_one_second_before_the_deadline(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    complain_missing(complaining, dealer, recipient)
    complaining.pin(complaining.configuration.reveal_by - 1)
    reveal(complaining, dealer, recipient)
    complaining.travel_to(complaining.configuration.reveal_by)
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.NONE


def test_an_answer_after_the_deadline_comes_too_late(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    complain_missing(complaining, dealer, recipient)
    complaining.travel_to(complaining.configuration.reveal_by - 1)
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.NONE
    complaining.pin(complaining.configuration.reveal_by)
    with refuses("WrongPhase", current=Phase.CHALLENGING):
        reveal(complaining, dealer, recipient)
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.MISSING_SHARE
    assert complaining.reads.state(complaining.sid).qualified == 0b1101


def test_one_of_two_answers_is_not_enough(complaining: Consortium) -> None:
    dealer = complaining.members[1]
    for seat in (0, 2):
        complain_missing(complaining, dealer, complaining.members[seat])
    reveal(complaining, dealer, complaining.members[2])
    complaining.travel_to(complaining.configuration.reveal_by)
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.MISSING_SHARE
    assert complaining.reads.state(complaining.sid).qualified == 0b1101


@pytest.mark.parametrize(
    ("dealer", "recipient", "equation"),
    [(0, 1, ShareEquation.C), (0, 2, ShareEquation.B), (3, 0, ShareEquation.B), (3, 2, ShareEquation.C)],
)
def test_a_revealed_share_can_be_challenged(
    misdealt: Consortium, dealer: int, recipient: int, equation: ShareEquation
) -> None:
    """A word that is no scalar is taken as an answer too, and judged afterwards."""
    cheat, victim = misdealt.members[dealer], misdealt.members[recipient]
    complain_missing(misdealt, cheat, victim)
    misdealt.travel_to(misdealt.configuration.complain_by)
    reveal(misdealt, cheat, victim)
    (event,) = misdealt.view.events.revealed(misdealt.sid, dealer=cheat.address)
    misdealt.travel_to(misdealt.configuration.reveal_by)
    replace(share_complaint(misdealt, cheat, victim, equation), share=event.share).send()
    assert misdealt.reads.fault(misdealt.sid, cheat.address) is Fault.INVALID_SHARE
    assert misdealt.reads.state(misdealt.sid).qualified == 0b1111 & ~(1 << dealer)


def test_a_right_revealed_share_cannot_be_challenged(misdealt: Consortium) -> None:
    dealer, recipient = misdealt.members[1], misdealt.members[2]
    complain_missing(misdealt, dealer, recipient)
    reveal(misdealt, dealer, recipient)
    misdealt.travel_to(misdealt.configuration.reveal_by)
    for equation in ShareEquation:
        with refuses("ShareHolds"):
            share_complaint(misdealt, dealer, recipient, equation).simulate()


def test_who_missed_the_deadline_is_not_challenged_any_more(misdealt: Consortium) -> None:
    cheat, victim = misdealt.members[0], misdealt.members[1]
    complain_missing(misdealt, cheat, victim)
    misdealt.travel_to(misdealt.configuration.reveal_by)
    with refuses("AlreadyDisqualified", dealer=cheat.address):
        share_complaint(misdealt, cheat, victim, ShareEquation.C).simulate()


def test_a_disqualified_dealer_has_nothing_to_answer(misdealt: Consortium) -> None:
    cheat, victim, other = misdealt.members[0], misdealt.members[1], misdealt.members[3]
    complain_missing(misdealt, cheat, other)
    share_complaint(misdealt, cheat, victim, ShareEquation.C).send()
    assert misdealt.reads.state(misdealt.sid).unanswered == 0
    with refuses("AlreadyDisqualified", dealer=cheat.address):
        complain_missing(misdealt, cheat, victim)
    with refuses("AlreadyDisqualified", dealer=cheat.address):
        reveal(misdealt, cheat, other)
    misdealt.travel_to(misdealt.configuration.reveal_by)
    state = misdealt.reads.state(misdealt.sid)
    assert (state.qualified, state.forfeits) == (0b1110, BOND // 2)
    assert misdealt.reads.fault(misdealt.sid, cheat.address) is Fault.INVALID_SHARE


def test_an_invalid_proof_clears_open_reports_too(dealing: Consortium) -> None:
    cheat = dealing.members[0]
    dealing.deal(cheat, with_invalid_proof(dealing.prepare_dealing(cheat)))
    for member in dealing.members[1:]:
        dealing.deal(member)
    complain_missing(dealing, cheat, dealing.members[2])
    dealing.outsider.send(
        dealing.actions.complain_invalid_proof(dealing.sid, cheat.address, posted(dealing, cheat))
    )
    state = dealing.reads.state(dealing.sid)
    assert (state.unanswered, state.qualified) == (0, 0b1110)
