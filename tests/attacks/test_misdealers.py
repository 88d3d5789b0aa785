"""Dealers who deal nothing, too late, or so as to blame others; and members who complain to do harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from support.complaints import complain_missing, posted, reveal, reveal_call, share_complaint
from support.consortium import BOND, Consortium, TestMember
from support.misdealing import Words, deal_tampered, with_invalid_proof
from support.refusals import refuses
from support.tracing import prove_unchecked, trace

from tcss_chain.curve import GROUP_ORDER, G, interpolate_at_zero
from tcss_chain.protocol.aggregate import SealedAggregate, aggregate_dealings
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.dealing import DealingPolynomials, make_dealing
from tcss_chain.protocol.posted_dealing import PostedDealing
from tcss_chain.protocol.session import Fault, Phase

ZERO = DealingPolynomials((0, 0), (0, 0))
REVEAL_GAS = 90_000
"""Answering one complaint: a hash of 64 words, a path of seven, two words of storage, and the calldata."""


def wrong_y(words: Words) -> Words:
    return (words[0] + 1) % GROUP_ORDER, words[1]


def deal_wrongly(
    consortium: Consortium,
    dealer: TestMember,
    victim: TestMember,
    polynomials: DealingPolynomials | None = None,
) -> None:
    """Valid commitments and proof; one recipient's share is wrong."""
    chosen = polynomials or DealingPolynomials.draw(consortium.configuration.threshold)
    dealer.polynomials = chosen
    dealt = deal_tampered(
        consortium.roster(),
        dealer.address,
        dealer.d,
        lambda account, words: wrong_y(words) if account == victim.address else words,
        chosen,
    )
    consortium.deal(dealer, dealt)


def deal_zero(consortium: Consortium, members: Iterable[TestMember]) -> None:
    for member in members:
        member.polynomials = ZERO
        consortium.deal(member, make_dealing(consortium.roster(), member.address, member.d, ZERO))


@pytest.fixture
def small(make_consortium: Callable[..., Consortium]) -> Consortium:
    """Three members with threshold two have joined."""
    return make_consortium(n=3, t=2).run_to(Phase.DEALING)


# ---------------------------------------------------------------- nothing and zero


def test_a_dealer_of_nothing_can_neither_be_framed_nor_hide(small: Consortium) -> None:
    """Commitments to zero are identities; right shares of them hold, and a wrong one is found."""
    honest, hiding, recipient = small.members
    deal_zero(small, [honest])
    deal_wrongly(small, hiding, recipient, ZERO)
    deal_zero(small, [recipient])
    for equation in ShareEquation:
        with refuses("ShareHolds", dealer=honest.address, recipient=recipient.address):
            share_complaint(small, honest, recipient, equation).simulate()
    share_complaint(small, hiding, recipient, ShareEquation.C).send()
    assert small.reads.fault(small.sid, hiding.address) is Fault.INVALID_SHARE
    assert small.reads.state(small.sid).qualified == 0b101


def test_a_share_of_zero_cannot_be_guessed_while_one_dealer_is_honest(small: Consortium) -> None:
    """All others deal nothing, and the auditor tries to convict with the combination zero."""
    deal_zero(small, small.members[1:])
    small.deal(small.members[0])
    small.activate_unanimously()
    for seat in (0, 2):
        each = trace(small, [seat])
        assert each.T != 0
        with refuses("InvalidTraceProof"):
            each.simulate(each.function(prove_unchecked(each, T=0)))


def test_shares_that_all_dealers_made_zero_are_everybodys(small: Consortium) -> None:
    """Dealers who all conspire from the first dealing on know all shares: nothing can be attributed then."""
    deal_zero(small, small.members)
    small.activate_unanimously()
    each = trace(small, [2])
    assert each.T == 0
    each.send(prove_unchecked(each, T=0))
    assert small.reads.state(small.sid).convicted == 0b100


def test_a_dealer_who_drops_out_cannot_fix_the_key_but_chooses_between_two(small: Consortium) -> None:
    """A limit: it may have itself disqualified, for half of its bond. The honest part is in either key."""
    cheat, accomplice, honest = small.members
    deal_wrongly(small, cheat, accomplice)
    small.deal(accomplice)
    small.deal(honest)
    parts = {member.address: member.polynomials.a[0] for member in small.members if member.polynomials}
    share_complaint(small, cheat, accomplice, ShareEquation.C).send()
    assert small.reads.state(small.sid).forfeits == BOND // 2
    small.activate_unanimously()
    R, S = small.aggregate().encryption_at(0)
    assert S - R * small.alpha == G * (parts[accomplice.address] + parts[honest.address])
    assert S - R * small.alpha != G * sum(parts.values())


# ---------------------------------------------------------------- deadlines


def test_a_complainer_cannot_leave_an_honest_dealer_without_time(complaining: Consortium) -> None:
    """A complaint in the last second is answered up to the last second of the reveal phase."""
    dealer, liar = complaining.members[1], complaining.members[0]
    complaining.pin(complaining.configuration.complain_by - 1)
    complain_missing(complaining, dealer, liar)
    complaining.pin(complaining.configuration.reveal_by - 1)
    reveal(complaining, dealer, liar)
    complaining.travel_to(complaining.configuration.challenge_by)
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.NONE
    assert complaining.reads.state(complaining.sid).qualified == 0b1111


def test_a_dealer_cannot_leave_its_victim_without_time(small: Consortium) -> None:
    """A wrong share that is shown in the last second is challenged up to the last second of its phase."""
    cheat, victim, other = small.members
    deal_wrongly(small, cheat, victim)
    small.deal(victim)
    small.deal(other)
    complain_missing(small, cheat, victim)
    small.pin(small.configuration.reveal_by - 1)
    reveal(small, cheat, victim)
    complaint = share_complaint(small, cheat, victim, ShareEquation.C)
    small.pin(small.configuration.challenge_by - 1)
    complaint.send()
    small.travel_to(small.configuration.challenge_by)
    assert small.reads.state(small.sid).qualified == 0b110


def test_a_dealer_cannot_answer_at_the_deadline(complaining: Consortium) -> None:
    dealer, recipient = complaining.members[1], complaining.members[0]
    complain_missing(complaining, dealer, recipient)
    complaining.travel_to(complaining.configuration.reveal_by)
    with refuses("WrongPhase", current=Phase.CHALLENGING):
        reveal(complaining, dealer, recipient)
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.MISSING_SHARE


# ---------------------------------------------------------------- floods


def test_a_flood_of_complaints_cannot_bring_down_an_honest_dealer(complaining: Consortium) -> None:
    """All others complain, each as often as it can: once. An answer each is all that it costs."""
    consortium = complaining
    dealer, *liars = consortium.members
    for liar in liars:
        complain_missing(consortium, dealer, liar)
        with refuses("AlreadyReported", dealer=dealer.address, recipient=liar.address):
            complain_missing(consortium, dealer, liar)
    assert consortium.reads.state(consortium.sid).unanswered == 0b0001
    costs = [reveal(consortium, dealer, liar).gas_used for liar in liars]
    assert max(costs) < REVEAL_GAS
    for liar in liars:
        with refuses("AlreadyReported", dealer=dealer.address, recipient=liar.address):
            complain_missing(consortium, dealer, liar)
    consortium.travel_to(consortium.configuration.challenge_by)
    assert consortium.reads.state(consortium.sid).qualified == 0b1111
    assert consortium.reads.state(consortium.sid).forfeits == 0


def test_a_stranger_cannot_answer_wrongly_in_a_dealers_name(complaining: Consortium) -> None:
    """Who answers may be anybody; what is answered is the dealer's share or nothing."""
    dealer, recipient, other = complaining.members[1], complaining.members[0], complaining.members[2]
    assert dealer.dealt is not None
    complain_missing(complaining, dealer, recipient)
    wrong = replace(dealer.dealt.shares[recipient.address], c0=1)
    for share in (wrong, dealer.dealt.shares[other.address]):
        with refuses("ShareNotInTree", dealer=dealer.address, recipient=recipient.address):
            complaining.outsider.send(reveal_call(complaining, dealer, recipient, share=share))
    assert complaining.reads.state(complaining.sid).unanswered == 0b0010


# ---------------------------------------------------------------- liveness


def dealings_of(consortium: Consortium, seats: list[int]) -> list[PostedDealing]:
    return [posted(consortium, consortium.members[seat]) for seat in seats]


def sums(dealings: list[PostedDealing]) -> SealedAggregate:
    return aggregate_dealings([(each.dealing.B, each.dealing.C) for each in dealings])


def test_the_dishonest_cannot_stop_t_honest_members(make_consortium: Callable[..., Consortium]) -> None:
    """
    Three of six are honest: one never joins, one deals without a valid proof, one complains about all.

    Nobody of those signs; the liar also adds up dealings, to spoil what an honest member has begun. Two
    honest transactions later the session is active, and three honest shares are the key.
    """
    consortium = make_consortium(n=6, t=3).run_to(Phase.JOINING)
    *honest, absent, unproven, liar = consortium.members
    for member in (*honest, unproven, liar):
        consortium.join(member)
    consortium.travel_to(consortium.configuration.join_by)
    for member in (*honest, liar):
        consortium.deal(member)
    consortium.deal(unproven, with_invalid_proof(consortium.prepare_dealing(unproven)))
    for dealer in honest:
        complain_missing(consortium, dealer, liar)
        reveal(consortium, dealer, liar)
    honest[0].sender.send(
        consortium.actions.complain_invalid_proof(
            consortium.sid, unproven.address, posted(consortium, unproven)
        )
    )
    consortium.travel_to(consortium.configuration.challenge_by)
    seats = [0, 1, 2, 5]
    assert consortium.reads.state(consortium.sid).qualified == 0b100111
    dealings, actions = dealings_of(consortium, seats), consortium.actions

    def add(
        member: TestMember, next_seat: int, partial: SealedAggregate | None, given: list[PostedDealing]
    ) -> None:
        member.sender.send(actions.aggregate(consortium.sid, next_seat, partial, given))

    add(honest[0], 0, None, dealings[:2])
    add(liar, 0, None, dealings[:1])
    with refuses("WrongPartialAggregate", caller=liar.address):
        add(liar, 2, sums(dealings[:2]), dealings[2:])
    add(honest[0], 2, sums(dealings[:2]), dealings[2:])

    state = consortium.reads.state(consortium.sid)
    assert (state.phase, state.qualified) == (Phase.ACTIVE, 0b100111)
    assert consortium.reads.fault(consortium.sid, absent.address) is Fault.NONE
    points = [consortium.roster().participant(member.address).x for member in honest]
    secret = interpolate_at_zero(points, [consortium.final_share(member) for member in honest])
    R, S = consortium.aggregate().encryption_at(0)
    assert S - R * consortium.alpha == G * secret
