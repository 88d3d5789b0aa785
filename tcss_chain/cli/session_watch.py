"""``tcss session watch``: what happens in a session, line by line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import NodeError
from tcss_chain.operation.session_watch import Outlook, Snapshot, changes, outlook, read_snapshot
from tcss_chain.protocol.session import Phase

from .chain_options import chain_options
from .parameters import PHASES, SessionIdType, no_nan
from .session_show import names_of, names_option
from .times import shown_time

UNREACHABLE_STATUS: Final = 1
TIMEOUT_STATUS: Final = 124


@click.command()
@click.argument("sid", type=SessionIdType())
@chain_options
@names_option
@click.option(
    "--until",
    "wanted",
    type=click.Choice(list(PHASES)),
    default="active",
    show_default=True,
    help="The phase to wait for.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 10**9),
    callback=lambda _context, _parameter, seconds: no_nan(seconds),
    help="After how many seconds to stop.",
)
@click.option(
    "--interval",
    type=click.FloatRange(0.01, 3600),
    default=2.0,
    show_default=True,
    callback=lambda _context, _parameter, seconds: no_nan(seconds),
    help="Seconds between two looks.",
)
def watch(
    sid: bytes,
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress,
    first_block: int,  # every command of the group takes the same options
    consortium_file: Path | None,
    wanted: str,
    timeout: float | None,
    interval: float,
) -> None:
    """
    Print what happens in the session SID until it reaches a phase.

    Every line has the chain's time of the look that saw the change. The latest block counts: a reorganisation
    of the chain may undo what was printed. Nodes that fail are asked again.

    \b
    Exit status: 0 the phase is reached, or over; 1 it can no longer be reached, or an error; 2 wrong usage;
    124 the time ran out; 130 interrupted. An active session may have skipped the phases after the complain
    phase: waiting for those ends with 1 then.
    """  # noqa: D301  # the command line library marks preformatted text with a backspace character
    names = names_of(consortium_file)
    connection = Connection(rpc_urls, contract)
    found = follow(
        lambda: read_snapshot(connection, sid), PHASES[wanted], names, interval=interval, timeout=timeout
    )
    if found is Outlook.UNREACHABLE:
        click.echo(f"tcss: the phase {wanted} can no longer be reached", err=True)
        sys.exit(UNREACHABLE_STATUS)
    if found is Outlook.WAITING:
        click.echo(f"tcss: the phase {wanted} is not reached after {timeout:g} s", err=True)
        sys.exit(TIMEOUT_STATUS)


def follow(
    look: Callable[[], Snapshot],
    wanted: Phase,
    names: Mapping[ChecksumAddress, str],
    *,
    interval: float,
    timeout: float | None,
) -> Outlook:
    """
    Print changes until a phase is reached, cannot be reached any more, or time runs out.

    Parameters
    ----------
    look : callable
        Looks at the session.
    wanted : Phase
        The phase to wait for.
    names : mapping of ChecksumAddress to str
        The names that are known.
    interval : float
        Seconds between looks.
    timeout : float or None
        After how many seconds to stop, None for never.

    Returns
    -------
    Outlook
        `Outlook.WAITING` if time ran out.

    Raises
    ------
    ChainError
        If there is no such session, or the first look fails.
    """
    end = None if timeout is None else time.monotonic() + timeout
    before: Snapshot | None = None
    failing = False
    while True:
        try:
            after = look()
            failing = False
        except NodeError as error:
            if before is None:
                raise
            if not failing:
                click.echo(f"tcss: {error}; still watching", err=True)
            failing = True
        else:
            for change in changes(before, after, lambda account: names.get(account, account)):
                click.echo(f"{shown_time(after.time)}  {change}")
            before = after
            expected = outlook(wanted, after.state.phase)
            if expected is not Outlook.WAITING:
                return expected
        left = interval if end is None else min(interval, end - time.monotonic())
        if left <= 0:
            return Outlook.WAITING
        time.sleep(left)
