"""A backup is whole or not there, and what is restored from it says so."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from support.states import (
    PASSPHRASE,
    SID,
    dealt_secrets,
    found_in_files,
    made_up_shares,
    new_state,
    sealed_values,
)

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.backup import restore_backup, write_backup
from tcss_chain.store.errors import (
    BackupExistsError,
    ExposedStateError,
    StateDamagedError,
    StateExistsError,
    StateMissingError,
    StateWriteError,
    UnstorableValueError,
    WrongPassphraseError,
)
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.schema import BACKUP_FILE, SESSION_SECRETS
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

FILES = {"keystore.json": b'{"crypto": "a keystore"}', "participant.yaml": b"rpc: http://user:password@host"}


@pytest.fixture
def backup(database, tmp_path):
    """A backup of a state with secrets, at the time that they were there."""
    store = SqliteSecretsStore(database)
    store.save(SID, dealt_secrets())
    store.save_received(SID, made_up_shares(3))
    store.save_share(SID, FinalShare(7, 8))
    AuditorKeyTable(database).save(SID, AuditorKey(5))
    path = tmp_path / "backup.tcss"
    write_backup(database, path, FILES)
    return path


def test_a_restored_state_holds_what_the_backup_held(database, backup, tmp_path):
    store = SqliteSecretsStore(database)
    secrets = store.load(SID)
    store.erase(SID)
    restored = tmp_path / "restored"
    assert restore_backup(backup, restored, PASSPHRASE, clock=lambda: 1234.5) == FILES
    with StateDatabase.open(restored, PASSPHRASE) as state:
        again = SqliteSecretsStore(state)
        assert again.load(SID) == secrets
        assert again.load_received(SID) == made_up_shares(3)
        assert again.load_share(SID) == FinalShare(7, 8)
        assert AuditorKeyTable(state).load(SID) == AuditorKey(5)
        assert state.restored_at == 1234
        again.erase(SID)
    assert read_public_state(restored).restored_at == 1234
    assert sealed_values(restored, BACKUP_FILE) == []
    assert database.restored_at is None


def test_a_backup_is_one_private_file_without_plain_secrets(backup, tmp_path):
    assert backup.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"backup.tcss", "data"}
    assert found_in_files(tmp_path, [*FILES.values(), PASSPHRASE.encode()]) == []


def test_a_backup_never_overwrites(database, backup, tmp_path):
    before = backup.read_bytes()
    with pytest.raises(BackupExistsError):
        write_backup(database, backup, {})
    assert backup.read_bytes() == before
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BackupExistsError):
        write_backup(database, tmp_path / "link", {})
    with pytest.raises(StateWriteError):
        write_backup(database, tmp_path / "no folder" / "backup", {})


def test_a_backup_of_a_damaged_state_is_not_written(database, tmp_path):
    SqliteSecretsStore(database).save_share(SID, FinalShare(7, 8))
    with database.transaction() as connection:
        connection.execute("UPDATE final_share SET sealed = zeroblob(90)")
    with pytest.raises(StateDamagedError):
        write_backup(database, tmp_path / "backup", {})
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_what_was_erased_before_is_in_no_backup(database, tmp_path, folder):
    store = SqliteSecretsStore(database)
    store.save(SID, dealt_secrets(dealings=3))
    sealed = sealed_values(folder, SESSION_SECRETS)
    store.erase(SID)
    write_backup(database, tmp_path / "backup", FILES)
    assert found_in_files(tmp_path, sealed) == []


def test_a_backup_is_made_while_others_save(database, tmp_path):
    store = SqliteSecretsStore(database)
    stop = threading.Event()

    def save():
        number = 0
        while not stop.is_set():
            number += 1
            store.save_share(SID, FinalShare(1, number))

    thread = threading.Thread(target=save)
    thread.start()
    try:
        for number in range(5):
            write_backup(database, tmp_path / f"backup-{number}", {})
    finally:
        stop.set()
        thread.join(30)
    shares = []
    for number in range(5):
        restore_backup(tmp_path / f"backup-{number}", tmp_path / f"restored-{number}", PASSPHRASE)
        with StateDatabase.open(tmp_path / f"restored-{number}", PASSPHRASE) as state:
            share = SqliteSecretsStore(state).load_share(SID)
            shares.append(0 if share is None else share.y)
    assert shares == sorted(shares)
    assert shares[-1] > 0


def test_a_wrong_passphrase_restores_nothing(backup, tmp_path):
    with pytest.raises(WrongPassphraseError):
        restore_backup(backup, tmp_path / "restored", "another")
    assert not (tmp_path / "restored").exists()


def test_every_changed_block_of_a_backup_is_noticed_or_without_effect(backup, tmp_path):
    content = backup.read_bytes()
    noticed = 0
    for number, place in enumerate(range(100, len(content), 1997)):
        damaged = bytearray(content)
        for offset in range(place, min(place + 8, len(content))):
            damaged[offset] ^= 0xFF
        backup.write_bytes(damaged)
        restored = tmp_path / f"restored-{number}"
        try:
            files = restore_backup(backup, restored, PASSPHRASE)
        except (StateDamagedError, WrongPassphraseError):
            noticed += 1
            assert not restored.exists()
            continue
        assert files == FILES
        with StateDatabase.open(restored, PASSPHRASE) as state:
            assert SqliteSecretsStore(state).load_share(SID) == FinalShare(7, 8)
            assert AuditorKeyTable(state).load(SID) == AuditorKey(5)
    assert noticed > 0


def test_a_folder_with_a_state_is_refused(backup, folder, database, tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(ExposedStateError):
        restore_backup(backup, tmp_path / "open", PASSPHRASE)
    database.close()
    before = (folder / "state.sqlite").read_bytes()
    with pytest.raises(StateExistsError):
        restore_backup(backup, folder, PASSPHRASE)
    assert (folder / "state.sqlite").read_bytes() == before


def test_a_backup_that_others_can_read_or_that_is_missing_is_refused(backup, tmp_path):
    backup.chmod(0o644)
    with pytest.raises(ExposedStateError):
        restore_backup(backup, tmp_path / "restored", PASSPHRASE)
    with pytest.raises(StateMissingError):
        restore_backup(tmp_path / "none", tmp_path / "restored", PASSPHRASE)


def test_a_backup_and_a_state_do_not_pass_for_each_other(database, backup, folder, tmp_path):
    other = tmp_path / "other"
    new_state(other).close()
    (other / "state.sqlite").write_bytes(backup.read_bytes())
    with pytest.raises(StateDamagedError):
        StateDatabase.open(other, PASSPHRASE)
    database.close()
    with pytest.raises(StateDamagedError):
        restore_backup(folder / "state.sqlite", tmp_path / "restored", PASSPHRASE)


@pytest.mark.parametrize(
    "name", ["", "../escape", "a/b", "a\\b", ".hidden", "..", "c:evil", "x" * 101, "a\nb"]
)
def test_names_that_are_not_plain_are_refused(database, tmp_path, name):
    with pytest.raises(UnstorableValueError):
        write_backup(database, tmp_path / "backup", {name: b""})


def test_large_files_are_refused(database, tmp_path):
    with pytest.raises(UnstorableValueError):
        write_backup(database, tmp_path / "backup", {"large": bytes((1 << 20) + 1)})


def test_a_crashed_restoration_is_in_nobodys_way(backup, tmp_path):
    restored = tmp_path / "restored"
    restored.mkdir(0o700)
    (restored / "state.sqlite.new").write_bytes(b"half a file")
    restore_backup(backup, restored, PASSPHRASE)
    with closing(sqlite3.connect(restored / "state.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not (restored / "state.sqlite.new").exists()
