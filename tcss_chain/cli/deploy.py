"""``tcss deploy``: put the contract on a chain."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tcss_chain.chain.deployment import deploy as deploy_contract
from tcss_chain.operation.keystore import read_wallet

from .parameters import UrlType
from .passphrase_option import passphrase_from, passphrase_option

KEY_VARIABLE: Final = "TCSS_DEPLOYER_KEY"


@click.command()
@click.option("--rpc", "rpc_url", required=True, type=UrlType(), help="JSON-RPC endpoint of the chain.")
@click.option(
    "--wallet",
    "wallet_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keystore file of the account that pays.",
)
@passphrase_option
def deploy(rpc_url: str, wallet_file: Path | None, passphrase_file: Path | None) -> None:
    """
    Deploy the contract and print its address.

    The account that pays is that of --wallet, opened with its passphrase; without it, the one whose private
    key is in the environment variable TCSS_DEPLOYER_KEY. The contract has no owner: the account has no
    rights afterwards.
    """
    if wallet_file is None:
        account = _account_from_environment()
    else:
        account = read_wallet(wallet_file, passphrase_from(passphrase_file))
    address, mined = deploy_contract(rpc_url, account)
    click.echo(f"{address} (block {mined.block_number}, {mined.gas_used:,} gas)")


def _account_from_environment() -> LocalAccount:
    try:
        account: LocalAccount = Account.from_key(os.environ.get(KEY_VARIABLE, ""))
    except Exception:  # noqa: BLE001  # the library's message may hold the key
        raise click.UsageError(
            f"give --wallet, or put a private key, 0x and 64 hexadecimal digits, into {KEY_VARIABLE}"
        ) from None
    return account
