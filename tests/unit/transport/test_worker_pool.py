"""A few threads with a short queue before them."""

from __future__ import annotations

import threading
import time
import weakref
from concurrent.futures import CancelledError

import pytest

from tcss_chain.transport.worker_pool import WorkerPool


@pytest.fixture
def go_on():
    event = threading.Event()
    yield event
    event.set()


def settle(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def test_a_task_is_run_and_its_result_given():
    assert WorkerPool(1, 0).submit(lambda: 7).result(5) == 7


def test_a_failure_is_raised_by_whoever_waits_and_the_thread_goes_on():
    pool = WorkerPool(1, 4)

    def fail():
        raise ValueError("hunter2")

    with pytest.raises(ValueError, match="hunter2"):
        pool.submit(fail).result(5)
    assert pool.submit(lambda: 8).result(5) == 8


def test_no_more_run_at_a_time_than_there_are_threads_and_no_more_wait_than_may(go_on):
    pool, lock, counts = WorkerPool(3, 5), threading.Lock(), {"now": 0, "most": 0}

    def task():
        with lock:
            counts["now"] += 1
            counts["most"] = max(counts["most"], counts["now"])
        go_on.wait(10)
        with lock:
            counts["now"] -= 1
        return 1

    futures = [pool.submit(task) for _ in range(20)]
    taken = [future for future in futures if future is not None]
    assert len(taken) == 8
    assert settle(lambda: counts["now"] == 3)
    go_on.set()
    assert sum(future.result(5) for future in taken) == 8
    assert counts["most"] == 3
    assert settle(lambda: pool.submit(lambda: 1) is not None)


def test_one_that_is_cancelled_makes_room_and_is_not_run(go_on):
    pool, ran = WorkerPool(1, 1), []
    running = pool.submit(lambda: go_on.wait(10))
    assert settle(running.running)
    waiting = pool.submit(lambda: ran.append("cancelled"))
    assert pool.submit(lambda: ran.append("no room")) is None
    assert waiting.cancel()
    again = pool.submit(lambda: ran.append("again"))
    assert again is not None
    go_on.set()
    again.result(5)
    assert ran == ["again"]


def test_cancelling_over_and_over_keeps_nothing(go_on):
    pool = WorkerPool(1, 2)
    running = pool.submit(lambda: go_on.wait(10))
    assert settle(running.running)
    for _ in range(1000):
        assert pool.submit(lambda: None).cancel()
    assert len(pool._queue) == 0


def test_a_stopped_pool_drops_what_waits_and_takes_nothing(go_on):
    pool = WorkerPool(1, 3)
    running = pool.submit(lambda: go_on.wait(10))
    assert settle(running.running)
    waiting = [pool.submit(lambda: 1) for _ in range(3)]
    started = time.monotonic()
    pool.stop()
    assert time.monotonic() - started < 1
    for future in waiting:
        with pytest.raises(CancelledError):
            future.result(1)
    assert pool.submit(lambda: 1) is None
    go_on.set()
    assert running.result(5)


def test_threads_are_made_when_they_are_needed_and_end_when_it_stops():
    before = threading.active_count()
    pool = WorkerPool(4, 4)
    assert threading.active_count() == before
    for _ in range(10):
        pool.submit(lambda: 1).result(5)
    assert threading.active_count() <= before + 4
    pool.stop()
    assert settle(lambda: threading.active_count() == before)


def test_what_a_task_held_is_gone_with_it():
    class Held:
        pass

    pool, held = WorkerPool(1, 1), Held()
    gone = weakref.ref(held)
    pool.submit(lambda held=held: None).result(5)
    del held
    assert settle(lambda: gone() is None)
