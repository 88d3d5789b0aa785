"""What a transaction pays for gas (EIP-1559), first and when it has to be replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from web3 import Web3

_MOST_TIMES_THE_SUGGESTION: Final = 4
"""A transaction that pays this many times what is suggested is not stuck for its fees."""


@dataclass(frozen=True, slots=True)
class Fees:
    """
    What a transaction pays for a unit of gas.

    Attributes
    ----------
    max_fee_per_gas, max_priority_fee_per_gas : int
        At most altogether, and to the block's producer, wei.
    """

    max_fee_per_gas: int
    max_priority_fee_per_gas: int


def suggested_fees(w3: Web3) -> Fees:
    """
    Ask the node what to pay.

    Parameters
    ----------
    w3 : Web3
        The node's client; its failures are those of the library.

    Returns
    -------
    Fees
        The node's priority fee, with room for the base fee to double.
    """
    base_fee = int(w3.eth.get_block("latest")["baseFeePerGas"])
    priority_fee = int(w3.eth.max_priority_fee)
    return Fees(2 * base_fee + priority_fee, priority_fee)


def first_fees(suggestion: Fees, cap: int | None) -> Fees:
    """
    Choose the fees of a new transaction.

    Parameters
    ----------
    suggestion : Fees
        What the node suggests.
    cap : int or None
        The most that may be paid for a unit of gas, wei.

    Returns
    -------
    Fees
        The suggestion within the cap.
    """
    if cap is None:
        return suggestion
    most = min(suggestion.max_fee_per_gas, cap)
    return Fees(most, min(suggestion.max_priority_fee_per_gas, most))


def raised_fees(old: Fees, suggestion: Fees, cap: int | None) -> Fees | None:
    """
    Choose the fees of a replacement: a quarter more, or the suggestion if that is higher.

    Parameters
    ----------
    old : Fees
        What the newest version pays.
    suggestion : Fees
        What the node suggests now.
    cap : int or None
        The most that may be paid for a unit of gas, wei.

    Returns
    -------
    Fees or None
        The fees; None if the cap leaves less than the tenth more that nodes ask of a replacement, or the old
        ones are several times the suggestion already.
    """
    if old.max_fee_per_gas > _MOST_TIMES_THE_SUGGESTION * suggestion.max_fee_per_gas:
        return None
    fees = first_fees(
        Fees(
            max(suggestion.max_fee_per_gas, _more(old.max_fee_per_gas, 4)),
            max(suggestion.max_priority_fee_per_gas, _more(old.max_priority_fee_per_gas, 4)),
        ),
        cap,
    )
    enough = fees.max_fee_per_gas >= _more(
        old.max_fee_per_gas, 10
    ) and fees.max_priority_fee_per_gas >= _more(old.max_priority_fee_per_gas, 10)
    return fees if enough else None


def _more(fee: int, divisor: int) -> int:
    """Add one part in ``divisor``, rounded up, and at least one wei."""
    return fee + max(1, -(-fee // divisor))
