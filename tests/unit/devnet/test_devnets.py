"""Behaviour that clients rely on, pinned on the embedded chain and on anvil alike."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError, TransactionNotFound, Web3RPCError
from web3.middleware import SignAndSendRawMiddlewareBuilder

from tcss_chain.devnet.dev_accounts import DEV_BALANCE
from tcss_chain.devnet.embedded_rules import BLOCK_GAS_LIMIT, DEV_CHAIN_ID

# Runtime codes, assembled by hand: revert with the calldata; log it under its first word; return the time.
ECHO_REVERT = bytes.fromhex("365f5f37365ffd")
LOGGER = bytes.fromhex("365f5f375f35365fa100")
CLOCK = bytes.fromhex("425f5260205ff3")


@pytest.fixture(scope="module", params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def devnet(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_devnet")


@pytest.fixture(scope="module")
def w3(devnet: Any) -> Web3:
    return Web3(HTTPProvider(devnet.rpc_url))


@pytest.fixture
def isolated(w3: Web3) -> Any:
    snapshot = rpc(w3, "evm_snapshot")
    yield
    assert rpc(w3, "evm_revert", snapshot) is True


def rpc(w3: Web3, method: str, *params: Any) -> Any:
    answer = w3.provider.make_request(method, list(params))  # type: ignore[arg-type]
    assert "error" not in answer, answer
    return answer["result"]


def rpc_error(w3: Web3, method: str, *params: Any) -> dict[str, Any]:
    return w3.provider.make_request(method, list(params))["error"]  # type: ignore[arg-type, return-value]


def sign(w3: Web3, account: LocalAccount, **fields: Any) -> bytes:
    transaction = {
        "chainId": w3.eth.chain_id,
        "nonce": w3.eth.get_transaction_count(account.address),
        "gas": 200_000,
        "maxFeePerGas": 20 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        "value": 0,
        "data": b"",
    } | fields
    return bytes(account.sign_transaction(transaction).raw_transaction)


def send(w3: Web3, account: LocalAccount, **fields: Any) -> Any:
    transaction_hash = w3.eth.send_raw_transaction(sign(w3, account, **fields))
    return w3.eth.wait_for_transaction_receipt(transaction_hash, poll_latency=0.01)


def deploy(w3: Web3, account: LocalAccount, runtime: bytes) -> str:
    # PUSH1 size, PUSH1 offset, PUSH0, CODECOPY, PUSH1 size, PUSH0, RETURN, then the code itself
    size = len(runtime)
    code = bytes([0x60, size, 0x60, 10, 0x5F, 0x39, 0x60, size, 0x5F, 0xF3]) + runtime
    return send(w3, account, data=code)["contractAddress"]


def block_time(w3: Web3) -> int:
    return w3.eth.get_block("latest")["timestamp"]


def test_chain_parameters(w3: Web3, devnet: Any) -> None:
    assert w3.eth.chain_id == DEV_CHAIN_ID
    assert w3.eth.get_block("latest")["gasLimit"] == BLOCK_GAS_LIMIT
    # Other tests spend from the accounts of a shared chain, so its first block is looked at.
    assert w3.eth.get_balance(devnet.accounts[-1].address, block_identifier=0) == DEV_BALANCE


def test_transfer_is_mined_at_once(w3: Web3, devnet: Any, isolated: None) -> None:
    sender, recipient = devnet.accounts[:2]
    before = w3.eth.get_balance(recipient.address)
    receipt = send(w3, sender, to=recipient.address, value=7)
    assert receipt["status"] == 1
    assert receipt["gasUsed"] == 21_000
    assert receipt["blockNumber"] == w3.eth.block_number
    assert w3.eth.get_balance(recipient.address) == before + 7
    block = w3.eth.get_block(receipt["blockNumber"], full_transactions=True)
    assert block["hash"] == receipt["blockHash"]
    mined = block["transactions"][0]
    assert mined == w3.eth.get_transaction(receipt["transactionHash"])
    assert mined["from"] == sender.address
    assert mined["to"] == recipient.address
    assert (mined["value"], mined["type"], mined["chainId"]) == (7, 2, DEV_CHAIN_ID)


def test_web3_fills_fees_gas_and_nonce(w3: Web3, devnet: Any, isolated: None) -> None:
    filling = Web3(HTTPProvider(w3.provider.endpoint_uri))  # type: ignore[attr-defined]
    account = devnet.accounts[2]
    filling.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
    transaction_hash = filling.eth.send_transaction(
        {"from": account.address, "to": devnet.accounts[3].address, "value": 1}
    )
    receipt = filling.eth.wait_for_transaction_receipt(transaction_hash, poll_latency=0.01)
    assert receipt["status"] == 1


def test_call_revert_carries_the_custom_error(w3: Web3, devnet: Any, isolated: None) -> None:
    address = deploy(w3, devnet.accounts[0], ECHO_REVERT)
    data = "0xdeadbeef" + "00" * 31 + "05"
    error = rpc_error(w3, "eth_call", {"to": address, "data": data}, "latest")
    assert (error["code"], error["data"]) == (3, data)
    assert error["message"].startswith("execution reverted")
    with pytest.raises(ContractCustomError) as caught:
        w3.eth.call({"to": address, "data": data})
    assert caught.value.data == data


def test_gas_estimation_of_a_revert_carries_the_custom_error(w3: Web3, devnet: Any, isolated: None) -> None:
    address = deploy(w3, devnet.accounts[0], ECHO_REVERT)
    with pytest.raises(ContractCustomError) as caught:
        w3.eth.estimate_gas({"from": devnet.accounts[0].address, "to": address, "data": "0xdeadbeef"})
    assert caught.value.data == "0xdeadbeef"


def test_web3_names_a_declared_custom_error(w3: Web3, devnet: Any, isolated: None) -> None:
    address = deploy(w3, devnet.accounts[0], ECHO_REVERT)
    function = {"name": "f", "inputs": [], "outputs": [], "stateMutability": "view", "type": "function"}
    contract = w3.eth.contract(address=address, abi=[function])  # type: ignore[call-overload]
    with pytest.raises(ContractCustomError) as caught:
        contract.functions.f().call()
    assert caught.value.data == "0x" + Web3.keccak(text="f()")[:4].hex()


def test_reverting_transaction_is_mined_with_status_zero(w3: Web3, devnet: Any, isolated: None) -> None:
    address = deploy(w3, devnet.accounts[0], ECHO_REVERT)
    receipt = send(w3, devnet.accounts[0], to=address, data=b"\x01")
    assert receipt["status"] == 0
    assert receipt["logs"] == []


def test_logs_are_filtered_by_address_topic_and_block(w3: Web3, devnet: Any, isolated: None) -> None:
    account = devnet.accounts[0]
    first, second = deploy(w3, account, LOGGER), deploy(w3, account, LOGGER)
    topic, other = b"\x11" * 32, b"\x22" * 32
    receipts = [
        send(w3, account, to=to, data=data)
        for to, data in ((first, topic), (first, other), (second, topic + b"\x33"))
    ]
    start = receipts[0]["blockNumber"]

    def found(**criteria: Any) -> list[tuple[str, bytes]]:
        logs = w3.eth.get_logs({"fromBlock": start, "toBlock": "latest"} | criteria)  # type: ignore[arg-type]
        return [(log["address"], bytes(log["data"])) for log in logs]

    everything = [(first, topic), (first, other), (second, topic + b"\x33")]
    assert found() == everything
    assert found(address=first) == everything[:2]
    assert found(address=[first, second]) == everything
    assert found(topics=[topic]) == [everything[0], everything[2]]
    assert found(topics=[[topic, other]]) == everything
    assert found(topics=[None]) == everything
    assert found(topics=[topic, topic]) == []
    assert found(toBlock=start) == everything[:1]
    only = w3.eth.get_logs({"blockHash": receipts[1]["blockHash"]})
    assert [log["transactionHash"] for log in only] == [receipts[1]["transactionHash"]]
    assert only[0] == receipts[1]["logs"][0]
    assert only[0]["topics"] == [other]


def test_time_travel_takes_effect_with_the_next_block(w3: Web3, devnet: Any, isolated: None) -> None:
    clock = deploy(w3, devnet.accounts[0], CLOCK)
    before = block_time(w3)
    rpc(w3, "evm_increaseTime", 1_000)
    assert block_time(w3) == before
    assert int.from_bytes(w3.eth.call({"to": clock}), "big") == before
    rpc(w3, "evm_mine")
    assert 1_000 <= block_time(w3) - before <= 1_010
    assert int.from_bytes(w3.eth.call({"to": clock}), "big") == block_time(w3)


def test_next_timestamp_is_exact_and_the_clock_goes_on_from_it(w3: Web3, devnet: Any, isolated: None) -> None:
    target = block_time(w3) + 5_000
    rpc(w3, "evm_setNextBlockTimestamp", target)
    receipt = send(w3, devnet.accounts[0], to=devnet.accounts[1].address)
    assert w3.eth.get_block(receipt["blockNumber"])["timestamp"] == target
    rpc(w3, "evm_mine")
    assert 0 <= block_time(w3) - target <= 10


def test_travel_into_the_past_is_refused(w3: Web3) -> None:
    rpc(w3, "evm_mine")
    assert rpc_error(w3, "evm_setNextBlockTimestamp", block_time(w3) - 1)["code"] == -32602


def test_burst_of_blocks_does_not_run_ahead_of_the_clock(w3: Web3, isolated: None) -> None:
    rpc(w3, "evm_mine")
    before = block_time(w3)
    for _ in range(30):
        rpc(w3, "evm_mine")
    assert block_time(w3) - before <= 15


def test_safe_and_finalized_blocks_are_the_latest(w3: Web3) -> None:
    latest = w3.eth.get_block("latest")
    assert w3.eth.get_block("safe") == latest
    assert w3.eth.get_block("finalized") == latest


def test_past_state_is_readable(w3: Web3, devnet: Any, isolated: None) -> None:
    account = devnet.accounts[4]
    height, nonce = w3.eth.block_number, w3.eth.get_transaction_count(account.address)
    address = deploy(w3, account, CLOCK)
    assert w3.eth.get_code(address) == CLOCK
    assert w3.eth.get_code(address, height) == b""
    assert w3.eth.get_transaction_count(account.address) == nonce + 1
    assert w3.eth.get_transaction_count(account.address, height) == nonce


def test_revert_to_a_snapshot_forgets_blocks_and_transactions(w3: Web3, devnet: Any) -> None:
    height, snapshot = w3.eth.block_number, rpc(w3, "evm_snapshot")
    receipt = send(w3, devnet.accounts[5], to=devnet.accounts[6].address, value=1)
    assert rpc(w3, "evm_revert", snapshot) is True
    assert w3.eth.block_number == height
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction_receipt(receipt["transactionHash"])
    assert rpc(w3, "eth_getBlockByHash", Web3.to_hex(receipt["blockHash"]), False) is None
    again = send(w3, devnet.accounts[5], to=devnet.accounts[6].address, value=2)
    assert again["blockNumber"] == height + 1
    assert rpc(w3, "evm_revert", snapshot) is False


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"nonce": 0}, "nonce too low"),
        ({"chainId": 1}, "chain"),
        ({"gas": 20_000}, "intrinsic gas"),
        ({"value": 2 * DEV_BALANCE}, "balance|insufficient|afford"),
    ],
)
def test_invalid_transaction_is_refused(
    w3: Web3, devnet: Any, isolated: None, fields: dict[str, Any], message: str
) -> None:
    sender, recipient = devnet.accounts[7:9]
    send(w3, sender, to=recipient.address)
    height = w3.eth.block_number
    with pytest.raises(Web3RPCError, match=f"(?i){message}"):
        w3.eth.send_raw_transaction(sign(w3, sender, to=recipient.address, **fields))
    assert w3.eth.block_number == height


def test_legacy_and_access_list_transactions_are_accepted(w3: Web3, devnet: Any, isolated: None) -> None:
    account = devnet.accounts[9]
    base = {
        "chainId": DEV_CHAIN_ID,
        "gas": 100_000,
        "gasPrice": 20 * 10**9,
        "to": account.address,
        "value": 0,
    }
    listed = {"accessList": [{"address": account.address, "storageKeys": ["0x" + "01" * 32]}]}
    for kind, extra in ((0, {}), (1, listed)):
        nonce = w3.eth.get_transaction_count(account.address)
        signed = account.sign_transaction(base | extra | {"nonce": nonce})
        receipt = w3.eth.wait_for_transaction_receipt(
            w3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.01
        )
        assert (receipt["status"], receipt["type"]) == (1, kind)
        mined = w3.eth.get_transaction(receipt["transactionHash"])
        assert mined["gasPrice"] == 20 * 10**9
        assert receipt["effectiveGasPrice"] == 20 * 10**9


def test_unknown_method_is_reported(w3: Web3) -> None:
    assert rpc_error(w3, "eth_nonsense")["code"] == -32601


def test_estimate_suffices_for_the_transaction(w3: Web3, devnet: Any, isolated: None) -> None:
    account = devnet.accounts[0]
    address = deploy(w3, account, LOGGER)
    for data in (b"\x11" * 32, b"\x11" * 5_000):
        gas = w3.eth.estimate_gas({"from": account.address, "to": address, "data": data})
        receipt = send(w3, account, to=address, data=data, gas=gas)
        assert receipt["status"] == 1
        assert gas <= receipt["gasUsed"] * 1.12


def test_fee_history_has_one_fee_more_than_blocks(w3: Web3) -> None:
    rpc(w3, "evm_mine")
    rpc(w3, "evm_mine")
    history = w3.eth.fee_history(2, "latest", [10, 50])
    assert history["oldestBlock"] == w3.eth.block_number - 1
    assert len(history["baseFeePerGas"]) == 3
    assert history["baseFeePerGas"][1] == w3.eth.get_block("latest")["baseFeePerGas"]
    assert [len(row) for row in history["reward"]] == [2, 2]
