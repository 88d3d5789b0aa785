"""``tcss deploy``: put the contract on a chain."""

from __future__ import annotations

import os
from typing import Final

import click
from eth_account import Account

from tcss_chain.chain.deployment import deploy as deploy_contract

from .parameters import UrlType

KEY_VARIABLE: Final = "TCSS_DEPLOYER_KEY"


@click.command()
@click.option("--rpc", "rpc_url", required=True, type=UrlType(), help="JSON-RPC endpoint of the chain.")
def deploy(rpc_url: str) -> None:
    """
    Deploy the contract and print its address.

    The private key of the account that pays is taken from the environment variable TCSS_DEPLOYER_KEY. The
    contract has no owner: the account has no rights afterwards.
    """
    try:
        account = Account.from_key(os.environ.get(KEY_VARIABLE, ""))
    except Exception:  # noqa: BLE001  # the library's message may hold the key
        raise click.UsageError(
            f"put a private key, 0x and 64 hexadecimal digits, into {KEY_VARIABLE}"
        ) from None
    address, mined = deploy_contract(rpc_url, account)
    click.echo(f"{address} (block {mined.block_number}, {mined.gas_used:,} gas)")
