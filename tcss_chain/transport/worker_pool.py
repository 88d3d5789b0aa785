"""A few threads with a short queue before them: what waits for other machines must not hold up a server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class WorkerPool:
    """
    Runs tasks, as many at a time as there are threads; of the others, a few may wait.

    The threads are made for the first task, and the process does not wait for them when it ends.

    Parameters
    ----------
    threads : int
        How many tasks may run at a time, at least 1.
    waiting : int
        How many more may wait for a thread.
    """

    def __init__(self, threads: int, waiting: int) -> None:
        self._threads = threads
        self._waiting = waiting
        self._changed = threading.Condition()
        # Dictionaries keep the order of insertion: the first has waited for longest.
        self._queue: dict[Future[Any], Callable[[], Any]] = {}
        self._started = 0
        self._busy = 0
        self._stopped = False

    def submit(self, task: Callable[[], _Result]) -> Future[_Result] | None:
        """
        Run a task as soon as a thread is free.

        Parameters
        ----------
        task : callable
            What to run.

        Returns
        -------
        Future or None
            Its result to be; whoever cancels it before it runs makes room for another. None if too many wait
            already, or the pool was stopped.
        """
        future: Future[_Result] = Future()
        with self._changed:
            if self._stopped or self._busy + len(self._queue) >= self._threads + self._waiting:
                return None
            self._queue[future] = task
            if self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._work, name="tcss-worker", daemon=True).start()
            self._changed.notify()
        future.add_done_callback(self._drop)
        return future

    def stop(self) -> None:
        """Take no more tasks and drop those that wait; what runs is not waited for."""
        with self._changed:
            self._stopped = True
            dropped = list(self._queue)
            self._queue.clear()
            self._changed.notify_all()
        for future in dropped:
            future.cancel()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            _run(*job)
            # The result may be a secret: nothing keeps it until the next task.
            del job
            with self._changed:
                self._busy -= 1

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopped)
            if not self._queue:
                return None
            self._busy += 1
            future = next(iter(self._queue))
            return future, self._queue.pop(future)

    def _drop(self, future: Future[Any]) -> None:
        with self._changed:
            self._queue.pop(future, None)


def _run(future: Future[_Result], task: Callable[[], _Result]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = task()
    except BaseException as failure:  # noqa: BLE001  # raised again by whoever waits
        future.set_exception(failure)
    else:
        future.set_result(result)
