"""What ``tcss participant status`` and ``tcss auditor status`` have in common."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import click

from tcss_chain.chain.transaction_journal import UNSETTLED
from tcss_chain.operation.keystore import wallet_address
from tcss_chain.operation.node_settings import NodeSettings
from tcss_chain.store.public_state import PublicState

from .times import shown_time

Kept = Mapping[str, Collection[bytes]]
"""The names of what a state keeps of sessions, and of which sessions it keeps that."""


def print_status(node: NodeSettings, state: PublicState, kept: Kept, *, as_json: bool) -> None:
    """
    Print what is known without passphrase and node.

    Parameters
    ----------
    node : NodeSettings
        The configuration.
    state : PublicState
        What the state tells.
    kept : mapping of str to collection of bytes
        What is kept of which sessions.
    as_json : bool
        Whether to print JSON.
    """
    if as_json:
        click.echo(json.dumps(_as_json(node, state, kept), indent=2))
        return
    click.echo(f"account   {wallet_address(node.wallet)}")
    click.echo(f"service   {'running' if state.is_in_use else 'not running'}")
    if state.restored_at is not None:
        click.echo(f"restored  from a backup at {shown_time(state.restored_at)}")
    if not state.sessions:
        click.echo("no sessions yet")
    for row in state.sessions:
        click.echo(f"session   0x{row.sid.hex()}")
        phase = f"{row.phase.name.lower()} since {shown_time(row.updated_at)}"
        click.echo(f"  standing  {row.standing.value}, {phase}")
        what = [name for name, sids in kept.items() if row.sid in sids]
        click.echo(f"  keeps     {' and '.join(what) or 'nothing'}")
        if row.note:
            click.echo(f"  note      {row.note}")
    for entry in state.transactions:
        if entry.status in UNSETTLED:
            click.echo(
                f"transaction  {entry.purpose.kind} with nonce {entry.nonce}: {entry.status.value},"
                f" {entry.variants[-1].transaction_hash}"
            )


def _as_json(node: NodeSettings, state: PublicState, kept: Kept) -> dict[str, Any]:
    return {
        "account": wallet_address(node.wallet),
        "running": state.is_in_use,
        "restored_at": state.restored_at,
        "sessions": [
            {
                "session": f"0x{row.sid.hex()}",
                "standing": row.standing.value,
                "phase": row.phase.name.lower(),
                **{_field(name): row.sid in sids for name, sids in kept.items()},
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


def _field(name: str) -> str:
    return name.removeprefix("the ").replace(" ", "_")
