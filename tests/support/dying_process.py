"""Processes that are ended in the middle of erasing or opening a state."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import tcss_chain.store.state_database as state_database
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase


def forked_quickly() -> ForkServerContext:
    """Processes that have imported everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def erase(folder: Path, passphrase: str, sid: bytes) -> None:
    with StateDatabase.open(folder, passphrase) as database:
        SqliteSecretsStore(database).erase(sid)


def open_only(folder: Path, passphrase: str, _sid: bytes) -> None:
    StateDatabase.open(folder, passphrase).close()


def run_and_die(task: Callable[..., None], arguments: tuple[Any, ...], way: str, number: float) -> None:
    """
    Do a task in this process and end it on the way.

    Parameters
    ----------
    task : callable
        `erase` or `open_only`.
    arguments : tuple
        For the task.
    way : str
        "statement": SIGKILL before the SQL statement of that number. "hundred": SIGKILL after so many
        hundreds of SQLite's instructions, thus within statements. "scrub": SIGKILL before the rollback
        journal is overwritten for the time of that number. "seconds": SIGALRM, which ends the process as
        abruptly, after so many seconds, wherever it is then.
    number : float
        When.
    """
    if way in ("statement", "hundred"):
        _die_within_sqlite(way, int(number))
    elif way == "scrub":
        _die_at_scrub(int(number))
    else:
        signal.setitimer(signal.ITIMER_REAL, number)
    task(*arguments)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_within_sqlite(way: str, number: int) -> None:
    connect, count = state_database.connect, 0

    def seen(_statement: str = "") -> int:
        nonlocal count
        count += 1
        if count == number:
            _die()
        return 0

    def connect_and_count(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        if way == "statement":
            connection.set_trace_callback(seen)
        else:
            connection.set_progress_handler(seen, 100)
        return connection

    state_database.connect = connect_and_count  # type: ignore[assignment]


def _die_at_scrub(number: int) -> None:
    scrub_journal, count = state_database.scrub_journal, 0

    def count_and_scrub(path: Path) -> None:
        nonlocal count
        count += 1
        if count == number:
            _die()
        scrub_journal(path)

    state_database.scrub_journal = count_and_scrub
