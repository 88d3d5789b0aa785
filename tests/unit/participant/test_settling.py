"""A participant hands out shares, judges those it gets, complains, and answers complaints."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.complaints import complain_missing
from support.crew import NOWHERE, QUICK

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.demo.cheats import PARTICIPANTS, Cheat, WithholdingDealer
from tcss_chain.participant.errors import UnknownSecretsError
from tcss_chain.participant.events import Happening
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settlement import NO_EVIDENCE
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.dealing import (
    DealingPolynomials,
    commit,
    encrypt_shares,
    make_dealing,
    seal_dealing,
)
from tcss_chain.protocol.roster import keys_hash
from tcss_chain.protocol.session import Fault, Phase


def tampering(change):
    """A dealer who changes the words of the share for the first other participant."""

    class Tampering(Participant):
        def _make_dealing(self, roster, dealing_key):
            polynomials = DealingPolynomials.draw(roster.threshold)
            commitments = commit(roster.A, polynomials)
            words = encrypt_shares(roster, self.address, dealing_key, polynomials, commitments)
            victim = next(account for account in words if account != self.address)
            words[victim] = change(*words[victim])
            return polynomials, seal_dealing(roster, self.address, polynomials, commitments, words)

    return Tampering


def faults(crew):
    return [crew.consortium.reads.fault(crew.consortium.sid, fellow.address) for fellow in crew.fellows]


def handed_out(crew, seat):
    fellow = crew.fellows[seat]
    return [other for other in crew.fellows if fellow.outbox.share(crew.consortium.sid, other.address)]


def test_no_shares_are_handed_out_before_everybody_has_dealt(joined):
    for _ in range(3):
        joined.step(0, 1, 2)
        assert [handed_out(joined, seat) for seat in range(4)] == [[]] * 4
    joined.step(3)
    assert joined.phase is Phase.COMPLAINING
    assert [handed_out(joined, seat) for seat in range(4)] == [[]] * 4
    joined.step(0)
    assert handed_out(joined, 0) == joined.fellows
    assert handed_out(joined, 1) == []


def test_shares_are_handed_out_only_when_the_end_of_dealing_is_final(make_crew):
    crew = make_crew(Phase.COMPLAINING, settings=replace(QUICK, confirmations=2))
    for _ in range(2):
        crew.step()
        assert [handed_out(crew, seat) for seat in range(4)] == [[]] * 4
        assert all(fellow.happened(Happening.SHARE_RECEIVED) == [] for fellow in crew.fellows)
        crew.mine()
    crew.step()
    assert [handed_out(crew, seat) for seat in range(4)] == [crew.fellows] * 4


def test_whoever_did_not_deal_has_nothing_to_hand_out_but_takes_part(joined):
    joined.step(0, 1, 2)
    joined.travel_to(Phase.COMPLAINING)
    joined.finish()
    assert faults(joined) == [Fault.NONE, Fault.NONE, Fault.NONE, Fault.NO_DEALING]
    assert joined.state.qualified == 0b0111
    assert joined.phase is Phase.ACTIVE
    assert joined.fellows[3].participant.final_share.y == joined.expected_share(3)
    recorders = [fellow.happened(Happening.RECORDED_FAULT) for fellow in joined.fellows]
    assert recorders == [[joined.fellows[3].address], [], [], []]


@pytest.mark.parametrize(
    ("cheat", "fault", "found"),
    [
        (Cheat.INVALID_SHARE, Fault.INVALID_SHARE, Happening.SHARE_INVALID),
        (Cheat.BAD_PROOF, Fault.INVALID_PROOF, Happening.PROOF_INVALID),
    ],
)
@pytest.mark.parametrize("seat", [0, 3])
def test_a_cheat_that_can_be_shown_is_disqualified_at_once(make_crew, cheat, fault, found, seat):
    crew = make_crew(Phase.DEALING, kinds={seat: PARTICIPANTS[cheat]})
    crew.step()
    crew.finish()
    cheater = crew.fellows[seat].address
    assert faults(crew) == [fault if at == seat else Fault.NONE for at in range(4)]
    assert crew.state.qualified == 0b1111 & ~(1 << seat)
    assert crew.phase is Phase.ACTIVE
    finders = [fellow for fellow in crew.fellows if cheater in fellow.happened(found)]
    complainers = [fellow for fellow in crew.fellows if cheater in fellow.happened(Happening.COMPLAINED)]
    assert len(complainers) == 1
    assert complainers[0] in finders
    assert all(set(fellow.happened(Happening.COMPLAINED)) <= {cheater} for fellow in crew.fellows)


def test_a_withheld_share_is_reported_and_disqualifies_after_the_reveal_phase(make_crew):
    crew = make_crew(Phase.DEALING, kinds={1: WithholdingDealer})
    crew.step()
    crew.step()
    crew.lose_patience()
    crew.step()
    victim, cheater = crew.fellows[0], crew.fellows[1].address
    assert victim.happened(Happening.SHARE_MISSING) == victim.happened(Happening.COMPLAINED) == [cheater]
    assert victim.sent.count("complainMissingShare") == 1
    assert crew.phase is Phase.COMPLAINING
    assert victim.happened(Happening.ACCEPTED) == []
    crew.travel_to(Phase.REVEALING)
    crew.step()
    assert crew.phase is Phase.REVEALING
    crew.travel_to(Phase.CHALLENGING)
    crew.finish()
    assert faults(crew) == [Fault.NONE, Fault.MISSING_SHARE, Fault.NONE, Fault.NONE]
    assert crew.state.qualified == 0b1101
    assert crew.phase is Phase.ACTIVE
    assert victim.happened(Happening.RECORDED_FAULT) == [cheater]
    assert all(fellow.participant.is_finished for fellow in crew.fellows)


def test_a_fault_proven_during_a_step_is_recorded_before_the_activation(make_crew, monkeypatch):
    crew = make_crew(Phase.DEALING, kinds={1: WithholdingDealer})
    crew.step()
    crew.step()
    crew.lose_patience()
    crew.step()
    crew.travel_to(Phase.REVEALING)
    recorder = crew.fellows[0].participant
    settlement = recorder._settlement_for(crew.state)
    collect = settlement.collect_shares

    def collect_until_the_deadline(qualified):
        collect(qualified)
        crew.travel_to(Phase.CHALLENGING)
        crew.step(1, 2, 3)

    monkeypatch.setattr(settlement, "collect_shares", collect_until_the_deadline)
    recorder.step()
    assert crew.phase is Phase.ACTIVE
    assert crew.fellows[0].sent[-2:] == ["recordFault", "activateUnanimously"]


@pytest.mark.parametrize(
    ("change", "equation"),
    [
        (lambda c0, c1: ((c0 + 1) % GROUP_ORDER, c1), ShareEquation.C),
        (lambda c0, c1: (c0, (c1 + 1) % GROUP_ORDER), ShareEquation.B),
    ],
)
def test_the_equation_that_fails_is_named(make_crew, change, equation):
    crew = make_crew(Phase.DEALING, kinds={3: tampering(change)})
    crew.step()
    crew.step(3)
    victim = crew.fellows[0]
    state = crew.state
    settlement = victim.participant._settlement_for(state)
    settlement.collect_shares(state.qualified)
    assert settlement.collector.invalid[crew.fellows[3].address].equation is equation
    crew.step(0)
    assert faults(crew) == [Fault.NONE] * 3 + [Fault.INVALID_SHARE]


@pytest.mark.parametrize(
    "change",
    [
        lambda c0, c1: (c0 + GROUP_ORDER, c1),
        lambda c0, c1: (c0, GROUP_ORDER),
        lambda c0, c1: (2**256 - 1, c1),
    ],
)
def test_words_that_are_no_scalars_are_shown_without_revealing_a_key(make_crew, change, monkeypatch):
    crew = make_crew(Phase.DEALING, kinds={3: tampering(change)})
    crew.step()
    crew.step(3)
    shown = []
    actions = crew.fellows[0].participant._actions
    original = actions.complain_invalid_share

    def complain(*arguments):
        shown.append(arguments[7])
        return original(*arguments)

    monkeypatch.setattr(actions, "complain_invalid_share", complain)
    crew.step(0)
    assert faults(crew) == [Fault.NONE] * 3 + [Fault.INVALID_SHARE]
    assert shown == [NO_EVIDENCE]
    assert (NO_EVIDENCE.K, NO_EVIDENCE.challenge, NO_EVIDENCE.response) == (G, 0, 0)


def test_an_answered_complaint_hurts_nobody_and_the_share_comes_from_the_chain(dealt):
    recipient, dealer = dealt.fellows[0], dealt.fellows[2]
    dealt.step(1, 2, 3)
    dealt.urls[dealer.address] = NOWHERE
    dealt.lose_patience(0)
    dealt.step(0)
    dealt.step(0)
    assert recipient.happened(Happening.COMPLAINED) == [dealer.address]
    dealt.step(2)
    assert dealer.happened(Happening.REVEALED) == [recipient.address]
    dealt.step(0)
    assert dealer.address in recipient.happened(Happening.SHARE_RECEIVED)
    assert recipient.happened(Happening.ACCEPTED) == [None]
    raised, unanswered = dealt.consortium.reads.missing_shares(dealt.consortium.sid, dealer.address)
    assert (raised, unanswered) == (0b1, 0)
    assert faults(dealt) == [Fault.NONE] * 4


def test_a_complaint_is_answered_in_the_reveal_phase_too_and_once(dealt):
    crier, dealer = dealt.consortium.members[1], dealt.consortium.members[3]
    complain_missing(dealt.consortium, dealer, crier)
    dealt.travel_to(Phase.REVEALING)
    dealt.step(3)
    dealt.step(3)
    assert dealt.fellows[3].sent.count("revealShare") == 1
    dealt.travel_to(Phase.CHALLENGING)
    assert faults(dealt) == [Fault.NONE] * 4


def test_a_wrong_share_that_is_revealed_on_chain_is_challenged(make_crew):
    class Shy(tampering(lambda c0, c1: ((c0 + 1) % GROUP_ORDER, c1))):
        def _hand_out(self, shares):
            """Hand out nothing."""

    crew = make_crew(Phase.DEALING, kinds={3: Shy})
    crew.step()
    crew.step(0, 1, 2)
    crew.lose_patience()
    crew.step(0, 1, 2)
    crew.travel_to(Phase.REVEALING)
    crew.step(3)
    assert crew.fellows[3].sent.count("revealShare") == 3
    crew.step(0)
    assert crew.fellows[0].happened(Happening.SHARE_INVALID) == [crew.fellows[3].address]
    assert faults(crew) == [Fault.NONE] * 4
    crew.travel_to(Phase.CHALLENGING)
    crew.step(0)
    assert faults(crew) == [Fault.NONE] * 3 + [Fault.INVALID_SHARE]


def test_a_patient_participant_does_not_complain_yet(dealt):
    dealt.run(3, seats=(0, 1))
    assert all(fellow.sent == [] for fellow in dealt.fellows)
    settlement = dealt.fellows[0].participant._settlement_for(dealt.state)
    absent = [fellow.address for fellow in dealt.fellows[2:]]
    assert settlement.collector.missing_for(0) == absent
    assert settlement.collector.missing_for(3600) == []


def test_nobody_complains_about_honest_dealers(dealt):
    dealt.step()
    dealt.lose_patience()
    dealt.step(0, 1, 2)
    for fellow in dealt.fellows:
        for happening in (Happening.SHARE_INVALID, Happening.PROOF_INVALID, Happening.COMPLAINED):
            assert fellow.happened(happening) == []
    assert [fellow.sent for fellow in dealt.fellows] == [[], [], ["activateUnanimously"], []]
    assert dealt.phase is Phase.ACTIVE


def test_the_second_complaint_about_a_dealer_gives_way_to_the_first(make_crew):
    crew = make_crew(Phase.DEALING, kinds={3: PARTICIPANTS[Cheat.BAD_PROOF]})
    crew.step()
    qualified = crew.state.qualified
    settlements = [fellow.participant._settlement_for(crew.state) for fellow in crew.fellows[:2]]
    for settlement in settlements:
        settlement.complain_about_proofs(qualified)
    assert crew.fellows[0].happened(Happening.COMPLAINED) == [crew.fellows[3].address]
    assert crew.fellows[1].happened(Happening.COMPLAINED) == []


def test_a_fault_that_somebody_else_recorded_is_not_an_error(joined, monkeypatch):
    crew = joined
    crew.step(0, 1, 2)
    crew.travel_to(Phase.COMPLAINING)
    settlement = crew.fellows[0].participant._settlement_for(crew.state)
    members = crew.consortium.reads.members(crew.consortium.sid)
    crew.consortium.outsider.send(
        crew.consortium.actions.record_fault(crew.consortium.sid, crew.fellows[3].address)
    )
    monkeypatch.setattr(settlement._view.reads, "members", lambda sid: members)
    settlement.record_due_faults(crew.state)
    assert crew.fellows[0].happened(Happening.RECORDED_FAULT) == []


def test_a_dealer_that_lost_its_dealing_says_so_and_does_nothing(dealt):
    """A store from before the dealing has the keys, but nothing to hand out, reveal or add up."""
    fellow = dealt.fellows[3]
    before = fellow.store.history[0]
    assert before.dealt is None
    fellow.store.save(dealt.consortium.sid, before)
    dealt.lose_patience()
    for _ in range(2):
        with pytest.raises(UnknownSecretsError):
            dealt.step(3)
    assert fellow.sent == []
    assert handed_out(dealt, 3) == []


def test_another_dealing_than_the_one_on_chain_is_not_handed_out(dealt):
    """A store that was restored too late may have made a second dealing, which is not on chain."""
    fellow = dealt.fellows[3]
    roster = dealt.consortium.roster()
    polynomials = DealingPolynomials.draw(roster.threshold)
    other = make_dealing(roster, fellow.address, fellow.secrets.d, polynomials)
    fellow.store.save(
        dealt.consortium.sid, replace(fellow.secrets, polynomials=polynomials, dealt=other, earlier=())
    )
    with pytest.raises(UnknownSecretsError):
        dealt.step(3)
    assert handed_out(dealt, 3) == []


def test_many_complaints_are_answered_in_one_step(dealt):
    dealer = dealt.fellows[3]
    for crier in dealt.consortium.members[:3]:
        complain_missing(dealt.consortium, dealt.consortium.members[3], crier)
    dealt.step(3)
    assert dealer.sent.count("revealShare") == 3
    assert sorted(dealer.happened(Happening.REVEALED)) == sorted(each.address for each in dealt.fellows[:3])


def test_a_share_that_somebody_else_revealed_first_stops_nobody(dealt, monkeypatch):
    dealer, crier = dealt.consortium.members[3], dealt.consortium.members[0]
    complain_missing(dealt.consortium, dealer, crier)
    reads = dealt.fellows[3].participant._reads
    missing = dealt.consortium.reads.missing_shares(dealt.consortium.sid, dealer.address)
    shares = dealt.fellows[3].secrets.dealt.shares
    keys = dealt.fellows[3].secrets.keys
    call = dealt.consortium.actions.reveal_share(
        dealt.consortium.sid,
        dealer.address,
        crier.address,
        keys_hash(dealt.consortium.sid, dealer.address, keys),
        dealt.fellows[3].secrets.dealt.dealing.digest(dealt.consortium.sid),
        shares[crier.address],
    )
    dealt.consortium.outsider.send(call)
    monkeypatch.setattr(reads, "missing_shares", lambda sid, dealer: missing)
    dealt.step(3)
    assert dealt.fellows[3].happened(Happening.REVEALED) == []
    assert dealt.fellows[3].happened(Happening.SHARE_RECEIVED) != []


def test_nobody_signs_or_adds_up_a_set_with_an_unproven_dealer_even_when_it_is_too_late_to_complain(
    make_crew,
):
    crew = make_crew(Phase.DEALING, kinds={3: PARTICIPANTS[Cheat.BAD_PROOF]})
    crew.step()
    for phase in (Phase.REVEALING, Phase.CHALLENGING, Phase.AGGREGATING):
        crew.travel_to(phase)
        crew.run(2, seats=(0, 1, 2))
    assert crew.phase is Phase.AGGREGATING
    for fellow in crew.fellows[:3]:
        assert fellow.happened(Happening.PROOF_INVALID) == [crew.fellows[3].address]
        assert fellow.outbox.acceptance(crew.consortium.sid) is None
