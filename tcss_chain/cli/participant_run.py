"""``tcss participant run``: the service itself."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from types import FrameType

import click

from tcss_chain.monitoring.logs import configure_logs
from tcss_chain.operation.node_settings import LogSettings
from tcss_chain.operation.participant_file import load_participant_file

from .passphrase_option import passphrase_from, passphrase_option


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@click.option("--json-logs", is_flag=True, help="Log JSON, whatever the configuration says.")
def run(configuration: Path, passphrase_file: Path | None, json_logs: bool) -> None:
    """
    Take part in the sessions of the consortia that CONFIGURATION names, until it is stopped.

    It joins every session with the agreed terms, deals, hands out and checks shares, complains and answers
    complaints, signs, and keeps its final share. It may be stopped (SIGTERM, Ctrl-C) or killed at any time
    and run again: it goes on where it was. Deadlines go on meanwhile.

    Logs go to standard error.
    """
    file = load_participant_file(configuration)
    passphrase = passphrase_from(passphrase_file)
    log = LogSettings("json", file.node.log.level) if json_logs else file.node.log
    configure_logs(log.format == "json", log.level, sys.stderr)
    # Slow to import, and no other command needs it.
    from tcss_chain.service.run_participant import run_participant

    run_participant(file, passphrase, stop_on_signals())


def stop_on_signals() -> Event:
    """Make an event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stopping = Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping
