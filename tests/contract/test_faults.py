"""Faults that a passed deadline proves: they count without a transaction, and can be recorded by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.complaints import complain_missing, reveal, share_complaint
from support.consortium import BOND, Consortium
from support.events import events_of
from support.refusals import refuses

from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.session import Fault, Phase


def record(consortium: Consortium, account: Any) -> Any:
    return consortium.outsider.send(consortium.actions.record_fault(consortium.sid, account))


def faults(consortium: Consortium) -> list[Fault]:
    return [consortium.reads.fault(consortium.sid, member.address) for member in consortium.members]


@pytest.fixture
def without_seat_0(dealing: Consortium) -> Consortium:
    """Everybody but the participant at seat 0 has dealt, and the deadline is one second ahead."""
    for member in dealing.members[1:]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.deal_by - 1)
    return dealing


@pytest.fixture
def silent_seat_0(complaining: Consortium) -> Consortium:
    """Seat 0 has dealt, but does not answer a report; the deadline is one second ahead."""
    complain_missing(complaining, complaining.members[0], complaining.members[2])
    complaining.travel_to(complaining.configuration.reveal_by - 1)
    return complaining


def test_not_dealing_is_a_fault_from_the_deadline_on(without_seat_0: Consortium) -> None:
    late = without_seat_0.members[0].address
    assert faults(without_seat_0) == [Fault.NONE] * 4
    with refuses("NoFaultToRecord", account=late):
        record(without_seat_0, late)
    without_seat_0.travel_to(without_seat_0.configuration.deal_by)
    assert faults(without_seat_0) == [Fault.NO_DEALING, Fault.NONE, Fault.NONE, Fault.NONE]
    assert without_seat_0.reads.bond(without_seat_0.sid, late) == BOND - BOND // 2
    assert without_seat_0.reads.state(without_seat_0.sid).forfeits == 0


def test_not_answering_is_a_fault_from_the_deadline_on(silent_seat_0: Consortium) -> None:
    silent = silent_seat_0.members[0].address
    assert faults(silent_seat_0) == [Fault.NONE] * 4
    with refuses("NoFaultToRecord", account=silent):
        record(silent_seat_0, silent)
    assert silent_seat_0.reads.state(silent_seat_0.sid).qualified == 0b1111
    silent_seat_0.travel_to(silent_seat_0.configuration.reveal_by)
    assert faults(silent_seat_0) == [Fault.MISSING_SHARE, Fault.NONE, Fault.NONE, Fault.NONE]
    assert silent_seat_0.reads.state(silent_seat_0.sid).qualified == 0b1110
    assert silent_seat_0.reads.bond(silent_seat_0.sid, silent) == BOND - BOND // 2


@pytest.mark.parametrize(
    ("prepared", "deadline", "fault"),
    [
        ("without_seat_0", "deal_by", Fault.NO_DEALING),
        ("silent_seat_0", "reveal_by", Fault.MISSING_SHARE),
    ],
)
def test_recording_a_fault_changes_the_forfeits_and_closes_complaints_alone(
    request: pytest.FixtureRequest, prepared: str, deadline: str, fault: Fault
) -> None:
    """Whoever is disqualified on record has no complaint to answer any more."""
    consortium: Consortium = request.getfixturevalue(prepared)
    account = consortium.members[0].address
    consortium.travel_to(getattr(consortium.configuration, deadline))
    before = consortium.reads.state(consortium.sid)
    members = consortium.reads.members(consortium.sid)
    mined = record(consortium, account)
    (event,) = events_of(consortium, mined, "FaultRecorded")
    assert (event["account"], event["fault"]) == (account, fault)
    assert before.unanswered == (0b0001 if fault is Fault.MISSING_SHARE else 0)
    assert consortium.reads.state(consortium.sid) == replace(before, forfeits=BOND // 2, unanswered=0)
    assert consortium.reads.members(consortium.sid) == members
    assert consortium.reads.bond(consortium.sid, account) == BOND - BOND // 2
    with refuses("NoFaultToRecord", account=account):
        record(consortium, account)
    assert consortium.reads.state(consortium.sid).forfeits == BOND // 2


@pytest.mark.parametrize(
    ("prepared", "deadline"), [("without_seat_0", "deal_by"), ("silent_seat_0", "reveal_by")]
)
def test_strangers_do_not_answer_for_the_participant_at_seat_0(
    request: pytest.FixtureRequest, prepared: str, deadline: str
) -> None:
    """Else every new address would add half a bond to the forfeits, out of the bonds of other sessions."""
    consortium: Consortium = request.getfixturevalue(prepared)
    consortium.travel_to(getattr(consortium.configuration, deadline))
    assert consortium.reads.fault(consortium.sid, consortium.members[0].address) is not Fault.NONE
    for stranger in (
        consortium.outsider.address,
        consortium.auditor.address,
        consortium.connection.contract_address,
    ):
        assert consortium.reads.fault(consortium.sid, stranger) is Fault.NONE
        with refuses("NoFaultToRecord", account=stranger):
            record(consortium, stranger)
        assert consortium.reads.bond(consortium.sid, stranger) == 0
    assert consortium.reads.state(consortium.sid).forfeits == 0


def test_the_faultless_have_nothing_to_record(without_seat_0: Consortium) -> None:
    without_seat_0.travel_to(without_seat_0.configuration.deal_by)
    for member in without_seat_0.members[1:]:
        with refuses("NoFaultToRecord", account=member.address):
            record(without_seat_0, member.address)


def test_a_recorded_fault_is_not_recorded_again_as_another(misdealt: Consortium) -> None:
    cheat, victim, other = misdealt.members[0], misdealt.members[1], misdealt.members[3]
    complain_missing(misdealt, cheat, other)
    share_complaint(misdealt, cheat, victim, ShareEquation.C).send()
    misdealt.travel_to(misdealt.configuration.reveal_by)
    with refuses("NoFaultToRecord", account=cheat.address):
        record(misdealt, cheat.address)
    assert misdealt.reads.fault(misdealt.sid, cheat.address) is Fault.INVALID_SHARE
    assert misdealt.reads.state(misdealt.sid).forfeits == BOND // 2


def test_who_did_not_join_is_not_at_fault(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[:3]:
        fresh.join(member)
    fresh.travel_to(fresh.configuration.deal_by)
    absent = fresh.members[3].address
    assert faults(fresh) == [Fault.NO_DEALING] * 3 + [Fault.NONE]
    with refuses("NoFaultToRecord", account=absent):
        record(fresh, absent)


def test_nobody_is_at_fault_in_a_session_that_never_dealt(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[:2]:
        fresh.join(member)
    fresh.travel_to(fresh.configuration.challenge_by)
    assert fresh.reads.phase(fresh.sid) is Phase.ABORTED
    assert faults(fresh) == [Fault.NONE] * 4
    for member in fresh.members:
        with refuses("NoFaultToRecord", account=member.address):
            record(fresh, member.address)


def test_faults_stay_through_aggregation_and_activation(without_seat_0: Consortium) -> None:
    consortium = without_seat_0
    consortium.travel_to(consortium.configuration.deal_by)
    complain_missing(consortium, consortium.members[1], consortium.members[2])
    # Three qualified dealers are just enough, so this one answers.
    reveal(consortium, consortium.members[1], consortium.members[2])
    consortium.travel_to(consortium.configuration.challenge_by)
    consortium.activate_computed()
    assert consortium.reads.state(consortium.sid).qualified == 0b1110
    assert faults(consortium) == [Fault.NO_DEALING, Fault.NONE, Fault.NONE, Fault.NONE]
    record(consortium, consortium.members[0].address)
    assert consortium.reads.state(consortium.sid).forfeits == BOND // 2


def test_everything_at_once_adds_up(misdealt: Consortium) -> None:
    """One dealer is convicted of a share, another lets a report pass, a third answers in time."""
    cheat, silent, answering, victim = (misdealt.members[seat] for seat in (0, 1, 2, 3))
    complain_missing(misdealt, silent, victim)
    complain_missing(misdealt, answering, victim)
    complain_missing(misdealt, cheat, victim)
    share_complaint(misdealt, cheat, silent, ShareEquation.C).send()
    assert misdealt.reads.state(misdealt.sid).unanswered == 0b0110
    reveal(misdealt, answering, victim)
    assert misdealt.reads.state(misdealt.sid).unanswered == 0b0010
    misdealt.travel_to(misdealt.configuration.challenge_by)
    assert faults(misdealt) == [Fault.INVALID_SHARE, Fault.MISSING_SHARE, Fault.NONE, Fault.NONE]
    state = misdealt.reads.state(misdealt.sid)
    assert (state.qualified, state.forfeits) == (0b1100, BOND // 2)
    assert state.phase is Phase.ABORTED
    record(misdealt, silent.address)
    assert misdealt.reads.state(misdealt.sid).forfeits == 2 * (BOND // 2)
    bonds = [misdealt.reads.bond(misdealt.sid, member.address) for member in misdealt.members]
    assert bonds == [BOND - BOND // 2, BOND - BOND // 2, BOND, BOND]
