"""After an erasure, no file of the folder holds any version of what was erased."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest
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

from tcss_chain.chain.transaction_journal import EntryStatus, Purpose, SignedVariant
from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.store.errors import StateFullError, StateWriteError
from tcss_chain.store.schema import FINAL_SHARE, RAW_TRANSACTION, RECEIVED_SHARE, SESSION_SECRETS
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

KNOWN = known_roster()
ACCOUNT = KNOWN.accounts[0]
ERASED = (SESSION_SECRETS, RECEIVED_SHARE)


def sealed_now(folder):
    return [value for column in ERASED for value in sealed_values(folder, column)]


@pytest.mark.parametrize("dealings", [0, 1, 40])
def test_every_version_of_the_erased_values_is_gone(database, folder, dealings):
    store = SqliteSecretsStore(database)
    store.save(SID, SessionSecrets.draw())
    seen = sealed_now(folder)
    if dealings:
        for count in (1, dealings):
            store.save(SID, dealt_secrets(KNOWN, dealings=count))
            store.save_received(SID, made_up_shares(20))
            seen += sealed_now(folder)
    assert found_in_files(folder, seen[-1:]), "the search would find what is there"
    store.save_share(SID, FinalShare(7, 8))
    store.erase(SID)
    assert found_in_files(folder, seen) == []
    assert store.load_share(SID) == FinalShare(7, 8)
    database.close()
    assert found_in_files(folder, seen) == []


def test_other_sessions_stay(database, folder):
    store = SqliteSecretsStore(database)
    kept = dealt_secrets(KNOWN, dealings=3)
    store.save(OTHER_SID, kept)
    others = sealed_now(folder)
    store.save(SID, dealt_secrets(KNOWN, dealings=3))
    erased = [value for value in sealed_now(folder) if value not in others]
    store.erase(SID)
    assert found_in_files(folder, erased) == []
    assert {index for _, index in found_in_files(folder, others)} == set(range(len(others)))
    assert store.load(OTHER_SID) == kept


def test_no_trace_is_left_by_rows_that_moved_between_pages(database, folder):
    # Rows of many sizes in the middle of a table make SQLite split and join pages.
    rng = random.Random(2)
    live, gone = {}, []
    for _ in range(400):
        place, value = rng.randrange(1 << 40), rng.randbytes(rng.choice([60, 200, 330, 700]))
        with database.transaction() as connection:
            connection.execute(
                "INSERT INTO final_share (rowid, sid, sealed) VALUES (?, ?, ?)",
                (place, rng.randbytes(32), value),
            )
            live[place] = value
            if len(live) > 60:
                place = rng.choice(list(live))
                connection.execute("DELETE FROM final_share WHERE rowid = ?", (place,))
                gone.append(live.pop(place))
    SqliteSecretsStore(database).erase(SID)
    assert found_in_files(folder, gone) == []
    assert sorted(sealed_values(folder, FINAL_SHARE)) == sorted(live.values())


def test_the_journal_is_empty_after_every_save(database, folder):
    store = SqliteSecretsStore(database)
    for _ in range(3):
        store.save(SID, dealt_secrets(KNOWN, dealings=5))
        assert (folder / "state.sqlite-journal").stat().st_size == 0


def test_a_journal_that_a_crash_left_is_overwritten_at_opening(folder):
    new_state(folder).close()
    # What is left when a process ends right after its commit: a header of zeros before old pages.
    (folder / "state.sqlite-journal").write_bytes(bytes(512) + b"an earlier version of a page" * 100)
    with StateDatabase.open(folder, PASSPHRASE):
        assert (folder / "state.sqlite-journal").stat().st_size == 0


def test_an_erasure_that_was_cut_short_is_finished_at_opening(folder):
    database = new_state(folder)
    store = SqliteSecretsStore(database)
    store.save(SID, dealt_secrets(KNOWN, dealings=5))
    seen = sealed_now(folder)
    # The first half of an erasure, as if the process ended there.
    with database.transaction() as connection:
        connection.execute("UPDATE header SET compaction_due = 1")
        connection.execute("DELETE FROM session_secrets")
    database.close()
    pages = (folder / "state.sqlite").stat().st_size
    with StateDatabase.open(folder, PASSPHRASE) as again:
        assert SqliteSecretsStore(again).load(SID) is None
        assert (folder / "state.sqlite").stat().st_size < pages
    assert found_in_files(folder, seen) == []
    with closing(sqlite3.connect(folder / "state.sqlite")) as connection:
        assert connection.execute("SELECT compaction_due FROM header").fetchone() == (0,)


def test_an_erasure_without_room_says_so_and_can_be_repeated(database, folder, monkeypatch):
    store = SqliteSecretsStore(database)
    store.save(SID, dealt_secrets(KNOWN, dealings=5))
    seen = sealed_now(folder)

    def no_room():
        raise StateFullError

    with monkeypatch.context() as patched:
        patched.setattr(database, "compact", no_room)
        with pytest.raises(StateFullError):
            store.erase(SID)
    assert store.load(SID) is None
    store.erase(SID)
    assert found_in_files(folder, seen) == []


def complaint(journal, sid, nonce, status=None):
    """A complaint that reveals a key, in the journal with a status."""
    raw = random.Random(nonce).randbytes(200)
    purpose = Purpose(sid, "complainInvalidShare", ACCOUNT)
    entry = journal.add(ACCOUNT, 1, nonce, purpose, SignedVariant(f"0x{nonce:064x}", raw, 2, 1))
    if status is not None:
        journal.update(entry.entry_id, status)
    return raw


def kept_raws(journal, sid=SID):
    entries = journal.of_purpose(ACCOUNT, 1, Purpose(sid, "complainInvalidShare", ACCOUNT))
    return {entry.nonce: entry.variants[0].raw for entry in entries}


@pytest.mark.parametrize("erase", ["erase", "forget_handed_out"])
def test_transactions_that_nobody_will_send_again_go_with_the_secrets(database, folder, erase):
    store, journal = SqliteSecretsStore(database), SqliteTransactionJournal(database)
    ended = (EntryStatus.FAILED, EntryStatus.SUPERSEDED, EntryStatus.SETTLED)
    for nonce, status in enumerate(ended):
        complaint(journal, SID, nonce, status)
    pending = complaint(journal, SID, 10)
    mined = complaint(journal, SID, 11, EntryStatus.MINED)
    theirs = complaint(journal, OTHER_SID, 12, EntryStatus.FAILED)
    seen = sealed_values(folder, RAW_TRANSACTION)
    assert len(seen) == 5  # without the settled one
    getattr(store, erase)(SID)
    assert kept_raws(journal) == {0: b"", 1: b"", 2: b"", 10: pending, 11: mined}
    assert kept_raws(journal, OTHER_SID) == {12: theirs}
    left = sealed_values(folder, RAW_TRANSACTION)
    assert {index for _, index in found_in_files(folder, seen)} == {seen.index(value) for value in left}


def test_a_failed_transaction_can_be_sent_again_until_the_secrets_go(database):
    """A reorganisation may put a failed complaint where it is right."""
    journal = SqliteTransactionJournal(database)
    raw = complaint(journal, SID, 4, EntryStatus.FAILED)
    assert kept_raws(journal) == {4: raw}


def test_an_erasure_whose_second_half_fails_is_finished_by_the_next_check(database, folder, monkeypatch):
    store = SqliteSecretsStore(database)
    store.save(SID, dealt_secrets(KNOWN, dealings=5))
    seen = sealed_now(folder)

    def fails():
        raise StateWriteError("SQLITE_IOERR_WRITE")

    with monkeypatch.context() as patched:
        patched.setattr(database, "compact", fails)
        with pytest.raises(StateWriteError):
            store.erase(SID)
    database.check_writable()
    assert found_in_files(folder, seen) == []
    with database.reading() as connection:
        assert connection.execute("SELECT compaction_due FROM header").fetchone() == (0,)
