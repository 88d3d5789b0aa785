"""The contracts that only tests use: deployment and calls."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from web3 import Web3

from tcss_chain.chain.connection import connect, node_errors
from tcss_chain.chain.transactions import MinedTransaction, send_transaction

ARTIFACTS = Path(__file__).resolve().parents[1] / "contract" / "artifacts"


class Mock:
    """A deployed contract of ``contracts/mocks``."""

    def __init__(self, w3: Web3, account: LocalAccount, abi: list[dict[str, Any]], address: str) -> None:
        self._w3 = w3
        self._account = account
        self.contract = w3.eth.contract(Web3.to_checksum_address(address), abi=abi)

    @property
    def address(self) -> ChecksumAddress:
        return self.contract.address

    def call(self, name: str, *arguments: Any, gas: int | None = None) -> Any:
        options = {} if gas is None else {"gas": gas}
        with node_errors(name):
            return self.contract.get_function_by_name(name)(*arguments).call(options)

    def raw_call(self, data: str) -> bytes:
        with node_errors("raw call"):
            return bytes(self._w3.eth.call({"to": self.address, "data": data}))

    def send(self, name: str, *arguments: Any, value: int = 0) -> MinedTransaction:
        function = self.contract.get_function_by_name(name)(*arguments)
        return send_transaction(self._w3, self._account, function, name, value, Lock())


def deploy_mock(rpc_url: str, account: LocalAccount, name: str) -> Mock:
    artifact = json.loads((ARTIFACTS / f"{name}.json").read_text(encoding="utf8"))
    w3 = connect(rpc_url)
    constructor = w3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"]).constructor()
    mined = send_transaction(w3, account, constructor, f"deploy {name}", 0, Lock())
    return Mock(w3, account, artifact["abi"], str(mined.receipt["contractAddress"]))
