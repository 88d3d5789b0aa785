"""Signing a call, and signing the same call again with other fees."""

from __future__ import annotations

from typing import Any, cast

from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3.contract.contract import ContractFunction
from web3.types import Nonce, TxParams, Wei

from .fee_policy import Fees
from .transaction_journal import SignedVariant


def sign_call(
    account: LocalAccount,
    function: ContractFunction,
    *,
    chain_id: int,
    nonce: int,
    value: int,
    gas: int,
    fees: Fees,
) -> SignedVariant:
    """
    Sign a call of a contract; nothing is asked of a node.

    Parameters
    ----------
    account : LocalAccount
        Who signs.
    function : ContractFunction
        The call with its arguments.
    chain_id : int
        For which chain.
    nonce : int
        The account's nonce.
    value : int
        What is paid with it, wei.
    gas : int
        Its limit of gas.
    fees : Fees
        What is paid for gas.

    Returns
    -------
    SignedVariant
        The signed transaction.
    """
    transaction = function.build_transaction(
        {
            "from": account.address,
            "chainId": chain_id,
            "nonce": Nonce(nonce),
            "value": Wei(value),
            "gas": gas,
            "maxFeePerGas": Wei(fees.max_fee_per_gas),
            "maxPriorityFeePerGas": Wei(fees.max_priority_fee_per_gas),
        }
    )
    return _sign(account, cast(dict[str, Any], transaction), fees)


def sign_transfer_to_oneself(
    account: LocalAccount, *, chain_id: int, nonce: int, gas: int, fees: Fees
) -> SignedVariant:
    """
    Sign a transfer of nothing from an account to itself, which only consumes a nonce.

    Parameters
    ----------
    account : LocalAccount
        Who signs.
    chain_id : int
        For which chain.
    nonce : int
        The account's nonce.
    gas : int
        Its limit of gas.
    fees : Fees
        What is paid for gas.

    Returns
    -------
    SignedVariant
        The signed transaction.
    """
    transaction = {
        "type": 2,
        "chainId": chain_id,
        "nonce": nonce,
        "to": account.address,
        "value": 0,
        "data": b"",
        "gas": gas,
        "maxFeePerGas": fees.max_fee_per_gas,
        "maxPriorityFeePerGas": fees.max_priority_fee_per_gas,
    }
    return _sign(account, transaction, fees)


def sign_again(account: LocalAccount, signed: SignedVariant, fees: Fees) -> SignedVariant:
    """
    Sign the same transaction with other fees: nonce, recipient, data, value and gas stay.

    Parameters
    ----------
    account : LocalAccount
        Who signs.
    signed : SignedVariant
        The version to be replaced.
    fees : Fees
        What is paid for gas.

    Returns
    -------
    SignedVariant
        The replacement.
    """
    former = _content(signed)
    transaction = {name: value for name, value in former.items() if name not in ("v", "r", "s")}
    transaction["maxFeePerGas"] = fees.max_fee_per_gas
    transaction["maxPriorityFeePerGas"] = fees.max_priority_fee_per_gas
    return _sign(account, transaction, fees)


def call_of(signed: SignedVariant, sender: ChecksumAddress) -> TxParams:
    """Give the call that a signed transaction makes, so that it can be simulated."""
    content = _content(signed)
    return {
        "from": sender,
        "to": content["to"],
        "data": content["data"],
        "value": Wei(content["value"]),
        "gas": content["gas"],
    }


def _content(signed: SignedVariant) -> dict[str, Any]:
    return TypedTransaction.from_bytes(HexBytes(signed.raw)).as_dict()


def _sign(account: LocalAccount, transaction: dict[str, Any], fees: Fees) -> SignedVariant:
    signed = account.sign_transaction(transaction)
    return SignedVariant(
        f"0x{bytes(signed.hash).hex()}",
        bytes(signed.raw_transaction),
        fees.max_fee_per_gas,
        fees.max_priority_fee_per_gas,
    )
