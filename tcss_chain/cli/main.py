"""The ``tcss`` command."""

from __future__ import annotations

import sys

import click

from tcss_chain.errors import TcssError

from .auditor import auditor
from .bench import bench
from .demo import demo
from .deploy import deploy
from .devnet import devnet
from .gateway import gateway
from .open import open_model
from .openings import openings
from .participant import participant
from .records import records
from .seal import seal
from .session import session
from .trace import trace
from .wallet import wallet


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tcss-chain")
def cli() -> None:
    """Hold a group of organisations accountable for a key that they share."""


for command in (
    participant,
    auditor,
    gateway,
    session,
    seal,
    wallet,
    demo,
    trace,
    records,
    openings,
    open_model,
    deploy,
    devnet,
    bench,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; errors of this package end it with their message and status 1."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except TcssError as error:
        click.echo(f"tcss: {error}", err=True)
        sys.exit(1)
