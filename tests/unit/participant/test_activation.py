"""A participant accepts what it verified, activates, keeps its final share, and erases the rest."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from support.crew import NOWHERE, QUICK
from support.events import events_of

from tcss_chain.chain.errors import ContractRefusedError, NodeError
from tcss_chain.curve import GROUP_ORDER, G, interpolate_at_zero
from tcss_chain.exchange.messages import SignedAcceptance
from tcss_chain.participant import activation
from tcss_chain.participant.errors import InconsistentShareError, ParticipantError
from tcss_chain.participant.events import Happening
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.share_encryption import Share


def acceptance_of(crew, seat):
    return crew.fellows[seat].outbox.acceptance(crew.consortium.sid)


def verify_all(crew):
    """Everybody hands out, gets and verifies all shares; nobody activates."""
    for _ in range(2):
        for fellow in crew.fellows:
            state = crew.state
            settlement = fellow.participant._settlement_for(state)
            fellow.participant._hand_out(fellow.participant._own_shares(state))
            settlement.collect_shares(state.qualified)


def accept_all(crew):
    verify_all(crew)
    qualified = crew.state.qualified
    for fellow in crew.fellows:
        settlement = fellow.participant._settlement_for(crew.state)
        signed = fellow.participant._acceptor.accept(settlement.roster, settlement.dealings, qualified)
        fellow.outbox.publish_acceptance(crew.consortium.sid, signed)


def test_everybody_accepts_and_somebody_activates_at_once(dealt):
    dealt.finish()
    assert dealt.phase is Phase.ACTIVE
    activators = [fellow for fellow in dealt.fellows if fellow.happened(Happening.ACTIVATED)]
    assert [fellow.sent for fellow in activators] == [["activateUnanimously"]]
    assert sum(len(fellow.sent) for fellow in dealt.fellows) == 1
    roster, dealings = dealt.consortium.roster(), dealt.consortium.view.dealings()
    for fellow in dealt.fellows:
        signed = fellow.outbox.acceptance(dealt.consortium.sid)
        assert signed.qualified == 0b1111
        signable = fellow.participant._acceptor.signable(
            roster, dealings, signed.qualified, signed.aggregate_hash
        )
        assert activation.is_signed_by(fellow.address, signable, signed.signature)


def test_the_final_shares_are_points_of_one_polynomial_that_fits_the_aggregate(dealt):
    dealt.finish()
    shares = [fellow.participant.final_share for fellow in dealt.fellows]
    assert [share.y for share in shares] == [dealt.expected_share(seat) for seat in range(4)]
    secrets = {
        interpolate_at_zero([share.x for share in three], [share.y for share in three])
        for three in itertools.combinations(shares, 3)
    }
    assert secrets == {dealt.expected_secret()}
    consortium = dealt.consortium
    aggregate = consortium.view.aggregate(consortium.roster(), consortium.view.dealings())
    R, S = aggregate.encryption_at(0)
    assert S - R * consortium.alpha == G * dealt.expected_secret()


def test_two_shares_do_not_give_the_secret(dealt):
    dealt.finish()
    shares = [fellow.participant.final_share for fellow in dealt.fellows]
    for two in itertools.combinations(shares, 2):
        found = interpolate_at_zero([share.x for share in two], [share.y for share in two])
        assert found != dealt.expected_secret()


@pytest.mark.parametrize("missing", [0, 3])
def test_nothing_is_signed_while_a_share_is_missing(dealt, missing):
    """In no phase, not even when everybody else has accepted; the others then add up."""
    victim_seat = 1
    victim, silent = dealt.fellows[victim_seat], dealt.fellows[missing]
    dealt.step()
    dealt.urls[silent.address] = NOWHERE
    for phase in (None, Phase.REVEALING, Phase.CHALLENGING):
        if phase is not None:
            dealt.travel_to(phase)
        settlement = victim.participant._settlement_for(dealt.state)
        settlement.collector.verified.pop(silent.address, None)
        victim.participant.step()
        assert not settlement.has_verified(dealt.state.qualified)
        assert acceptance_of(dealt, victim_seat) is None
        assert victim.happened(Happening.ACCEPTED) == []
    assert victim.sent == []


def test_an_acceptance_follows_the_qualified_set(dealt, monkeypatch):
    """What was signed for a larger set is replaced when a dealer is disqualified."""
    verify_all(dealt)
    fellow = dealt.fellows[0]
    settlement = fellow.participant._settlement_for(dealt.state)
    fellow.participant._accept(settlement, 0b1111)
    first = acceptance_of(dealt, 0)
    fellow.participant._accept(settlement, 0b1111)
    assert acceptance_of(dealt, 0) is first
    fellow.participant._accept(settlement, 0b0111)
    second = acceptance_of(dealt, 0)
    assert (first.qualified, second.qualified) == (0b1111, 0b0111)
    assert first.aggregate_hash != second.aggregate_hash
    assert len(fellow.happened(Happening.ACCEPTED)) == 2


def broken_acceptances(crew):
    """What another participant may hand out instead of its acceptance."""
    good = acceptance_of(crew, 3)
    flipped = bytes([good.signature.vs[0] ^ 0x80]) + good.signature.vs[1:]
    yield None
    yield replace(good, qualified=0b0111)
    yield replace(good, aggregate_hash=bytes(32))
    yield replace(good, signature=CompactSignature(good.signature.r, flipped))
    yield replace(good, signature=CompactSignature(bytes(32), bytes(32)))
    yield replace(good, signature=CompactSignature(b"\xff" * 32, b"\xff" * 32))
    yield acceptance_of(crew, 2)
    signer = crew.fellows[3].participant
    settlement = signer._settlement_for(crew.state)
    yield signer._acceptor.accept(settlement.roster, settlement.dealings, 0b0111)


def test_activation_waits_for_everybodys_own_signature_of_the_same_aggregate(dealt):
    accept_all(dealt)
    participant = dealt.fellows[0].participant
    roster, own, theirs = dealt.consortium.roster(), acceptance_of(dealt, 0), acceptance_of(dealt, 3)
    dealings = dealt.consortium.view.dealings()
    outbox = dealt.fellows[3].outbox
    for broken in broken_acceptances(dealt):
        outbox._acceptances.clear()
        if broken is not None:
            outbox.publish_acceptance(dealt.consortium.sid, broken)
        assert participant._activator.activate_unanimously(roster, dealings, own) is False
    assert dealt.phase is Phase.COMPLAINING
    outbox.publish_acceptance(dealt.consortium.sid, theirs)
    assert participant._activator.activate_unanimously(roster, dealings, own) is True
    assert dealt.phase is Phase.ACTIVE


def test_whoever_comes_second_to_activate_is_not_an_error(dealt):
    accept_all(dealt)
    roster = dealt.consortium.roster()
    activators = [fellow.participant._activator for fellow in dealt.fellows]
    dealings = dealt.consortium.view.dealings()
    assert activators[0].activate_unanimously(roster, dealings, acceptance_of(dealt, 0)) is True
    assert activators[1].activate_unanimously(roster, dealings, acceptance_of(dealt, 1)) is False
    assert activators[2].activate_computed(roster, dealings, 0b1111) is False


def test_refusals_that_nobody_else_caused_are_not_swallowed(dealt):
    """The contract does not take fewer than the threshold."""
    accept_all(dealt)
    dealt.travel_to(Phase.AGGREGATING)
    participant = dealt.fellows[0].participant
    with pytest.raises(ContractRefusedError) as caught:
        participant._activator.activate_computed(
            dealt.consortium.roster(), dealt.consortium.view.dealings(), 0b1110
        )
    assert caught.value.error == "DealingMismatch"


def test_participants_take_turns(dealt, monkeypatch):
    now = 100.0
    monkeypatch.setattr(activation.time, "monotonic", lambda: now)
    roster = dealt.consortium.roster()
    activators = [fellow.participant._activator for fellow in dealt.fellows]
    for each in activators:
        each._stagger_seconds = 10
    assert [each.is_our_turn(roster, "task") for each in activators] == [True, False, False, False]
    now = 110.0
    assert [each.is_our_turn(roster, "task") for each in activators] == [True, True, False, False]
    assert [each.is_our_turn(roster, "other task") for each in activators] == [True, False, False, False]
    now = 130.0
    assert all(each.is_our_turn(roster, "task") for each in activators)


@pytest.mark.parametrize(("gas", "transactions"), [(activation.AGGREGATION_GAS, 1), (30_000, 4), (47_000, 2)])
def test_dealings_are_added_up_in_as_many_transactions_as_it_takes(dealt, monkeypatch, gas, transactions):
    """One coefficient counts 5,200 gas, so a dealing of threshold three 15,600."""
    monkeypatch.setattr(activation, "AGGREGATION_GAS", gas)
    dealt.travel_to(Phase.AGGREGATING)
    fellow, roster = dealt.fellows[2], dealt.consortium.roster()
    dealings = dealt.consortium.view.dealings()
    assert fellow.participant._activator.activate_computed(roster, dealings, 0b1111) is True
    assert fellow.sent == ["aggregate"] * transactions
    assert dealt.phase is Phase.ACTIVE
    dealt.consortium.view.aggregate(roster, dealings)


def test_adding_up_starts_anew_after_an_interruption(dealt, monkeypatch):
    monkeypatch.setattr(activation, "AGGREGATION_GAS", 30_000)
    dealt.travel_to(Phase.AGGREGATING)
    fellow, roster = dealt.fellows[0], dealt.consortium.roster()
    dealings = dealt.consortium.view.dealings()
    original, count = fellow.participant._sender.send, itertools.count()

    def send(function, value=0, **purpose):
        if next(count) == 2:
            raise NodeError("aggregate", "ConnectionError")
        return original(function, value, **purpose)

    monkeypatch.setattr(fellow.participant._sender, "send", send)
    with pytest.raises(NodeError):
        fellow.participant._activator.activate_computed(roster, dealings, 0b1111)
    assert fellow.sent == ["aggregate"] * 2
    assert fellow.participant._activator.activate_computed(roster, dealings, 0b1111) is True
    assert dealt.phase is Phase.ACTIVE


def test_nothing_is_erased_before_activation(dealt):
    verify_all(dealt)
    for phase in (Phase.REVEALING, Phase.CHALLENGING):
        dealt.travel_to(phase)
        dealt.step(0, 1, 2)
        assert all("erase" not in fellow.store.log for fellow in dealt.fellows)


def test_secrets_are_erased_once_activation_is_final_and_the_share_is_kept_first(make_crew):
    crew = make_crew(Phase.COMPLAINING, settings=replace(QUICK, confirmations=2))
    crew.mine(2)
    crew.run(2)
    assert crew.phase is Phase.ACTIVE
    fellow = crew.fellows[0]
    for _ in range(2):
        fellow.participant.step()
        # A share of an activation that is reorganised away would be worthless.
        assert fellow.participant.final_share is None
        assert "erase" not in fellow.store.log
        crew.mine()
    fellow.participant.step()
    assert fellow.participant.is_finished
    assert fellow.store.log[-2:] == ["save share", "erase"]
    assert fellow.store.load(crew.consortium.sid) is None
    assert fellow.happened(Happening.ERASED) == fellow.happened(Happening.HOLDS_SHARE) == [None]
    log = list(fellow.store.log)
    fellow.participant.step()
    assert fellow.store.log == log


def test_a_participant_that_comes_back_after_activation_still_gets_its_share(dealt):
    """It verified nothing before; the others keep handing out until they have erased."""
    accept_all(dealt)
    roster, dealings = dealt.consortium.roster(), dealt.consortium.view.dealings()
    late = dealt.restart(1)
    dealt.fellows[0].participant._activator.activate_unanimously(roster, dealings, acceptance_of(dealt, 0))
    late.participant.step()
    assert late.participant.final_share.y == dealt.expected_share(1)
    assert late.participant.is_finished


def test_a_share_that_does_not_fit_the_aggregate_stops_the_participant_and_erases_nothing(dealt):
    accept_all(dealt)
    fellow = dealt.fellows[0]
    participant = fellow.participant
    participant._activator.activate_unanimously(
        dealt.consortium.roster(), dealt.consortium.view.dealings(), acceptance_of(dealt, 0)
    )
    verified = participant._settlement_for(dealt.state).collector.verified
    dealer, share = next(iter(verified.items()))
    for wrong in (Share((share.y + 1) % GROUP_ORDER, share.z), Share(share.y, (share.z + 1) % GROUP_ORDER)):
        verified[dealer] = wrong
        with pytest.raises(InconsistentShareError) as caught:
            participant.run(lambda: False)
        assert isinstance(caught.value, ParticipantError)
        assert str(share.y) not in str(caught.value)
    assert participant.final_share is None
    assert "erase" not in fellow.store.log
    verified[dealer] = share
    participant.step()
    assert participant.is_finished


def test_a_stranger_to_the_session_has_nothing_to_keep(crew):
    crew.consortium.run_to(Phase.JOINING)
    crew.step(0, 1, 2)
    crew.consortium.travel_to(crew.consortium.configuration.join_by)
    crew.run(3, seats=(0, 1, 2))
    assert crew.phase is Phase.ACTIVE
    crew.step(3)
    assert (crew.fellows[3].sent, crew.fellows[3].store.log) == ([], [])


def test_after_an_abort_secrets_are_erased_and_the_bond_comes_back_once(joined):
    joined.step(0, 1)
    assert joined.fellows[0].sent == ["deal"]
    joined.travel_to_abort()
    joined.run(2)
    for seat, fellow in enumerate(joined.fellows):
        bond = joined.consortium.configuration.bond
        assert joined.consortium.reads.bond(joined.consortium.sid, fellow.address) == 0
        assert fellow.happened(Happening.ERASED) == fellow.happened(Happening.WITHDREW) == [None]
        assert fellow.sent.count("withdrawBond") == 1
        assert fellow.store.load(joined.consortium.sid) is None
        assert fellow.participant.final_share is None
        (withdrawn,) = events_of(joined.consortium, fellow.transactions[-1], "BondWithdrawn")
        assert withdrawn["amount"] == (bond if seat < 2 else bond // 2)


def test_an_abort_that_is_not_final_erases_nothing_yet(make_crew):
    crew = make_crew(Phase.DEALING, settings=replace(QUICK, confirmations=2))
    crew.travel_to_abort()
    crew.step(0)
    assert "erase" not in crew.fellows[0].store.log
    crew.mine(2)
    crew.step(0)
    assert crew.fellows[0].store.log[-1] == "erase"


def test_an_acceptance_of_nonsense_is_nobodys(dealt):
    roster = dealt.consortium.roster()
    acceptor = dealt.fellows[0].participant._acceptor
    for r, vs in itertools.product((bytes(32), b"\1" * 32, b"\xff" * 32), repeat=2):
        signed = SignedAcceptance(0b1111, bytes(32), CompactSignature(r, vs))
        signable = acceptor.signable(
            roster, dealt.consortium.view.dealings(), signed.qualified, signed.aggregate_hash
        )
        assert not activation.is_signed_by(dealt.fellows[0].address, signable, signed.signature)
