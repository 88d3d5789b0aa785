"""Development accounts.

Funded accounts with publicly known keys for the local chains of tests and demonstrations. Never use one of
them on a chain that carries value: anybody can derive these keys.
"""

from __future__ import annotations

from typing import Final, cast

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

DEV_BALANCE: Final = 10_000 * 10**18
"""Balance, in wei, that a development chain gives to each of its accounts."""

_SECP256K1_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def dev_accounts(count: int) -> tuple[LocalAccount, ...]:
    """
    Derive the first development accounts.

    Parameters
    ----------
    count : int
        How many, at least 1.

    Returns
    -------
    tuple of LocalAccount
        The same accounts on every machine; account ``i`` does not depend on `count`.

    Raises
    ------
    ValueError
        If `count` is not positive.
    """
    if count < 1:
        raise ValueError(f"a development chain needs at least one account, not {count}")
    return tuple(_dev_account(index) for index in range(count))


def _dev_account(index: int) -> LocalAccount:
    digest = int.from_bytes(keccak(b"tcss development account" + index.to_bytes(4, "big")), "big")
    secret = 1 + digest % (_SECP256K1_ORDER - 1)
    return cast(LocalAccount, Account.from_key(secret.to_bytes(32, "big")))
