"""
Lanes: chunks go through several threads, but one part of the work keeps their order.

A lane does all the work on a chunk, so the chunk stays in its processor's cache. Only the digest needs the
chunks in order: for it, the lanes wait for their turns. As many chunks are in memory as there are lanes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

_MOST: Final = 4
_FEWEST: Final = 2


class Lane(Protocol):
    """The work of one thread, with buffers of its own."""

    def prepare(self, index: int) -> None:
        """Do what comes before a chunk's turn."""

    def in_turn(self, index: int) -> None:
        """Do what is done chunk by chunk, in ascending order."""

    def finish(self, index: int) -> None:
        """Do what comes after a chunk's turn."""


def lane_count(chunks: int) -> int:
    """
    Choose how many lanes to make.

    Parameters
    ----------
    chunks : int
        How many chunks there are.

    Returns
    -------
    int
        One for each processor within reason. One processor has two all the same: one waits for the disk.
    """
    return min(chunks, max(_FEWEST, min(_MOST, os.cpu_count() or 1)))


def run_lanes(lanes: Sequence[Lane], count: int, tell: Callable[[int], None]) -> None:
    """
    Take chunks through lanes, each through one of them.

    Parameters
    ----------
    lanes : sequence of Lane
        The lanes, at least one.
    count : int
        How many chunks there are.
    tell : callable
        Told how many chunks had their turn; called by this thread, not for every one of them.

    Raises
    ------
    BaseException
        What a lane or `tell` raised first; of chunks that fail before their turns, that is the lowest. No
        lane is at work any more then, nor after an interruption of this thread.
    """
    work = _Work(lanes, count)
    try:
        work.start()
        work.watch(tell)
    finally:
        work.stop()


class _Work:
    """
    Who does what; everything that changes is under one lock.

    An error refers to the frames that it came through, and with them to the cipher and its key. Where a frame
    refers back to the error, both would be there until the next collection of garbage: hence the deletions.
    """

    def __init__(self, lanes: Sequence[Lane], count: int) -> None:
        self._count = count
        self._changed = threading.Condition()
        self._next = 0
        self._turn = 0
        self._running = len(lanes)
        self._stopped = False
        self._error: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name="tcss-lane", daemon=True) for lane in lanes
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def watch(self, tell: Callable[[int], None]) -> None:
        told = 0
        while True:
            with self._changed:
                self._changed.wait_for(partial(self._has_news, told))
                turn, running, error = self._turn, self._running, self._error
            if error is not None:
                try:
                    raise error
                finally:
                    del error
            if turn > told:
                told = turn
                tell(told)
            elif not running:
                return

    def _has_news(self, told: int) -> bool:
        return self._turn > told or not self._running

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        interruption: KeyboardInterrupt | None = None
        for thread in self._threads:
            # A second interruption must not leave a thread behind that writes to closed files.
            while thread.is_alive():
                try:
                    thread.join()
                except KeyboardInterrupt as error:
                    interruption = error
        self._error = None
        if interruption is not None:
            try:
                raise interruption
            finally:
                del interruption

    def _run(self, lane: Lane) -> None:
        try:
            while (index := self._take()) is not None and self._through(lane, index):
                pass
        except BaseException as error:  # noqa: BLE001  # raised again by the thread that waits
            with self._changed:
                self._error = self._error or error
                self._stopped = True
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _take(self) -> int | None:
        with self._changed:
            if self._stopped or self._next == self._count:
                return None
            self._next += 1
            return self._next - 1

    def _through(self, lane: Lane, index: int) -> bool:
        failure: BaseException | None = None
        try:
            lane.prepare(index)
        except BaseException as error:  # noqa: BLE001  # an earlier chunk may fail as well, and is named then
            failure = error
        with self._changed:
            self._changed.wait_for(lambda: self._turn == index or self._stopped)
            if self._stopped:
                return False
        if failure is not None:
            try:
                raise failure
            finally:
                del failure
        lane.in_turn(index)
        with self._changed:
            self._turn += 1
            self._changed.notify_all()
        lane.finish(index)
        return True
