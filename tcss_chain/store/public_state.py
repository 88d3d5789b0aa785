"""What the owner of the data folder can read of a state without its passphrase, and while it is in use."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcss_chain.chain.transaction_journal import JournalEntry

from .errors import StateDamagedError
from .new_state_file import LOCK_FILE, STATE_FILE
from .private_place import is_locked, require_private_file
from .schema import SID_BYTES, STATE_APPLICATION
from .session_table import SessionRow, read_sessions
from .sqlite_transaction_journal import read_entries
from .state_file import check_format, connect_read_only, read_header, translated_errors

_SIDS: Final = (
    "SELECT sid FROM session_secrets",
    "SELECT sid FROM final_share",
    "SELECT sid FROM auditor_key",
    "SELECT sid FROM session_package",
)


@dataclass(frozen=True, slots=True)
class PublicState:
    """
    The public facts of a state at one moment. They are not authenticated: nothing may depend on them.

    Attributes
    ----------
    sessions : tuple of SessionRow
        Those created first coming first.
    with_secrets : frozenset of bytes
        Sessions whose secrets are kept.
    with_final_share : frozenset of bytes
        Sessions whose final share is kept.
    transactions : tuple of JournalEntry
        All of the journal, oldest first, without the signed transactions themselves.
    restored_at : int or None
        When the state was restored from a backup, Unix seconds.
    is_in_use : bool
        Whether a service has the state open.
    with_auditor_key : frozenset of bytes
        Sessions that an auditor's key is kept for.
    with_package : frozenset of bytes
        Sessions whose package is archived.
    """

    sessions: tuple[SessionRow, ...]
    with_secrets: frozenset[bytes]
    with_final_share: frozenset[bytes]
    transactions: tuple[JournalEntry, ...]
    restored_at: int | None
    is_in_use: bool
    with_auditor_key: frozenset[bytes] = frozenset()
    with_package: frozenset[bytes] = frozenset()


def read_public_state(folder: Path) -> PublicState:
    """
    Read the public facts of a state, whether or not a service has it open.

    Parameters
    ----------
    folder : Path
        The data folder.

    Returns
    -------
    PublicState
        As of one moment.

    Raises
    ------
    StateMissingError
        If the folder holds no state.
    StateBusyError
        If it is being written for long, or was left in the middle of a write: only a service repairs that.
    ExposedStateError, StateDamagedError, StateFormatError, StateWriteError
        If the file cannot be used.
    """
    path = folder / STATE_FILE
    require_private_file(path)
    with translated_errors(), closing(connect_read_only(path)) as connection:
        connection.execute("BEGIN")
        check_format(connection, STATE_APPLICATION)
        sids = [connection.execute(query).fetchall() for query in _SIDS]
        if not all(isinstance(sid, bytes) and len(sid) == SID_BYTES for rows in sids for (sid,) in rows):
            raise StateDamagedError("a session id")
        with_secrets, with_final_share, with_auditor_key, with_package = (
            frozenset(sid for (sid,) in rows) for rows in sids
        )
        return PublicState(
            read_sessions(connection),
            with_secrets,
            with_final_share,
            read_entries(connection, None, "1 ORDER BY entry_id", ()),
            read_header(connection).restored_at,
            is_locked(folder / LOCK_FILE),
            with_auditor_key,
            with_package,
        )
