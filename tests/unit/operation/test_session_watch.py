"""What changes in a session, and whether a phase is still to come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tcss_chain.chain.session_reads import MemberState, SessionState
from tcss_chain.curve import G
from tcss_chain.operation.session_watch import Outlook, Snapshot, changes, outlook
from tcss_chain.protocol.session import Fault, Phase

from .conftest import address

NAMES = {address(1): "North", address(2): "South"}


def snapshot(phase=Phase.CONFIRMING, members=(), **state):
    plain = SessionState(phase, 0, 0, 0, 0, 0, 0, 0, bytes(32), bytes(32), bytes(32), None)
    return Snapshot(1000, replace(plain, **state), tuple(members))


def member(seat, **more):
    plain = MemberState(address(seat + 1), seat, False, False, False, False, False, Fault.NONE, bytes(32), 0)
    return replace(plain, **more)


def said(before, after):
    return list(changes(before, after, lambda account: NAMES.get(account, account)))


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.NONE])
def test_the_phase_that_there_is_was_reached(phase):
    assert outlook(phase, phase) is Outlook.REACHED


LINEAR = [phase for phase in Phase if phase not in (Phase.NONE, Phase.ACTIVE, Phase.ABORTED)]


@pytest.mark.parametrize("current", LINEAR)
def test_phases_follow_each_other(current):
    for wanted in LINEAR:
        assert outlook(wanted, current) is (Outlook.REACHED if wanted <= current else Outlook.WAITING)
    for wanted in (Phase.ACTIVE, Phase.ABORTED):
        assert outlook(wanted, current) is Outlook.WAITING


def test_an_active_session_has_no_other_future():
    for wanted in (Phase.CONFIRMING, Phase.JOINING, Phase.DEALING, Phase.COMPLAINING):
        assert outlook(wanted, Phase.ACTIVE) is Outlook.REACHED
    for wanted in (Phase.REVEALING, Phase.CHALLENGING, Phase.AGGREGATING, Phase.ABORTED):
        assert outlook(wanted, Phase.ACTIVE) is Outlook.UNREACHABLE


def test_an_aborted_session_gets_nowhere():
    for wanted in (*LINEAR, Phase.ACTIVE):
        assert outlook(wanted, Phase.ABORTED) is Outlook.UNREACHABLE


def test_nothing_is_said_of_nothing():
    for each in (snapshot(), snapshot(Phase.DEALING, [member(0, joined=True)], A=G, unanswered=1)):
        assert said(each, each) == []


def test_the_first_look_tells_all_that_has_happened():
    after = snapshot(Phase.DEALING, [member(0, joined=True, dealt=True), member(1)], A=G)
    assert said(None, after) == ["the auditor has confirmed", "North joined", "North dealt", "phase dealing"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("joined", "joined"),
        ("dealt", "dealt"),
        ("convicted", "is convicted"),
        ("withdrawn", "withdrew the bond"),
    ],
)
def test_a_member_s_acts_are_said_once_and_so_is_their_undoing(field, words):
    before, after = snapshot(members=[member(1)]), snapshot(members=[member(1, **{field: True})])
    assert said(before, after) == [f"South {words}"]
    (undone,) = said(after, before)
    assert undone.startswith("South ")
    assert "reorganised" in undone


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_every_fault_has_words(fault):
    before, after = snapshot(members=[member(0)]), snapshot(members=[member(0, fault=fault)])
    (change,) = said(before, after)
    assert change.startswith("North ")
    assert said(after, before) == ["North is not at fault any more"]


def test_complaints_about_missing_shares_come_and_go():
    members = [member(0), member(1)]
    before, after = snapshot(members=members), snapshot(members=members, unanswered=2)
    assert said(before, after) == ["South is asked for a share that is missing"]
    assert said(after, before) == ["South has revealed the shares that were missing"]


def test_activation_discards_complaints_and_has_a_hash():
    before = snapshot(Phase.COMPLAINING, [member(0)], unanswered=1)
    after = snapshot(Phase.ACTIVE, [member(0)], activated_at=5, aggregate_hash=b"\x12" * 32)
    assert said(before, after) == ["phase active", f"aggregate hash 0x{'12' * 32}"]


def test_a_member_without_a_name_is_its_address():
    assert said(snapshot(members=[member(6)]), snapshot(members=[member(6, joined=True)])) == [
        f"{address(7)} joined"
    ]
