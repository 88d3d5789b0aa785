"""The journal of signed transactions, in a participant's or an auditor's state."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any, Final

from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address

from tcss_chain.chain.transaction_journal import (
    UNSETTLED,
    EntryStatus,
    JournalEntry,
    Purpose,
    SignedVariant,
)

from .errors import NonceTakenError, StateDamagedError, UnknownEntryError, UnstorableValueError
from .schema import RAW_TRANSACTION, SID_BYTES, require_integer
from .state_database import StateDatabase

MAX_RAW_BYTES: Final = 1 << 20
"""How long a signed transaction is at most; nodes take far less."""

_COLUMNS: Final = "entry_id, account, chain_id, nonce, sid, kind, subject, status, block_number, block_hash"
_UNSETTLED: Final = f"status IN ({', '.join(repr(str(status)) for status in UNSETTLED)})"
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,77}")
_MAX_TEXT: Final = 200

Unseal = Callable[[int, int, object], bytes]
"""Gives a raw transaction from entry, place and sealed value."""


class SqliteTransactionJournal:
    """
    The `TransactionJournal` that survives crashes.

    Signed transactions are sealed: a complaint that was not sent holds a key. Those of settled entries are
    dropped, and those of failed and superseded ones when the session's secrets are erased: until then a
    reorganisation may make them worth sending again. Their `SignedVariant.raw` is empty from then on; the
    rest of an entry stays for good.

    Parameters
    ----------
    database : StateDatabase
        An open state.
    """

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def add(
        self,
        account: ChecksumAddress,
        chain_id: int,
        nonce: int,
        purpose: Purpose,
        variant: SignedVariant,
    ) -> JournalEntry:
        """
        Write down a new transaction, pending.

        Raises
        ------
        NonceTakenError
            If an unsettled entry has this nonce.
        UnstorableValueError
            If a value is out of its range.
        """
        _require(account, chain_id, nonce, purpose)
        _require_variant(variant)
        with self._database.transaction() as connection:
            same = connection.execute(
                "SELECT 1 FROM journal_entry WHERE account = ? AND chain_id = ? AND nonce = ?"  # noqa: S608
                f" AND {_UNSETTLED}",
                (account, str(chain_id), nonce),
            ).fetchone()
            if same is not None:
                raise NonceTakenError(account, nonce)
            entry_id = connection.execute(
                "INSERT INTO journal_entry (account, chain_id, nonce, sid, kind, subject, status)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING entry_id",
                (
                    account,
                    str(chain_id),
                    nonce,
                    purpose.sid,
                    purpose.kind,
                    purpose.subject,
                    str(EntryStatus.PENDING),
                ),
            ).fetchall()[0][0]
            self._insert_variant(connection, entry_id, 0, variant)
            return self._entry(connection, entry_id)

    def add_variant(self, entry_id: int, variant: SignedVariant) -> JournalEntry:
        """
        Write down another signed version of a transaction.

        Raises
        ------
        UnknownEntryError
            If there is no such entry.
        UnstorableValueError
            If a value is out of its range.
        """
        _require_variant(variant)
        with self._database.transaction() as connection:
            entry = self._entry(connection, entry_id)
            self._insert_variant(connection, entry_id, len(entry.variants), variant)
            return self._entry(connection, entry_id)

    def update(
        self,
        entry_id: int,
        status: EntryStatus,
        block_number: int | None = None,
        block_hash: str | None = None,
    ) -> JournalEntry:
        """
        Write down how far a transaction has come, and its block or that it is in none.

        Raises
        ------
        UnknownEntryError
            If there is no such entry.
        NonceTakenError
            If it becomes unsettled again and another unsettled entry has its nonce.
        UnstorableValueError
            If a value is out of its range.
        """
        if block_number is not None:
            require_integer(block_number, "a block number")
        if block_hash is not None and not _HASH.fullmatch(block_hash):
            raise UnstorableValueError("a block's hash, which is 0x and 64 hexadecimal digits")
        with self._database.transaction() as connection:
            entry = self._entry(connection, entry_id)
            try:
                connection.execute(
                    "UPDATE journal_entry SET status = ?, block_number = ?, block_hash = ?"
                    " WHERE entry_id = ?",
                    (str(status), block_number, block_hash, entry_id),
                )
            except sqlite3.IntegrityError:
                raise NonceTakenError(entry.account, entry.nonce) from None
            if status is EntryStatus.SETTLED:
                connection.execute(
                    "UPDATE journal_variant SET sealed_raw = NULL WHERE entry_id = ?", (entry_id,)
                )
            return self._entry(connection, entry_id)

    def unsettled(self, account: ChecksumAddress, chain_id: int) -> tuple[JournalEntry, ...]:
        """Give an account's transactions that are pending or mined, by nonce."""
        where = f"account = ? AND chain_id = ? AND {_UNSETTLED} ORDER BY nonce"
        with self._database.reading() as connection:
            return read_entries(connection, self._unseal, where, (account, str(chain_id)))

    def of_purpose(
        self, account: ChecksumAddress, chain_id: int, purpose: Purpose
    ) -> tuple[JournalEntry, ...]:
        """Give an account's transactions of one purpose, of any status, newest first."""
        where = "account = ? AND chain_id = ? AND sid = ? AND kind = ? AND subject = ? ORDER BY entry_id DESC"
        values = (account, str(chain_id), purpose.sid, purpose.kind, purpose.subject)
        with self._database.reading() as connection:
            return read_entries(connection, self._unseal, where, values)

    def _insert_variant(
        self, connection: sqlite3.Connection, entry_id: int, place: int, variant: SignedVariant
    ) -> None:
        connection.execute(
            "INSERT INTO journal_variant (entry_id, place, transaction_hash, sealed_raw, max_fee_per_gas,"
            " max_priority_fee_per_gas) VALUES (?, ?, ?, ?, ?, ?)",
            (
                entry_id,
                place,
                variant.transaction_hash,
                self._database.seal(RAW_TRANSACTION, (entry_id, place), variant.raw),
                str(variant.max_fee_per_gas),
                str(variant.max_priority_fee_per_gas),
            ),
        )

    def _entry(self, connection: sqlite3.Connection, entry_id: int) -> JournalEntry:
        entries = read_entries(connection, self._unseal, "entry_id = ?", (entry_id,))
        if not entries:
            raise UnknownEntryError(entry_id)
        return entries[0]

    def _unseal(self, entry_id: int, place: int, sealed: object) -> bytes:
        return self._database.unseal(RAW_TRANSACTION, (entry_id, place), sealed)


def drop_ended_transactions(connection: sqlite3.Connection, sid: bytes) -> None:
    """
    Drop the signed transactions of a session that are neither pending nor mined; their entries stay.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction, or in an erasure if they hold secrets.
    sid : bytes
        The session.
    """
    connection.execute(
        "UPDATE journal_variant SET sealed_raw = NULL WHERE entry_id IN"  # noqa: S608
        f" (SELECT entry_id FROM journal_entry WHERE sid = ? AND NOT {_UNSETTLED})",
        (sid,),
    )


def read_entries(
    connection: sqlite3.Connection, unseal: Unseal | None, where: str, values: tuple[Any, ...]
) -> tuple[JournalEntry, ...]:
    """
    Read entries with their variants.

    Parameters
    ----------
    connection : sqlite3.Connection
        To a state.
    unseal : callable or None
        Opens raw transactions; without it they are left empty.
    where : str
        A condition and order, of this package's own making.
    values : tuple
        For its placeholders.

    Returns
    -------
    tuple of JournalEntry
        In that order.

    Raises
    ------
    StateDamagedError
        If an entry is not in its format.
    """
    query = f"SELECT {_COLUMNS} FROM journal_entry WHERE {where}"  # noqa: S608
    return tuple(
        _decode(row, _read_variants(connection, unseal, row[0]))
        for row in connection.execute(query, values).fetchall()
    )


def _read_variants(
    connection: sqlite3.Connection, unseal: Unseal | None, entry_id: int
) -> tuple[SignedVariant, ...]:
    # The value itself is read only where it is opened: without the passphrase it says nothing.
    sealed_column = "NULL" if unseal is None else "sealed_raw"
    rows = connection.execute(
        f"SELECT place, transaction_hash, {sealed_column}, max_fee_per_gas, max_priority_fee_per_gas"  # noqa: S608
        " FROM journal_variant WHERE entry_id = ? ORDER BY place",
        (entry_id,),
    ).fetchall()
    if not rows or [row[0] for row in rows] != list(range(len(rows))):
        raise StateDamagedError("the variants of an entry in journal_variant")
    variants = []
    for place, transaction_hash, sealed, fee, priority_fee in rows:
        if not isinstance(transaction_hash, str) or not _HASH.fullmatch(transaction_hash):
            raise StateDamagedError("a transaction's hash in journal_variant")
        raw = b"" if sealed is None or unseal is None else unseal(entry_id, place, sealed)
        variants.append(SignedVariant(transaction_hash, raw, _number(fee), _number(priority_fee)))
    return tuple(variants)


def _decode(row: tuple[Any, ...], variants: tuple[SignedVariant, ...]) -> JournalEntry:
    entry_id, account, chain_id, nonce, sid, kind, subject, status, block_number, block_hash = row
    whole = (
        is_checksum_address(account)
        and isinstance(nonce, int)
        and isinstance(sid, bytes)
        and len(sid) in (0, SID_BYTES)
        and isinstance(kind, str)
        and isinstance(subject, str)
        and (block_number is None or isinstance(block_number, int))
        and (block_hash is None or (isinstance(block_hash, str) and _HASH.fullmatch(block_hash)))
        and status in tuple(EntryStatus)
    )
    if not whole:
        raise StateDamagedError("a row of journal_entry")
    return JournalEntry(
        entry_id,
        ChecksumAddress(account),
        _number(chain_id),
        nonce,
        Purpose(sid, kind, subject),
        variants,
        EntryStatus(status),
        block_number,
        block_hash,
    )


def _number(text: object) -> int:
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise StateDamagedError("a number in the journal")
    return int(text)


def _require(account: ChecksumAddress, chain_id: int, nonce: int, purpose: Purpose) -> None:
    require_integer(nonce, "a nonce")
    if not is_checksum_address(account):
        raise UnstorableValueError("an address, which has 40 hexadecimal digits with its checksum")
    if len(purpose.sid) not in (0, SID_BYTES):
        raise UnstorableValueError("a session id, which is 32 bytes, or none")
    if max(len(purpose.kind), len(purpose.subject)) > _MAX_TEXT:
        raise UnstorableValueError(f"a purpose, whose texts have at most {_MAX_TEXT} characters")
    _require_word(chain_id, "a chain id")


def _require_variant(variant: SignedVariant) -> None:
    if not _HASH.fullmatch(variant.transaction_hash):
        raise UnstorableValueError("a transaction's hash, which is 0x and 64 hexadecimal digits")
    if not 0 < len(variant.raw) <= MAX_RAW_BYTES:
        raise UnstorableValueError(f"a signed transaction, which has from 1 to {MAX_RAW_BYTES} bytes")
    _require_word(variant.max_fee_per_gas, "a fee")
    _require_word(variant.max_priority_fee_per_gas, "a fee")


def _require_word(value: int, what: str) -> None:
    if not 0 <= value < 1 << 256:
        raise UnstorableValueError(f"{what}, which has at most 256 bits")
