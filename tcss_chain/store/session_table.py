"""The public facts of the sessions that a service knows, and the packages of finished ones."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tcss_chain.protocol.session import Phase

from .errors import StateDamagedError, UnstorableValueError
from .schema import SID_BYTES, require_integer, require_sid
from .state_database import StateDatabase

MAX_NOTE_CHARACTERS: Final = 2000
"""How long a note is at most."""

_COLUMNS: Final = "sid, standing, phase, first_block, note, updated_at"


class Standing(StrEnum):
    """How a service stands to a session."""

    FOLLOWED = "followed"
    """It takes part, or watches."""

    DECLINED = "declined"
    """The session does not fit its terms; the note says why."""

    FINISHED = "finished"
    """The final share is all that is left."""

    ABORTED = "aborted"
    """The session ended without a secret."""

    TROUBLED = "troubled"
    """It cannot go on; the note says why."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """
    What is known of a session. Nothing of it is secret: it is readable without the passphrase.

    Attributes
    ----------
    sid : bytes
        The session id.
    standing : Standing
        How the service stands to it.
    phase : Phase
        Its phase when the row was written.
    first_block : int
        The block that it was created in.
    note : str
        For the operator; no secrets. At most `MAX_NOTE_CHARACTERS`.
    updated_at : int
        When the row was written, Unix seconds.
    """

    sid: bytes
    standing: Standing
    phase: Phase
    first_block: int
    note: str
    updated_at: int


class SessionTable:
    """
    The sessions that a service knows.

    Parameters
    ----------
    database : StateDatabase
        An open state.
    """

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def put(self, row: SessionRow) -> None:
        """
        Keep the facts of a session in place of earlier ones.

        Raises
        ------
        UnstorableValueError
            If a fact is out of its range.
        """
        require_sid(row.sid)
        require_integer(row.first_block, "a block number")
        require_integer(row.updated_at, "a time")
        if len(row.note) > MAX_NOTE_CHARACTERS:
            raise UnstorableValueError(f"a note, which has at most {MAX_NOTE_CHARACTERS} characters")
        values = (row.sid, str(row.standing), int(row.phase), row.first_block, row.note, row.updated_at)
        with self._database.transaction() as connection:
            connection.execute(
                f"INSERT INTO session ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
                " ON CONFLICT (sid) DO UPDATE SET standing = excluded.standing, phase = excluded.phase,"
                " first_block = excluded.first_block, note = excluded.note, updated_at = excluded.updated_at",
                values,
            )

    def get(self, sid: bytes) -> SessionRow | None:
        """Give the facts of a session, or None."""
        require_sid(sid)
        with self._database.reading() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM session WHERE sid = ?", (sid,)).fetchone()  # noqa: S608
        return None if row is None else _decode(row)

    def all(self) -> tuple[SessionRow, ...]:
        """Give all sessions, those created first coming first."""
        with self._database.reading() as connection:
            return read_sessions(connection)

    def save_package(self, sid: bytes, package: bytes) -> None:
        """Keep the package of a session, its public data, in place of an earlier one."""
        require_sid(sid)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO session_package (sid, package) VALUES (?, ?)"
                " ON CONFLICT (sid) DO UPDATE SET package = excluded.package",
                (sid, package),
            )

    def load_package(self, sid: bytes) -> bytes | None:
        """Give the package of a session, or None. It is checked by those who use it, against the chain."""
        require_sid(sid)
        with self._database.reading() as connection:
            row = connection.execute("SELECT package FROM session_package WHERE sid = ?", (sid,)).fetchone()
        if row is not None and not isinstance(row[0], bytes):
            raise StateDamagedError("a package in session_package")
        return None if row is None else row[0]


def read_sessions(connection: sqlite3.Connection) -> tuple[SessionRow, ...]:
    """
    Read all rows of the table.

    Raises
    ------
    StateDamagedError
        If one is not in its format.
    """
    query = f"SELECT {_COLUMNS} FROM session ORDER BY first_block, sid"  # noqa: S608
    return tuple(_decode(row) for row in connection.execute(query).fetchall())


def _decode(row: tuple[Any, ...]) -> SessionRow:
    sid, standing, phase, first_block, note, updated_at = row
    try:
        decoded = SessionRow(sid, Standing(standing), Phase(phase), first_block, note, updated_at)
    except ValueError:
        raise StateDamagedError("a row of session") from None
    whole = isinstance(sid, bytes) and len(sid) == SID_BYTES and isinstance(note, str)
    if not whole or not all(isinstance(number, int) and number >= 0 for number in (first_block, updated_at)):
        raise StateDamagedError("a row of session")
    return decoded
