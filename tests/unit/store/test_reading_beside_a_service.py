"""A state that is only read, as for a backup, while a service writes it."""

from __future__ import annotations

import threading
import time

import pytest
from support.states import PASSPHRASE, SID, dealt_secrets, new_state

from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.store.errors import ExposedStateError, StateMissingError, StoreError, WrongPassphraseError
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase


def test_secrets_are_read_while_a_service_has_the_state_open(database, folder):
    secrets = dealt_secrets()
    SqliteSecretsStore(database).save(SID, secrets)
    with StateDatabase.open_to_read(folder, PASSPHRASE) as reading:
        store = SqliteSecretsStore(reading)
        assert store.load(SID) == secrets
        SqliteSecretsStore(database).save_share(SID, FinalShare(1, 2))
        assert store.load_share(SID) == FinalShare(1, 2)
        SqliteSecretsStore(database).erase(SID)
        assert store.load(SID) is None


def test_every_value_is_whole_however_fast_it_changes(database, folder):
    writing, stop = SqliteSecretsStore(database), threading.Event()

    def write():
        number = 1
        while not stop.is_set():
            number += 1
            writing.save_share(SID, FinalShare(number, number))

    writing.save_share(SID, FinalShare(1, 1))
    thread = threading.Thread(target=write)
    thread.start()
    seen = []
    try:
        with StateDatabase.open_to_read(folder, PASSPHRASE) as reading:
            end = time.monotonic() + 30
            while len(seen) < 50 or seen[-1] < 5:
                assert time.monotonic() < end
                share = SqliteSecretsStore(reading).load_share(SID)
                assert share.x == share.y
                seen.append(share.x)
    finally:
        stop.set()
        thread.join(30)
    assert seen == sorted(seen)


def test_nothing_can_be_written(database, folder):
    SqliteSecretsStore(database).save_share(SID, FinalShare(1, 2))
    with StateDatabase.open_to_read(folder, PASSPHRASE) as reading:
        store = SqliteSecretsStore(reading)
        for write in (
            lambda: store.save_share(SID, FinalShare(3, 4)),
            lambda: store.erase(SID),
            reading.compact,
        ):
            with pytest.raises(StoreError):
                write()
    assert SqliteSecretsStore(database).load_share(SID) == FinalShare(1, 2)


def test_it_neither_takes_nor_frees_the_lock(database, folder):
    StateDatabase.open_to_read(folder, PASSPHRASE).close()
    assert read_public_state(folder).is_in_use
    database.close()
    with StateDatabase.open_to_read(folder, PASSPHRASE):
        assert not read_public_state(folder).is_in_use
        StateDatabase.open(folder, PASSPHRASE).close()


def test_a_wrong_passphrase_reads_nothing_and_is_not_shown(database, folder):
    with pytest.raises(WrongPassphraseError) as refused:
        StateDatabase.open_to_read(folder, "hunter2")
    assert "hunter2" not in str(refused.value)


def test_what_is_missing_or_open_to_others_is_refused(folder, tmp_path):
    with pytest.raises(StateMissingError):
        StateDatabase.open_to_read(folder, PASSPHRASE)
    new_state(folder).close()
    (folder / "state.sqlite").chmod(0o644)
    with pytest.raises(ExposedStateError):
        StateDatabase.open_to_read(folder, PASSPHRASE)
