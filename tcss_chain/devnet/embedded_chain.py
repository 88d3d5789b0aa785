"""Embedded chain.

A single-node Ethereum chain (Prague rules) inside this process: py-evm's virtual machine, one block for every
transaction, every past state readable. It knows nothing of JSON or sockets; `devnet_rpc` puts it on the
wire.

An `EmbeddedChain` is not thread-safe: its owner must call it from one thread at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import rlp
from eth.abc import BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth_typing import Address, Hash32
from eth_utils import ValidationError

from .embedded_execution import CallRequest, call, decode_transaction, estimate_gas
from .embedded_rules import BLOCK_GAS_LIMIT, DEV_CHAIN_ID, new_chain
from .errors import TimestampRefusedError, TransactionRefusedError

_LATEST_TIME: Final = 2**63


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
        See `tcss_chain.devnet.fast_precompiles.prague_vm`.
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
        self._chain = new_chain(balances, chain_id, native_precompiles, int(clock()))
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
        """Execute a message and give its return data; see `tcss_chain.devnet.embedded_execution.call`."""
        return bytes(call(self._chain, request, header).output)

    def estimate_gas(self, request: CallRequest, header: BlockHeaderAPI) -> int:
        """Estimate a message's gas; see `tcss_chain.devnet.embedded_execution.estimate_gas`."""
        return estimate_gas(self._chain, request, header)

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
        transaction = decode_transaction(self._chain, self.head.header, raw)
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
