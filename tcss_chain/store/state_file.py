"""One SQLite file with a state in it: connecting, its checks, its header, and the errors of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .errors import (
    StateBusyError,
    StateDamagedError,
    StateFormatError,
    StateFullError,
    StateWriteError,
    StoreError,
    UnstorableValueError,
)
from .private_place import overwrite_and_empty
from .schema import FORMAT_VERSION, SEALED_COLUMNS, STATE_APPLICATION, TABLES
from .sealing import SALT_BYTES, KdfCost, Sealer

WRITE_WAIT_SECONDS: Final = 30.0
READ_WAIT_SECONDS: Final = 5.0
_HOT_JOURNAL: Final = bytes.fromhex("d9d505f920a163d7")
_KINDS: Final = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    # The statements are constants and fit the tables that they were written for.
    sqlite3.SQLITE_ERROR: "damaged",
    sqlite3.SQLITE_MISMATCH: "damaged",
    sqlite3.SQLITE_CONSTRAINT: "constraint",
}


@dataclass(frozen=True, slots=True)
class Header:
    """
    What a state says about itself without its passphrase.

    Attributes
    ----------
    cost : KdfCost
        Within its bounds.
    salt : bytes
        32 bytes.
    wrapped_key : bytes
        The state's key, sealed with the passphrase's.
    restored_at : int or None
        When it was restored from a backup, Unix seconds.
    compaction_due : bool
        Whether erased rows may still have traces in the file.
    """

    cost: KdfCost
    salt: bytes
    wrapped_key: bytes = field(repr=False)
    restored_at: int | None
    compaction_due: bool


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn SQLite's errors into this package's; their own text may show content and is dropped."""
    try:
        yield
    except sqlite3.Error as error:
        if not hasattr(error, "sqlite_errorcode"):
            # A mistake in the use of the module, not in the file or on the disk.
            raise
        raise _translated(error.sqlite_errorcode, error.sqlite_errorname) from None
    except UnicodeDecodeError:
        # SQLite's message about a damaged schema quotes it.
        raise StateDamagedError("a text that is not UTF-8") from None


def _translated(code: int, name: str) -> StoreError:
    if name == "SQLITE_READONLY_ROLLBACK":
        return StateBusyError()
    match _KINDS.get(code & 0xFF):
        case "busy":
            return StateBusyError()
        case "full":
            return StateFullError()
        case "damaged":
            return StateDamagedError(f"SQLite says {name}")
        case "constraint":
            return UnstorableValueError(f"a row that its table refuses ({name})")
        case _:
            return StateWriteError(name)


def connect(path: Path, *, wait: float = WRITE_WAIT_SECONDS) -> sqlite3.Connection:
    """
    Connect for writing, so that a commit returns when its content is on the disk.

    The rollback journal stays as a file (``PERSIST``) instead of being deleted, so that its content, earlier
    versions of pages, can be overwritten in place afterwards. ``secure_delete`` overwrites what is deleted,
    and temporary content stays in memory. The file's own schema is not trusted.

    Parameters
    ----------
    path : Path
        A file that exists.
    wait : float
        Seconds to wait for readers.

    Returns
    -------
    sqlite3.Connection
        For any thread, one at a time; without automatic transactions.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, timeout=wait, isolation_level=None, check_same_thread=False, cached_statements=64
    )
    try:
        # The usual one quotes a text that is not UTF-8 in its error.
        connection.text_factory = bytes.decode
        for pragma in (
            "temp_store = MEMORY",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "secure_delete = ON",
            "synchronous = EXTRA",
            "foreign_keys = ON",
            "journal_mode = PERSIST",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path, *, unchanging: bool = False) -> sqlite3.Connection:
    """
    Connect for reading, beside a process that writes.

    Parameters
    ----------
    path : Path
        A file that exists.
    unchanging : bool
        Whether nobody writes it, as with a backup: then no locks are taken.

    Returns
    -------
    sqlite3.Connection
        For reading.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if unchanging else ''}"
    connection = sqlite3.connect(uri, uri=True, timeout=READ_WAIT_SECONDS, isolation_level=None)
    try:
        # The usual one quotes a text that is not UTF-8 in its error.
        connection.text_factory = bytes.decode
        for pragma in ("temp_store = MEMORY", "trusted_schema = OFF", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_checked(path: Path, *, read_only: bool = False) -> tuple[sqlite3.Connection, Header]:
    """
    Connect to a state, finish what a crash interrupted, and check the file.

    Parameters
    ----------
    path : Path
        A file that exists.
    read_only : bool
        Whether it is read beside a service, which looks after its structure and repairs.

    Returns
    -------
    connection : sqlite3.Connection
        For any thread, one at a time.
    header : Header
        What the state says about itself.

    Raises
    ------
    StateDamagedError, StateFormatError, KdfCostError
        If the file is not whole or of another version.
    StateFullError, StateWriteError, StateBusyError
        If it cannot be read or written.
    """
    with translated_errors():
        connection = connect_read_only(path) if read_only else connect(path)
        try:
            check_format(connection, STATE_APPLICATION)
            if not read_only:
                check_integrity(connection)
            return connection, read_header(connection)
        except BaseException:
            connection.close()
            raise


def lay_out(connection: sqlite3.Connection, header: Header) -> None:
    """Make the tables of an empty state."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in TABLES:
        connection.execute(statement)
    write_header(connection, header)
    connection.execute(f"PRAGMA application_id = {STATE_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
    connection.execute("COMMIT")


def write_header(connection: sqlite3.Connection, header: Header) -> None:
    """Write the header in place of the one that is there."""
    connection.execute(
        "INSERT OR REPLACE INTO header"
        " (one, kdf_n, kdf_r, kdf_p, salt, wrapped_key, restored_at, compaction_due)"
        " VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
        (
            header.cost.n,
            header.cost.r,
            header.cost.p,
            header.salt,
            header.wrapped_key,
            header.restored_at,
            int(header.compaction_due),
        ),
    )


def check_format(connection: sqlite3.Connection, application: int) -> None:
    """
    Make sure that a file is what it should be, in a version that is known, and has these tables and no more.

    Raises
    ------
    StateDamagedError
        If it is something else.
    StateFormatError
        If it is of another version.
    """
    if _pragma(connection, "application_id") != application:
        raise StateDamagedError(
            "the file is a state or a backup in the other's place, or none of this software"
        )
    version = _pragma(connection, "user_version")
    if version != FORMAT_VERSION:
        raise StateFormatError(int(version), FORMAT_VERSION)
    with closing(sqlite3.connect(":memory:")) as empty:
        for statement in TABLES:
            empty.execute(statement)
        expected = _schema(empty)
    if _schema(connection) != expected:
        raise StateDamagedError("its tables are not those of this format")


def check_integrity(connection: sqlite3.Connection) -> None:
    """
    Make sure that the structure of a file is whole.

    Raises
    ------
    StateDamagedError
        If it is not.
    """
    if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
        raise StateDamagedError("SQLite's own check of the file fails")


def read_header(connection: sqlite3.Connection) -> Header:
    """
    Read the header.

    Raises
    ------
    StateDamagedError
        If it is not in its format.
    KdfCostError
        If the cost of the key derivation is out of bounds.
    """
    rows = connection.execute(
        "SELECT kdf_n, kdf_r, kdf_p, salt, wrapped_key, restored_at, compaction_due FROM header"
    ).fetchall()
    if len(rows) != 1:
        raise StateDamagedError("it has no header")
    n, r, p, salt, wrapped, restored_at, due = rows[0]
    whole = all(isinstance(number, int) for number in (n, r, p, due))
    if not whole or not isinstance(salt, bytes) or len(salt) != SALT_BYTES:
        raise StateDamagedError("its header")
    if not isinstance(wrapped, bytes) or not (restored_at is None or isinstance(restored_at, int)):
        raise StateDamagedError("its header")
    return Header(KdfCost(n, r, p), salt, wrapped, restored_at, bool(due))


def check_sealed(connection: sqlite3.Connection, sealer: Sealer) -> None:
    """
    Open every sealed value.

    Raises
    ------
    StateDamagedError
        If one is not what was sealed in its place.
    """
    for each in SEALED_COLUMNS:
        columns = ", ".join((*each.key, each.column))
        # The names are constants of this package.
        query = f"SELECT {columns} FROM {each.table} WHERE {each.column} IS NOT NULL"  # noqa: S608
        for *row_key, sealed in connection.execute(query):
            if not all(isinstance(part, (bytes, str, int)) for part in row_key):
                raise StateDamagedError(f"a key in {each.table}")
            sealer.open(each.context(tuple(row_key)), sealed, each.table)


def journal_of(path: Path) -> Path:
    """Give the place of a file's rollback journal."""
    return path.with_name(f"{path.name}-journal")


def scrub_journal(path: Path) -> None:
    """
    Overwrite what a finished transaction left in the rollback journal.

    A journal that SQLite still needs, to undo a write that was cut short, is left alone.

    Raises
    ------
    OSError
        If that fails.
    """
    journal = journal_of(path)
    try:
        with journal.open("rb") as file:
            start = file.read(len(_HOT_JOURNAL))
    except FileNotFoundError:
        return
    if start != _HOT_JOURNAL:
        overwrite_and_empty(journal)


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _schema(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    return connection.execute(query).fetchall()
