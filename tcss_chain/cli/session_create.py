"""``tcss session create``: create a session with a consortium's terms."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.consortium import load_consortium
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.session_creation import PreparedSession, create_session, prepare_session
from tcss_chain.operation.session_overview import deadlines

from .chain_options import chain_options
from .parameters import SessionIdType, WordType
from .passphrase_option import passphrase_from, passphrase_option
from .times import shown_distance, shown_time


@click.command()
@click.option(
    "--consortium",
    "consortium_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The consortium file, with the addresses of members, auditor and beneficiary.",
)
@chain_options
@click.option(
    "--wallet",
    "wallet_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keystore file of the account that creates the session; it pays for gas only.",
)
@passphrase_option
@click.option("--salt", type=WordType("salt"), help="64 hexadecimal digits.  [default: drawn by chance]")
@click.option("--parent", type=SessionIdType(), help="The session that this one follows.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(
    consortium_file: Path,
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress,
    first_block: int,
    wallet_file: Path,
    passphrase_file: Path | None,
    salt: bytes | None,
    parent: bytes | None,
    as_json: bool,
) -> None:
    """
    Create a session with the terms of a consortium file.

    Anybody may create one: it costs gas, and gives no rights. The phases begin now, by the chain's time. The
    services of the members join by themselves when the session has the terms that they agreed to; before,
    the auditor must confirm it.

    The session id is printed before anything is sent. If the command is interrupted after that, look with
    tcss session show whether the session is there, before you create another one.

    \b
    Example:
      tcss session create --consortium hospitals.yaml --rpc http://127.0.0.1:8545 --contract 0x.. \\
          --wallet creator.json
    """  # noqa: D301  # the command line library marks preformatted text with a backspace character
    consortium = load_consortium(consortium_file)
    # Whether the file has all addresses is known before anybody is asked for a passphrase.
    consortium.agreed_configuration(0)
    consortium.services()
    account = read_wallet(wallet_file, passphrase_from(passphrase_file))
    connection = Connection(rpc_urls, contract)
    prepared = prepare_session(
        connection, account.address, consortium, salt or secrets.token_bytes(32), parent or bytes(32)
    )
    for name, value in (("session", prepared.sid), ("salt", prepared.salt)):
        click.echo(f"{name:<11}0x{value.hex()}", err=as_json)
    mined = create_session(connection, TransactionSender(connection, account), prepared)
    if as_json:
        click.echo(json.dumps(_as_json(prepared, mined.block_number, mined.transaction_hash), indent=2))
        return
    click.echo(f"creator    {prepared.creator}")
    click.echo(f"created    in block {mined.block_number}, {mined.gas_used:,} gas")
    now = connection.chain_time()
    for name, time in deadlines(prepared.configuration).items():
        click.echo(f"{name.replace('_', ' '):<18} {shown_time(time)}, {shown_distance(time, now)}")
    click.echo(
        f"Next: {consortium.auditor.name} confirms the session, then the members' services join it.\n"
        f"See:  tcss session watch 0x{prepared.sid.hex()} --rpc .. --contract {contract}"
        f" --first-block {max(first_block, mined.block_number)}"
    )


def _as_json(prepared: PreparedSession, block_number: int, transaction_hash: str) -> dict[str, object]:
    configuration = prepared.configuration
    return {
        "session": f"0x{prepared.sid.hex()}",
        "salt": f"0x{prepared.salt.hex()}",
        "creator": prepared.creator,
        "block": block_number,
        "transaction": transaction_hash,
        "threshold": configuration.threshold,
        "members": list(configuration.members),
        "auditor": configuration.auditor,
        "beneficiary": configuration.beneficiary,
        "bond": str(configuration.bond),
        "parent": f"0x{configuration.parent.hex()}" if any(configuration.parent) else None,
        "deadlines": deadlines(configuration),
    }
