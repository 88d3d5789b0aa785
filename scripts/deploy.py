"""
Deploy the contract with ape: ``ape run deploy --network ethereum:local:test``.

On a local network the first test account pays. Elsewhere name one of ape's accounts with ``--account``.
"""

from __future__ import annotations

import click
from ape import project
from ape.api import AccountAPI
from ape.cli import ConnectedProviderCommand, account_option


@click.command(cls=ConnectedProviderCommand)
@account_option()
def cli(account: AccountAPI) -> None:
    """Deploy TCSS and print its address."""
    contract = account.deploy(project.TCSS)
    click.echo(f"TCSS {contract.address}")
