"""Sends without asking the node for anything first: what is measured is the contract, not the client."""

from __future__ import annotations

import itertools
import time
from typing import Any

from eth_abi import encode
from eth_utils.abi import function_abi_to_4byte_selector, get_abi_input_types
from web3.contract.contract import ContractFunction

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import MAX_TRANSACTION_GAS, MinedTransaction, TransactionSender

MAX_FEE = 100 * 10**9
PATIENCE_SECONDS = 60


class DirectSender(TransactionSender):
    """
    Every transaction is sent with the most gas that a transaction may have, so it succeeds below that.

    Parameters
    ----------
    connection : Connection
        The node, which mines a transaction as soon as it comes.
    sender : TransactionSender
        Whose account signs.
    """

    # So that a transaction which is sent again, after the chain was reset, has a hash that no node remembers.
    _tips = itertools.count(1)

    def __init__(self, connection: Connection, sender: TransactionSender) -> None:
        super().__init__(connection, sender.account)
        self._provider: Any = connection.w3.provider
        self._chain_id = connection.chain_id

    def send(self, function: ContractFunction, value: int = 0, **_: Any) -> MinedTransaction:
        data = function_abi_to_4byte_selector(function.abi) + encode(
            get_abi_input_types(function.abi), function.arguments
        )
        signed = self.account.sign_transaction(
            {
                "to": function.address,
                "data": data,
                "value": value,
                "gas": MAX_TRANSACTION_GAS,
                "maxFeePerGas": MAX_FEE,
                "maxPriorityFeePerGas": next(self._tips),
                "nonce": int(self._ask("eth_getTransactionCount", self.address, "latest"), 16),
                "chainId": self._chain_id,
            }
        )
        transaction_hash = self._ask("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex())
        receipt = self._receipt(transaction_hash)
        assert int(receipt["status"], 16) == 1, f"{function.fn_name} was refused"
        return MinedTransaction(
            function.fn_name,
            transaction_hash,
            int(receipt["blockNumber"], 16),
            int(receipt["gasUsed"], 16),
            receipt,
        )

    def _receipt(self, transaction_hash: str) -> Any:
        end = time.monotonic() + PATIENCE_SECONDS
        while (receipt := self._ask("eth_getTransactionReceipt", transaction_hash)) is None:
            assert time.monotonic() < end, f"{transaction_hash} is not mined"
            time.sleep(0.01)
        return receipt

    def _ask(self, method: str, *arguments: Any) -> Any:
        # The client's own reading of receipts takes longer than the transaction, where its events are long.
        answer = self._provider.make_request(method, arguments)
        assert "result" in answer, answer
        return answer["result"]
