"""Sending transactions: simulate, sign, send, wait for the receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, cast

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from web3.contract.contract import ContractConstructor, ContractFunction
from web3.exceptions import TimeExhausted
from web3.types import TxParams, TxReceipt, Wei

from .connection import Connection, node_errors
from .errors import TransactionFailedError, TransactionTimeoutError

MAX_TRANSACTION_GAS: Final = 16_777_216
"""The most gas that one transaction may have (EIP-7825)."""

_RECEIPT_SECONDS: Final = 120
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """
    A transaction that succeeded.

    Attributes
    ----------
    kind : str
        The name of the contract's function.
    transaction_hash : str
        Its hash.
    block_number : int
        The block that holds it.
    gas_used : int
        What it cost.
    receipt : TxReceipt
        The node's receipt, with the events.
    """

    kind: str
    transaction_hash: str
    block_number: int
    gas_used: int
    receipt: TxReceipt


class TransactionSender:
    """
    Sends one account's transactions, one after the other.

    Parameters
    ----------
    connection : Connection
        The node.
    account : LocalAccount
        Who signs.
    observer : callable, optional
        Told of every mined transaction.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        observer: Callable[[MinedTransaction], None] | None = None,
    ) -> None:
        self._connection = connection
        self._account = account
        self._observer = observer
        self._lock = Lock()

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

    def send(self, function: ContractFunction, value: int = 0) -> MinedTransaction:
        """
        Send a call and wait until it is mined.

        Parameters
        ----------
        function : ContractFunction
            The call with its arguments.
        value : int
            What is paid with it, wei.

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
            If it was not mined in time.
        NodeError
            If the node fails.
        """
        mined = send_transaction(
            self._connection.w3, self._account, function, function.fn_name, value, self._lock
        )
        if self._observer is not None:
            self._observer(mined)
        return mined


def send_transaction(
    w3: Any,
    account: LocalAccount,
    function: ContractFunction | ContractConstructor,
    kind: str,
    value: int,
    lock: Lock,
) -> MinedTransaction:
    """
    Simulate, sign, send and wait; see `TransactionSender.send`.

    Parameters
    ----------
    w3 : Web3
        The node's client.
    account : LocalAccount
        Who signs.
    function : ContractFunction or ContractConstructor
        What is called.
    kind : str
        Its name, for messages.
    value : int
        What is paid with it, wei.
    lock : Lock
        Held from reading the nonce until the transaction is sent.

    Returns
    -------
    MinedTransaction
        The mined transaction.
    """
    with node_errors(kind):
        # The estimate simulates the call, so a refused one costs nothing.
        estimate = function.estimate_gas({"from": account.address, "value": Wei(value)})
        gas = min(estimate + estimate // 5, MAX_TRANSACTION_GAS)
        with lock:
            nonce = w3.eth.get_transaction_count(account.address, "pending")
            transaction = function.build_transaction(
                {"from": account.address, "value": Wei(value), "gas": gas, "nonce": nonce}
            )
            signed = account.sign_transaction(cast(dict[str, Any], transaction))
            transaction_hash = w3.eth.send_raw_transaction(signed.raw_transaction)
    shown = f"0x{bytes(transaction_hash).hex()}"
    with node_errors(kind):
        try:
            receipt = w3.eth.wait_for_transaction_receipt(transaction_hash, _RECEIPT_SECONDS, _POLL_SECONDS)
        except TimeExhausted:
            raise TransactionTimeoutError(kind, shown) from None
        status, block, gas_used = receipt["status"], int(receipt["blockNumber"]), int(receipt["gasUsed"])
    if status != 1:
        raise TransactionFailedError(kind, shown)
    return MinedTransaction(kind, shown, block, gas_used, receipt)
