"""A service is killed while it starts, again and again, with a session at several stages."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from support.fleet import PASSPHRASE, Fleet
from support.kept_state import assert_each_purpose_once, assert_nothing_lost_or_made_twice, read_kept
from support.states import found_in_files, sealed_values

from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.store.schema import RECEIVED_SHARE, SESSION_SECRETS

pytestmark = [pytest.mark.faults, pytest.mark.long_faults, pytest.mark.anvil]

KILLS = 8
RUNS = "participant runs"
STAGES = ["keys.saved", "dealing.saved", "deal.journalled", "received.saved", "share.verified"]


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    return make_fleet(share_patience_seconds=3600, activation_stagger_seconds=3600)


@pytest.mark.parametrize("stage", STAGES)
def test_killed_while_it_starts(fleet: Fleet, stage: str) -> None:
    first, *others = fleet.operators
    fleet.start(*others)
    fleet.kill_at(first, stage)
    fleet.start(first)
    sid = fleet.create_session()
    fleet.await_death(first)
    before = read_kept(first.data, PASSPHRASE)
    sealed = [
        value for each in (SESSION_SECRETS, RECEIVED_SHARE) for value in sealed_values(first.data, each)
    ]
    assert found_in_files(first.data, sealed)

    chosen, slices = random.Random(stage), KILLS + 1
    startup = started_in(fleet)
    for number in range(1, slices):
        process = fleet.start(first)
        time.sleep(startup * (number + chosen.random()) / slices)
        process.kill()
        process.wait(10)
        first.process = None
    fleet.start(first)

    fleet.await_finish(sid)
    fleet.await_journal(first, sid)
    assert found_in_files(first.data, sealed) == []
    assert_nothing_lost_or_made_twice(fleet.connection, first.address, sid, before, first.public)
    assert_each_purpose_once(fleet.connection, first.public, sid)
    assert fleet.state(sid).phase is Phase.ACTIVE
    assert fleet.faults(sid) == [Fault.NONE] * 4
    fleet.assert_consistent(sid)


def started_in(fleet: Fleet) -> float:
    """How long a service takes, now, until it has its state open."""
    others = fleet.operators[1:]
    starts = others[0].log.read_text().count(RUNS)
    fleet.stop(others)
    begun = time.monotonic()
    fleet.start(*others)
    fleet.wait_until(lambda: others[0].log.read_text().count(RUNS) > starts, "a start")
    return time.monotonic() - begun
