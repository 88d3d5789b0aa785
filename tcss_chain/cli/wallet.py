"""``tcss wallet``: accounts for those who run no service."""

from __future__ import annotations

from pathlib import Path

import click
from eth_account import Account

from tcss_chain.operation.keystore import write_wallet

from .passphrase_option import passphrase_from, passphrase_option


@click.group()
def wallet() -> None:
    """Make an account; participants and auditors have one from init already."""


@wallet.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
def create(file: Path, passphrase_file: Path | None) -> None:
    """
    Make a new account and write it to FILE, a keystore that other programs can read as well.

    The owner of models needs one to sign them; it needs no money. Without FILE and its passphrase the account
    is lost.
    """
    passphrase = passphrase_from(passphrase_file, creating=True)
    account = Account.create()
    write_wallet(file, account, passphrase)
    click.echo(f"account      {account.address}")
    click.echo(f"wallet       {file}")
