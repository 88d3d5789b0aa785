"""A process dies while it erases secrets, and again while the state is opened: nothing is left of them."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from support.dying_process import erase, forked_quickly, open_only, run_and_die
from support.known_roster import known_roster
from support.states import (
    OTHER_SID,
    PASSPHRASE,
    SID,
    dealt_secrets,
    found_in_files,
    made_up_shares,
    new_state,
    sealed_values,
)

from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.store.schema import RECEIVED_SHARE, SESSION_SECRETS
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

pytestmark = pytest.mark.faults

SHARE = FinalShare(7, 8)


@dataclass
class Prepared:
    """A state with two sessions, of which one is to be erased, and copies of it."""

    original: Path
    copies: Path
    erased: list[bytes]
    other: SessionSecrets

    def copy(self) -> Path:
        shutil.rmtree(self.copies, ignore_errors=True)
        shutil.copytree(self.original, self.copies)
        return self.copies


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    known, original = known_roster(), tmp_path / "original"
    with new_state(original) as database:
        store = SqliteSecretsStore(database)
        other = dealt_secrets(known, dealings=2)
        store.save(OTHER_SID, other)
        others = sealed(original)
        for dealings in (1, 4):
            store.save(SID, dealt_secrets(known, dealings=dealings))
        store.save_received(SID, made_up_shares(30))
        store.save_share(SID, SHARE)
        erased = [value for value in sealed(original) if value not in others]
        SessionTable(database).save_package(OTHER_SID, bytes(range(256)) * 1000)
    assert found_in_files(original, erased)
    return Prepared(original, tmp_path / "copy", erased, other)


def sealed(folder: Path) -> list[bytes]:
    return [value for column in (SESSION_SECRETS, RECEIVED_SHARE) for value in sealed_values(folder, column)]


@pytest.fixture(scope="module")
def context() -> Iterator[object]:
    return forked_quickly()


def died(context, folder: Path, task, way: str, number: float) -> bool:
    """Let a process do a task and die on the way; whether it did not finish."""
    process = context.Process(target=run_and_die, args=(task, (folder, PASSPHRASE, SID), way, number))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGALRM if way == "seconds" else -signal.SIGKILL)
    return process.exitcode != 0


def assert_gone_after_the_next_start(prepared: Prepared, folder: Path) -> bool:
    """Open the state as a service does; whether the death came after the secrets were given up."""
    with StateDatabase.open(folder, PASSPHRASE) as database:
        store = SqliteSecretsStore(database)
        was_erased = store.load(SID) is None
        assert bool(store.load_received(SID)) is not was_erased, "all of it or nothing"
        if not was_erased:
            store.erase(SID)
        assert found_in_files(folder, prepared.erased) == []
        assert store.load_share(SID) == SHARE
        assert store.load(OTHER_SID) == prepared.other
    assert found_in_files(folder, prepared.erased) == []
    return was_erased


STEPS = {"statement": 10, "hundred": 10, "scrub": 4}
"""Into how many steps an erasure, with the opening before it, falls at least."""

WAYS = [
    pytest.param("statement", marks=pytest.mark.long_faults),
    pytest.param("hundred", marks=pytest.mark.long_faults),
    "scrub",
]


@pytest.mark.parametrize("way", WAYS)
def test_killed_at_every_step_of_an_erasure(context, prepared: Prepared, way: str) -> None:
    were_erased = []
    for number in count(1):
        folder = prepared.copy()
        if not died(context, folder, erase, way, number):
            break
        were_erased.append(assert_gone_after_the_next_start(prepared, folder))
    assert len(were_erased) >= STEPS[way]
    assert were_erased == sorted(were_erased), "once they are given up they stay so"
    assert set(were_erased) == {True, False}


@pytest.mark.long_faults
@pytest.mark.parametrize("way", STEPS)
def test_killed_again_at_every_step_of_the_opening(context, prepared: Prepared, way: str) -> None:
    # Right before the compaction, which the opening then has to do.
    erasing = next(
        number
        for number in count(1)
        if died(context, prepared.copy(), erase, "scrub", number)
        and assert_gone_after_the_next_start(prepared, prepared.copies)
    )
    openings = 0
    for number in count(1):
        folder = prepared.copy()
        assert died(context, folder, erase, "scrub", erasing)
        if not died(context, folder, open_only, way, number):
            break
        openings += 1
        assert assert_gone_after_the_next_start(prepared, folder)
    assert openings >= STEPS[way] - 1


@pytest.mark.long_faults
def test_killed_at_any_time_of_an_erasure(context, prepared: Prepared) -> None:
    """Also within one statement, between two writes to the disk."""
    step, number, finished, deaths = 0.000_5, 0, 0, 0
    while finished < 3:
        number += 1
        folder = prepared.copy()
        if not died(context, folder, erase, "seconds", number * step):
            finished += 1
            continue
        deaths += 1
        died(context, folder, open_only, "seconds", (number % 20 + 1) * step)
        assert_gone_after_the_next_start(prepared, folder)
    assert deaths >= 10
