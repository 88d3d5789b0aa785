"""``tcss gateway audit``: check an audit trail and show it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from tcss_chain.gateway.audit_file import TrailReport, read_trail
from tcss_chain.gateway.audit_lines import AuditLine, LineKind

from .times import shown_time

_KINDS: Final = [kind.value for kind in LineKind]


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Show only these lines.")
@click.option(
    "--last", type=click.IntRange(1), help="Show only so many, from the end; the others take no memory."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit(file: Path, kinds: tuple[str, ...], last: int | None, as_json: bool) -> None:
    """
    Check the chain of hashes of the audit trail FILE, and print its lines.

    An altered, removed or inserted line ends it with status 1. Lines that were cut off at the end leave a
    sound chain: note number and hash of the last line elsewhere, and compare. Whoever can write the file can
    also make a new chain; what binds openings and convictions is the chain of blocks.
    """
    shown, report = read_trail(file, kinds={LineKind(kind) for kind in kinds} or None, last=last)
    if as_json:
        click.echo(json.dumps(_as_json(shown, report), indent=1))
    else:
        _print(shown, report)


def _as_json(lines: Sequence[AuditLine], report: TrailReport) -> dict[str, Any]:
    return {
        "sound": True,
        "lines": report.end.number,
        "last_hash": report.end.hash,
        "half_line_bytes": report.half_line_bytes,
        "shown": [
            {"number": each.number, "time": each.time, "kind": each.kind.value, **each.fields}
            for each in lines
        ],
    }


def _print(lines: Sequence[AuditLine], report: TrailReport) -> None:
    rows = [
        (
            str(line.number),
            shown_time(int(line.time)),
            line.kind.value,
            "  ".join(f"{_text(name)}={_text(value)}" for name, value in line.fields.items()),
        )
        for line in lines
    ]
    if sys.stdout.isatty():
        table = Table(box=None, pad_edge=False)
        for heading in ("number", "time", "kind", "what"):
            table.add_column(heading, overflow="fold", no_wrap=heading != "what")
        for row in rows:
            table.add_row(*row)
        Console(file=sys.stdout, markup=False, highlight=False).print(table)
    else:
        for row in rows:
            click.echo("  ".join(row).rstrip())
    click.echo(f"{report.end.number} lines, the chain is sound; the last has the hash {report.end.hash}")
    if report.half_line_bytes:
        click.echo(
            f"note: {report.half_line_bytes} bytes of an incomplete line follow, as a crash leaves them, or a"
            " gateway that is just writing"
        )


def _text(value: object) -> str:
    """Show a name or a value without anything that steers a terminal."""
    if isinstance(value, str) and value.isprintable() and value:
        return value
    # The one control character that JSON has as it is.
    return json.dumps(value).replace("\x7f", "\\u007f")
