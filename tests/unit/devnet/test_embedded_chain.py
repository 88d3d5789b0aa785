"""The embedded chain without a server: time, history and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from eth._utils.address import generate_contract_address

from tcss_chain.devnet.dev_accounts import DEV_BALANCE, dev_accounts
from tcss_chain.devnet.embedded_chain import EmbeddedChain
from tcss_chain.devnet.embedded_execution import CallRequest
from tcss_chain.devnet.embedded_rules import BLOCK_GAS_LIMIT, DEV_CHAIN_ID, MAX_TRANSACTION_GAS
from tcss_chain.devnet.errors import (
    ExecutionFailedError,
    ExecutionRevertedError,
    TimestampRefusedError,
    TransactionRefusedError,
)

ALICE, BOB = dev_accounts(2)
ALICE_BYTES, BOB_BYTES = (bytes.fromhex(account.address[2:]) for account in (ALICE, BOB))
START = 1_900_000_000


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chain(clock: Clock) -> EmbeddedChain:
    return EmbeddedChain({ALICE_BYTES: DEV_BALANCE}, clock=clock)


def signed(**fields: Any) -> bytes:
    transaction = {
        "chainId": DEV_CHAIN_ID,
        "nonce": 0,
        "gas": 21_000,
        "maxFeePerGas": 2 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        "to": BOB.address,
        "value": 1,
    } | fields
    return bytes(ALICE.sign_transaction(transaction).raw_transaction)


def test_timestamps_follow_the_clock_and_never_go_back(chain: EmbeddedChain, clock: Clock) -> None:
    times = []
    for now in (START, START, START + 7, START + 3, START + 9.9):
        clock.now = now
        chain.mine()
        times.append(chain.head.header.timestamp)
    assert times == [START, START, START + 7, START + 7, START + 9]


def test_time_travel_accumulates(chain: EmbeddedChain, clock: Clock) -> None:
    assert chain.increase_time(100) == 100
    assert chain.increase_time(20) == 120
    chain.mine()
    assert chain.head.header.timestamp == START + 120
    chain.mine(START + 500)
    clock.now += 2
    chain.mine()
    assert chain.head.header.timestamp == START + 502


@pytest.mark.parametrize("seconds", [-1, 2**64])
def test_absurd_time_travel_is_refused(chain: EmbeddedChain, seconds: int) -> None:
    with pytest.raises(TimestampRefusedError):
        chain.increase_time(seconds)


def test_revert_restores_the_clock(chain: EmbeddedChain) -> None:
    snapshot = chain.snapshot()
    chain.increase_time(1_000)
    chain.mine()
    assert chain.revert(snapshot)
    chain.mine()
    assert chain.head.header.timestamp == START


def test_transaction_sees_its_own_block_time(chain: EmbeddedChain) -> None:
    # The time becomes the new contract's code: TIMESTAMP, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
    initcode = bytes.fromhex("425f5260205ff3")
    chain.set_next_timestamp(START + 77)
    transaction_hash = chain.send_raw_transaction(signed(to="", value=0, gas=200_000, data=initcode))
    place = chain.transaction(transaction_hash)
    assert place is not None
    block, index = place
    assert (block.header.timestamp, index) == (START + 77, 0)
    created = generate_contract_address(ALICE_BYTES, 0)  # type: ignore[arg-type]
    assert int.from_bytes(chain.code(created, chain.head.header), "big") == START + 77


def test_gas_cap_is_enforced_to_the_unit(chain: EmbeddedChain) -> None:
    with pytest.raises(TransactionRefusedError, match="gas limit too high"):
        chain.send_raw_transaction(signed(gas=MAX_TRANSACTION_GAS + 1))
    assert chain.height == 0
    chain.send_raw_transaction(signed(gas=MAX_TRANSACTION_GAS))
    assert chain.height == 1


def test_calldata_floor_is_demanded(chain: EmbeddedChain) -> None:
    data = b"\xff" * 100
    intrinsic, floor = 21_000 + 16 * 100, 21_000 + 40 * 100
    for gas in (intrinsic, floor - 1):
        with pytest.raises(TransactionRefusedError, match="intrinsic gas"):
            chain.send_raw_transaction(signed(data=data, gas=gas))
    chain.send_raw_transaction(signed(data=data, gas=floor))
    assert chain.head.receipts[0].gas_used == floor
    estimate = chain.estimate_gas(CallRequest(ALICE_BYTES, BOB_BYTES, data), chain.head.header)
    assert floor <= estimate <= floor * 1.04


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00", b"\x01", b"\x02", b"\x02\xc0", b"\xc0", b"\xff" * 40, b"\x03" + b"\xc0", b"\x7f" * 200],
)
def test_malformed_transaction_is_refused(chain: EmbeddedChain, raw: bytes) -> None:
    with pytest.raises(TransactionRefusedError):
        chain.send_raw_transaction(raw)
    assert chain.height == 0


def test_truncated_and_extended_transactions_are_refused(chain: EmbeddedChain) -> None:
    raw = signed()
    for broken in (raw[:-1], raw + b"\x00", raw[:40]):
        with pytest.raises(TransactionRefusedError):
            chain.send_raw_transaction(broken)


def test_nonce_gap_is_refused(chain: EmbeddedChain) -> None:
    with pytest.raises(TransactionRefusedError, match="nonce too high"):
        chain.send_raw_transaction(signed(nonce=1))


def test_unprotected_legacy_transaction_is_refused(chain: EmbeddedChain) -> None:
    transaction = {"nonce": 0, "gas": 21_000, "gasPrice": 2 * 10**9, "to": BOB.address, "value": 1}
    raw = bytes(ALICE.sign_transaction(transaction).raw_transaction)
    with pytest.raises(TransactionRefusedError, match="chain id"):
        chain.send_raw_transaction(raw)


def test_call_needs_neither_balance_nor_base_fee(chain: EmbeddedChain) -> None:
    identity = (4).to_bytes(20, "big")
    request = CallRequest(sender=b"\x77" * 20, to=identity, data=b"abc")
    assert chain.call(request, chain.head.header) == b"abc"
    assert chain.call(request, chain.pending_header()) == b"abc"


def test_failed_call_without_revert_data_is_told_apart(chain: EmbeddedChain) -> None:
    header = chain.head.header
    with pytest.raises(ExecutionFailedError):  # INVALID
        chain.call(CallRequest(ALICE_BYTES, b"", bytes([0xFE])), header)
    with pytest.raises(ExecutionRevertedError) as caught:  # PUSH0, PUSH0, REVERT
        chain.call(CallRequest(ALICE_BYTES, b"", bytes.fromhex("5f5ffd")), header)
    assert caught.value.data == b""
    with pytest.raises(TransactionRefusedError):
        chain.call(CallRequest(b"\x77" * 20, BOB_BYTES, value=1), header)
    with pytest.raises(ExecutionFailedError, match="intrinsic gas"):
        chain.call(CallRequest(ALICE_BYTES, BOB_BYTES, gas=20_999), header)


def test_block_gas_limit_is_constant(chain: EmbeddedChain) -> None:
    for _ in range(3):
        chain.mine()
    assert chain.head.header.gas_limit == BLOCK_GAS_LIMIT
    assert chain.head.header.block_number == chain.height == 3


def test_blocks_form_a_chain(chain: EmbeddedChain) -> None:
    chain.mine()
    chain.send_raw_transaction(signed())
    for number in (1, 2):
        block, parent = chain.block(number), chain.block(number - 1)
        assert block is not None
        assert parent is not None
        assert block.header.parent_hash == parent.header.hash
        assert chain.block_by_hash(bytes(block.header.hash)) is block
    assert chain.block(3) is None
    assert chain.block(-1) is None
    assert chain.block_by_hash(b"\x00" * 32) is None
    assert chain.balance(BOB_BYTES, chain.head.header) == 1
