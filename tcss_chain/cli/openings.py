"""``tcss openings``: who had which model opened, when and what for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.opening_log import AnchoredEvent, OpeningLine, OpeningLog
from tcss_chain.chain.session_reads import SessionReads

from .chain_options import chain_options
from .escaping import escaped
from .parameters import SessionIdType
from .times import shown_time

_PAGE: Final = 200
_UNKNOWN: Final = "not known: the node does not have the event"


@dataclass(frozen=True, slots=True)
class _Opening:
    """A line, and the event of it if the node still has that."""

    sid: bytes
    line: OpeningLine
    event: AnchoredEvent | None


@click.command()
@chain_options
@click.option("--session", "sid", type=SessionIdType(), help="Only openings of this session.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def openings(
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress,
    first_block: int,
    sid: bytes | None,
    as_json: bool,
) -> None:
    """
    Print which models were opened, as the contract's opening log has it.

    Needs a node and the contract's address, nothing else. Every session numbers its lines from 0, the oldest
    first. Purposes are in events only: of a line whose event the node has dropped, or that is before
    --first-block, purpose and transaction are not known. A purpose is what the gateway says; characters
    that are not printable ASCII are shown by their codes.
    """
    connection = Connection(rpc_urls, contract)
    found = tuple(_read(connection, sid, first_block))
    if as_json:
        click.echo(json.dumps([_as_json(opening) for opening in found], indent=2))
        return
    if not found:
        click.echo("no openings")
    for opening in found:
        _print(opening)


def _read(connection: Connection, sid: bytes | None, first_block: int) -> Iterator[_Opening]:
    log = OpeningLog(connection)
    pages = SessionReads(connection).all_session_ids() if sid is None else [(0, (sid,))]
    # Lines before events: then every line that is looked at was written before the events are read.
    lines = [(each, line) for _, sids in pages for each in sids for line in _lines(log, each)]
    events: dict[tuple[bytes, int], AnchoredEvent] = {}
    for event in log.events(sid, first_block) if lines else ():
        place = (event.sid, event.number)
        if place in events:
            raise ChainContradictionError(f"two events tell of opening {event.number}")
        events[place] = event
    for each, line in lines:
        said = events.get((each, line.number))
        if said is not None and not said.belongs_to(line):
            raise ChainContradictionError(f"the event of opening {line.number} tells of another one")
        yield _Opening(each, line, said)


def _lines(log: OpeningLog, sid: bytes) -> list[OpeningLine]:
    total, found = log.count(sid), list[OpeningLine]()
    while len(found) < total:
        page = log.lines(sid, len(found), _PAGE)
        if not page:
            raise ChainContradictionError(f"{len(found)} openings are there, {total} are counted")
        found += page
    return found


def _as_json(opening: _Opening) -> dict[str, Any]:
    line, event = opening.line, opening.event
    return {
        "number": line.number,
        "session": f"0x{opening.sid.hex()}",
        "time": line.time,
        "gateway": line.gateway,
        "model_digest": f"0x{line.model_digest.hex()}",
        "request": f"0x{line.request.hex()}",
        "purpose": None if event is None else escaped(event.purpose),
        "transaction": None if event is None else event.transaction_hash,
    }


def _print(opening: _Opening) -> None:
    line, event = opening.line, opening.event
    click.echo(f"opening {line.number}, {shown_time(line.time)}")
    click.echo(f"  session      0x{opening.sid.hex()}")
    click.echo(f"  gateway      {line.gateway}")
    click.echo(f"  model        0x{line.model_digest.hex()}")
    click.echo(f"  purpose      {_UNKNOWN if event is None else escaped(event.purpose)}")
    click.echo(f"  transaction  {_UNKNOWN if event is None else event.transaction_hash}")
