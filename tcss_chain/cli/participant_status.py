"""``tcss participant status``: what a participant has, whether or not its service runs."""

from __future__ import annotations

from pathlib import Path

import click

from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.store.public_state import read_public_state

from .operator_status import print_status


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(configuration: Path, as_json: bool) -> None:
    """
    Show the sessions and transactions of the participant of CONFIGURATION.

    Needs neither the passphrase nor a node. Where a session stands on chain is told by tcss session show.
    """
    node = load_participant_file(configuration).node
    state = read_public_state(node.data)
    kept = {"secrets": state.with_secrets, "the final share": state.with_final_share}
    print_status(node, state, kept, as_json=as_json)
