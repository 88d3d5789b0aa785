"""One transaction without a journal: for deployments, which may simply be repeated."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final, cast

from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract.contract import ContractConstructor, ContractFunction
from web3.exceptions import TimeExhausted
from web3.types import Wei

from .errors import TransactionFailedError, TransactionTimeoutError
from .mined_transaction import MinedTransaction, gas_with_margin
from .node_errors import node_errors

_RECEIPT_SECONDS: Final = 120
_POLL_SECONDS: Final = 0.02


def send_transaction(
    w3: Web3,
    account: LocalAccount,
    function: ContractFunction | ContractConstructor,
    kind: str,
    value: int,
    lock: Lock,
) -> MinedTransaction:
    """
    Simulate, sign, send and wait.

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
    with node_errors(kind):
        # The estimate simulates the call, so a refused one costs nothing.
        gas = gas_with_margin(function.estimate_gas({"from": account.address, "value": Wei(value)}))
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
        mined, succeeded = MinedTransaction.from_receipt(kind, receipt), receipt["status"] == 1
    if not succeeded:
        raise TransactionFailedError(kind, shown)
    return mined
