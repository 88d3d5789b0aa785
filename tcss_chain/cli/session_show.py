"""``tcss session show``: everything about one session."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import MemberState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.consortium import load_consortium
from tcss_chain.operation.session_overview import SessionOverview, deadlines, read_overview
from tcss_chain.protocol.session import Fault

from .chain_options import chain_options
from .parameters import SessionIdType
from .times import shown_distance, shown_time

names_option: Final = click.option(
    "--consortium",
    "consortium_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Consortium file to take names from.",
)
"""Adds ``consortium_file``, a path or None."""


@click.command()
@click.argument("sid", type=SessionIdType())
@chain_options
@names_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: amounts as texts, in wei; times in Unix seconds."
)
def show(
    sid: bytes,
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress,
    first_block: int,
    consortium_file: Path | None,
    as_json: bool,
) -> None:
    """
    Show where the session SID stands: phase, deadlines, members, bonds.

    The configuration is checked against the session id. All else is what the node says of its latest block.
    """
    names = names_of(consortium_file)
    overview = read_overview(SessionView(Connection(rpc_urls, contract), sid, first_block))
    if as_json:
        click.echo(json.dumps(overview.as_json(names), indent=2))
        return
    for line in _lines(overview, names):
        click.echo(line)


def names_of(consortium_file: Path | None) -> Mapping[ChecksumAddress, str]:
    """Take the names from a consortium file, if there is one."""
    return {} if consortium_file is None else load_consortium(consortium_file).names()


def shown_account(account: ChecksumAddress, names: Mapping[ChecksumAddress, str]) -> str:
    """Show an address, and the name that belongs to it."""
    return f"{account} ({names[account]})" if account in names else account


def _lines(overview: SessionOverview, names: Mapping[ChecksumAddress, str]) -> Iterator[str]:
    configuration, state, now = overview.configuration, overview.state, overview.time
    yield f"session      0x{overview.sid.hex()}"
    yield f"phase        {state.phase.name.lower()} at {shown_time(now)}"
    yield f"threshold    {configuration.threshold} of {len(configuration.members)}"
    confirmed = "" if state.A else ", has not confirmed"
    yield f"auditor      {shown_account(configuration.auditor, names)}{confirmed}"
    yield f"creator      {shown_account(overview.creator, names)}"
    yield f"beneficiary  {shown_account(configuration.beneficiary, names)}"
    yield f"bond         {configuration.bond} wei"
    if any(configuration.parent):
        yield f"parent       0x{configuration.parent.hex()}"
    if state.forfeits:
        yield f"forfeits     {state.forfeits} wei, not withdrawn yet"
    yield "deadlines"
    for name, time in deadlines(configuration).items():
        yield f"  {name.replace('_', ' '):<18} {shown_time(time)}, {shown_distance(time, now)}"
    yield "members"
    for member in overview.members:
        yield f"  {member.seat:>3}  {shown_account(member.account, names)}: {_standing(member, overview)}"
    yield f"qualified    {state.qualified.bit_count()}"
    if state.activated_at:
        yield f"active since {shown_time(state.activated_at)}"
        yield f"aggregate    0x{state.aggregate_hash.hex()}"


def _standing(member: MemberState, overview: SessionOverview) -> str:
    if not member.joined:
        return "has not joined"
    words = ["joined"]
    if member.dealt:
        words.append("dealt")
        words.append("qualified" if member.qualified else "DISQUALIFIED")
    if member.fault is not Fault.NONE:
        words.append(f"FAULT {member.fault.name.lower().replace('_', ' ')}")
    if member.convicted:
        words.append("CONVICTED")
    words.append("bond withdrawn" if member.withdrawn else f"bond {overview.bonds[member.account]} wei")
    return ", ".join(words)
