"""How patient a sender is, and what it pays at most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TransactionSettings:
    """
    How patient a sender is, and what it pays at most.

    Attributes
    ----------
    receipt_seconds : float
        How long `TransactionSender.send` waits; what is not mined then stays pending.
    bump_after_seconds : float
        How long a transaction that is the account's next one may stay out of the blocks until it is replaced
        by itself with higher fees.
    look_seconds : float
        How often it is made sure that nodes still know a transaction.
    max_fee_per_gas : int or None
        The most that is paid for a unit of gas, wei. Set it where real money is spent: without it, a node may
        suggest anything.
    superseded_after_blocks : int
        How deep the account's count of transactions must have passed a nonce, without a receipt at any node,
        until it counts as consumed by a foreign transaction.
    """

    receipt_seconds: float = 120.0
    bump_after_seconds: float = 60.0
    look_seconds: float = 5.0
    max_fee_per_gas: int | None = None
    superseded_after_blocks: int = 3
