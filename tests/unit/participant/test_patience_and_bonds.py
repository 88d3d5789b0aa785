"""Deadlines by the chain's clock, depths of blocks, bonds, and races that others win."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.complaints import complain_missing
from support.crew import LONG, NOWHERE, QUICK

from tcss_chain.chain.errors import ChainContradictionError, TransactionFailedError
from tcss_chain.demo.cheats import PARTICIPANTS, Cheat
from tcss_chain.participant.events import Happening
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.protocol.session import Fault, Phase

MARGIN = 1000


def bond(crew, seat):
    return crew.consortium.reads.bond(crew.consortium.sid, crew.fellows[seat].address)


def travel_to_release(crew):
    crew.consortium.travel_to(crew.consortium.configuration.bond_release_time)


@pytest.fixture
def finished(dealt):
    dealt.finish()
    return dealt


def test_the_bond_comes_back_at_its_release_time_once_and_the_session_is_over(finished):
    release = finished.consortium.configuration.bond_release_time
    fellow = finished.fellows[0]
    finished.consortium.travel_to(release - 1)
    fellow.participant.step()
    assert bond(finished, 0) == finished.consortium.configuration.bond
    assert not fellow.participant.is_over
    finished.consortium.travel_to(release)
    for _ in range(2):
        fellow.participant.step()
        assert fellow.participant.is_over
    assert bond(finished, 0) == 0
    assert fellow.sent.count("withdrawBond") == 1
    assert fellow.happened(Happening.WITHDREW) == [None]
    assert fellow.participant.final_share is not None


def test_a_restart_after_the_bond_came_back_finds_that_nothing_is_left(finished):
    travel_to_release(finished)
    finished.step(0)
    again = finished.restart(0)
    again.participant.step()
    assert again.participant.is_over
    assert again.sent == []


def test_whoever_is_at_fault_gets_what_is_left_of_its_bond(joined):
    joined.step(0, 1, 2)
    joined.travel_to(Phase.COMPLAINING)
    joined.finish()
    assert joined.phase is Phase.ACTIVE
    travel_to_release(joined)
    whole = joined.consortium.configuration.bond
    assert [bond(joined, seat) for seat in (0, 3)] == [whole, whole // 2]
    joined.step(0, 3)
    assert [bond(joined, seat) for seat in (0, 3)] == [0, 0]
    assert joined.fellows[3].participant.is_over


def test_a_bond_that_is_still_locked_is_asked_for_again_without_an_error(finished):
    """A node that is behind simulates at an earlier time than the one that told it."""
    fellow = finished.fellows[0]
    fellow.participant._bond.is_due = lambda _phase, _release: True
    for _ in range(2):
        finished.step(0)
        assert not fellow.participant.is_over
    assert fellow.happened(Happening.WITHDREW) == []
    assert "withdrawBond" not in fellow.sent
    travel_to_release(finished)
    finished.step(0)
    assert fellow.participant.is_over
    assert fellow.happened(Happening.WITHDREW) == [None]


def test_patience_ends_when_the_complain_phase_nears_its_end_by_the_chains_clock(make_crew):
    settings = replace(QUICK, share_patience_seconds=LONG, complaint_margin_seconds=MARGIN)
    crew = make_crew(Phase.COMPLAINING, settings=settings)
    crew.step(1, 2, 3)
    crew.urls[crew.fellows[2].address] = NOWHERE
    crew.step(0)
    end = crew.consortium.configuration.complain_by
    # A block takes a second or more, and so do calls that are simulated on top of it.
    crew.consortium.travel_to(end - MARGIN - 60)
    crew.step(0)
    assert crew.fellows[0].happened(Happening.COMPLAINED) == []
    crew.consortium.travel_to(end - MARGIN + 60)
    crew.step(0)
    assert crew.fellows[0].happened(Happening.COMPLAINED) == [crew.fellows[2].address]


def test_nothing_is_dealt_for_a_roster_that_is_not_confirmed(make_crew):
    crew = make_crew(settings=replace(QUICK, confirmations=3))
    crew.consortium.run_to(Phase.JOINING)
    crew.step()
    assert crew.phase is Phase.DEALING
    fellow = crew.fellows[0]
    for _ in range(3):
        crew.step(0)
        assert (fellow.sent, fellow.store.drawn) == (["join"], [])
        crew.mine()
    crew.step(0)
    assert fellow.sent == ["join", "deal"]


@pytest.mark.parametrize("phase", [Phase.DEALING, Phase.COMPLAINING])
def test_nothing_is_done_while_nodes_say_different_things(make_crew, phase):
    crew = make_crew(phase)
    fellow = crew.fellows[0]

    def differ(_sid, _confirmations):
        raise ChainContradictionError("the nodes disagree")

    fellow.participant._confirmation._reads.state = differ
    before = list(fellow.store.log)
    with pytest.raises(ChainContradictionError):
        crew.step(0)
    assert (fellow.sent, fellow.store.log) == ([], before)
    assert fellow.outbox.share(crew.consortium.sid, crew.fellows[1].address) is None


@pytest.mark.parametrize("name", ["roster_hash", "dealings_hash"])
def test_nothing_is_done_when_the_confirmed_state_is_another_one(dealt, name):
    fellow = dealt.fellows[0]
    confirmed = replace(dealt.state, **{name: b"\7" * 32})
    fellow.participant._confirmation._reads.state = lambda _sid, _confirmations: confirmed
    dealt.step(0)
    assert fellow.events == []
    assert fellow.outbox.share(dealt.consortium.sid, dealt.fellows[1].address) is None


def lose_race(fellow, kind, first):
    """Somebody else's transaction comes between this one's simulation and its block."""
    original = fellow.participant._sender.send

    def send(function, value=0, **purpose):
        if function.fn_name == kind:
            first()
            raise TransactionFailedError(kind, "0x" + "12" * 32)
        return original(function, value, **purpose)

    fellow.participant._sender.send = send


def test_a_complaint_that_comes_second_in_the_same_block_is_not_an_error(make_crew):
    crew = make_crew(Phase.DEALING, kinds={3: PARTICIPANTS[Cheat.BAD_PROOF]})
    crew.step()
    lose_race(crew.fellows[0], "complainInvalidProof", lambda: crew.step(1))
    crew.step(0)
    cheater = crew.fellows[3].address
    assert crew.fellows[0].happened(Happening.COMPLAINED) == []
    assert crew.fellows[1].happened(Happening.COMPLAINED) == [cheater]
    assert crew.consortium.reads.fault(crew.consortium.sid, cheater) is Fault.INVALID_PROOF


def test_an_activation_that_comes_second_in_the_same_block_is_not_an_error(dealt):
    dealt.step()
    dealt.step(2, 1)
    lose_race(dealt.fellows[0], "activateUnanimously", lambda: dealt.step(1))
    dealt.step(0)
    assert dealt.fellows[0].happened(Happening.ACTIVATED) == []
    assert dealt.phase is Phase.ACTIVE
    dealt.finish()


def test_a_recorded_fault_that_comes_second_in_the_same_block_is_not_an_error(joined):
    joined.step(0, 1, 2)
    joined.travel_to(Phase.COMPLAINING)
    consortium, faulty = joined.consortium, joined.fellows[3].address
    call = consortium.actions.record_fault(consortium.sid, faulty)
    lose_race(joined.fellows[0], "recordFault", lambda: consortium.outsider.send(call))
    joined.step(0)
    assert joined.fellows[0].happened(Happening.RECORDED_FAULT) == []


def test_whoever_never_joined_has_nothing_to_do_and_is_over_when_the_session_is_active(crew):
    crew.consortium.run_to(Phase.JOINING)
    crew.step(0, 1, 2)
    crew.consortium.travel_to(crew.consortium.configuration.join_by)
    crew.run(2, seats=(0, 1, 2))
    stranger = crew.fellows[3]
    crew.step(3)
    assert not stranger.participant.is_over
    assert stranger.events == []
    crew.run(2, seats=(0, 1, 2))
    assert crew.phase is Phase.ACTIVE
    crew.step(3)
    assert stranger.participant.is_over
    assert (stranger.events, stranger.sent) == ([], [])


def test_complaints_are_answered_before_slow_peers_are_asked(dealt):
    complain_missing(dealt.consortium, dealt.consortium.members[0], dealt.consortium.members[1])
    order, fellow = [], dealt.fellows[0]
    settlement = fellow.participant._settlement_for(dealt.state)
    settlement.collect_shares = lambda _qualified: order.append(list(fellow.sent))
    dealt.step(0)
    assert order == [["revealShare"]]


def pauses(participant, count=3):
    found = []
    participant.run(lambda: len(found) >= count, found.append)
    return set(found)


def test_it_pauses_longer_when_only_the_bond_is_still_to_come(finished):
    settings = ParticipantSettings(confirmations=0, poll_seconds=0.5, idle_seconds=40)
    participant = finished.fellows[0].participant
    participant._settings = settings
    assert pauses(participant) == {40}


def test_it_does_not_pause_long_while_anything_else_is_to_be_done(joined):
    participant = joined.fellows[0].participant
    participant._settings = ParticipantSettings(confirmations=0, poll_seconds=0.5, idle_seconds=40)
    assert pauses(participant) == {0.5}


def test_a_margin_that_is_longer_than_the_phase_does_not_end_patience_at_once(make_crew):
    crew = make_crew(Phase.COMPLAINING, settings=replace(QUICK, complaint_margin_seconds=10**9))
    crew.step(0)
    fellow = crew.fellows[0]
    assert fellow.happened(Happening.COMPLAINED) == []
    configuration = crew.consortium.configuration
    length = configuration.complain_by - configuration.deal_by
    crew.consortium.travel_to(configuration.complain_by - length // 4)
    crew.step(0)
    assert len(fellow.happened(Happening.COMPLAINED)) == 3
