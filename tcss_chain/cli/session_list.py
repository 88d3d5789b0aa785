"""``tcss session list``: all sessions of a contract."""

from __future__ import annotations

import json

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.operation.session_list import list_sessions

from .chain_options import chain_options
from .parameters import PHASES, AddressType


@click.command("list")
@chain_options
@click.option("--member", type=AddressType(), help="Only sessions that admit this address.")
@click.option("--phase", "phase_name", type=click.Choice(list(PHASES)), help="Only sessions in this phase.")
@click.option("--newest", type=click.IntRange(1), help="Look at no more than so many sessions, the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress,
    first_block: int,  # every command of the group takes the same options
    member: ChecksumAddress | None,
    phase_name: str | None,
    newest: int | None,
    as_json: bool,
) -> None:
    """
    List the sessions of a contract, the oldest first.

    This is what the node says; tcss session show checks a session against its id.
    """
    phase = None if phase_name is None else PHASES[phase_name]
    reads = SessionReads(Connection(rpc_urls, contract))
    found = list_sessions(reads, member=member, phase=phase, newest=newest)
    if as_json:
        click.echo(json.dumps([session.as_json() for session in found], indent=2))
        return
    count = 0
    for count, session in enumerate(found, start=1):  # noqa: B007  # used after the loop
        convicted = f", {session.convicted} convicted" if session.convicted else ""
        click.echo(
            f"0x{session.sid.hex()}  {session.phase.name.lower():<11}  {session.joined} of {session.members}"
            f" joined, threshold {session.threshold}{convicted}"
        )
    if not count:
        click.echo("no sessions")
