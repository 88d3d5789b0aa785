"""A process that is killed at any moment loses nothing that it was told is kept."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest
from support.states import PASSPHRASE, SID, found_in_files, new_state

from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

# Saves numbers, each with several pages of received shares in another transaction, and tells which are kept.
SAVE_FOR_EVER = """
import sys
from pathlib import Path
from support.states import made_up_shares
from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase
store = SqliteSecretsStore(StateDatabase.open(Path(sys.argv[1]), sys.argv[2]))
number = (store.load_share(b"\\1" * 32) or FinalShare(1, 0)).y
shares = made_up_shares(30)
while True:
    number += 1
    store.save_received(b"\\1" * 32, shares)
    store.save(b"\\1" * 32, SessionSecrets(number, number))
    store.save_share(b"\\1" * 32, FinalShare(1, number))
    print(number, flush=True)
    if number % 5 == 0:
        store.erase(b"\\1" * 32)
        print(f"{number} erased", flush=True)
"""


def run_and_kill(folder, rng):
    """Let a child save for a moment, kill it, and tell what it said."""
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    child = subprocess.Popen(
        [sys.executable, "-c", SAVE_FOR_EVER, str(folder), PASSPHRASE],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    lines = [child.stdout.readline()]
    time.sleep(rng.uniform(0.01, 0.15))
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.read().splitlines()
    child.wait(30)
    child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    return [line.strip() for line in lines if line.strip()]


def test_the_last_acknowledged_save_survives_every_kill(folder):
    new_state(folder).close()
    rng = random.Random(11)
    last = 0
    for _ in range(5):
        said = run_and_kill(folder, rng)
        assert said, "the child got to saving"
        acknowledged = int(said[-1].split()[0])
        assert acknowledged > last
        with StateDatabase.open(folder, PASSPHRASE) as database:
            store = SqliteSecretsStore(database)
            last = store.load_share(SID).y
            assert last in (acknowledged, acknowledged + 1)
            assert len(store.load_received(SID)) in (0, 30)
            secrets = store.load(SID)
            if secrets is None:
                assert last % 5 == 0
            else:
                assert secrets.e in (last, last + 1)
            journal = folder / "state.sqlite-journal"
            assert not journal.exists() or journal.stat().st_size == 0


def test_a_write_that_was_cut_short_is_undone(folder):
    """A journal that is still needed is used, never overwritten."""
    with new_state(folder) as database:
        store = SqliteSecretsStore(database)
        store.save_share(SID, FinalShare(1, 5))
        before = (folder / "state.sqlite").read_bytes()
    code = (
        "import os, sys; from pathlib import Path\n"
        "from tcss_chain.store.state_database import StateDatabase\n"
        "database = StateDatabase.open(Path(sys.argv[1]), sys.argv[2])\n"
        "with database.transaction() as connection:\n"
        "    connection.execute('PRAGMA cache_size = 2')\n"
        "    connection.execute('UPDATE final_share SET sealed = zeroblob(20)')\n"
        "    connection.execute('INSERT INTO session_package VALUES (zeroblob(32), randomblob(400000))')\n"
        "    connection.execute('INSERT INTO session_package VALUES (randomblob(32), randomblob(400000))')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder), PASSPHRASE], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (folder / "state.sqlite").read_bytes() != before, "the write had reached the file"
    assert (folder / "state.sqlite-journal").stat().st_size > 0
    with StateDatabase.open(folder, PASSPHRASE) as database:
        assert SqliteSecretsStore(database).load_share(SID) == FinalShare(1, 5)
        with database.reading() as connection:
            assert connection.execute("SELECT count(*) FROM session_package").fetchone() == (0,)
    assert read_public_state(folder).with_final_share == {SID}


@pytest.mark.parametrize("attempt", range(3))
def test_killed_creation_leaves_a_whole_state_or_none(folder, attempt):
    code = (
        "import sys; from pathlib import Path; from support.states import new_state\n"
        "print('go', flush=True); new_state(Path(sys.argv[1])); print('done', flush=True); input()\n"
    )
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    child.stdout.readline()
    time.sleep(0.004 * attempt)
    child.kill()
    done = b"done" in child.stdout.read()
    child.wait(30)
    child.stdin.close()
    child.stdout.close()
    if done or (folder / "state.sqlite").exists():
        StateDatabase.open(folder, PASSPHRASE).close()
    else:
        new_state(folder).close()
    assert found_in_files(folder, [PASSPHRASE.encode()]) == []
