"""Turns are shared by threads, never more than there are, and none is ever lost."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import suppress

import pytest

from tcss_chain.exchange.exchange_turns import ExchangeTurns, Queue
from tcss_chain.transport.bounded_http import run_to_end


def all_free(turns):
    return turns._free, turns._queues


async def hold(turns, queue, until, log=None, name=None):
    async with turns.turn(queue):
        if log is not None:
            log.append(name)
        await until.wait()


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


def test_there_are_no_more_than_so_many():
    async def run():
        turns, queue, end, log = ExchangeTurns(2), Queue(), asyncio.Event(), []
        tasks = [asyncio.create_task(hold(turns, queue, end, log, name)) for name in range(5)]
        await settled()
        assert log == [0, 1]
        end.set()
        await asyncio.gather(*tasks)
        assert log == [0, 1, 2, 3, 4]
        assert all_free(turns) == (2, [])

    asyncio.run(run())


def test_a_free_turn_goes_to_the_call_that_has_the_fewest():
    async def run():
        turns, greedy, modest, log = ExchangeTurns(2), Queue(), Queue(), []
        first, rest = asyncio.Event(), asyncio.Event()
        tasks = [
            asyncio.create_task(hold(turns, greedy, end, log, name))
            for name, end in (("a", first), ("b", rest), ("c", rest), ("d", rest))
        ]
        await settled()
        tasks.append(asyncio.create_task(hold(turns, modest, rest, log, "other")))
        await settled()
        first.set()
        await settled()
        assert log == ["a", "b", "other"]
        rest.set()
        await asyncio.gather(*tasks)
        assert all_free(turns) == (2, [])

    asyncio.run(run())


def test_who_gives_up_waiting_takes_no_turn_and_who_had_one_gives_it_back():
    async def run():
        turns, queue, end = ExchangeTurns(1), Queue(), asyncio.Event()
        holder = asyncio.create_task(hold(turns, queue, end))
        await settled()
        waiting, last = (asyncio.create_task(hold(turns, queue, end)) for _ in range(2))
        await settled()
        waiting.cancel()
        await settled()
        holder.cancel()
        # The turn is on its way to the last one, who is cancelled before it arrives.
        await asyncio.sleep(0)
        last.cancel()
        with suppress(asyncio.CancelledError):
            await last
        assert all_free(turns) == (1, [])
        assert queue.held == 0

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(3))
def test_threads_that_come_go_and_give_up_lose_no_turn_and_get_no_more(seed):
    turns, lock = ExchangeTurns(5), threading.Lock()
    held, most, failures = 0, 0, []

    async def one(queue, rng):
        nonlocal held, most
        async with turns.turn(queue):
            with lock:
                held += 1
                most = max(most, held)
            try:
                await asyncio.sleep(rng.random() * 0.01)
            finally:
                with lock:
                    held -= 1

    async def call(rng):
        queue = Queue()
        tasks = [asyncio.create_task(one(queue, rng)) for _ in range(8)]
        await asyncio.wait(tasks, timeout=rng.random() * 0.02)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (queue.held, len(queue.waiting)) == (0, 0)

    def work(number):
        rng = random.Random(seed * 100 + number)
        try:
            for _ in range(15):
                run_to_end(call(rng))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert 0 < most <= 5
    assert all_free(turns) == (5, [])
