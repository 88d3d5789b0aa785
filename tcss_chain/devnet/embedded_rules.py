"""Rules of the development chain.

Prague as py-evm implements it, with three deviations: blocks may share a timestamp, the block gas limit is
constant, and BN254 precompiles may be native.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from eth.abc import BlockHeaderAPI
from eth.chains.base import MiningChain
from eth.consensus import ConsensusApplier, NoProofConsensus
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_MIX_HASH, POST_MERGE_NONCE
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague import PragueVM
from eth_typing import Address, BlockNumber

from .fast_precompiles import prague_vm

DEV_CHAIN_ID: Final = 31337
BLOCK_GAS_LIMIT: Final = 36_000_000
MAX_TRANSACTION_GAS: Final = 2**24
"""Cap on one transaction's gas (EIP-7825), enforced although Prague itself lacks it."""


def new_chain(
    balances: Mapping[bytes, int], chain_id: int, native_precompiles: bool | None, timestamp: int
) -> MiningChain:
    """
    Create a chain that consists of its genesis block.

    Parameters
    ----------
    balances : mapping of bytes to int
        Balances in wei by 20-byte address.
    chain_id : int
        EIP-155 chain id.
    native_precompiles : bool or None
        See `tcss_chain.devnet.fast_precompiles.prague_vm`.
    timestamp : int
        Unix time of the genesis block.

    Returns
    -------
    MiningChain
        The chain, in memory.
    """
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
    state = {
        Address(account): {"balance": balance, "nonce": 0, "code": b"", "storage": {}}
        for account, balance in balances.items()
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
