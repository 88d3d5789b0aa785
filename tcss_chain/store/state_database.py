"""The state of a participant or an auditor: one SQLite file that survives crashes, its secrets sealed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import StateClosedError, StateDamagedError, StateWriteError
from .new_state_file import LOCK_FILE, STATE_FILE, existing_state_file, new_state_file
from .private_place import ProcessLock
from .schema import SealedColumn
from .sealing import DEFAULT_KDF_COST, KdfCost, Sealer, fresh_salt
from .state_file import (
    Header,
    check_sealed,
    connect,
    connect_checked,
    lay_out,
    scrub_journal,
    translated_errors,
)


class StateDatabase:
    """
    An open state. One process has it open at a time; all its threads may use it at once.

    Every transaction is kept whole or not at all, and is on the disk when it returns. Each one overwrites the
    rollback journal when it is done. After a failure of the disk the next use opens the file anew, with the
    checks of `open`; the process keeps its lock all the time. Use `create` or `open`.

    Parameters
    ----------
    folder : Path
        The data folder.
    lock : ProcessLock or None
        Held, and released by `close`; None when the state is only read.
    connection : sqlite3.Connection
        To a file that was checked.
    sealer : Sealer
        With the state's key.
    header : Header
        The file's.
    """

    def __init__(
        self,
        folder: Path,
        lock: ProcessLock | None,
        connection: sqlite3.Connection,
        sealer: Sealer,
        header: Header,
    ) -> None:
        self.folder = folder
        self._process_lock = lock
        self._connection: sqlite3.Connection | None = connection
        self._sealer = sealer
        self._header = header
        self._lock = threading.RLock()
        self._has_failed = False

    def __repr__(self) -> str:
        return f"StateDatabase({str(self.folder)!r})"

    @classmethod
    def create(cls, folder: Path, passphrase: str, *, kdf_cost: KdfCost = DEFAULT_KDF_COST) -> Self:
        """
        Create a state and open it.

        Parameters
        ----------
        folder : Path
            The data folder; created if it is not there.
        passphrase : str
            Not empty.
        kdf_cost : KdfCost
            What it costs to try a passphrase.

        Returns
        -------
        StateDatabase
            The empty state.

        Raises
        ------
        StateExistsError
            If the folder holds a state.
        ExposedStateError
            If others can get into the folder.
        EmptyPassphraseError, StateInUseError, StateFullError, StateWriteError
            What they say.
        """
        sealer, salt = Sealer.draw(), fresh_salt()
        header = Header(kdf_cost, salt, sealer.wrap(passphrase, salt, kdf_cost), None, False)
        with (
            new_state_file(folder) as path,
            translated_errors(),
            closing(connect(path)) as connection,
        ):
            lay_out(connection, header)
        return cls.open(folder, passphrase)

    @classmethod
    def open(cls, folder: Path, passphrase: str) -> Self:
        """
        Open a state, finish what a crash interrupted, and check the file.

        Parameters
        ----------
        folder : Path
            The data folder.
        passphrase : str
            What the state was created with.

        Returns
        -------
        StateDatabase
            The state.

        Raises
        ------
        StateMissingError
            If the folder holds no state.
        StateInUseError
            If another process has it open.
        WrongPassphraseError
            If the passphrase is another one.
        ExposedStateError
            If others can get at it.
        StateDamagedError, StateFormatError, KdfCostError
            If the file is not whole or of another version.
        StateFullError, StateWriteError, StateBusyError
            If it cannot be read or written.
        """
        path = existing_state_file(folder)
        with ExitStack() as undo:
            lock = ProcessLock(folder / LOCK_FILE)
            undo.callback(lock.release)
            connection, header = connect_checked(path)
            undo.callback(connection.close)
            sealer = Sealer.unwrap(header.wrapped_key, passphrase, header.salt, header.cost)
            database = cls(folder, lock, connection, sealer, header)
            database._scrub(required=False)
            if header.compaction_due:
                database.compact()
            undo.pop_all()
        return database

    @classmethod
    def open_to_read(cls, folder: Path, passphrase: str) -> Self:
        """
        Open a state for reading, as for a backup, whether or not a service has it open.

        Parameters
        ----------
        folder : Path
            The data folder.
        passphrase : str
            What the state was created with.

        Returns
        -------
        StateDatabase
            The state; writing to it raises.

        Raises
        ------
        StateMissingError
            If the folder holds no state.
        StateBusyError
            If it was left in the middle of a write: only a service repairs that.
        WrongPassphraseError, ExposedStateError, StateDamagedError, StateFormatError, KdfCostError
            What they say.
        """
        connection, header = connect_checked(existing_state_file(folder), read_only=True)
        with ExitStack() as undo:
            undo.callback(connection.close)
            sealer = Sealer.unwrap(header.wrapped_key, passphrase, header.salt, header.cost)
            undo.pop_all()
        return cls(folder, None, connection, sealer, header)

    @property
    def restored_at(self) -> int | None:
        """When this state was restored, Unix seconds, or None: what came after its backup is missing."""
        return self._header.restored_at

    def close(self) -> None:
        """Close the file and let another process open it. Closing twice does nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                if self._process_lock is not None:
                    self._process_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """
        Write: all that the block does is kept when it ends, or nothing if it raises.

        Blocks do not nest, and no other thread gets in between.

        Yields
        ------
        sqlite3.Connection
            To execute statements with.

        Raises
        ------
        StateFullError, StateBusyError
            If nothing was kept for want of room or because a reader did not finish.
        StateWriteError
            If the disk failed: what was being written may or may not be there. The next use reads it anew.
        StateClosedError
            If it was closed.
        """
        with self._lock:
            connection = self._usable()
            if connection.in_transaction:
                raise RuntimeError("transactions of a state do not nest; do all of it in one")
            try:
                with translated_errors():
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
            except BaseException as error:
                self._undo(connection, error)
                raise
            self._scrub(required=False)

    @contextmanager
    def erasure(self) -> Iterator[sqlite3.Connection]:
        """
        Write as in a `transaction`, and leave nothing in any file of what the block deletes or replaces.

        If the second half is interrupted, the deletion stands, and `check_writable`, the next erasure or the
        next opening does the rest.

        Yields
        ------
        sqlite3.Connection
            To execute statements with.

        Raises
        ------
        StoreError
            As `transaction`; also when the deletion is kept but its traces could not be removed yet.
        """
        with self._lock:
            with self.transaction() as connection:
                connection.execute("UPDATE header SET compaction_due = 1")
                yield connection
            self.compact()

    def check_writable(self) -> None:
        """
        Make sure that the next secret could be kept, and remove traces of erased ones that are still due.

        Raises
        ------
        StateFullError, StateWriteError, StateBusyError
            If the file cannot be written, or traces of what was erased cannot be removed.
        """
        with self._lock:
            with self.transaction() as connection:
                connection.execute("UPDATE header SET restored_at = restored_at")
                (due,) = connection.execute("SELECT compaction_due FROM header").fetchone()
            self._scrub(required=True)
            if due:
                self.compact()

    def compact(self) -> None:
        """
        Write the file anew from its live rows.

        Overwriting what is deleted is not enough: SQLite moves rows between pages and may leave a copy in the
        free part of a page that it came from.

        Raises
        ------
        StoreError
            As `transaction`.
        """
        with self._lock:
            connection = self._usable()
            try:
                with translated_errors():
                    connection.execute("VACUUM")
            except BaseException as error:
                self._undo(connection, error)
                raise
            self._scrub(required=True)
            with self.transaction() as connection:
                connection.execute("UPDATE header SET compaction_due = 0")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """
        Read; fetch all rows within the block.

        Yields
        ------
        sqlite3.Connection
            To execute queries with.

        Raises
        ------
        StoreError
            If the file cannot be read.
        """
        with self._lock:
            connection = self._usable()
            try:
                with translated_errors():
                    yield connection
            except StateWriteError:
                self._has_failed = True
                raise

    def seal(self, column: SealedColumn, row_key: tuple[bytes | str | int, ...], plain: bytes) -> bytes:
        """Seal a value for its place."""
        return self._sealer.seal(column.context(row_key), plain)

    def unseal(self, column: SealedColumn, row_key: tuple[bytes | str | int, ...], sealed: object) -> bytes:
        """
        Open a value from its place.

        Raises
        ------
        StateDamagedError
            If it is not what was sealed there.
        """
        return self._sealer.open(column.context(row_key), sealed, column.table)

    def check_copy(self, connection: sqlite3.Connection) -> None:
        """
        Open every sealed value in a copy of this state.

        Raises
        ------
        StateDamagedError
            If one is not what was sealed in its place.
        """
        check_sealed(connection, self._sealer)

    def _usable(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StateClosedError
        if self._has_failed:
            self._connection = self._reopened(self._connection)
            self._has_failed = False
        return self._connection

    def _reopened(self, failed: sqlite3.Connection) -> sqlite3.Connection:
        """Connect anew: what the disk holds may not be what SQLite's cache says."""
        # It may hold the file's locks, and keep another connection from undoing what was cut short.
        with suppress(sqlite3.Error):
            failed.close()
        path = existing_state_file(self.folder)
        connection, header = connect_checked(path, read_only=self._process_lock is None)
        known = self._header
        if (header.wrapped_key, header.restored_at) != (known.wrapped_key, known.restored_at):
            connection.close()
            raise StateDamagedError("another file was put in its place")
        return connection

    def _undo(self, connection: sqlite3.Connection, error: BaseException) -> None:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        if isinstance(error, StateWriteError) or connection.in_transaction:
            self._has_failed = True
        else:
            self._scrub(required=False)

    def _scrub(self, *, required: bool) -> None:
        try:
            scrub_journal(self.folder / STATE_FILE)
        except OSError as error:
            # Otherwise the transaction is kept, and the next one tries again.
            if required:
                raise StateWriteError(type(error).__name__) from None
