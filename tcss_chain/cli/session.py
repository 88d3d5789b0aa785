"""``tcss session``: create sessions, see where they stand, settle and archive them."""

from __future__ import annotations

import click

from .session_create import create
from .session_forfeits import forfeits
from .session_list import list_command
from .session_package import check, export
from .session_show import show
from .session_watch import watch


@click.group()
def session() -> None:
    """Create sessions, see where they stand, settle and archive them."""


for _command in (create, list_command, show, watch, forfeits, export, check):
    session.add_command(_command)
