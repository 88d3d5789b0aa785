"""``tcss auditor key``: one session's key as a file."""

from __future__ import annotations

from pathlib import Path

import click

from tcss_chain.auditor.auditor_key import write_auditor_key
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.service.auditor_state import read_audited_session

from .parameters import SessionIdType
from .passphrase_option import passphrase_from, passphrase_option


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("sid", type=SessionIdType())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; a file that is there already is not overwritten.",
)
@passphrase_option
def key(configuration: Path, sid: bytes, output: Path, passphrase_file: Path | None) -> None:
    """
    Write the key of the session SID into a file for tcss trace --auditor-key.

    The file is not encrypted: whoever has it can trace this session, and test whether a share of it is real.
    tcss trace --auditor needs no such file. The service may run meanwhile.
    """
    file = load_auditor_file(configuration)
    kept = read_audited_session(file.node.data, passphrase_from(passphrase_file), sid)
    write_auditor_key(output, kept.key)
    click.echo(f"key written to {output}")
