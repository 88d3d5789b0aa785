"""The qualified set is computed whenever it is asked for; what comes after activation does not change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from support.complaints import complain_missing, share_complaint
from support.consortium import BOND, Consortium
from support.events import events_of
from support.refusals import refuses
from support.tracing import trace

from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.session import Fault, Phase


@dataclass(frozen=True)
class Kept:
    """What must be the same after every step: the set, who is shown as in it, and the aggregate's hash."""

    qualified: int
    shown: tuple[bool, ...]
    aggregate_hash: bytes


def kept(consortium: Consortium) -> Kept:
    state = consortium.reads.state(consortium.sid)
    assert state.phase is Phase.ACTIVE
    members = consortium.reads.members(consortium.sid)
    assert [member.qualified for member in members] == [
        bool(state.qualified >> member.seat & 1) for member in members
    ]
    return Kept(state.qualified, tuple(member.qualified for member in members), state.aggregate_hash)


def record(consortium: Consortium, seat: int, fault: Fault) -> None:
    account = consortium.members[seat].address
    mined = consortium.outsider.send(consortium.actions.record_fault(consortium.sid, account))
    (event,) = events_of(consortium, mined, "FaultRecorded")
    assert (event["account"], event["fault"]) == (account, fault)
    assert consortium.reads.fault(consortium.sid, account) is fault


def record_after_activation(consortium: Consortium, seat: int, fault: Fault) -> None:
    """The fault counted in the set before it was recorded; recording it takes half of the bond, no more."""
    expected = kept(consortium)
    assert expected.qualified == 0b1111 & ~(1 << seat)
    assert consortium.reads.fault(consortium.sid, consortium.members[seat].address) is fault
    record(consortium, seat, fault)
    assert kept(consortium) == expected
    go_through_all_deadlines(consortium, expected)
    assert consortium.reads.state(consortium.sid).forfeits == BOND // 2 + 2 * BOND


def go_through_all_deadlines(consortium: Consortium, expected: Kept) -> None:
    """At the end a trace must still be accepted: its proof names the aggregate, hence the set."""
    configuration = consortium.configuration
    for deadline in (
        configuration.deal_by,
        configuration.complain_by,
        configuration.reveal_by,
        configuration.challenge_by,
        configuration.bond_release_time,
        configuration.bond_release_time + 10**9,
    ):
        if deadline > consortium.connection.chain_time():
            consortium.travel_to(deadline)
            assert kept(consortium) == expected
    trace(consortium, [0, 1]).send()
    assert kept(consortium) == expected


ACTIVATE: dict[str, Callable[[Consortium], object]] = {
    "unanimous": Consortium.activate_unanimously,
    "computed": Consortium.activate_computed,
}


@pytest.mark.parametrize("way", ACTIVATE)
def test_a_missing_dealing_recorded_after_activation_changes_nothing(dealing: Consortium, way: str) -> None:
    for member in dealing.members[:3]:
        dealing.deal(member)
    dealing.travel_to(
        dealing.configuration.challenge_by if way == "computed" else dealing.configuration.deal_by
    )
    ACTIVATE[way](dealing)
    record_after_activation(dealing, 3, Fault.NO_DEALING)


@pytest.mark.parametrize(
    ("way", "moment"),
    [("unanimous", "reveal_by"), ("unanimous", "challenge_by"), ("computed", "challenge_by")],
)
def test_a_missing_share_recorded_after_activation_changes_nothing(
    complaining: Consortium, way: str, moment: str
) -> None:
    """The share was missing when the reveal phase ended: its dealer is left out with or without a record."""
    complain_missing(complaining, complaining.members[3], complaining.members[1])
    complaining.travel_to(getattr(complaining.configuration, moment))
    ACTIVATE[way](complaining)
    record_after_activation(complaining, 3, Fault.MISSING_SHARE)


@pytest.mark.parametrize("way", ACTIVATE)
def test_a_missing_share_that_is_never_recorded_changes_nothing_either(
    complaining: Consortium, way: str
) -> None:
    complain_missing(complaining, complaining.members[3], complaining.members[1])
    complaining.travel_to(complaining.configuration.challenge_by)
    ACTIVATE[way](complaining)
    expected = kept(complaining)
    assert expected.qualified == 0b0111
    go_through_all_deadlines(complaining, expected)
    assert complaining.reads.state(complaining.sid).forfeits == 2 * BOND


@pytest.mark.parametrize("moment", ["complain_by", "reveal_by"])
def test_a_complaint_open_at_activation_never_becomes_a_fault(complaining: Consortium, moment: str) -> None:
    """Even one second before the reveal phase ends: activation discards the complaint for good."""
    silent = complaining.members[3]
    complain_missing(complaining, silent, complaining.members[1])
    complaining.travel_to(getattr(complaining.configuration, moment) - 2)
    acceptance = complaining.acceptance()
    complaining.pin(getattr(complaining.configuration, moment) - 1)
    complaining.outsider.send(
        complaining.actions.activate_unanimously(
            complaining.sid,
            acceptance.qualified,
            acceptance.aggregate_hash,
            complaining.signatures(acceptance),
        )
    )
    activated_at = complaining.reads.state(complaining.sid).activated_at
    assert activated_at == getattr(complaining.configuration, moment) - 1
    expected = kept(complaining)
    assert expected.qualified == 0b1111
    go_through_all_deadlines(complaining, expected)
    assert complaining.reads.fault(complaining.sid, silent.address) is Fault.NONE
    with refuses("NoFaultToRecord", account=silent.address):
        complaining.outsider.send(complaining.actions.record_fault(complaining.sid, silent.address))
    assert complaining.reads.bond(complaining.sid, silent.address) == BOND
    assert complaining.reads.state(complaining.sid).forfeits == 2 * BOND


@pytest.mark.parametrize("way", ACTIVATE)
def test_after_a_fault_recorded_before_activation_there_is_nothing_to_record(
    misdealt: Consortium, way: str
) -> None:
    share_complaint(misdealt, misdealt.members[0], misdealt.members[1], ShareEquation.C).send()
    misdealt.travel_to(misdealt.configuration.challenge_by)
    ACTIVATE[way](misdealt)
    expected = kept(misdealt)
    assert expected.qualified == 0b1110
    for member in misdealt.members:
        with refuses("NoFaultToRecord", account=member.address):
            misdealt.outsider.send(misdealt.actions.record_fault(misdealt.sid, member.address))
    trace(misdealt, [0]).send()
    assert kept(misdealt) == expected


def test_a_conviction_that_records_a_due_fault_keeps_the_set(complaining: Consortium) -> None:
    """The conviction forfeits the whole bond, by way of the fault that nobody recorded."""
    complain_missing(complaining, complaining.members[3], complaining.members[1])
    complaining.travel_to(complaining.configuration.challenge_by)
    complaining.activate_computed()
    expected = kept(complaining)
    mined = trace(complaining, [3]).send()
    (event,) = events_of(complaining, mined, "FaultRecorded")
    assert event["fault"] == Fault.MISSING_SHARE
    assert kept(complaining) == expected
    trace(complaining, [0]).send()
    assert kept(complaining) == expected
    assert complaining.reads.state(complaining.sid).forfeits == 2 * BOND
