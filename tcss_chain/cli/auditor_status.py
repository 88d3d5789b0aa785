"""``tcss auditor status``: what an auditor has, whether or not its service runs."""

from __future__ import annotations

from pathlib import Path

import click

from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.store.public_state import read_public_state

from .operator_status import print_status


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(configuration: Path, as_json: bool) -> None:
    """
    Show the sessions and transactions of the auditor of CONFIGURATION.

    Needs neither the passphrase nor a node. Where a session stands on chain is told by tcss session show.
    """
    node = load_auditor_file(configuration).node
    state = read_public_state(node.data)
    kept = {"the auditor key": state.with_auditor_key, "the package": state.with_package}
    print_status(node, state, kept, as_json=as_json)
