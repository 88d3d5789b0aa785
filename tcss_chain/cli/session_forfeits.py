"""``tcss session forfeits``: send a session's forfeited bonds to its beneficiary."""

from __future__ import annotations

from pathlib import Path

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.operation.keystore import read_wallet

from .chain_options import chain_options
from .parameters import SessionIdType
from .passphrase_option import passphrase_from, passphrase_option


@click.command()
@click.argument("sid", type=SessionIdType())
@chain_options
@click.option(
    "--wallet",
    "wallet_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keystore file of the account that pays for gas; it need not be the beneficiary's.",
)
@passphrase_option
def forfeits(
    sid: bytes,
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress,
    first_block: int,
    wallet_file: Path,
    passphrase_file: Path | None,
) -> None:
    """
    Send what was forfeited in the session SID to its beneficiary.

    Anybody may do that, at any time: the contract pays nobody else. Faults that follow from a passed deadline
    forfeit their half when they are recorded, which the services do.
    """
    connection = Connection(rpc_urls, contract)
    view = SessionView(connection, sid, first_block)
    beneficiary = view.configuration().beneficiary
    amount = view.reads.state(sid).forfeits
    if not amount:
        click.echo("nothing to send: no bond is forfeited, or the beneficiary has it already")
        return
    account = read_wallet(wallet_file, passphrase_from(passphrase_file))
    mined = TransactionSender(connection, account).send(SessionActions(connection).withdraw_forfeits(sid))
    click.echo(f"beneficiary {beneficiary}")
    click.echo(f"sent        {amount} wei, in block {mined.block_number}, {mined.gas_used:,} gas")
