"""``tcss participant status``: what a participant has, whether or not its service runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tcss_chain.chain.transaction_journal import UNSETTLED
from tcss_chain.operation.keystore import wallet_address
from tcss_chain.operation.participant_file import ParticipantFile, load_participant_file
from tcss_chain.store.public_state import PublicState, read_public_state
from tcss_chain.store.session_table import SessionRow

from .times import shown_time


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(configuration: Path, as_json: bool) -> None:
    """
    Show the sessions and transactions of the participant of CONFIGURATION.

    Needs neither the passphrase nor a node. Where a session stands on chain is told by tcss session show.
    """
    file = load_participant_file(configuration)
    state = read_public_state(file.node.data)
    if as_json:
        click.echo(json.dumps(_as_json(file, state), indent=2))
        return
    click.echo(f"account   {wallet_address(file.node.wallet)}")
    click.echo(f"service   {'running' if state.is_in_use else 'not running'}")
    if state.restored_at is not None:
        click.echo(f"restored  from a backup at {shown_time(state.restored_at)}")
    if not state.sessions:
        click.echo("no sessions yet")
    for row in state.sessions:
        click.echo(f"session   0x{row.sid.hex()}")
        phase = f"{row.phase.name.lower()} since {shown_time(row.updated_at)}"
        click.echo(f"  standing  {row.standing.value}, {phase}")
        click.echo(f"  keeps     {_kept(row, state)}")
        if row.note:
            click.echo(f"  note      {row.note}")
    for entry in state.transactions:
        if entry.status in UNSETTLED:
            click.echo(
                f"transaction  {entry.purpose.kind} with nonce {entry.nonce}: {entry.status.value},"
                f" {entry.variants[-1].transaction_hash}"
            )


def _kept(row: SessionRow, state: PublicState) -> str:
    kept = [
        what
        for what, sids in (("secrets", state.with_secrets), ("the final share", state.with_final_share))
        if row.sid in sids
    ]
    return " and ".join(kept) or "nothing"


def _as_json(file: ParticipantFile, state: PublicState) -> dict[str, Any]:
    return {
        "account": wallet_address(file.node.wallet),
        "running": state.is_in_use,
        "restored_at": state.restored_at,
        "sessions": [
            {
                "session": f"0x{row.sid.hex()}",
                "standing": row.standing.value,
                "phase": row.phase.name.lower(),
                "secrets": row.sid in state.with_secrets,
                "final_share": row.sid in state.with_final_share,
                "note": row.note,
                "updated_at": row.updated_at,
            }
            for row in state.sessions
        ],
        "transactions": [
            {
                "kind": entry.purpose.kind,
                "session": f"0x{entry.purpose.sid.hex()}",
                "nonce": entry.nonce,
                "status": entry.status.value,
                "hash": entry.variants[-1].transaction_hash,
                "block": entry.block_number,
            }
            for entry in state.transactions
        ],
    }
