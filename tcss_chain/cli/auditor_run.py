"""``tcss auditor run`` and ``confirm``: the service itself, and its work on one session."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tcss_chain.monitoring.logs import configure_logs
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.operation.node_settings import LogSettings

from .parameters import SessionIdType
from .participant_run import stop_on_signals
from .passphrase_option import passphrase_from, passphrase_option


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@click.option("--json-logs", is_flag=True, help="Log JSON, whatever the configuration says.")
def run(configuration: Path, passphrase_file: Path | None, json_logs: bool) -> None:
    """
    Confirm the sessions of the consortia that CONFIGURATION names, until it is stopped.

    It confirms every session with the agreed terms that an admitted creator made, each with a fresh key that
    is kept before it is used, and archives each session when it is active. Without admitted creators it
    confirms nothing by itself; see tcss auditor confirm. It may be stopped (SIGTERM, Ctrl-C) or killed at any
    time and run again: it goes on where it was.

    Logs go to standard error.
    """
    file = load_auditor_file(configuration)
    passphrase = passphrase_from(passphrase_file)
    log = LogSettings("json", file.node.log.level) if json_logs else file.node.log
    configure_logs(log.format == "json", log.level, sys.stderr)
    # Slow to import, and hardly any other command needs it.
    from tcss_chain.service.run_auditor import run_auditor

    run_auditor(file, passphrase, stop_on_signals())


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("sid", type=SessionIdType())
@passphrase_option
def confirm(configuration: Path, sid: bytes, passphrase_file: Path | None) -> None:
    """
    Confirm the session SID with the auditor of CONFIGURATION, whoever created it.

    The session must have the terms of one of the consortium files. Look at it first with tcss session show,
    and ask who created it: when it is confirmed, the members' services join and pay their bonds. The service
    must not run meanwhile. A command that was interrupted is run again; it sends the same transaction.
    """
    file = load_auditor_file(configuration)
    passphrase = passphrase_from(passphrase_file)
    from tcss_chain.service.run_auditor import confirm_once

    mined = confirm_once(file, passphrase, sid)
    if mined is None:
        click.echo("confirmed earlier, with the key in this state")
    else:
        click.echo(f"confirmed in block {mined.block_number}, {mined.gas_used:,} gas")
    click.echo("Make a backup now: without the session's key there is no trace.")
