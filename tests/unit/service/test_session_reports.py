"""What a participant reports becomes log lines, figures and alarms."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address

from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.participant.events import Happening, ParticipantEvent
from tcss_chain.service import failure_watch
from tcss_chain.service.session_reports import SessionReports

SID = b"\5" * 32
ABOUT = f"0x{SID.hex()}"
ME, NORTH, SOUTH = (to_checksum_address(bytes([number]) * 20) for number in (0xAB, 0xBC, 0xCD))
NAMES = {ME: "Us", NORTH: "North"}


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(failure_watch.time, "monotonic", clock)
    return clock


@pytest.fixture
def metrics():
    return ParticipantMetrics()


@pytest.fixture
def reports(alarms, metrics, clock, logged):
    return SessionReports(SID, NAMES, metrics, alarms, failing_seconds=60)


def raised(alarms):
    return [(each.alarm, each.about, each.note) for each in alarms.active()]


def observe(reports, happening, about=None, detail=""):
    reports.observe(ParticipantEvent(ME, happening, about, detail))


def fail(reports, detail="the node failed"):
    observe(reports, Happening.FAILED, detail=detail)
    reports.after_step()


def test_every_happening_is_logged_with_session_address_and_name_and_counted(reports, logged, metrics):
    for happening in Happening:
        if happening is not Happening.FAILED:
            observe(reports, happening, NORTH)
    assert [line["event"] for line in logged.lines] == [
        each.value for each in Happening if each is not Happening.FAILED
    ]
    for line in logged.lines:
        assert (line["session"], line["about"], line["name"]) == (ABOUT, NORTH, "North")
    for happening in Happening:
        if happening is not Happening.FAILED:
            assert happening.name.lower() in metrics.text().decode()


def test_somebody_without_a_name_is_shown_by_address(reports, logged):
    observe(reports, Happening.SHARE_RECEIVED, SOUTH)
    (line,) = logged.lines
    assert line["about"] == SOUTH
    assert line["name"] is None


@pytest.mark.parametrize(
    ("happening", "level"),
    [
        (Happening.JOINED, "info"),
        (Happening.SHARE_RECEIVED, "info"),
        (Happening.HOLDS_SHARE, "info"),
        (Happening.SHARE_MISSING, "warning"),
        (Happening.COMPLAINED, "warning"),
        (Happening.RECORDED_FAULT, "warning"),
        (Happening.FAILED, "warning"),
    ],
)
def test_what_somebody_should_read_is_a_warning(reports, logged, happening, level):
    observe(reports, happening, detail="a reason")
    assert [line["level"] for line in logged.lines] == [level]


def test_steps_that_fail_for_long_are_an_alarm_until_one_does_not(reports, alarms, clock, logged):
    fail(reports)
    clock.now += 59.9
    fail(reports)
    assert raised(alarms) == []
    clock.now += 0.1
    fail(reports, "another reason")
    assert raised(alarms) == [(Alarm.STEP_FAILING, ABOUT, "another reason")]
    reports.after_step()
    assert raised(alarms) == []
    assert logged.lines[-1]["event"] == "goes on"


def test_one_good_step_starts_the_time_anew(reports, alarms, clock):
    for _ in range(5):
        fail(reports)
        clock.now += 40
        reports.after_step()
    assert raised(alarms) == []


def test_the_same_failure_is_logged_once_and_again_after_a_good_step(reports, logged, clock):
    for _ in range(20):
        fail(reports)
        clock.now += 1
    failures = logged.of(Happening.FAILED.value)
    assert [line["reason"] for line in failures] == ["the node failed"]
    fail(reports, "the contract refuses")
    fail(reports)
    assert len(logged.of(Happening.FAILED.value)) == 3
    reports.after_step()
    fail(reports)
    assert len(logged.of(Happening.FAILED.value)) == 4


def test_good_steps_log_nothing(reports, logged):
    for _ in range(10):
        reports.after_step()
    assert logged.lines == []


def test_an_error_that_nobody_foresaw_is_an_alarm_at_once_and_shows_only_its_kind(reports, alarms, logged):
    reports.unexpected(ValueError("hunter2"))
    assert raised(alarms) == [(Alarm.STEP_FAILING, ABOUT, "unexpected ValueError")]
    (line,) = logged.lines
    assert (line["level"], line["error"]) == ("error", "ValueError")
    assert "hunter2" not in logged.text + repr(alarms.active()) + repr(reports)
    reports.after_step()
    reports.after_step()
    assert raised(alarms) == []


def test_a_withheld_share_is_an_alarm_until_it_comes(reports, alarms):
    observe(reports, Happening.SHARE_MISSING, NORTH)
    assert [each[:2] for each in raised(alarms)] == [(Alarm.SHARE_WITHHELD, ABOUT)]
    assert NORTH in raised(alarms)[0][2]
    observe(reports, Happening.SHARE_RECEIVED, NORTH)
    assert raised(alarms) == []


def test_another_dealers_share_does_not_end_the_alarm(reports, alarms):
    observe(reports, Happening.SHARE_MISSING, NORTH)
    observe(reports, Happening.SHARE_MISSING, SOUTH)
    observe(reports, Happening.SHARE_RECEIVED, ME)
    assert len(alarms.active()) == 1
    observe(reports, Happening.SHARE_RECEIVED, SOUTH)
    ((alarm, _, note),) = raised(alarms)
    assert alarm is Alarm.SHARE_WITHHELD
    assert NORTH in note
    assert SOUTH not in note
    observe(reports, Happening.SHARE_INVALID, NORTH)
    assert raised(alarms) == []


@pytest.mark.parametrize("end", [Happening.HOLDS_SHARE, Happening.ERASED])
def test_the_alarm_ends_with_the_session(reports, alarms, end):
    """A dealer that never handed out is disqualified; its share is not needed then."""
    observe(reports, Happening.SHARE_MISSING, NORTH)
    observe(reports, end)
    assert raised(alarms) == []
