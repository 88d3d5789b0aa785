"""A transaction that succeeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from web3.types import TxReceipt

MAX_TRANSACTION_GAS: Final = 16_777_216
"""The most gas that one transaction may have (EIP-7825)."""


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """
    A transaction that succeeded.

    Attributes
    ----------
    kind : str
        The name of the contract's function.
    transaction_hash : str
        Its hash.
    block_number : int
        The block that holds it.
    gas_used : int
        What it cost.
    receipt : TxReceipt
        The node's receipt, with the events.
    """

    kind: str
    transaction_hash: str
    block_number: int
    gas_used: int
    receipt: TxReceipt

    @classmethod
    def from_receipt(cls, kind: str, receipt: TxReceipt) -> MinedTransaction:
        """Take the figures from a node's receipt."""
        return cls(
            kind,
            f"0x{bytes(receipt['transactionHash']).hex()}",
            int(receipt["blockNumber"]),
            int(receipt["gasUsed"]),
            receipt,
        )


def gas_with_margin(estimate: int) -> int:
    """Add a fifth to an estimate of gas, up to what one transaction may have."""
    return min(estimate + estimate // 5, MAX_TRANSACTION_GAS)
