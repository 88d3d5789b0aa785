"""One session's thread: it stops when told, ends when it cannot go on, and survives what nobody foresaw."""

from __future__ import annotations

import threading

import pytest

from tcss_chain.participant.errors import (
    InconsistentShareError,
    ParticipantError,
    UnagreedConfigurationError,
    UnknownSecretsError,
)
from tcss_chain.service import session_worker
from tcss_chain.service.session_worker import SessionWorker

SID = b"\1" * 32


class Participant:
    """Runs as `Participant.run` does; raises what the test wants, step by step."""

    def __init__(self, *raised, over_after=None):
        self.sid = SID
        self.is_over = False
        self.raised = list(raised)
        self.over_after = over_after
        self.steps = 0

    def run(self, until, wait):
        while True:
            self.steps += 1
            if self.raised:
                error = self.raised.pop(0)
                if error is not None:
                    raise error
            if self.over_after is not None and self.steps >= self.over_after:
                self.is_over = True
            if until():
                return
            wait(0.001)


class Watched:
    """A worker, and all that it told."""

    def __init__(self, participant):
        self.participant = participant
        self.steps = 0
        self.refused = []
        self.failing = []
        self.unexpected = []
        self.worker = SessionWorker(
            participant, self.stepped, self.refused.append, self.failing.append, self.unexpected.append
        )

    def stepped(self):
        self.steps += 1

    def run(self):
        self.worker.start()
        assert self.worker.join(10)
        assert not self.worker.is_running


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(session_worker, "UNEXPECTED_PAUSE_SECONDS", 0)


def test_it_runs_until_the_session_is_over_and_tells_of_every_step():
    watched = Watched(Participant(over_after=3))
    watched.run()
    assert (watched.steps, watched.refused, watched.unexpected) == (3, [], [])


def test_it_does_nothing_when_the_session_is_over_already():
    participant = Participant()
    participant.is_over = True
    Watched(participant).run()
    assert participant.steps == 0


def test_it_stops_after_the_step_that_is_being_made():
    participant = Participant()
    watched = Watched(participant)
    watched.worker.start()
    assert watched.worker.is_running
    assert not watched.worker.join(0.02)
    watched.worker.ask_to_stop()
    assert watched.worker.join(5)
    assert participant.steps == watched.steps > 0


def test_a_pause_between_steps_does_not_delay_stopping():
    participant = Participant()
    participant.run = lambda until, wait: [until(), wait(600)]
    watched = Watched(participant)
    watched.worker.start()
    watched.worker.ask_to_stop()
    assert watched.worker.join(5)


@pytest.mark.parametrize("error", [UnknownSecretsError(SID), UnagreedConfigurationError(SID, ("the bond",))])
def test_what_a_participant_cannot_go_on_from_ends_it(error):
    watched = Watched(Participant(None, error))
    watched.run()
    assert watched.refused == [error]
    assert watched.participant.steps == 2
    assert watched.failing == watched.unexpected == []


@pytest.mark.parametrize("error", [InconsistentShareError(SID), ParticipantError("stop")])
def test_what_may_pass_is_told_and_tried_again(error):
    """A share that does not fit may come from a node that lied about the dealings."""
    watched = Watched(Participant(error, None, error, over_after=5))
    watched.run()
    assert watched.failing == [error, error]
    assert watched.participant.steps == 5
    assert watched.refused == watched.unexpected == []


def test_an_end_that_cannot_be_told_is_told_again_and_the_thread_lives(no_hook):
    """What is told is written to the state, and a disk may be full."""
    error, failures = UnknownSecretsError(SID), [OSError("disk"), OSError("disk")]
    watched = Watched(Participant(error, error, error))

    def cannot_go_on(told):
        if failures:
            raise failures.pop()
        watched.refused.append(told)

    watched.worker._cannot_go_on = cannot_go_on
    watched.run()
    assert watched.refused == [error]
    assert [type(each) for each in watched.unexpected] == [OSError, OSError]
    assert watched.participant.steps == 3
    assert no_hook == []


@pytest.fixture
def no_hook(monkeypatch):
    """What left a thread without being caught."""
    escaped = []
    monkeypatch.setattr(threading, "excepthook", escaped.append)
    return escaped


def test_an_end_that_cannot_be_written_down_is_tried_again():
    watched = Watched(Participant(over_after=1))
    failures = [OSError("disk"), OSError("disk")]

    def stepped():
        if failures:
            raise failures.pop()
        watched.steps += 1

    watched.worker._after_step = stepped
    watched.run()
    assert [type(error) for error in watched.unexpected] == [OSError, OSError]
    assert (watched.steps, watched.participant.steps) == (1, 3)


def test_an_error_that_nobody_foresaw_is_told_and_survived():
    errors = [ZeroDivisionError("hunter2"), KeyError(5)]
    watched = Watched(Participant(*errors, over_after=4))
    watched.run()
    assert watched.unexpected == errors
    assert watched.participant.steps == 4
    assert watched.refused == []


def test_an_error_after_a_step_is_survived_as_well():
    """What is done after a step writes to the state, and a disk may be full."""
    watched = Watched(Participant(over_after=2))
    failures = [OSError("disk")]

    def stepped():
        if failures:
            raise failures.pop()

    watched.worker._after_step = stepped
    watched.run()
    assert [type(error) for error in watched.unexpected] == [OSError]


def test_it_pauses_after_an_error_that_nobody_foresaw_but_not_when_it_is_told_to_stop(monkeypatch):
    monkeypatch.setattr(session_worker, "UNEXPECTED_PAUSE_SECONDS", 600)
    told = threading.Event()
    participant = Participant(ZeroDivisionError())
    worker = SessionWorker(participant, lambda: None, *[lambda _error: None] * 2, lambda _error: told.set())
    worker.start()
    assert told.wait(5)
    assert not worker.join(0.1)
    assert participant.steps == 1
    worker.ask_to_stop()
    assert worker.join(5)


def test_the_thread_does_not_keep_the_process_alive_and_is_named_after_its_session():
    worker = Watched(Participant()).worker
    assert worker._thread.daemon
    assert worker._thread.name == "session-01010101"
