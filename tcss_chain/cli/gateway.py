"""``tcss gateway``: serve sealed models to tenants."""

from __future__ import annotations

import click

from .gateway_audit import audit
from .gateway_init import api_key, init
from .gateway_run import run
from .gateway_trace import trace


@click.group()
def gateway() -> None:
    """
    Serve sealed models that the participants open together, and trace who leaks.

    The gateway is the auditor of its sessions: begin with tcss auditor init, then init here, and run it in
    place of tcss auditor run.
    """


for _command in (init, api_key, run, trace, audit):
    gateway.add_command(_command)
