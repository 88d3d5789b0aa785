"""Sending transactions: simulate, sign, write down, broadcast, and wait until they are mined."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction
from web3.types import TxParams, Wei

from tcss_chain.checkpoint import Reached, go_on

from .confirmed_reads import Confirmations, block_at_depth
from .connection import Connection
from .errors import (
    BroadcastRefusedError,
    NodeError,
    NonceConsumedError,
    TransactionFailedError,
    TransactionSupersededError,
    TransactionTimeoutError,
)
from .fee_policy import first_fees, suggested_fees
from .mined_transaction import MAX_TRANSACTION_GAS, MinedTransaction, gas_with_margin
from .node_errors import node_errors
from .nonce_holes import NonceHoles
from .nonces import next_nonce
from .single_transaction import send_transaction
from .transaction_journal import (
    EntryStatus,
    JournalEntry,
    MemoryTransactionJournal,
    Purpose,
    TransactionJournal,
)
from .transaction_settings import TransactionSettings
from .transaction_signing import sign_call
from .transaction_watch import TransactionWatch

__all__ = [
    "MAX_TRANSACTION_GAS",
    "MinedTransaction",
    "TransactionSender",
    "TransactionSettings",
    "send_transaction",
]

_FIRST_PAUSE_SECONDS: Final = 0.02
_LONGEST_PAUSE_SECONDS: Final = 2.0


class TransactionSender:
    """
    Sends one account's transactions. May be used by several threads; an account needs one sender for all.

    Every transaction is written to the journal before it leaves, and what was written is sent again as it is
    until it is mined: nothing is ever built anew while a transaction of the same purpose may still be mined.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : LocalAccount
        Who signs. It must not be used elsewhere.
    observer : callable, optional
        Told of every transaction that is found in a block; by whichever thread finds it.
    journal : TransactionJournal, optional
        Where transactions are written down; in memory by default, for commands that run once. Then what
        nodes have pending of the account is left alone; one that survives knows all that is pending.
    settings : TransactionSettings, optional
        How patient to be, and what to pay.
    reached : callable, optional
        Told of the moments of each transaction: the name of the contract's function with ".simulated",
        ".signed", ".journalled", ".broadcast", ".mined" or ".recorded".
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        observer: Callable[[MinedTransaction], None] | None = None,
        *,
        journal: TransactionJournal | None = None,
        settings: TransactionSettings | None = None,
        reached: Reached = go_on,
    ) -> None:
        self._connection = connection
        self._account = account
        self._journal: TransactionJournal = MemoryTransactionJournal() if journal is None else journal
        self._remembers = not isinstance(self._journal, MemoryTransactionJournal)
        self._settings = settings or TransactionSettings()
        self._reached = reached
        self._lock = Lock()
        self._watch = TransactionWatch(
            connection, account, self._journal, self._settings, observer, reached, self._lock
        )
        self._holes = NonceHoles(
            connection, account, self._journal, self._settings, self._watch, reached, self._lock
        )

    @property
    def address(self) -> ChecksumAddress:
        """The account's address."""
        return self._account.address

    @property
    def account(self) -> LocalAccount:
        """The account, which also signs acceptances."""
        return self._account

    def __repr__(self) -> str:
        return f"TransactionSender({self.address})"

    def simulate(self, function: ContractFunction, value: int = 0) -> Any:
        """
        Run a call without sending it.

        Returns
        -------
        Any
            What the call would return.

        Raises
        ------
        ContractRefusedError
            If the contract would revert.
        NodeError
            If the node fails.
        """
        call: TxParams = {"from": self.address, "value": Wei(value), "gas": MAX_TRANSACTION_GAS}
        return self._connection.ask(function.fn_name, lambda: function.call(call))

    def send(
        self, function: ContractFunction, value: int = 0, *, sid: bytes = b"", subject: str = ""
    ) -> MinedTransaction:
        """
        Send a call and wait until it is mined.

        If the journal holds a transaction of the same session, function and subject that is not final, that
        one is waited for, and the call of this time is not looked at.

        Parameters
        ----------
        function : ContractFunction
            The call with its arguments.
        value : int
            What is paid with it, wei.
        sid : bytes
            The session that the call is about.
        subject : str
            Tells apart several calls of the same function. With neither session nor subject, every call is
            one of its own, and no longer watched once it is mined.

        Returns
        -------
        MinedTransaction
            The mined transaction.

        Raises
        ------
        ContractRefusedError
            If the contract would revert; nothing was sent then.
        TransactionFailedError
            If the transaction was mined and reverted.
        TransactionTimeoutError
            If it was not mined in time. It stays pending: calling again, or `tend`, takes it up.
        TransactionSupersededError
            If a foreign transaction took its nonce.
        AccountInUseError
            If the journal is in memory only, and many transactions are pending that it does not have.
        NodeError
            If no node answers, or all refuse the transaction; nothing is pending then.
        """
        purpose = Purpose(sid, function.fn_name, subject)
        entry = self._unsettled(purpose) or self._sign_and_broadcast(function, value, purpose)
        return self._wait(entry)

    def take_up(self, purpose: Purpose) -> MinedTransaction | None:
        """
        Wait for the transaction of a purpose that the journal holds, before another one is made.

        Parameters
        ----------
        purpose : Purpose
            What the transaction is for.

        Returns
        -------
        MinedTransaction or None
            The mined transaction, sent as it was signed; None if the journal holds none that is not final.

        Raises
        ------
        TransactionFailedError, TransactionTimeoutError, TransactionSupersededError
            As `send`.
        """
        entry = self._unsettled(purpose)
        return None if entry is None else self._wait(entry)

    def tend(self, confirmations: Confirmations = "finalized") -> None:
        """
        See all transactions through that are not final; to be called every few seconds.

        What no node knows is offered again as it is, what is stuck is replaced with higher fees, what a
        reorganisation took out of its block is offered again, and what is deep enough is settled. A nonce
        that no transaction has any more is filled where another waits behind it (`NonceHoles`).

        Parameters
        ----------
        confirmations : int or "finalized"
            How deep a block must be for its transactions to be final.

        Raises
        ------
        NodeError
            If no node answers, after all transactions were looked at.
        """
        entries = self._journal.unsettled(self.address, self._connection.chain_id)
        if not entries:
            return
        failures: list[Exception] = []
        settled_block: int | None = None
        try:
            settled_block = self._connection.ask(
                "reading the block number", lambda: block_at_depth(self._connection.w3, confirmations)
            )
        except NodeError as failure:  # nothing settles, but what is pending can be seen to
            failures.append(failure)
        for entry in entries:
            try:
                if entry.status is EntryStatus.PENDING:
                    entry = self._watch.look(entry)
                if entry.status is EntryStatus.MINED:
                    self._watch.settle(entry, settled_block)
            except Exception as failure:  # noqa: BLE001  # the others must be looked at all the same
                failures.append(failure)
        try:
            self._holes.fill()
        except Exception as failure:  # noqa: BLE001  # the first one is told
            failures.append(failure)
        if failures:
            raise failures[0]

    def pending(self) -> tuple[JournalEntry, ...]:
        """List the transactions that are not mined, by nonce."""
        entries = self._journal.unsettled(self.address, self._connection.chain_id)
        return tuple(entry for entry in entries if entry.status is EntryStatus.PENDING)

    def oldest_pending_seconds(self) -> float:
        """How long this process has known the transaction that is pending for longest; 0 if none is."""
        return max((self._watch.seconds_pending(entry) for entry in self.pending()), default=0.0)

    def _unsettled(self, purpose: Purpose) -> JournalEntry | None:
        if not purpose.is_named:
            return None
        entries = self._journal.unsettled(self.address, self._connection.chain_id)
        return next((entry for entry in entries if entry.purpose == purpose), None)

    def _sign_and_broadcast(self, function: ContractFunction, value: int, purpose: Purpose) -> JournalEntry:
        kind, chain_id = purpose.kind, self._connection.chain_id
        with node_errors(kind):
            # The estimate simulates the call, so a refused one costs nothing.
            gas = gas_with_margin(function.estimate_gas({"from": self.address, "value": Wei(value)}))
        self._reached(f"{kind}.simulated")
        with self._lock:
            meanwhile = self._unsettled(purpose)
            if meanwhile is not None:
                return meanwhile
            taken = {each.nonce for each in self._journal.unsettled(self.address, chain_id)}
            nonce = next_nonce(
                self._connection, self.address, taken, self._watch.known_count, remembers=self._remembers
            )
            with node_errors(kind):
                fees = first_fees(suggested_fees(self._connection.w3), self._settings.max_fee_per_gas)
                variant = sign_call(
                    self._account,
                    function,
                    chain_id=chain_id,
                    nonce=nonce,
                    value=value,
                    gas=gas,
                    fees=fees,
                )
            self._reached(f"{kind}.signed")
            entry = self._journal.add(self.address, chain_id, nonce, purpose, variant)
            self._reached(f"{kind}.journalled")
            try:
                self._connection.broadcast(variant.raw)
            except BroadcastRefusedError:
                # Nobody has it. Whatever comes next has the same nonce, so one of both at most is ever mined.
                self._journal.update(entry.entry_id, EntryStatus.FAILED)
                raise
            except (NodeError, NonceConsumedError):
                return entry  # somebody may have it all the same; whoever waits finds out
            self._watch.offered(entry)
            self._reached(f"{kind}.broadcast")
            return entry

    def _wait(self, entry: JournalEntry) -> MinedTransaction:
        end = time.monotonic() + self._settings.receipt_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                mined = self._mined(entry)
                if mined is not None:
                    return mined
                entry = self._watch.refreshed(entry)
                if self._watch.is_due(entry):
                    entry = self._watch.look(entry)
            except NodeError:
                pass  # the transaction is under way; another node, or the same one later, will know
            if time.monotonic() >= end:
                raise TransactionTimeoutError(entry.purpose.kind, entry.variants[-1].transaction_hash)
            time.sleep(pause)
            pause = min(1.5 * pause, _LONGEST_PAUSE_SECONDS)

    def _mined(self, entry: JournalEntry) -> MinedTransaction | None:
        kind = entry.purpose.kind
        receipt = self._watch.receipt(entry)
        if receipt is not None:
            entry = self._watch.record(entry, receipt)
        if entry.status is EntryStatus.SUPERSEDED:
            raise TransactionSupersededError(kind, entry.account, entry.nonce)
        if entry.status is EntryStatus.FAILED:
            failed = entry.variants[-1].transaction_hash
            if receipt is not None:
                failed = f"0x{bytes(receipt['transactionHash']).hex()}"
            raise TransactionFailedError(kind, failed)
        return None if receipt is None else MinedTransaction.from_receipt(kind, receipt)
