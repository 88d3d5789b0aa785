"""``tcss devnet``: serve the embedded chain."""

from __future__ import annotations

import click

from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet, run_devnet


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8545,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--accounts",
    "account_count",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="How many funded accounts.",
)
def devnet(host: str, port: int, account_count: int) -> None:
    """
    Serve a development chain in memory until interrupted.

    Its accounts have publicly known keys: use them for nothing else.
    """
    run_devnet(host, port, account_count=account_count, on_ready=_announce)


def _announce(chain: EmbeddedDevnet) -> None:
    click.echo(f"chain at {chain.rpc_url}, with these accounts and their private keys:")
    for account in chain.accounts:
        click.echo(f"  {account.address}  0x{bytes(account.key).hex()}")
