"""The tables of a state, and which of their columns are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .errors import UnstorableValueError

FORMAT_VERSION: Final = 1
"""Kept in the file's ``user_version``."""

STATE_APPLICATION: Final = 0x54435353
"""``TCSS``, kept in the ``application_id`` of a state."""

BACKUP_APPLICATION: Final = 0x54435342
"""``TCSB``, of a backup: it has to be restored before it is used."""

MAX_INTEGER: Final = (1 << 63) - 1
"""The largest integer of SQLite."""

SID_BYTES: Final = 32

# Amounts of wei and chain ids have up to 256 bits: they are kept as decimal text.
TABLES: Final = (
    "CREATE TABLE header (one INTEGER PRIMARY KEY CHECK (one = 1), kdf_n INTEGER NOT NULL,"
    " kdf_r INTEGER NOT NULL, kdf_p INTEGER NOT NULL, salt BLOB NOT NULL, wrapped_key BLOB NOT NULL,"
    " restored_at INTEGER, compaction_due INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE session_secrets (sid BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL)",
    "CREATE TABLE received_share (sid BLOB NOT NULL, dealer TEXT NOT NULL, sealed BLOB NOT NULL,"
    " PRIMARY KEY (sid, dealer))",
    "CREATE TABLE handed_out_shares (sid BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL)",
    "CREATE TABLE final_share (sid BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL)",
    "CREATE TABLE auditor_key (sid BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL)",
    "CREATE TABLE session (sid BLOB PRIMARY KEY NOT NULL, standing TEXT NOT NULL, phase INTEGER NOT NULL,"
    " first_block INTEGER NOT NULL, note TEXT NOT NULL, updated_at INTEGER NOT NULL)",
    "CREATE TABLE session_package (sid BLOB PRIMARY KEY NOT NULL, package BLOB NOT NULL)",
    "CREATE TABLE journal_entry (entry_id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,"
    " chain_id TEXT NOT NULL, nonce INTEGER NOT NULL, sid BLOB NOT NULL, kind TEXT NOT NULL,"
    " subject TEXT NOT NULL, status TEXT NOT NULL, block_number INTEGER, block_hash TEXT)",
    "CREATE UNIQUE INDEX journal_entry_nonce ON journal_entry (account, chain_id, nonce)"
    " WHERE status IN ('pending', 'mined')",
    "CREATE INDEX journal_entry_purpose ON journal_entry (account, chain_id, sid, kind, subject)",
    "CREATE TABLE journal_variant (entry_id INTEGER NOT NULL REFERENCES journal_entry (entry_id),"
    " place INTEGER NOT NULL, transaction_hash TEXT NOT NULL, sealed_raw BLOB,"
    " max_fee_per_gas TEXT NOT NULL, max_priority_fee_per_gas TEXT NOT NULL, PRIMARY KEY (entry_id, place))",
    "CREATE TABLE backup_file (name TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """
    A column whose values are sealed.

    Attributes
    ----------
    table, column : str
        Its names.
    key : tuple of str
        The columns that tell its rows apart; their values are bound to the sealed one.
    """

    table: str
    column: str
    key: tuple[str, ...]

    def context(self, row_key: tuple[bytes | str | int, ...]) -> bytes:
        """
        Give the associated data of a value: version, table, column, row key, each with its length before it.

        Parameters
        ----------
        row_key : tuple
            The values of the key columns: bytes as they are, text in UTF-8, integers as 8 bytes.

        Returns
        -------
        bytes
            Different for every place.
        """
        if len(row_key) != len(self.key):
            raise ValueError(f"{self.table} has the key {self.key}")
        parts = [FORMAT_VERSION.to_bytes(8, "big"), self.table.encode(), self.column.encode()]
        for part in row_key:
            if isinstance(part, int):
                parts.append(part.to_bytes(8, "big"))
            else:
                parts.append(part.encode() if isinstance(part, str) else part)
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


SESSION_SECRETS: Final = SealedColumn("session_secrets", "sealed", ("sid",))
RECEIVED_SHARE: Final = SealedColumn("received_share", "sealed", ("sid", "dealer"))
HANDED_OUT_SHARES: Final = SealedColumn("handed_out_shares", "sealed", ("sid",))
FINAL_SHARE: Final = SealedColumn("final_share", "sealed", ("sid",))
AUDITOR_KEY: Final = SealedColumn("auditor_key", "sealed", ("sid",))
RAW_TRANSACTION: Final = SealedColumn("journal_variant", "sealed_raw", ("entry_id", "place"))
BACKUP_FILE: Final = SealedColumn("backup_file", "sealed", ("name",))

SEALED_COLUMNS: Final = (
    SESSION_SECRETS,
    RECEIVED_SHARE,
    HANDED_OUT_SHARES,
    FINAL_SHARE,
    AUDITOR_KEY,
    RAW_TRANSACTION,
    BACKUP_FILE,
)


def require_sid(sid: bytes) -> None:
    """
    Make sure that a session id has its length.

    Raises
    ------
    UnstorableValueError
        If it has another one.
    """
    if not isinstance(sid, bytes) or len(sid) != SID_BYTES:
        raise UnstorableValueError("a session id, which is 32 bytes")


def require_integer(value: int, what: str) -> None:
    """
    Make sure that an integer fits the file.

    Raises
    ------
    UnstorableValueError
        If it is negative or has more than 63 bits.
    """
    if not 0 <= value <= MAX_INTEGER:
        raise UnstorableValueError(f"{what}, which is from 0 to 2^63 - 1")
