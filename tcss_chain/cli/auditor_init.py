"""``tcss auditor init``: the folder that an auditor begins with."""

from __future__ import annotations

from pathlib import Path

import click
from eth_typing import ChecksumAddress

from tcss_chain.operation.scaffold import ChainChoice, make_auditor_folder
from tcss_chain.store.state_database import StateDatabase

from .chain_options import chain_options
from .parameters import AddressType, ConfirmationsType, EndpointType
from .passphrase_option import passphrase_from, passphrase_option


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@chain_options
@click.option(
    "--consortium",
    "consortia",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Consortium file whose sessions are confirmed; may be written later, and there may be several.",
)
@click.option(
    "--creator",
    "creators",
    multiple=True,
    type=AddressType(),
    help="Account whose sessions the service confirms by itself; may be given more than once. Without it,"
    " every session is confirmed by hand.",
)
@click.option(
    "--wallet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keystore file to copy, in place of a new account.",
)
@click.option("--monitor", type=EndpointType(), help="Host and port of /health and /metrics.  [default: off]")
@click.option(
    "--confirmations",
    default="12",
    show_default=True,
    type=ConfirmationsType(),
    help="How many blocks must follow a block before what cannot be undone follows from it, or: finalized.",
)
@passphrase_option
def init(
    folder: Path,
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress,
    first_block: int,
    consortia: tuple[Path, ...],
    creators: tuple[ChecksumAddress, ...],
    wallet: Path | None,
    monitor: str | None,
    confirmations: str,
    passphrase_file: Path | None,
) -> None:
    """
    Make FOLDER with a configuration file, a wallet and an encrypted state.

    One passphrase opens wallet and state; without it both are lost, and with them every trace. The
    configuration file explains every field: look through it before the service runs.

    \b
    Example:
      tcss auditor init gateway --rpc http://127.0.0.1:8545 --contract 0x.. --consortium hospitals.yaml \\
          --creator 0x..
    """  # noqa: D301  # the command line library marks preformatted text with a backspace character
    passphrase = passphrase_from(passphrase_file, creating=True)
    chain = ChainChoice(rpc_urls, contract, first_block, consortia)
    made = make_auditor_folder(
        folder,
        passphrase,
        chain,
        wallet=wallet,
        monitor=monitor or "off",
        confirmations=confirmations,
        creators=tuple(dict.fromkeys(creators)),
    )
    StateDatabase.create(made.data, passphrase.text).close()
    click.echo(f"configuration  {made.configuration}")
    click.echo(f"account        {made.account}")
    click.echo("Name the account as auditor in the consortium file, send it money for gas, and run")
    click.echo(f"  tcss auditor run {made.configuration}")
