"""
Deploy the contract with ape: ``ape run deploy --network ethereum:local:test``.

On a local network the first test account pays. Elsewhere name one of ape's accounts with ``--account``.
"""

from __future__ import annotations

import click
from ape import accounts, project
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand


@click.command(cls=ConnectedProviderCommand)
@click.option("--account", "alias", help="Alias of the ape account that pays.")
def cli(provider: ProviderAPI, alias: str | None) -> None:
    """Deploy TCSS and print its address."""
    contract = _payer(provider, alias).deploy(project.TCSS)
    click.echo(f"TCSS {contract.address}")


def _payer(provider: ProviderAPI, alias: str | None) -> AccountAPI:
    if alias is not None:
        return accounts.load(alias)
    if not provider.network.is_local:
        raise click.UsageError("name the account that pays with --account; `ape accounts list` shows yours")
    return accounts.test_accounts[0]
