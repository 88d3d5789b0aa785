"""
Backups of a state: one file that holds the state and the small files that belong to it, and the way back.

A backup is a copy of the state at one moment. It opens with the passphrase of that moment, and it keeps what
is erased from the state later: destroy the backups of a session's time when the session is active.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from .errors import BackupExistsError, StateDamagedError, StateWriteError, UnstorableValueError
from .new_state_file import new_state_file
from .private_place import create_private_file, require_private_file, sync_file, sync_folder
from .schema import BACKUP_APPLICATION, BACKUP_FILE, STATE_APPLICATION
from .sealing import Sealer
from .state_database import StateDatabase
from .state_file import (
    check_format,
    check_integrity,
    check_sealed,
    connect,
    connect_read_only,
    journal_of,
    read_header,
    translated_errors,
)

MAX_FILE_BYTES: Final = 1 << 20
MAX_NAME_CHARACTERS: Final = 100
MAX_FILES: Final = 100


def write_backup(database: StateDatabase, path: Path, files: Mapping[str, bytes]) -> None:
    """
    Copy a state, while it is in use, and the files that belong to it into a new private file.

    The file is checked as a restoration would check it, and gets its name only when it is on the disk.

    Parameters
    ----------
    database : StateDatabase
        The open state.
    path : Path
        The new file.
    files : mapping of str to bytes
        Small files by plain name, such as the wallet's keystore and the configuration; sealed in the backup.

    Raises
    ------
    BackupExistsError
        If there is something at `path`.
    UnstorableValueError
        If a file is too large or its name is not plain.
    StateFullError, StateWriteError, StateBusyError
        If it cannot be written.
    StateDamagedError
        If the state, or the copy, is not whole.
    """
    for name, content in files.items():
        _require_file(name, content)
    if len(files) > MAX_FILES:
        raise UnstorableValueError(f"the files of a backup, which are at most {MAX_FILES}")
    if path.exists() or path.is_symlink():
        raise BackupExistsError(path)
    filling = path.with_name(f"{path.name}.part")
    try:
        create_private_file(filling)
    except FileExistsError:
        raise BackupExistsError(filling) from None
    try:
        with translated_errors(), closing(connect(filling)) as copy:
            with database.reading() as connection:
                connection.backup(copy)
            _add_files(copy, database, files)
        with closing(connect_read_only(filling, unchanging=True)) as copy, translated_errors():
            check_format(copy, BACKUP_APPLICATION)
            check_integrity(copy)
            database.check_copy(copy)
        sync_file(filling)
        _give_name(filling, path)
    except OSError as error:
        raise StateWriteError(type(error).__name__) from None
    finally:
        with suppress(OSError):
            journal_of(filling).unlink(missing_ok=True)
            filling.unlink(missing_ok=True)
    sync_folder(path.parent)


def restore_backup(
    backup_path: Path, folder: Path, passphrase: str, *, clock: Callable[[], float] = time.time
) -> Mapping[str, bytes]:
    """
    Make a state from a backup. Nothing is written before the whole backup has been checked.

    The new state says when it was restored. What happened after the backup is missing in it: shares, dealings
    and transactions of that time are unknown to it.

    Parameters
    ----------
    backup_path : Path
        The backup.
    folder : Path
        A data folder without a state; created if it is not there.
    passphrase : str
        That of the state when the backup was made.
    clock : callable
        Gives the time, Unix seconds.

    Returns
    -------
    mapping of str to bytes
        The files that were kept in the backup, by name; they are not written anywhere.

    Raises
    ------
    StateMissingError
        If there is no backup.
    WrongPassphraseError
        If the passphrase is another one.
    StateExistsError
        If the folder holds a state.
    ExposedStateError
        If others can read the backup or get into the folder.
    StateDamagedError, StateFormatError, KdfCostError
        If the backup is not whole or of another version.
    StateFullError, StateWriteError, StateInUseError
        If the state cannot be written.
    """
    require_private_file(backup_path)
    with translated_errors(), closing(connect_read_only(backup_path, unchanging=True)) as backup:
        check_format(backup, BACKUP_APPLICATION)
        check_integrity(backup)
        header = read_header(backup)
        sealer = Sealer.unwrap(header.wrapped_key, passphrase, header.salt, header.cost)
        check_sealed(backup, sealer)
        files = _read_files(backup, sealer)
        with new_state_file(folder) as path, translated_errors(), closing(connect(path)) as state:
            backup.backup(state)
            state.execute("BEGIN IMMEDIATE")
            state.execute("DELETE FROM backup_file")
            state.execute("UPDATE header SET restored_at = ?", (int(clock()),))
            state.execute(f"PRAGMA application_id = {STATE_APPLICATION}")
            state.execute("COMMIT")
            state.execute("VACUUM")
    return files


def _add_files(copy: sqlite3.Connection, database: StateDatabase, files: Mapping[str, bytes]) -> None:
    copy.execute("BEGIN IMMEDIATE")
    copy.executemany(
        "INSERT INTO backup_file (name, sealed) VALUES (?, ?)",
        [(name, database.seal(BACKUP_FILE, (name,), content)) for name, content in files.items()],
    )
    copy.execute(f"PRAGMA application_id = {BACKUP_APPLICATION}")
    copy.execute("COMMIT")
    # Copied pages may hold traces of rows that were replaced.
    copy.execute("VACUUM")


def _read_files(backup: sqlite3.Connection, sealer: Sealer) -> dict[str, bytes]:
    files = {}
    for name, sealed in backup.execute("SELECT name, sealed FROM backup_file ORDER BY name").fetchall():
        files[name] = sealer.open(BACKUP_FILE.context((name,)), sealed, BACKUP_FILE.table)
        try:
            _require_file(name, files[name])
        except UnstorableValueError:
            raise StateDamagedError("a file in backup_file") from None
    return files


def _require_file(name: str, content: bytes) -> None:
    plain = name.isprintable() and not set(name) & set("/\\:") and name.strip(". ") == name
    if not name or not plain or len(name) > MAX_NAME_CHARACTERS:
        raise UnstorableValueError("the name of a file, which is plain and without a folder")
    if len(content) > MAX_FILE_BYTES:
        raise UnstorableValueError(f"a file of a backup, which has at most {MAX_FILE_BYTES} bytes")


def _give_name(filling: Path, path: Path) -> None:
    try:
        # Unlike a renaming, a link never replaces what somebody else put there meanwhile.
        os.link(filling, path)
    except FileExistsError:
        raise BackupExistsError(path) from None
    except OSError:
        # A file system without links.
        if path.exists():
            raise BackupExistsError(path) from None
        filling.rename(path)
