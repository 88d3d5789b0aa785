"""Virtual machines that run the compiled contracts: py-evm in this process, and nodes behind JSON-RPC."""

from __future__ import annotations

import http.client
import json
from typing import Any, Final
from urllib.parse import urlsplit

import rlp
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from tcss_chain.chain.artifacts import load_artifact
from tcss_chain.chain.deployment import deploy
from tcss_chain.devnet.dev_accounts import DEV_BALANCE, dev_accounts
from tcss_chain.devnet.embedded_chain import EmbeddedChain
from tcss_chain.devnet.embedded_execution import CallRequest
from tcss_chain.devnet.errors import ExecutionFailedError, ExecutionRevertedError

from .fuzz_verdicts import Ended, Outcome, Target
from .mocks import ARTIFACTS, deploy_mock

CALL_GAS: Final = 2**24
_VERIFIERS: Final = {Target.TRACE: "traceVerifier()", Target.DEALING: "dealingVerifier()"}
_NOBODY: Final = bytes(20)


def _selector(signature: str) -> bytes:
    return bytes(keccak(signature.encode()))[:4]


class EmbeddedMachine:
    """
    The embedded chain without its JSON-RPC interface.

    Parameters
    ----------
    native_precompiles : bool
        False for py-evm's own precompiles in Python.
    """

    def __init__(self, *, native_precompiles: bool) -> None:
        self.name = "embedded" if native_precompiles else "pure py-evm"
        (account,) = dev_accounts(1)
        self._chain = EmbeddedChain(
            {bytes.fromhex(account.address[2:]): DEV_BALANCE}, native_precompiles=native_precompiles
        )
        harness = json.loads((ARTIFACTS / "LibraryHarness.json").read_text(encoding="utf8"))
        self._addresses = {Target.LIBRARY: self._deploy(account, bytes.fromhex(harness["bytecode"][2:]))}
        for target in (Target.TRACE, Target.DEALING):
            self._addresses[target] = self._deploy(account, load_artifact(target.value).bytecode)

    def call(self, target: Target, calldata: bytes) -> Outcome:
        return self._call(self._addresses[target], calldata)

    def _call(self, address: bytes, calldata: bytes) -> Outcome:
        request = CallRequest(_NOBODY, address, calldata, gas=CALL_GAS)
        try:
            return Outcome(Ended.RETURNED, self._chain.call(request, self._chain.head.header))
        except ExecutionRevertedError as error:
            return Outcome(Ended.REVERTED, error.data)
        except ExecutionFailedError:
            return Outcome(Ended.FAILED)

    def _deploy(self, account: LocalAccount, code: bytes) -> bytes:
        sender = bytes.fromhex(account.address[2:])
        nonce = self._chain.nonce(sender, self._chain.head.header)
        transaction = account.sign_transaction(
            {
                "chainId": self._chain.chain_id,
                "nonce": nonce,
                "gas": 2**24,
                "maxFeePerGas": 10**10,
                "maxPriorityFeePerGas": 0,
                "value": 0,
                "data": code,
            }
        )
        self._chain.send_raw_transaction(bytes(transaction.raw_transaction))
        address = bytes(keccak(rlp.encode([sender, nonce])))[12:]
        assert self._chain.code(address, self._chain.head.header)
        return address


class NodeMachine:
    """
    A node behind JSON-RPC.

    Parameters
    ----------
    name : str
        Its name in reports.
    rpc_url : str
        Where it listens.
    account : LocalAccount
        Who deploys.
    """

    def __init__(self, name: str, rpc_url: str, account: LocalAccount) -> None:
        self.name = name
        place = urlsplit(rpc_url)
        self._connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        contract, _ = deploy(rpc_url, account)
        self._addresses: dict[Target, str] = {
            Target.LIBRARY: deploy_mock(rpc_url, account, "LibraryHarness").address
        }
        for target, signature in _VERIFIERS.items():
            self._addresses[target] = f"0x{self._call(contract, _selector(signature)).data[12:].hex()}"

    def call(self, target: Target, calldata: bytes) -> Outcome:
        return self._call(self._addresses[target], calldata)

    def _call(self, address: str, calldata: bytes) -> Outcome:
        message = {"to": address, "data": f"0x{calldata.hex()}", "gas": hex(CALL_GAS)}
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [message, "latest"]}
        self._connection.request("POST", "/", json.dumps(request), {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        if "result" in answer:
            return Outcome(Ended.RETURNED, bytes.fromhex(answer["result"][2:]))
        error = answer["error"]
        if "revert" not in error["message"]:
            return Outcome(Ended.FAILED, error["message"].encode())
        return Outcome(Ended.REVERTED, bytes.fromhex((error.get("data") or "0x")[2:]))


Machine = EmbeddedMachine | NodeMachine
