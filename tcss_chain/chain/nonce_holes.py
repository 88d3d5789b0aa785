"""Nonces that no transaction has any more, filled so that what waits behind them can be mined."""

from __future__ import annotations

from threading import Lock
from typing import Final

from eth_account.signers.local import LocalAccount

from tcss_chain.checkpoint import Reached

from .connection import Connection
from .errors import NodeError, NonceConsumedError
from .fee_policy import first_fees, suggested_fees
from .mined_transaction import gas_with_margin
from .node_errors import node_errors
from .nonces import mined_count
from .transaction_journal import EntryStatus, Purpose, TransactionJournal
from .transaction_settings import TransactionSettings
from .transaction_signing import sign_transfer_to_oneself
from .transaction_watch import TransactionWatch

FILL_KIND: Final = "fillNonce"
"""The kind of the purpose of a transaction that does nothing but consume a nonce."""

MAX_HOLES: Final = 16
"""How many nonces are filled at most; where more are missing, something else is wrong."""


class NonceHoles:
    """
    Fills the holes in one account's nonces. May be used by several threads.

    A hole is left by a transaction that was refused or given up after a later one was signed, or that
    reverted in a block which went away. It is filled only if a transaction waits behind it, with a transfer
    of nothing to the account itself; otherwise the next transaction takes the nonce.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : LocalAccount
        Who signs.
    journal : TransactionJournal
        What is known of the account's transactions.
    settings : TransactionSettings
        What to pay.
    watch : TransactionWatch
        Sees the transactions through.
    reached : callable
        Told of the moments of each transaction.
    lock : Lock
        Held while something is signed, broadcast or written down.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        journal: TransactionJournal,
        settings: TransactionSettings,
        watch: TransactionWatch,
        reached: Reached,
        lock: Lock,
    ) -> None:
        self._connection = connection
        self._account = account
        self._journal = journal
        self._settings = settings
        self._watch = watch
        self._reached = reached
        self._lock = lock

    def fill(self) -> None:
        """
        Fill all holes before the last transaction that waits.

        Raises
        ------
        NodeError
            If no node answers.
        """
        with self._lock:
            for nonce in self._missing():
                self._fill(nonce)

    def _missing(self) -> list[int]:
        address, chain_id = self._account.address, self._connection.chain_id
        entries = self._journal.unsettled(address, chain_id)
        waiting = [entry.nonce for entry in entries if entry.status is EntryStatus.PENDING]
        if not waiting:
            return []
        count = mined_count(self._connection, address, self._watch.known_count)
        if max(waiting) - count > MAX_HOLES + len(entries):
            return []
        taken = {entry.nonce for entry in entries}
        return [nonce for nonce in range(count, max(waiting)) if nonce not in taken]

    def _fill(self, nonce: int) -> None:
        address, chain_id = self._account.address, self._connection.chain_id
        eth = self._connection.w3.eth
        with node_errors(FILL_KIND):
            gas = gas_with_margin(eth.estimate_gas({"from": address, "to": address}))
            fees = first_fees(suggested_fees(self._connection.w3), self._settings.max_fee_per_gas)
        variant = sign_transfer_to_oneself(self._account, chain_id=chain_id, nonce=nonce, gas=gas, fees=fees)
        self._reached(f"{FILL_KIND}.signed")
        purpose = Purpose(b"", FILL_KIND, str(nonce))
        entry = self._journal.add(address, chain_id, nonce, purpose, variant)
        self._reached(f"{FILL_KIND}.journalled")
        try:
            self._connection.broadcast(variant.raw)
        except (NodeError, NonceConsumedError):
            return  # it stays pending, also when it is refused: whoever has the nonce now shows in a block
        self._watch.offered(entry)
        self._reached(f"{FILL_KIND}.broadcast")
