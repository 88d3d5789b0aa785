"""``tcss auditor``: the service of the organisation that confirms sessions and traces leaks."""

from __future__ import annotations

import click

from .auditor_backup import backup, restore
from .auditor_init import init
from .auditor_key import key
from .auditor_run import confirm, run
from .auditor_sealing_key import sealing_key
from .auditor_status import status


@click.group()
def auditor() -> None:
    """
    Run the service of the organisation that confirms sessions and traces leaks.

    Begin with init; name the account that it prints as auditor in the consortium file, send it money for gas,
    and run it. Traces are made with tcss trace --auditor.
    """


for _command in (init, run, confirm, status, key, sealing_key, backup, restore):
    auditor.add_command(_command)
