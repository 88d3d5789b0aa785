"""Transactions that no honest client sends: with too little gas, or bound to fail."""

from __future__ import annotations

from typing import Any, cast

from web3.contract.contract import ContractFunction

from tcss_chain.chain.errors import ChainError
from tcss_chain.chain.transactions import TransactionSender

from .consortium import Consortium


def mine_with_gas(
    consortium: Consortium, sender: TransactionSender, function: ContractFunction, gas: int
) -> tuple[bool, int]:
    """Send without simulating; tell whether it succeeded, and what it burnt."""
    eth = consortium.connection.w3.eth
    transaction = function.build_transaction(
        {"from": sender.address, "gas": gas, "nonce": eth.get_transaction_count(sender.address, "pending")}
    )
    signed = sender.account.sign_transaction(cast(dict[str, Any], transaction))
    receipt = eth.wait_for_transaction_receipt(eth.send_raw_transaction(signed.raw_transaction), 60, 0.02)
    return receipt["status"] == 1, int(receipt["gasUsed"])


def succeeds_with_gas(
    consortium: Consortium, sender: TransactionSender, function: ContractFunction, gas: int
) -> bool:
    """Whether the call would succeed with this much gas; nothing is sent."""
    try:
        consortium.connection.ask("a call", lambda: function.call({"from": sender.address, "gas": gas}))
    except ChainError:
        return False
    return True
