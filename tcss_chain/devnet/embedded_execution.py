"""Calls and transactions of the embedded chain: decoding, gas limits and execution without a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from eth.abc import BlockHeaderAPI, ComputationAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.constants import GAS_TX
from eth.exceptions import PyEVMError, Revert
from eth.vm.forks.prague.constants import STANDARD_TOKEN_COST, TOTAL_COST_FLOOR_PER_TOKEN
from eth.vm.spoof import SpoofTransaction
from eth_keys.exceptions import BadSignature
from eth_typing import Address
from eth_utils import ValidationError
from rlp.exceptions import RLPException

from .embedded_rules import BLOCK_GAS_LIMIT, MAX_TRANSACTION_GAS
from .errors import (
    ExecutionFailedError,
    ExecutionRevertedError,
    TransactionRefusedError,
)

_ACCESS_LIST_TYPE: Final = 1
_FEE_MARKET_TYPE: Final = 2
_LEGACY_PREFIX: Final = 0xC0  # an RLP list: an untyped transaction
_CALL_STIPEND: Final = 2_300


@dataclass(frozen=True, slots=True)
class CallRequest:
    """
    A message to execute without a signature.

    Parameters
    ----------
    sender : bytes
        20 bytes.
    to : bytes
        20 bytes, or empty to run `data` as the code that creates a contract.
    data : bytes
        Calldata.
    value : int
        In wei.
    gas : int or None
        Gas limit; None for the largest allowed.
    """

    sender: bytes
    to: bytes
    data: bytes = b""
    value: int = 0
    gas: int | None = None


def call(chain: MiningChain, request: CallRequest, header: BlockHeaderAPI) -> ComputationAPI:
    """
    Execute a message on a throw-away copy of a block's state.

    Parameters
    ----------
    chain : MiningChain
        The chain.
    request : CallRequest
        The message.
    header : BlockHeaderAPI
        Block whose state and environment it sees.

    Returns
    -------
    ComputationAPI
        The successful execution.

    Raises
    ------
    ExecutionRevertedError, ExecutionFailedError, TransactionRefusedError
        As the execution ends.
    """
    gas = BLOCK_GAS_LIMIT if request.gas is None else min(request.gas, BLOCK_GAS_LIMIT)
    return _checked(_execute(chain, request, header, gas))


def estimate_gas(chain: MiningChain, request: CallRequest, header: BlockHeaderAPI) -> int:
    """
    Find a gas limit under which a message succeeds.

    Parameters
    ----------
    chain : MiningChain
        The chain.
    request : CallRequest
        The message; its `gas`, if any, is an upper bound.
    header : BlockHeaderAPI
        Block whose state and environment it sees.

    Returns
    -------
    int
        Sufficient gas, a few per cent above the least that suffices.

    Raises
    ------
    ExecutionRevertedError, ExecutionFailedError, TransactionRefusedError
        If it fails even with the upper bound.
    """
    high = MAX_TRANSACTION_GAS if request.gas is None else min(request.gas, MAX_TRANSACTION_GAS)
    outcome = _checked(_execute(chain, request, header, high))
    used = high - outcome.get_gas_remaining()
    low = max(used, calldata_floor(request.data)) - 1  # too little, by one
    # A call passes on only 63/64 of its gas, so that what was used need not suffice.
    guess = (low + _CALL_STIPEND) * 64 // 63
    while (high - low) * 32 > high:
        trial = min(guess, high - 1)
        if _execute(chain, request, header, trial).is_error:
            low = trial
        else:
            high = trial
        guess = (low + high) // 2
    return high


def decode_transaction(chain: MiningChain, head: BlockHeaderAPI, raw: bytes) -> SignedTransactionAPI:
    """
    Decode a signed transaction and check all that does not need its execution.

    Parameters
    ----------
    chain : MiningChain
        The chain.
    head : BlockHeaderAPI
        Its latest block.
    raw : bytes
        Encoded transaction.

    Returns
    -------
    SignedTransactionAPI
        A transaction of this chain with the sender's next nonce and an admissible gas limit.

    Raises
    ------
    TransactionRefusedError
        If it is anything else.
    """
    if not raw or not (raw[0] in (_ACCESS_LIST_TYPE, _FEE_MARKET_TYPE) or raw[0] >= _LEGACY_PREFIX):
        raise TransactionRefusedError("transaction type not supported")
    vm = chain.get_vm(head)
    try:
        transaction = vm.get_transaction_builder().decode(raw)
        transaction.validate()
        sender = transaction.sender
    except (RLPException, ValidationError, BadSignature, PyEVMError) as error:
        raise TransactionRefusedError(f"invalid transaction: {type(error).__name__}") from error
    if transaction.chain_id != chain.chain_id:
        raise TransactionRefusedError(f"invalid chain id: have {transaction.chain_id}, want {chain.chain_id}")
    if transaction.gas > MAX_TRANSACTION_GAS:
        raise TransactionRefusedError(
            f"transaction gas limit too high (cap: {MAX_TRANSACTION_GAS}, tx: {transaction.gas})"
        )
    if transaction.gas < (least := least_gas(transaction)):
        raise TransactionRefusedError(f"intrinsic gas too low: have {transaction.gas}, want {least}")
    expected = vm.state.get_nonce(sender)
    if transaction.nonce != expected:
        side = "low" if transaction.nonce < expected else "high"
        raise TransactionRefusedError(
            f"nonce too {side}: address {sender.hex()}, tx: {transaction.nonce} state: {expected}"
        )
    return transaction


def calldata_floor(data: bytes) -> int:
    """Compute the gas that calldata costs at least (EIP-7623), the transaction's base cost included."""
    # py-evm charges this floor but does not demand it of the gas limit.
    zeros = data.count(0)
    return GAS_TX + TOTAL_COST_FLOOR_PER_TOKEN * (zeros + STANDARD_TOKEN_COST * (len(data) - zeros))


def least_gas(transaction: SignedTransactionAPI) -> int:
    """Compute the least gas limit that a transaction may name."""
    return max(transaction.intrinsic_gas, calldata_floor(transaction.data))


def _execute(chain: MiningChain, request: CallRequest, header: BlockHeaderAPI, gas: int) -> ComputationAPI:
    # A call pays nothing, so its environment has no base fee; otherwise only rich accounts could call.
    vm = chain.get_vm(header.copy(base_fee_per_gas=0))
    state = vm.state
    unsigned = cast(Any, vm.get_transaction_builder()).new_unsigned_dynamic_fee_transaction(
        chain_id=chain.chain_id,
        nonce=state.get_nonce(Address(request.sender)),
        max_priority_fee_per_gas=0,
        max_fee_per_gas=0,
        gas=gas,
        to=Address(request.to),
        value=request.value,
        data=request.data,
        access_list=(),
    )
    message = SpoofTransaction(unsigned, from_=Address(request.sender))
    least = least_gas(cast(SignedTransactionAPI, message))
    if gas < least:
        raise ExecutionFailedError(f"intrinsic gas too low: have {gas}, want {least}")
    try:
        return state.apply_transaction(cast(SignedTransactionAPI, message))
    except ValidationError as error:
        raise TransactionRefusedError(str(error)) from error


def _checked(computation: ComputationAPI) -> ComputationAPI:
    if not computation.is_error:
        return computation
    error = computation.error
    if isinstance(error, Revert):
        raise ExecutionRevertedError(bytes(computation.output))
    raise ExecutionFailedError(f"{type(error).__name__}: {error}")
