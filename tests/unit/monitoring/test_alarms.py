"""Alarms: their meanings, and which are raised."""

from __future__ import annotations

import threading

import pytest

from tcss_chain.monitoring import ActiveAlarm, Alarm, AlarmBoard, Health, Severity


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(clock):
    return AlarmBoard(clock)


@pytest.mark.parametrize("alarm", Alarm)
def test_every_alarm_says_what_it_means_and_how_soon_to_act(alarm):
    assert alarm == alarm.value == alarm.name.lower() == f"{alarm}"
    assert isinstance(alarm.severity, Severity)
    assert alarm.__doc__ != Alarm.__doc__
    # What it is, and what to do.
    assert alarm.__doc__.count(". ") >= 1
    assert alarm.__doc__.endswith(".")


def test_the_names_are_those_of_the_operators_guide():
    assert [alarm.value for alarm in Alarm] == [
        "node_unreachable",
        "nodes_disagree",
        "node_lags",
        "chain_stalled",
        "low_balance",
        "transaction_stuck",
        "secrets_missing",
        "step_failing",
        "state_not_writable",
        "share_withheld",
        "complained_about",
        "disqualified",
        "session_aborted",
        "session_declined",
        "false_capsule",
        "session_waits",
        "model_not_open",
        "model_closed",
    ]
    assert Alarm("low_balance") is Alarm.LOW_BALANCE


def test_an_alarm_is_raised_until_it_is_cleared(board):
    assert board.active() == ()
    assert board.raise_(Alarm.LOW_BALANCE, note="5 wei") is True
    assert board.active() == (ActiveAlarm(Alarm.LOW_BALANCE, "", "5 wei", 1000.0),)
    assert board.clear(Alarm.LOW_BALANCE) is True
    assert board.clear(Alarm.LOW_BALANCE) is False
    assert board.active() == ()


def test_raising_again_keeps_the_time_and_takes_the_note(board, clock):
    board.raise_(Alarm.NODE_LAGS, "node 2", "5 blocks")
    clock.now += 60
    assert board.raise_(Alarm.NODE_LAGS, "node 2", "9 blocks") is False
    assert board.active() == (ActiveAlarm(Alarm.NODE_LAGS, "node 2", "9 blocks", 1000.0),)


def test_an_alarm_that_was_cleared_starts_anew(board, clock):
    board.raise_(Alarm.NODE_LAGS)
    board.clear(Alarm.NODE_LAGS)
    clock.now += 60
    assert board.raise_(Alarm.NODE_LAGS) is True
    assert board.active()[0].since == 1060.0


def test_alarms_about_different_things_are_different(board):
    board.raise_(Alarm.NODE_LAGS, "node 1")
    board.raise_(Alarm.NODE_LAGS, "node 2")
    board.clear(Alarm.NODE_LAGS)
    board.clear(Alarm.NODE_LAGS, "node 1")
    assert [each.about for each in board.active()] == ["node 2"]


def test_what_needs_somebody_now_comes_first_and_then_the_oldest(board, clock):
    for alarm in (Alarm.SESSION_ABORTED, Alarm.LOW_BALANCE, Alarm.NODE_LAGS, Alarm.CHAIN_STALLED):
        board.raise_(alarm)
        clock.now += 1
    assert [each.alarm for each in board.active()] == [
        Alarm.LOW_BALANCE,
        Alarm.CHAIN_STALLED,
        Alarm.SESSION_ABORTED,
        Alarm.NODE_LAGS,
    ]


def test_threads_may_share_a_board(board):
    def work(name):
        for _ in range(300):
            board.raise_(Alarm.STEP_FAILING, name)
            board.active()
            board.clear(Alarm.STEP_FAILING, name)
        board.raise_(Alarm.STEP_FAILING, name)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(each.about for each in board.active()) == ["0", "1", "2", "3"]


def test_health_is_troubled_only_by_what_needs_somebody_now(board):
    assert Health().is_ok
    assert Health().as_json() == {"status": "ok"}
    board.raise_(Alarm.SESSION_ABORTED, "abc", "too few")
    look = {
        "name": "session_aborted",
        "severity": "look",
        "about": "abc",
        "note": "too few",
        "since": 1000.0,
    }
    assert Health(board.active()).as_json() == {"status": "ok", "alarms": [look]}
    board.raise_(Alarm.LOW_BALANCE)
    health = Health(board.active()).as_json()
    assert health["status"] == "troubled"
    assert [each["name"] for each in health["alarms"]] == ["low_balance", "session_aborted"]
