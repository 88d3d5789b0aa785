"""How many exchanges with peers a process makes at once, in all its threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

EXCHANGES_AT_ONCE: Final = 128
"""Each one takes a file descriptor, and a process may have no more than 1024 of them."""


@dataclass(slots=True, eq=False)
class Queue:
    """
    The exchanges of one call: it shares the turns with other calls.

    Attributes
    ----------
    held : int
        How many turns it has now.
    waiting : deque
        Who waits for one, in the event loop that it belongs to.
    """

    held: int = 0
    waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = field(default_factory=deque)


class ExchangeTurns:
    """
    Hands out turns, to any number of threads with event loops of their own.

    A turn that becomes free goes to the call that has the fewest, so that one with many silent peers does not
    keep the others waiting for longer than its exchanges last.

    Parameters
    ----------
    count : int
        How many turns there are.
    """

    def __init__(self, count: int = EXCHANGES_AT_ONCE) -> None:
        self._lock = Lock()
        self._free = count
        self._queues: list[Queue] = []

    @asynccontextmanager
    async def turn(self, queue: Queue) -> AsyncIterator[None]:
        """
        Wait for a turn, and give it back at the end of the block.

        Parameters
        ----------
        queue : Queue
            The call that the exchange belongs to.
        """
        await self._take(queue)
        try:
            yield
        finally:
            self._give_back(queue)

    async def _take(self, queue: Queue) -> None:
        loop = asyncio.get_running_loop()
        waiter = (loop, loop.create_future())
        with self._lock:
            if self._free:
                self._free -= 1
                queue.held += 1
                return
            if not queue.waiting:
                self._queues.append(queue)
            queue.waiting.append(waiter)
        try:
            await waiter[1]
        except asyncio.CancelledError:
            with self._lock:
                has_turn = waiter not in queue.waiting
                if not has_turn:
                    self._leave(queue, waiter)
            if has_turn:
                self._give_back(queue)
            raise

    def _leave(self, queue: Queue, waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]) -> None:
        queue.waiting.remove(waiter)
        if not queue.waiting:
            self._queues.remove(queue)

    def _give_back(self, queue: Queue) -> None:
        with self._lock:
            queue.held -= 1
            if not self._queues:
                self._free += 1
                return
            neediest = min(self._queues, key=lambda each: each.held)
            waiter = neediest.waiting[0]
            self._leave(neediest, waiter)
            neediest.held += 1
            loop, future = waiter
            # Its loop still runs: whoever is cancelled takes the lock before the loop can end.
            loop.call_soon_threadsafe(_wake, future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
