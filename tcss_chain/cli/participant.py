"""``tcss participant``: the service of an organisation that holds shares."""

from __future__ import annotations

import click

from .participant_backup import backup, restore
from .participant_init import init
from .participant_run import run
from .participant_status import status


@click.group()
def participant() -> None:
    """
    Run the service of an organisation that holds shares.

    Begin with init; add the account that it prints to the consortium file, send it money for bonds and gas,
    and run it. Everything else it does by itself.
    """


for _command in (init, run, status, backup, restore):
    participant.add_command(_command)
