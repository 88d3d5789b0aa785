"""``tcss gateway trace``: have a running gateway trace a box."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from tcss_chain.gateway.gateway_client import OperatorClient, read_operator_key
from tcss_chain.transport import TransportError

from .parameters import SessionIdType, UrlType
from .trace_progress import count_of_sets

_PAUSE_SECONDS: Final = 0.5
_MOST_FAILURES: Final = 20


@click.command()
@click.option("--gateway", "url", required=True, type=UrlType(), help="Base URL of the gateway.")
@click.option(
    "--operator-key-file",
    "key_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the operator's key; readable by nobody else.",
)
@click.option("--session", "sid", required=True, type=SessionIdType(), help="The session.")
@click.option(
    "--box",
    required=True,
    type=UrlType(),
    help="The box: an address that the gateway can reach. A password in it can be seen in this machine's "
    "list of processes.",
)
@click.option("--convict", is_flag=True, help="Send the proof to the contract.")
@click.option(
    "--fresh", is_flag=True, help="Ask the box everything anew; otherwise its transcript is gone on with."
)
def trace(url: str, key_file: Path, sid: bytes, box: str, convict: bool, fresh: bool) -> None:
    """
    Have a running gateway find out whose shares a box holds, and follow it.

    The gateway serves meanwhile. Interrupting this command does not end the trace; the same command shows its
    end, and asks the box nothing twice. The transcript stays in the auditor's data folder.

    Exit status: 0 somebody was traced, and convicted if that was asked for; 1 nobody can be accused, or an
    error.
    """
    client = OperatorClient(url, read_operator_key(key_file))
    report = client.start(sid, box, convict=convict, fresh=fresh)
    report = _follow(client, report)
    accused = report.get("accused")
    for account in accused if isinstance(accused, list) else ():
        click.echo(f"leaked       {_plain(account)}")
    if report.get("block") is not None:
        click.echo(f"proven       in block {_plain(report['block'])}, {_plain(report.get('gas'))} gas")
    elif report.get("stage") == "convicted":
        click.echo("proven       earlier")
    if report.get("stage") not in ("traced", "convicted"):
        click.echo(f"{_plain(report.get('stage'))}: {_plain(report.get('reason'))}")
        sys.exit(1)


def _follow(client: OperatorClient, report: Mapping[str, Any]) -> Mapping[str, Any]:
    trace_id, shown, failures = str(report.get("id")), None, 0
    while True:
        news = (report.get("stage"), report.get("queries"))
        if news != shown:
            shown = news
            _say(report)
        if report.get("ended") is not False:
            return report
        time.sleep(_PAUSE_SECONDS)
        try:
            report, failures = client.get(trace_id), 0
        except TransportError:
            failures += 1
            if failures >= _MOST_FAILURES:
                raise


def _say(report: Mapping[str, Any]) -> None:
    sets = report.get("sets")
    left = "" if sets is None else f", {count_of_sets(int(sets))} candidate sets left"
    click.echo(
        f"{_plain(report.get('stage'))}: {_plain(report.get('queries'))} queries,"
        f" {_plain(report.get('answered'))} answered{left}",
        err=True,
    )


def _plain(value: object) -> str:
    """Show a value of the gateway's answer without anything that steers a terminal."""
    text = str(value)
    return text if text.isprintable() else ascii(text)
