"""Processes are killed again and again: one of them in a random walk, at random times, and all at once."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest
from support.fleet import Fleet
from support.kept_state import (
    assert_each_purpose_once,
    assert_nothing_lost_or_made_twice,
    transactions_of,
)
from support.operators import Operator

from tcss_chain.protocol.session import Fault, Phase

pytestmark = [pytest.mark.faults, pytest.mark.long_faults, pytest.mark.anvil]

SEED = os.environ.get("TCSS_FAULT_SEED", "7")
"""Set the environment variable to walk elsewhere."""

TRANSACTIONS = ["join", "deal", "activateUnanimously"]


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """Nobody complains about shares that come late, and only the first activates: it comes back."""
    return make_fleet(share_patience_seconds=3600, activation_stagger_seconds=3600)


def drawn(name: str) -> random.Random:
    print(f"drawn with TCSS_FAULT_SEED={SEED} {name}")  # noqa: T201  # shown when the test fails
    return random.Random(f"{SEED} {name}")


def assert_as_if_undisturbed(fleet: Fleet, sid: bytes) -> None:
    assert fleet.state(sid).phase is Phase.ACTIVE
    assert fleet.state(sid).qualified == 0b1111
    assert fleet.faults(sid) == [Fault.NONE] * 4
    fleet.assert_consistent(sid)
    for operator in fleet.operators:
        assert_each_purpose_once(fleet.connection, operator.public, sid)
        kinds = [entry.purpose.kind for entry in transactions_of(operator.public, sid)]
        assert kinds == (TRANSACTIONS if operator is fleet.operators[0] else TRANSACTIONS[:2])
        assert fleet.nonce(operator) == len(kinds)


def await_end(fleet: Fleet, sid: bytes, seconds: float = 120) -> None:
    fleet.await_finish(sid, seconds=seconds)
    for operator in fleet.operators:
        fleet.await_journal(operator, sid)


@pytest.mark.parametrize("walk", range(8))
def test_killed_at_a_moment_and_at_the_next_ones(fleet: Fleet, walk: int) -> None:
    first, chosen, kills = fleet.operators[0], drawn(f"walk {walk}"), 8
    fleet.kill_at(first, f"+{chosen.randint(1, 20)}")

    def arm_again(operator: Operator) -> None:
        # Two at least: the same moment for ever would be no progress.
        if len(deaths) < kills:
            fleet.kill_at(operator, f"+{chosen.randint(2, 5)}")

    with fleet.reviving(first, then=arm_again) as deaths:
        fleet.start(*fleet.operators[1:])
        fleet.start(first)
        sid = fleet.create_session()
        await_end(fleet, sid)
        first.kill_at.unlink(missing_ok=True)
    assert len(deaths) >= 4
    for before in deaths:
        assert_nothing_lost_or_made_twice(fleet.connection, first.address, sid, before, first.public)
    assert_as_if_undisturbed(fleet, sid)


@pytest.mark.parametrize("run", range(3))
def test_killed_at_random_times_while_others_go_on(fleet: Fleet, run: int) -> None:
    first, chosen = fleet.operators[0], drawn(f"times {run}")
    with fleet.reviving(first) as deaths:
        fleet.start(*fleet.operators[1:])
        fleet.start(first)
        sid = fleet.create_session()
        has_finished = fleet.unless_busy(lambda: first.has_finished(sid))
        while len(deaths) < 40 and not has_finished():
            kill_after(fleet, [first], chosen.uniform(0.2, 1.5))
        await_end(fleet, sid)
    assert len(deaths) >= 3
    for before in deaths:
        assert_nothing_lost_or_made_twice(fleet.connection, first.address, sid, before, first.public)
    assert_as_if_undisturbed(fleet, sid)


@pytest.mark.parametrize("run", range(4))
def test_all_are_killed_at_once(fleet: Fleet, run: int) -> None:
    chosen = drawn(f"all {run}")
    everybody = fleet.operators
    with fleet.reviving(*everybody) as deaths:
        for operator in everybody:
            fleet.start(operator)
        sid = fleet.create_session()
        for _ in range(5):
            kill_after(fleet, everybody, chosen.uniform(1.0, 4.0))
        await_end(fleet, sid)
    assert len(deaths) == 20
    for index, before in enumerate(deaths):
        operator = everybody[index % 4]
        assert_nothing_lost_or_made_twice(fleet.connection, operator.address, sid, before, operator.public)
    assert_as_if_undisturbed(fleet, sid)


def kill_after(fleet: Fleet, operators: list[Operator], seconds: float) -> None:
    """Kill running processes at once after some time, and start them again."""
    end = time.monotonic() + seconds
    fleet.wait_until(lambda: time.monotonic() >= end, "a time", seconds + 10)
    processes = [each.process for each in operators if each.process is not None]
    assert len(processes) == len(operators)
    for process in processes:
        process.kill()
    for process in processes:
        process.wait(10)
    fleet.wait_until(lambda: all(each.process.poll() is None for each in operators), "the next start")
