"""``tcss gateway run``: the service itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tcss_chain.gateway.gateway_file import load_gateway_file
from tcss_chain.monitoring.logs import configure_logs
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.operation.node_settings import LogSettings

from .participant_run import stop_on_signals
from .passphrase_option import passphrase_from, passphrase_option


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@click.option("--json-logs", is_flag=True, help="Log JSON, whatever the auditor's configuration says.")
def run(configuration: Path, passphrase_file: Path | None, json_logs: bool) -> None:
    """
    Open and serve the models that CONFIGURATION names, until it is stopped.

    It does all that tcss auditor run does, which must not run beside it. Each start opens every model anew:
    that is one transaction and one line in the public opening log for each. It may be stopped (SIGTERM,
    Ctrl-C): requests in flight are finished, and the models are dropped.

    Logs go to standard error.
    """
    file = load_gateway_file(configuration)
    auditor_file = load_auditor_file(file.auditor)
    passphrase = passphrase_from(passphrase_file)
    log = LogSettings("json", auditor_file.node.log.level) if json_logs else auditor_file.node.log
    configure_logs(log.format == "json", log.level, sys.stderr)
    # Slow to import, and no other command needs it.
    from tcss_chain.gateway.run_gateway import run_gateway

    run_gateway(file, auditor_file, passphrase, stop_on_signals())
