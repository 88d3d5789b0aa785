"""Embedded chain.

A single-node Ethereum chain (Prague rules) inside this process: py-evm's virtual machine, one block for every
transaction, every past state readable. It knows nothing of JSON or sockets; `devnet_rpc` puts it on the
wire.

An `EmbeddedChain` is not thread-safe: its owner must call it from one thread at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import rlp
from eth.abc import BlockHeaderAPI, ComputationAPI, ReceiptAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.consensus import ConsensusApplier, NoProofConsensus
from eth.constants import GAS_TX, POST_MERGE_DIFFICULTY, POST_MERGE_MIX_HASH, POST_MERGE_NONCE
from eth.db.atomic import AtomicDB
from eth.exceptions import PyEVMError, Revert
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.constants import STANDARD_TOKEN_COST, TOTAL_COST_FLOOR_PER_TOKEN
from eth.vm.spoof import SpoofTransaction
from eth_keys.exceptions import BadSignature
from eth_typing import Address, BlockNumber, Hash32
from eth_utils import ValidationError
from rlp.exceptions import RLPException

from tcss_chain.chain.devnet_errors import (
    ExecutionFailedError,
    ExecutionRevertedError,
    TimestampRefusedError,
    TransactionRefusedError,
)
from tcss_chain.chain.fast_precompiles import prague_vm

DEV_CHAIN_ID: Final = 31337
BLOCK_GAS_LIMIT: Final = 36_000_000
MAX_TRANSACTION_GAS: Final = 2**24
"""Cap on one transaction's gas (EIP-7825), enforced although Prague itself lacks it."""

_ACCESS_LIST_TYPE: Final = 1
_FEE_MARKET_TYPE: Final = 2
_LEGACY_PREFIX: Final = 0xC0  # an RLP list: an untyped transaction
_LATEST_TIME: Final = 2**63
_CALL_STIPEND: Final = 2_300


@dataclass(frozen=True, slots=True)
class MinedBlock:
    """
    A block of the canonical chain.

    Parameters
    ----------
    header : BlockHeaderAPI
        Its header; ``header.state_root`` is the state after the block.
    transactions : tuple of SignedTransactionAPI
        At most one.
    receipts : tuple of ReceiptAPI
        One for each transaction.
    size : int
        Length of the encoded block in bytes.
    """

    header: BlockHeaderAPI
    transactions: tuple[SignedTransactionAPI, ...]
    receipts: tuple[ReceiptAPI, ...]
    size: int


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


class EmbeddedChain:
    """
    A development chain that mines a block for every transaction.

    Parameters
    ----------
    balances : mapping of bytes to int
        Genesis balances in wei by 20-byte address.
    chain_id : int
        EIP-155 chain id.
    native_precompiles : bool or None
        See `tcss_chain.chain.fast_precompiles.prague_vm`.
    clock : callable
        Returns the present Unix time in seconds.

    Notes
    -----
    A block's timestamp is the clock plus all time travel so far, and never less than its parent's. Blocks of
    the same second share a timestamp, which Ethereum proper forbids, so that a burst of transactions does not
    run ahead of the clock; anvil does the same.
    """

    def __init__(
        self,
        balances: Mapping[bytes, int],
        *,
        chain_id: int = DEV_CHAIN_ID,
        native_precompiles: bool | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._offset = 0
        self._fixed_timestamp: int | None = None
        self._chain = _new_chain(balances, chain_id, native_precompiles, int(clock()))
        genesis = self._chain.get_canonical_head()
        self._blocks: list[MinedBlock] = [MinedBlock(genesis, (), (), 0)]
        self._number_of_block: dict[bytes, int] = {bytes(genesis.hash): 0}
        self._place_of_transaction: dict[bytes, tuple[int, int]] = {}
        self._snapshots: dict[int, tuple[int, int]] = {}
        self._next_snapshot = 0

    @property
    def chain_id(self) -> int:
        """EIP-155 chain id."""
        return self._chain.chain_id

    # ------------------------------------------------------------------ reading

    @property
    def head(self) -> MinedBlock:
        """The latest block."""
        return self._blocks[-1]

    @property
    def height(self) -> int:
        """Number of the latest block."""
        return len(self._blocks) - 1

    def block(self, number: int) -> MinedBlock | None:
        """
        Look a block up by number.

        Parameters
        ----------
        number : int
            Block number, at least 0.

        Returns
        -------
        MinedBlock or None
            None above the head.
        """
        return self._blocks[number] if 0 <= number < len(self._blocks) else None

    def block_by_hash(self, block_hash: bytes) -> MinedBlock | None:
        """
        Look a canonical block up by hash.

        Parameters
        ----------
        block_hash : bytes
            32 bytes.

        Returns
        -------
        MinedBlock or None
            None if unknown or reverted.
        """
        number = self._number_of_block.get(block_hash)
        return None if number is None else self._blocks[number]

    def transaction(self, transaction_hash: bytes) -> tuple[MinedBlock, int] | None:
        """
        Look a mined transaction up.

        Parameters
        ----------
        transaction_hash : bytes
            32 bytes.

        Returns
        -------
        tuple of MinedBlock and int, or None
            The block and the index in it; None if unknown or reverted.
        """
        place = self._place_of_transaction.get(transaction_hash)
        return None if place is None else (self._blocks[place[0]], place[1])

    def balance(self, address: bytes, header: BlockHeaderAPI) -> int:
        """Balance of `address` in wei after the block of `header`."""
        return self._chain.get_vm(header).state.get_balance(Address(address))

    def nonce(self, address: bytes, header: BlockHeaderAPI) -> int:
        """Next nonce of `address` after the block of `header`."""
        return self._chain.get_vm(header).state.get_nonce(Address(address))

    def code(self, address: bytes, header: BlockHeaderAPI) -> bytes:
        """Code at `address` after the block of `header`."""
        return self._chain.get_vm(header).state.get_code(Address(address))

    def storage(self, address: bytes, slot: int, header: BlockHeaderAPI) -> int:
        """Storage word of `address` at `slot` after the block of `header`."""
        return self._chain.get_vm(header).state.get_storage(Address(address), slot)

    # ------------------------------------------------------------------ executing

    def pending_header(self) -> BlockHeaderAPI:
        """
        Header of the block that a transaction sent now would enter.

        Returns
        -------
        BlockHeaderAPI
            Its state root is that of the head.
        """
        return self._chain.create_header_from_parent(
            self.head.header,
            timestamp=self._next_timestamp(),
            gas_limit=BLOCK_GAS_LIMIT,
            mix_hash=Hash32(os.urandom(32)),
        )

    def call(self, request: CallRequest, header: BlockHeaderAPI) -> bytes:
        """
        Execute a message and discard its effects.

        Parameters
        ----------
        request : CallRequest
            The message.
        header : BlockHeaderAPI
            Block whose state and environment it sees.

        Returns
        -------
        bytes
            Return data.

        Raises
        ------
        ExecutionRevertedError, ExecutionFailedError, TransactionRefusedError
            As the execution ends.
        """
        gas = BLOCK_GAS_LIMIT if request.gas is None else min(request.gas, BLOCK_GAS_LIMIT)
        return bytes(_checked(self._execute(request, header, gas)).output)

    def estimate_gas(self, request: CallRequest, header: BlockHeaderAPI) -> int:
        """
        Find a gas limit under which a message succeeds.

        Parameters
        ----------
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
        outcome = _checked(self._execute(request, header, high))
        used = high - outcome.get_gas_remaining()
        low = max(used, _calldata_floor(request.data)) - 1  # too little, by one
        # A call passes on only 63/64 of its gas, so that what was used need not suffice.
        guess = (low + _CALL_STIPEND) * 64 // 63
        while (high - low) * 32 > high:
            trial = min(guess, high - 1)
            if self._execute(request, header, trial).is_error:
                low = trial
            else:
                high = trial
            guess = (low + high) // 2
        return high

    def send_raw_transaction(self, raw: bytes) -> bytes:
        """
        Execute a signed transaction in a block of its own.

        Parameters
        ----------
        raw : bytes
            Encoded transaction: legacy with replay protection, access-list or fee-market.

        Returns
        -------
        bytes
            Transaction hash. A transaction that reverts is mined all the same, with status 0.

        Raises
        ------
        TransactionRefusedError
            If it cannot enter a block; nothing has changed then.
        """
        transaction = self._decode_transaction(raw)
        header = self.pending_header()
        self._chain.header = header
        try:
            _, receipt, _ = self._chain.apply_transaction(transaction)
        except ValidationError as error:
            raise TransactionRefusedError(str(error)) from error
        self._seal((transaction,), (receipt,))
        return bytes(transaction.hash)

    def mine(self, timestamp: int | None = None) -> None:
        """
        Add an empty block.

        Parameters
        ----------
        timestamp : int, optional
            Its Unix time; by default the chain's present time.

        Raises
        ------
        TimestampRefusedError
            If `timestamp` lies before the head's.
        """
        if timestamp is not None:
            self.set_next_timestamp(timestamp)
        self._chain.header = self.pending_header()
        self._seal((), ())

    # ------------------------------------------------------------------ time and history

    def increase_time(self, seconds: int) -> int:
        """
        Move the chain's clock forward.

        Parameters
        ----------
        seconds : int
            How far, not negative; takes effect with the next block.

        Returns
        -------
        int
            Seconds by which the chain is now ahead of the real clock.

        Raises
        ------
        TimestampRefusedError
            If `seconds` is negative or absurdly large.
        """
        now = int(self._clock()) + self._offset
        if not 0 <= seconds <= _LATEST_TIME - now:
            raise TimestampRefusedError(now + seconds, now)
        self._offset += seconds
        return self._offset

    def set_next_timestamp(self, timestamp: int) -> None:
        """
        Fix the next block's timestamp; the chain's clock goes on from there.

        Parameters
        ----------
        timestamp : int
            Unix time, not before the head's.

        Raises
        ------
        TimestampRefusedError
            If it lies before the head's.
        """
        earliest = self.head.header.timestamp
        if not earliest <= timestamp <= _LATEST_TIME:
            raise TimestampRefusedError(timestamp, earliest)
        self._fixed_timestamp = timestamp

    def snapshot(self) -> int:
        """
        Remember the present state.

        Returns
        -------
        int
            Identifier for `revert`.
        """
        self._next_snapshot += 1
        self._snapshots[self._next_snapshot] = (self.height, self._offset)
        return self._next_snapshot

    def revert(self, snapshot: int) -> bool:
        """
        Drop every block mined since a snapshot, and the snapshots taken since.

        Parameters
        ----------
        snapshot : int
            What `snapshot` returned; usable once.

        Returns
        -------
        bool
            False if there is no such snapshot.
        """
        if snapshot not in self._snapshots:
            return False
        height, self._offset = self._snapshots[snapshot]
        self._fixed_timestamp = None
        self._snapshots = {key: value for key, value in self._snapshots.items() if key < snapshot}
        for dropped in self._blocks[height + 1 :]:
            del self._number_of_block[bytes(dropped.header.hash)]
            for transaction in dropped.transactions:
                del self._place_of_transaction[bytes(transaction.hash)]
        del self._blocks[height + 1 :]
        return True

    # ------------------------------------------------------------------ inner workings

    def _next_timestamp(self) -> int:
        if self._fixed_timestamp is not None:
            return self._fixed_timestamp
        return max(self.head.header.timestamp, int(self._clock()) + self._offset)

    def _seal(self, transactions: tuple[SignedTransactionAPI, ...], receipts: tuple[ReceiptAPI, ...]) -> None:
        mined = self._chain.mine_block()
        if self._fixed_timestamp is not None:
            self._offset = self._fixed_timestamp - int(self._clock())
            self._fixed_timestamp = None
        number = len(self._blocks)
        self._blocks.append(MinedBlock(mined.header, transactions, receipts, len(rlp.encode(mined))))
        self._number_of_block[bytes(mined.hash)] = number
        for index, transaction in enumerate(transactions):
            self._place_of_transaction[bytes(transaction.hash)] = (number, index)

    def _execute(self, request: CallRequest, header: BlockHeaderAPI, gas: int) -> ComputationAPI:
        # A call pays nothing, so its environment has no base fee; otherwise only rich accounts could call.
        vm = self._chain.get_vm(header.copy(base_fee_per_gas=0))
        state = vm.state
        unsigned = cast(Any, vm.get_transaction_builder()).new_unsigned_dynamic_fee_transaction(
            chain_id=self.chain_id,
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
        least = _least_gas(cast(SignedTransactionAPI, message))
        if gas < least:
            raise ExecutionFailedError(f"intrinsic gas too low: have {gas}, want {least}")
        try:
            return state.apply_transaction(cast(SignedTransactionAPI, message))
        except ValidationError as error:
            raise TransactionRefusedError(str(error)) from error

    def _decode_transaction(self, raw: bytes) -> SignedTransactionAPI:
        if not raw or not (raw[0] in (_ACCESS_LIST_TYPE, _FEE_MARKET_TYPE) or raw[0] >= _LEGACY_PREFIX):
            raise TransactionRefusedError("transaction type not supported")
        builder = self._chain.get_vm(self.head.header).get_transaction_builder()
        try:
            transaction = builder.decode(raw)
            transaction.validate()
            sender = transaction.sender
        except (RLPException, ValidationError, BadSignature, PyEVMError) as error:
            raise TransactionRefusedError(f"invalid transaction: {type(error).__name__}") from error
        if transaction.chain_id != self.chain_id:
            raise TransactionRefusedError(
                f"invalid chain id: have {transaction.chain_id}, want {self.chain_id}"
            )
        if transaction.gas > MAX_TRANSACTION_GAS:
            raise TransactionRefusedError(
                f"transaction gas limit too high (cap: {MAX_TRANSACTION_GAS}, tx: {transaction.gas})"
            )
        if transaction.gas < (least := _least_gas(transaction)):
            raise TransactionRefusedError(f"intrinsic gas too low: have {transaction.gas}, want {least}")
        expected = self.nonce(sender, self.head.header)
        if transaction.nonce != expected:
            side = "low" if transaction.nonce < expected else "high"
            raise TransactionRefusedError(
                f"nonce too {side}: address {sender.hex()}, tx: {transaction.nonce} state: {expected}"
            )
        return transaction


def _checked(computation: ComputationAPI) -> ComputationAPI:
    if not computation.is_error:
        return computation
    error = computation.error
    if isinstance(error, Revert):
        raise ExecutionRevertedError(bytes(computation.output))
    raise ExecutionFailedError(f"{type(error).__name__}: {error}")


def _calldata_floor(data: bytes) -> int:
    # EIP-7623. py-evm charges this floor but does not demand it of the gas limit.
    zeros = data.count(0)
    return GAS_TX + TOTAL_COST_FLOOR_PER_TOKEN * (zeros + STANDARD_TOKEN_COST * (len(data) - zeros))


def _least_gas(transaction: SignedTransactionAPI) -> int:
    return max(transaction.intrinsic_gas, _calldata_floor(transaction.data))


def _new_chain(
    balances: Mapping[bytes, int], chain_id: int, native_precompiles: bool | None, timestamp: int
) -> MiningChain:
    prague: type[PragueVM] = prague_vm(native=native_precompiles)

    class SameSecondVM(prague):  # type: ignore[valid-type, misc]
        """Prague rules, except that a block may have its parent's timestamp."""

        @classmethod
        def validate_header(cls, header: BlockHeaderAPI, parent_header: BlockHeaderAPI) -> None:
            if header.timestamp == parent_header.timestamp:
                parent_header = parent_header.copy(timestamp=header.timestamp - 1)
            super().validate_header(header, parent_header)

    machines = ConsensusApplier(NoProofConsensus).amend_vm_configuration(((BlockNumber(0), SameSecondVM),))

    class DevelopmentChain(MiningChain):
        """py-evm's chain with a constant gas limit."""

        vm_configuration = tuple(machines)

        def create_header_from_parent(self, parent_header: BlockHeaderAPI, **fields: Any) -> BlockHeaderAPI:
            fields.setdefault("gas_limit", parent_header.gas_limit)
            return super().create_header_from_parent(parent_header, **fields)

    DevelopmentChain.chain_id = chain_id
    accounts: Iterable[bytes] = balances
    state = {
        Address(account): {"balance": balances[account], "nonce": 0, "code": b"", "storage": {}}
        for account in accounts
    }
    genesis = {
        "difficulty": POST_MERGE_DIFFICULTY,
        "mix_hash": POST_MERGE_MIX_HASH,
        "nonce": POST_MERGE_NONCE,
        "extra_data": b"",
        "gas_limit": BLOCK_GAS_LIMIT,
        "timestamp": timestamp,
    }
    return cast(MiningChain, DevelopmentChain.from_genesis(AtomicDB(), cast(Any, genesis), cast(Any, state)))
