"""A disk that fails for a while stops a state for as long, and no longer."""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing, contextmanager, suppress

import pytest
from support.states import PASSPHRASE, new_state

from tcss_chain.store import state_database
from tcss_chain.store.errors import (
    ExposedStateError,
    StateClosedError,
    StateDamagedError,
    StateFormatError,
    StateFullError,
    StateInUseError,
    StateWriteError,
)
from tcss_chain.store.state_database import StateDatabase

INSERT = "INSERT INTO session_package (sid, package) VALUES (?, ?)"


def keep(database, name, content):
    with database.transaction() as connection:
        connection.execute(INSERT, (name, content))


def kept(database):
    with database.reading() as connection:
        return dict(connection.execute("SELECT sid, package FROM session_package").fetchall())


def tamper(folder, statement, values=()):
    with closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as connection:
        connection.execute(statement, values)


def write_and_fail(database):
    with database.transaction() as connection:
        connection.execute(INSERT, (b"more", b"content"))
        raise StateWriteError("SQLITE_IOERR_FSYNC")


def break_once(database):
    with pytest.raises(StateWriteError):
        write_and_fail(database)


def test_a_failing_disk_loses_nothing_and_harms_no_longer_than_it_fails(folder):
    database = new_state(folder)
    keep(database, b"one", b"first")
    size = (folder / "state.sqlite").stat().st_size
    with limited(resource.RLIMIT_FSIZE, size + 8192):
        for _ in range(2):
            with pytest.raises(StateWriteError):
                keep(database, b"two", bytes(500_000))
            assert kept(database) == {b"one": b"first"}
    keep(database, b"three", b"third")
    with pytest.raises(StateInUseError):
        StateDatabase.open(folder, PASSPHRASE)
    database.close()
    with StateDatabase.open(folder, PASSPHRASE) as again:
        assert kept(again) == {b"one": b"first", b"three": b"third"}
        keep(again, b"two", bytes(500_000))


@contextmanager
def limited(what, soft):
    before, hard = resource.getrlimit(what)
    resource.setrlimit(what, (soft, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (before, hard))


@contextmanager
def no_file_can_be_opened():
    taken = []
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    with limited(resource.RLIMIT_NOFILE, highest + 20):
        try:
            with suppress(OSError):
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY))
            yield
        finally:
            for descriptor in taken:
                os.close(descriptor)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
def test_a_process_without_a_free_descriptor_goes_on_as_soon_as_it_has_one(database, folder):
    keep(database, b"one", b"first")
    # What it closes, to open it anew, may be another thread's by then.
    database._connection.close()
    database._has_failed = True
    with no_file_can_be_opened():
        for _ in range(3):
            with pytest.raises(StateWriteError):
                keep(database, b"two", b"second")
            with pytest.raises(StateWriteError):
                kept(database)
    assert kept(database) == {b"one": b"first"}
    keep(database, b"two", b"second")
    with pytest.raises(StateInUseError):
        StateDatabase.open(folder, PASSPHRASE)


def test_what_was_cut_short_is_undone_when_the_file_is_opened_anew(database):
    """A failed statement keeps the locks of its connection, and its cache, until that is closed."""
    keep(database, b"one", b"first")
    connection = database._connection
    break_once(database)
    assert kept(database) == {b"one": b"first"}
    assert database._connection is not connection
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
    keep(database, b"two", b"second")


def test_a_read_that_fails_opens_the_file_anew_as_well(database):
    keep(database, b"one", b"first")
    connection = database._connection
    with pytest.raises(StateWriteError), database.reading():
        raise StateWriteError("SQLITE_IOERR_READ")
    assert kept(database) == {b"one": b"first"}
    assert database._connection is not connection


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("PRAGMA user_version = 2", StateFormatError),
        ("DROP TABLE auditor_key", StateDamagedError),
        ("UPDATE header SET wrapped_key = x'00'", StateDamagedError),
        ("UPDATE header SET restored_at = 5", StateDamagedError),
    ],
)
def test_a_file_that_is_opened_anew_is_checked_as_at_first(database, folder, statement, error):
    keep(database, b"one", b"first")
    whole = (folder / "state.sqlite").read_bytes()
    break_once(database)
    tamper(folder, statement)
    for _ in range(2):
        with pytest.raises(error):
            keep(database, b"two", b"second")
        with pytest.raises(error):
            kept(database)
    (folder / "state.sqlite").write_bytes(whole)
    assert kept(database) == {b"one": b"first"}


def test_a_file_that_others_can_use_by_now_is_not_opened_anew(database, folder):
    break_once(database)
    (folder / "state.sqlite").chmod(0o644)
    with pytest.raises(ExposedStateError):
        kept(database)
    (folder / "state.sqlite").chmod(0o600)
    assert kept(database) == {}


def test_a_state_that_is_only_read_stays_so_after_a_failed_write(folder):
    with new_state(folder) as database:
        keep(database, b"one", b"first")
    with StateDatabase.open_to_read(folder, PASSPHRASE) as reading:
        for _ in range(2):
            with pytest.raises(StateWriteError):
                keep(reading, b"two", b"second")
            assert kept(reading) == {b"one": b"first"}


def test_a_state_that_failed_stays_closed_once_it_is_closed(database, folder):
    break_once(database)
    database.close()
    with pytest.raises(StateClosedError):
        kept(database)
    StateDatabase.open(folder, PASSPHRASE).close()


def test_a_compaction_that_is_due_is_done_when_the_state_is_checked(database, folder, monkeypatch):
    compact, traces = database.compact, bytes(range(200))
    keep(database, b"one", traces)
    keep(database, b"two", bytes(50_000))

    def no_room():
        raise StateFullError

    monkeypatch.setattr(database, "compact", no_room)
    with pytest.raises(StateFullError), database.erasure() as connection:
        connection.execute("DELETE FROM session_package")
    size = (folder / "state.sqlite").stat().st_size
    with pytest.raises(StateFullError):
        database.check_writable()
    monkeypatch.setattr(database, "compact", compact)
    database.check_writable()
    assert (folder / "state.sqlite").stat().st_size < size
    monkeypatch.setattr(database, "compact", no_room)
    database.check_writable()


def test_a_journal_that_cannot_be_overwritten_is_told_by_the_check(database, monkeypatch):
    def scrub(_path):
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(state_database, "scrub_journal", scrub)
        keep(database, b"one", b"first")
        with pytest.raises(StateWriteError):
            database.check_writable()
    database.check_writable()
    assert kept(database) == {b"one": b"first"}
