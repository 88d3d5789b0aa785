"""What is written down of every transaction before it leaves: a crash neither loses nor doubles one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock
from typing import Final, Protocol

from eth_typing import ChecksumAddress


class EntryStatus(StrEnum):
    """How far a journalled transaction has come; only the first two are not final."""

    PENDING = "pending"
    """Signed and written down; perhaps broadcast, not known to be mined."""

    MINED = "mined"
    """In a block that a reorganisation may still remove."""

    SETTLED = "settled"
    """In a block that is deep enough."""

    FAILED = "failed"
    """Mined and reverted, or refused by every node before any of them had taken it."""

    SUPERSEDED = "superseded"
    """Its nonce was consumed by a transaction that is not in the journal."""


UNSETTLED: Final = (EntryStatus.PENDING, EntryStatus.MINED)
"""The statuses that still need attention."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """
    What a transaction is for; at most one unsettled transaction has the same purpose.

    Attributes
    ----------
    sid : bytes
        The session, or empty when it belongs to none.
    kind : str
        The name of the contract's function.
    subject : str
        Tells apart several of a kind in one session, such as the dealer that a complaint is about.
    """

    sid: bytes
    kind: str
    subject: str = ""

    @property
    def is_named(self) -> bool:
        """Whether it tells this transaction from others; without session and subject, each is of its own."""
        return bool(self.sid or self.subject)


@dataclass(frozen=True, slots=True)
class SignedVariant:
    """
    One signed version of a transaction; raising its fees adds another.

    Attributes
    ----------
    transaction_hash : str
        Its hash, hexadecimal with 0x.
    raw : bytes
        The signed transaction as nodes take it.
    max_fee_per_gas, max_priority_fee_per_gas : int
        Its fees, wei.
    """

    transaction_hash: str
    raw: bytes = field(repr=False)
    max_fee_per_gas: int
    max_priority_fee_per_gas: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """
    One nonce of one account, and everything that was signed for it.

    Attributes
    ----------
    entry_id : int
        Its number in the journal.
    account : ChecksumAddress
        Who signed.
    chain_id : int
        For which chain.
    nonce : int
        The nonce, the same in all variants.
    purpose : Purpose
        What it is for.
    variants : tuple of SignedVariant
        The signed versions, oldest first; at least one, and at most one of them is ever mined.
    status : EntryStatus
        How far it has come.
    block_number : int or None
        The block that holds it, once mined.
    block_hash : str or None
        That block's hash, hexadecimal with 0x.
    """

    entry_id: int
    account: ChecksumAddress
    chain_id: int
    nonce: int
    purpose: Purpose
    variants: tuple[SignedVariant, ...]
    status: EntryStatus
    block_number: int | None = None
    block_hash: str | None = None


class TransactionJournal(Protocol):
    """
    Keeps signed transactions.

    Every method that changes something returns only when the change would survive a crash. All of them may be
    called by several threads.
    """

    def add(
        self,
        account: ChecksumAddress,
        chain_id: int,
        nonce: int,
        purpose: Purpose,
        variant: SignedVariant,
    ) -> JournalEntry:
        """Write down a new transaction, pending."""

    def add_variant(self, entry_id: int, variant: SignedVariant) -> JournalEntry:
        """Write down another signed version of a transaction."""

    def update(
        self,
        entry_id: int,
        status: EntryStatus,
        block_number: int | None = None,
        block_hash: str | None = None,
    ) -> JournalEntry:
        """Write down how far a transaction has come, and its block or that it is in none."""

    def unsettled(self, account: ChecksumAddress, chain_id: int) -> tuple[JournalEntry, ...]:
        """Give an account's transactions that are pending or mined, by nonce."""

    def of_purpose(
        self, account: ChecksumAddress, chain_id: int, purpose: Purpose
    ) -> tuple[JournalEntry, ...]:
        """Give an account's transactions of one purpose, of any status, newest first."""


class MemoryTransactionJournal:
    """
    Keeps signed transactions in memory.

    For demonstrations, tests, and commands that run once; a process that restarts needs one that survives.
    """

    def __init__(self) -> None:
        self._entries: dict[int, JournalEntry] = {}
        self._lock = Lock()

    def add(
        self,
        account: ChecksumAddress,
        chain_id: int,
        nonce: int,
        purpose: Purpose,
        variant: SignedVariant,
    ) -> JournalEntry:
        """Write down a new transaction, pending."""
        with self._lock:
            entry_id = len(self._entries) + 1
            entry = JournalEntry(entry_id, account, chain_id, nonce, purpose, (variant,), EntryStatus.PENDING)
            self._entries[entry_id] = entry
            return entry

    def add_variant(self, entry_id: int, variant: SignedVariant) -> JournalEntry:
        """Write down another signed version of a transaction."""
        with self._lock:
            entry = self._entries[entry_id]
            self._entries[entry_id] = replace(entry, variants=(*entry.variants, variant))
            return self._entries[entry_id]

    def update(
        self,
        entry_id: int,
        status: EntryStatus,
        block_number: int | None = None,
        block_hash: str | None = None,
    ) -> JournalEntry:
        """Write down how far a transaction has come, and its block or that it is in none."""
        with self._lock:
            self._entries[entry_id] = replace(
                self._entries[entry_id], status=status, block_number=block_number, block_hash=block_hash
            )
            return self._entries[entry_id]

    def unsettled(self, account: ChecksumAddress, chain_id: int) -> tuple[JournalEntry, ...]:
        """Give an account's transactions that are pending or mined, by nonce."""
        entries = (entry for entry in self._of(account, chain_id) if entry.status in UNSETTLED)
        return tuple(sorted(entries, key=lambda entry: entry.nonce))

    def of_purpose(
        self, account: ChecksumAddress, chain_id: int, purpose: Purpose
    ) -> tuple[JournalEntry, ...]:
        """Give an account's transactions of one purpose, of any status, newest first."""
        entries = (entry for entry in self._of(account, chain_id) if entry.purpose == purpose)
        return tuple(sorted(entries, key=lambda entry: -entry.entry_id))

    def _of(self, account: ChecksumAddress, chain_id: int) -> tuple[JournalEntry, ...]:
        with self._lock:
            entries = tuple(self._entries.values())
        return tuple(entry for entry in entries if (entry.account, entry.chain_id) == (account, chain_id))
