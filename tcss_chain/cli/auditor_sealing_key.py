"""``tcss auditor sealing-key``: what owners seal models with, as a file."""

from __future__ import annotations

from pathlib import Path

import click

from tcss_chain.sealed_model import session_sealing_key, write_sealing_key
from tcss_chain.session_package import session_view

from .parameters import SessionIdType
from .passphrase_option import passphrase_option
from .session_package import package_option
from .trace_means import TraceWishes, means_from_state


@click.command("sealing-key")
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("sid", type=SessionIdType())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; a file that is there already is not overwritten.",
)
@package_option
@passphrase_option
def sealing_key(
    configuration: Path,
    sid: bytes,
    output: Path,
    package_files: tuple[Path, ...],
    passphrase_file: Path | None,
) -> None:
    """
    Write the sealing key of the active session SID into a file for tcss seal.

    Give it to the owners of models, on a way that others cannot read: whoever has it can test whether a share
    is real. No participant may ever see it, or boxes that know it cannot be traced. The service may run
    meanwhile.
    """
    wishes = TraceWishes(sid, None, None, None, package_files)
    means = means_from_state(wishes, configuration, passphrase_file, convict=False)
    connection = means.connection
    view = session_view(connection, sid, means.first_block, means.package)
    key = session_sealing_key(view, means.key.alpha)
    write_sealing_key(output, key, connection.chain_id, connection.contract_address)
    click.echo(f"sealing key written to {output}")
    click.echo("Give it to owners of models only; no participant may have it.")
