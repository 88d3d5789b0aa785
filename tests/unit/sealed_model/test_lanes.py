"""Lanes: every chunk once, its turn in order, and nobody at work after the end."""

from __future__ import annotations

import random
import threading
import time

import pytest

from tcss_chain.sealed_model.lanes import lane_count, run_lanes


class BrokenError(Exception):
    """What a lane raises here."""


class Notes:
    """What all lanes did."""

    def __init__(self):
        self.prepared, self.turns, self.finished = [], [], []


class NotingLane:
    def __init__(self, notes, breaks=(), delay=0.0):
        self.notes, self.breaks, self.delay = notes, breaks, delay
        self.chunk = None

    def prepare(self, index):
        time.sleep(random.random() * self.delay)
        self.chunk = index
        self.notes.prepared.append(index)
        self.check("prepare", index)

    def in_turn(self, index):
        assert self.chunk == index
        self.notes.turns.append(index)
        self.check("in_turn", index)

    def finish(self, index):
        assert self.chunk == index
        self.notes.finished.append(index)
        self.check("finish", index)

    def check(self, step, index):
        if (step, index) in self.breaks:
            raise BrokenError(step, index)


def at_work():
    return [thread for thread in threading.enumerate() if thread.name == "tcss-lane"]


@pytest.mark.parametrize("lanes", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_every_chunk_goes_through_once_and_in_order(lanes, count):
    notes, told = Notes(), []
    run_lanes([NotingLane(notes, delay=0.001) for _ in range(lanes)], count, told.append)
    assert notes.turns == list(range(count))
    assert sorted(notes.prepared) == sorted(notes.finished) == notes.turns
    assert told == sorted(set(told))
    assert told[-1] == count
    assert not at_work()


def test_no_chunks_are_no_work():
    told = []
    run_lanes([NotingLane(Notes())], 0, told.append)
    assert told == []


@pytest.mark.parametrize("step", ["prepare", "in_turn", "finish"])
@pytest.mark.parametrize("lanes", [1, 3])
def test_an_error_ends_the_work_of_all(step, lanes):
    notes = Notes()
    with pytest.raises(BrokenError) as caught:
        run_lanes([NotingLane(notes, {(step, 7)}) for _ in range(lanes)], 1000, lambda _: None)
    assert caught.value.args == (step, 7)
    assert max(notes.prepared) <= 7 + 2 * lanes
    assert not at_work()


def test_of_several_failing_chunks_the_first_is_named():
    for _ in range(30):
        notes = Notes()
        breaks = {("prepare", index) for index in range(3, 12)}
        with pytest.raises(BrokenError) as caught:
            run_lanes([NotingLane(notes, breaks, delay=0.002) for _ in range(4)], 12, lambda _: None)
        assert caught.value.args == ("prepare", 3)
        assert notes.turns == [0, 1, 2]


def test_what_fails_after_an_error_does_not_take_its_place():
    told, failed = threading.Event(), threading.Event()

    class LateLane(NotingLane):
        def finish(self, index):
            if index == 0:
                assert failed.wait(10)
                time.sleep(0.05)
            super().finish(index)

        def in_turn(self, index):
            if index == 1:
                assert told.wait(10)
                failed.set()
            super().in_turn(index)

    breaks = {("in_turn", 1), ("finish", 0)}
    with pytest.raises(BrokenError) as caught:
        run_lanes([LateLane(Notes(), breaks) for _ in range(2)], 2, lambda _: told.set())
    assert caught.value.args == ("in_turn", 1)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, BrokenError])
def test_an_interruption_ends_the_work(kind):
    def tell(done):
        raise kind

    notes = Notes()
    with pytest.raises(kind):
        run_lanes([NotingLane(notes, delay=0.001) for _ in range(3)], 10_000, tell)
    assert len(notes.turns) < 10_000
    assert not at_work()


def test_a_second_interruption_waits_for_the_lanes_too(monkeypatch):
    joined = threading.Thread.join
    interruptions = [KeyboardInterrupt, KeyboardInterrupt]

    def join(thread, timeout=None):
        if interruptions and thread.name == "tcss-lane":
            raise interruptions.pop()
        joined(thread, timeout)

    def tell(_done):
        raise BrokenError

    monkeypatch.setattr(threading.Thread, "join", join)
    with pytest.raises(KeyboardInterrupt):
        run_lanes([NotingLane(Notes(), delay=0.2) for _ in range(2)], 100, tell)
    assert interruptions == []
    assert not at_work()


@pytest.mark.parametrize(("processors", "lanes"), [(None, 2), (1, 2), (2, 2), (3, 3), (64, 4)])
def test_there_are_a_few_lanes_whatever_the_machine(monkeypatch, processors, lanes):
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert lane_count(100) == lanes
    assert lane_count(1) == 1
