"""Seeing journalled transactions through: offered again, replaced, taken out of a block, final, foreign."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from web3 import Web3
from web3.exceptions import TransactionNotFound
from web3.types import TxReceipt

from tcss_chain.checkpoint import Reached

from .connection import Connection
from .errors import BroadcastRefusedError, ContractRefusedError, NodeError, NonceConsumedError
from .fee_policy import Fees, raised_fees, suggested_fees
from .mined_transaction import MinedTransaction
from .node_errors import node_errors
from .transaction_journal import UNSETTLED, EntryStatus, JournalEntry, TransactionJournal
from .transaction_settings import TransactionSettings
from .transaction_signing import call_of, sign_again

REVEALING_KINDS: Final = ("complainInvalidShare",)
"""Calls that publish something secret, whether or not the contract accepts them."""

_SUCCEEDED: Final = 1


@dataclass(slots=True)
class _Attempt:
    """When this process did something for an entry, by the monotonic clock."""

    first_seen: float
    signed_at: float
    looked_at: float | None = None


class TransactionWatch:
    """
    Sees one account's journalled transactions through. May be used by several threads.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : LocalAccount
        Who signs replacements.
    journal : TransactionJournal
        What is known of the transactions.
    settings : TransactionSettings
        How patient to be, and what to pay.
    observer : callable or None
        Told of every transaction that is found in a block.
    reached : callable
        Told of the moments of each transaction.
    lock : Lock
        Held while something is signed, broadcast or written down; shared with the sender.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        journal: TransactionJournal,
        settings: TransactionSettings,
        observer: Callable[[MinedTransaction], None] | None,
        reached: Reached,
        lock: Lock,
    ) -> None:
        self._connection = connection
        self._account = account
        self._journal = journal
        self._settings = settings
        self._observer = observer
        self._reached = reached
        self._lock = lock
        self._attempts: dict[int, _Attempt] = {}
        self._known_count = 0

    @property
    def known_count(self) -> int:
        """How many of the account's transactions are mined as far as this process has seen receipts."""
        return self._known_count

    def refreshed(self, entry: JournalEntry) -> JournalEntry:
        """Read an entry anew from the journal."""
        account, chain_id = entry.account, entry.chain_id
        for known in self._journal.unsettled(account, chain_id):
            if known.entry_id == entry.entry_id:
                return known
        for known in self._journal.of_purpose(account, chain_id, entry.purpose):
            if known.entry_id == entry.entry_id:
                return known
        return entry

    def seconds_pending(self, entry: JournalEntry) -> float:
        """How long this process has known an entry."""
        first_seen = self._attempt(entry).first_seen
        return time.monotonic() - first_seen

    def offered(self, entry: JournalEntry) -> None:
        """Remember that an entry was just broadcast."""
        self._attempt(entry).looked_at = time.monotonic()

    def is_due(self, entry: JournalEntry) -> bool:
        """Whether it is time to look whether nodes still know a transaction."""
        looked_at = self._attempt(entry).looked_at
        pause = min(self._settings.look_seconds, self._settings.bump_after_seconds)
        return looked_at is None or time.monotonic() - looked_at >= pause

    def receipt(self, entry: JournalEntry) -> TxReceipt | None:
        """
        Look for the receipt of any version of a transaction.

        Raises
        ------
        NodeError
            If no node answers.
        """
        return _receipt(self._connection.w3, entry)

    def look(self, entry: JournalEntry) -> JournalEntry:
        """
        Do what a transaction that is not final needs: write down its block, offer it again, raise its fees.

        Parameters
        ----------
        entry : JournalEntry
            The transaction.

        Returns
        -------
        JournalEntry
            What is known of it now.

        Raises
        ------
        NodeError
            If no node answers; it stays as it is then.
        """
        self._attempt(entry).looked_at = time.monotonic()
        eth = self._connection.w3.eth
        # Read before the receipts: one that is mined in between is then found.
        count = self._connection.ask(
            "reading the nonce", lambda: int(eth.get_transaction_count(entry.account, "latest"))
        )
        receipt = self.receipt(entry)
        if receipt is None and count > entry.nonce:
            receipt, is_foreign = self._where_the_nonce_went(entry)
            if is_foreign:
                return self._conclude(entry, EntryStatus.SUPERSEDED)
        if receipt is not None:
            return self.record(entry, receipt)
        with self._lock:
            entry = self.refreshed(entry)
            if entry.status in UNSETTLED and count <= entry.nonce:
                if entry.status is EntryStatus.MINED:  # a reorganisation took it out of its block
                    entry = self._journal.update(entry.entry_id, EntryStatus.PENDING)
                if not self._is_known(entry):
                    if not self._may_leave(entry):
                        return self._journal.update(entry.entry_id, EntryStatus.FAILED)
                    self._offer(entry)
                if count == entry.nonce:
                    entry = self._raise_fees(entry)
        return entry

    def record(self, entry: JournalEntry, receipt: TxReceipt) -> JournalEntry:
        """
        Write down the block of a transaction, and whether it failed.

        Parameters
        ----------
        entry : JournalEntry
            The transaction.
        receipt : TxReceipt
            The receipt of one of its versions.

        Returns
        -------
        JournalEntry
            What is known of it now.
        """
        with node_errors(entry.purpose.kind):
            mined = MinedTransaction.from_receipt(entry.purpose.kind, receipt)
            succeeded = receipt["status"] == _SUCCEEDED
            # Who names no purpose does not come back to it: nobody would offer it again.
            in_block = EntryStatus.MINED if entry.purpose.is_named else EntryStatus.SETTLED
            status = in_block if succeeded else EntryStatus.FAILED
            block_hash = f"0x{bytes(receipt['blockHash']).hex()}"
        with self._lock:
            self._known_count = max(self._known_count, entry.nonce + 1)
            entry = self.refreshed(entry)
            was = entry.status
            if was not in UNSETTLED or (was is status and entry.block_hash == block_hash):
                return entry
            self._reached(f"{mined.kind}.mined")
            entry = self._journal.update(entry.entry_id, status, mined.block_number, block_hash)
            self._reached(f"{mined.kind}.recorded")
            if status is not EntryStatus.MINED:
                self._attempts.pop(entry.entry_id, None)
        if was is EntryStatus.PENDING and succeeded and self._observer is not None:
            self._observer(mined)
        return entry

    def settle(self, entry: JournalEntry, settled_block: int | None) -> JournalEntry:
        """
        Look after a transaction that is in a block, until that is deep enough.

        Parameters
        ----------
        entry : JournalEntry
            The transaction.
        settled_block : int or None
            The number of the latest block that is deep enough, None if none is.

        Returns
        -------
        JournalEntry
            What is known of it now.

        Raises
        ------
        NodeError
            If no node answers.
        """
        receipt = self.receipt(entry)
        if receipt is None:
            return self.look(entry)
        entry = self.record(entry, receipt)
        number = entry.block_number
        if entry.status is not EntryStatus.MINED or number is None:
            return entry
        if settled_block is None or number > settled_block:
            return entry
        return self._conclude(entry, EntryStatus.SETTLED, number, entry.block_hash)

    def _conclude(
        self,
        entry: JournalEntry,
        status: EntryStatus,
        block_number: int | None = None,
        block_hash: str | None = None,
    ) -> JournalEntry:
        with self._lock:
            entry = self.refreshed(entry)
            if entry.status in UNSETTLED:
                entry = self._journal.update(entry.entry_id, status, block_number, block_hash)
            self._attempts.pop(entry.entry_id, None)
            return entry

    def _attempt(self, entry: JournalEntry) -> _Attempt:
        now = time.monotonic()
        return self._attempts.setdefault(entry.entry_id, _Attempt(now, now))

    def _where_the_nonce_went(self, entry: JournalEntry) -> tuple[TxReceipt | None, bool]:
        """
        Find out who consumed a nonce.

        One node may be behind another, so a transaction counts as foreign only when the nonce was consumed
        some blocks ago and no node has a receipt.
        """
        eth = self._connection.w3.eth
        depth = self._settings.superseded_after_blocks
        with node_errors("looking for a receipt"):
            block = int(eth.block_number) - depth
            if block < 0 or int(eth.get_transaction_count(entry.account, block)) <= entry.nonce:
                return None, False
            for node in self._connection.usable_nodes():
                receipt = _receipt(node.w3, entry)
                if receipt is not None:
                    return receipt, False
        return None, True

    def _is_known(self, entry: JournalEntry) -> bool:
        transaction_hash = HexStr(entry.variants[-1].transaction_hash)
        with node_errors("looking for a transaction"):
            try:
                self._connection.w3.eth.get_transaction(transaction_hash)
            except TransactionNotFound:
                return False
        return True

    def _may_leave(self, entry: JournalEntry) -> bool:
        """
        Whether a transaction that no node knows may be broadcast.

        One that reveals a key reveals it even if it reverts. It was simulated before it was signed, but that
        may be long ago: a crash may have come in between.
        """
        if entry.purpose.kind not in REVEALING_KINDS:
            return True
        try:
            with node_errors(entry.purpose.kind):
                self._connection.w3.eth.call(call_of(entry.variants[-1], entry.account))
        except ContractRefusedError:
            return False
        return True

    def _offer(self, entry: JournalEntry) -> None:
        """Broadcast what was signed, as it is; an older version where the newest is refused."""
        for variant in reversed(entry.variants):
            try:
                self._connection.broadcast(variant.raw)
            except BroadcastRefusedError:
                continue
            except (NodeError, NonceConsumedError):
                return
            self._reached(f"{entry.purpose.kind}.broadcast")
            return

    def _raise_fees(self, entry: JournalEntry) -> JournalEntry:
        attempt = self._attempt(entry)
        if time.monotonic() - attempt.signed_at < self._settings.bump_after_seconds:
            return entry
        kind, newest = entry.purpose.kind, entry.variants[-1]
        with node_errors("reading the fees"):
            suggestion = suggested_fees(self._connection.w3)
        old = Fees(newest.max_fee_per_gas, newest.max_priority_fee_per_gas)
        fees = raised_fees(old, suggestion, self._settings.max_fee_per_gas)
        attempt.signed_at = time.monotonic()
        if fees is None:
            return entry
        variant = sign_again(self._account, newest, fees)
        self._reached(f"{kind}.signed")
        entry = self._journal.add_variant(entry.entry_id, variant)
        self._reached(f"{kind}.journalled")
        self._offer(entry)
        return entry


def _receipt(w3: Web3, entry: JournalEntry) -> TxReceipt | None:
    for variant in reversed(entry.variants):
        with node_errors("reading a receipt"):
            try:
                return w3.eth.get_transaction_receipt(HexStr(variant.transaction_hash))
            except TransactionNotFound:
                continue
    return None
