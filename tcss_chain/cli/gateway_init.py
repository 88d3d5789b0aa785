"""``tcss gateway init`` and ``api-key``: the configuration file, and keys."""

from __future__ import annotations

from pathlib import Path

import click

from tcss_chain.gateway.api_keys import api_key_hash, draw_api_key
from tcss_chain.gateway.gateway_file import DEFAULT_LISTEN
from tcss_chain.gateway.gateway_scaffold import make_gateway_files
from tcss_chain.operation.scaffold import AUDITOR_FILE

from .parameters import EndpointType


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--auditor",
    default=AUDITOR_FILE,
    show_default=True,
    help="The auditor's configuration file, as seen from FOLDER.",
)
@click.option(
    "--listen",
    default=DEFAULT_LISTEN,
    show_default=True,
    type=EndpointType(),
    help="Host and port where tenants are served.",
)
def init(folder: Path, auditor: str, listen: str) -> None:
    """
    Write gateway.yaml and the operator's key into FOLDER.

    The folder of the auditor (tcss auditor init) is a good place. The configuration file explains every
    field: add models and tenants to it before the gateway runs.
    """
    made = make_gateway_files(folder, auditor=auditor, listen=listen)
    click.echo(f"configuration  {made.configuration}")
    click.echo(f"operator key   {made.operator_key}")
    click.echo("Add models and tenants to the configuration, and run")
    click.echo(f"  tcss gateway run {made.configuration}")


@click.command("api-key")
def api_key() -> None:
    """
    Print a fresh key for a tenant or the operator, and its hash.

    The key is kept nowhere: give it to the tenant, who sends it as "Authorization: Bearer KEY". Only the hash
    goes into the configuration file.
    """
    key = draw_api_key()
    click.echo(f"key     {key}")
    click.echo(f"sha256  {api_key_hash(key).hex()}")
