"""The alarms that a session may give a participant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.complaints import complain_missing, reveal

from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.service.participant_checks import ParticipantChecks


@pytest.fixture
def checked(alarms, three, connection):
    """A function that checks the session for the first member, and gives what is raised."""
    checks = ParticipantChecks(connection, three.members[0].address, alarms)

    def check():
        phase = checks.check(three.sid)
        assert phase is three.reads.phase(three.sid)
        assert all(each.about == f"0x{three.sid.hex()}" for each in alarms.active())
        return [each.alarm for each in alarms.active()]

    return check


def test_a_session_without_trouble_raises_nothing(three, checked):
    three.run_to(Phase.COMPLAINING)
    assert checked() == []


def test_a_complaint_about_this_participant_is_an_alarm_until_it_is_answered(three, checked):
    three.run_to(Phase.COMPLAINING)
    me, recipient = three.members[:2]
    complain_missing(three, three.members[2], recipient)
    assert checked() == []
    complain_missing(three, me, recipient)
    assert checked() == [Alarm.COMPLAINED_ABOUT]
    reveal(three, me, recipient)
    assert checked() == []


def test_a_complaint_that_is_never_answered_disqualifies(three, checked, alarms):
    three.run_to(Phase.COMPLAINING)
    complain_missing(three, three.members[0], three.members[1])
    three.travel_to(three.configuration.reveal_by)
    assert checked() == [Alarm.DISQUALIFIED]
    assert alarms.active()[0].note == "missing share"


def test_whoever_did_not_deal_is_disqualified_and_whoever_did_not_join_is_not(three, checked):
    three.run_to(Phase.JOINING)
    three.join(three.members[1])
    three.join(three.members[2])
    three.travel_to(three.configuration.join_by)
    assert checked() == []


def test_not_dealing_is_a_fault(three, checked):
    three.run_to(Phase.DEALING)
    three.deal(three.members[1])
    three.deal(three.members[2])
    three.travel_to(three.configuration.deal_by)
    assert checked() == [Alarm.DISQUALIFIED]


def test_a_conviction_disqualifies_without_any_fault(three, checked, monkeypatch):
    three.run_to(Phase.DEALING)
    reads = checked.__closure__
    checks = next(cell.cell_contents for cell in reads if isinstance(cell.cell_contents, ParticipantChecks))
    member = checks._reads.member
    monkeypatch.setattr(
        checks._reads,
        "member",
        lambda sid, account: replace(member(sid, account), convicted=True, fault=Fault.NONE),
    )
    assert checked() == [Alarm.DISQUALIFIED]


def test_an_aborted_session_is_an_alarm(three, checked):
    three.run_to(Phase.JOINING)
    three.travel_to(three.configuration.join_by)
    assert checked() == [Alarm.SESSION_ABORTED]
