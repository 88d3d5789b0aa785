"""``tcss records``: read trace records from any chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.errors import TcssError
from tcss_chain.records.record_evidence import read_evidence
from tcss_chain.records.record_reads import RecordReads, TraceRecord
from tcss_chain.records.record_verification import verify_record
from tcss_chain.session_package import SessionPackage

from .parameters import AddressType, SessionIdType, UrlType
from .session_package import load_packages, package_option
from .times import shown_time

_VERDICTS: Final = {str(True): "verified here", str(False): "DOES NOT VERIFY"}


@click.command()
@click.option("--rpc", "rpc_url", required=True, type=UrlType(), help="JSON-RPC endpoint of any node.")
@click.option("--contract", required=True, type=AddressType(), help="Address of the contract.")
@click.option("--session", "sid", type=SessionIdType(), help="Only records of this session.")
@click.option("--address", "account", type=AddressType(), help="Only records that accuse this address.")
@click.option(
    "--verify/--no-verify",
    default=True,
    show_default=True,
    help="Verify each proof anew; needs a node that still has the session's events and transactions.",
)
@click.option(
    "--first-block",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Where to start looking for events.",
)
@package_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def records(
    rpc_url: str,
    contract: ChecksumAddress,
    sid: bytes | None,
    account: ChecksumAddress | None,
    verify: bool,
    first_block: int,
    package_files: tuple[Path, ...],
    as_json: bool,
) -> None:
    """
    Print who was convicted, as the contract has it.

    Needs a node and the contract's address, nothing else. Every proof is verified here, from the session's
    events and the transaction that made the record; to guard against a node that makes up all of them, ask
    several. With a node that has dropped the session's events, give --package; a record whose own event or
    transaction was dropped as well is shown, but not verified. In JSON, evidence is what the record has as a
    hash, besides its mode and figures; null where nothing was verified, or the event is gone.
    """
    connection = Connection(rpc_url, contract)
    found = _find(RecordReads(connection), sid, account)
    packages = load_packages(connection, package_files)
    rows = [
        (record, verdict_of(connection, record, first_block, packages.get(record.sid)) if verify else None)
        for record in found
    ]
    if as_json:
        click.echo(
            json.dumps(
                [
                    record.as_json()
                    | {"verified": verdict, "evidence": _evidence(connection, record, first_block, verify)}
                    for record, verdict in rows
                ],
                indent=2,
            )
        )
        return
    if not rows:
        click.echo("no records")
    for record, verdict in rows:
        print_record(record, verdict)


def _find(reads: RecordReads, sid: bytes | None, account: ChecksumAddress | None) -> tuple[TraceRecord, ...]:
    if sid is None:
        return reads.all() if account is None else reads.of_address(account)
    return tuple(record for record in reads.of_session(sid) if account in (None, *record.accused))


def _evidence(
    connection: Connection, record: TraceRecord, first_block: int, wanted: bool
) -> dict[str, Any] | None:
    try:
        return read_evidence(connection, record, first_block).evidence.as_json() if wanted else None
    except TcssError:  # the verdict says why
        return None


def verdict_of(
    connection: Connection, record: TraceRecord, first_block: int, package: SessionPackage | None = None
) -> bool | str:
    """Verify a record's proof; text says why that was not possible."""
    try:
        return verify_record(connection, record, first_block, package)
    except TcssError as error:
        return str(error)


def print_record(record: TraceRecord, verdict: bool | str | None) -> None:
    """Print a record, and what came out of its verification."""
    click.echo(f"record {record.number} of session 0x{record.sid.hex()}, {shown_time(record.time)}")
    click.echo(f"  auditor  {record.auditor}")
    for account in record.accused:
        click.echo(f"  accused  {account}")
    click.echo(
        f"  claims   {record.queries} queries, {record.evaluations} evaluations, {record.agreeing} agree"
        f" ({record.mode.name.lower()} points)"
    )
    if verdict is not None:
        click.echo(f"  proof    {_VERDICTS.get(str(verdict), verdict)}")
