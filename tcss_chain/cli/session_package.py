"""``tcss session export`` and ``check``: packages, and the option of other commands for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_view import SessionView
from tcss_chain.session_package import (
    SessionPackage,
    check_against_chain,
    check_package,
    collect_package,
    read_package,
    write_package,
)
from tcss_chain.session_package.errors import PackageSessionError

from .chain_options import chain_options
from .parameters import AddressType, SessionIdType, UrlType

package_option: Final = click.option(
    "--package",
    "package_files",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="A session package, for a node that has dropped its old logs; may be given more than once. It is"
    " checked against the contract, so it may come from anybody.",
)
"""Adds ``package_files``, a tuple of paths."""


def load_packages(connection: Connection, files: Iterable[Path]) -> dict[bytes, SessionPackage]:
    """
    Read packages and check them against the contract.

    Parameters
    ----------
    connection : Connection
        The node.
    files : iterable of Path
        Files from anybody.

    Returns
    -------
    dict
        Packages by session.

    Raises
    ------
    PackageError
        If a file is no package, or not of what the contract keeps.
    NodeError
        If the node fails.
    """
    found = {}
    for file in files:
        package = read_package(file)
        check_against_chain(package, connection)
        found[package.sid] = package
    return found


def package_of(connection: Connection, files: Iterable[Path], sid: bytes) -> SessionPackage | None:
    """
    Choose the package of a session; None when no files are given.

    Raises
    ------
    PackageError
        As `load_packages`, and `PackageSessionError` if files are given and none is of this session.
    """
    packages = load_packages(connection, files)
    if packages and sid not in packages:
        raise PackageSessionError(sid)
    return packages.get(sid)


@click.command()
@click.argument("sid", type=SessionIdType())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; another file that is there already is not overwritten.",
)
@chain_options
def export(
    sid: bytes, output: Path, rpc_urls: tuple[str, ...], contract: ChecksumAddress, first_block: int
) -> None:
    """
    Archive the public data of the active session SID.

    Nodes drop old logs, and with them roster and dealings, without which nothing can be traced or verified.
    The package holds them. There is no secret in it: give it to anybody, keep it as long as the models are in
    use. Everybody who exports the same session gets the same bytes.
    """
    package = collect_package(SessionView(Connection(rpc_urls, contract), sid, first_block))
    write_package(output, package)
    _print(package)
    click.echo(f"written      {output}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--rpc",
    "rpc_urls",
    multiple=True,
    type=UrlType(),
    help="JSON-RPC endpoint of a node. Given several times, the next is asked when one fails.",
)
@click.option(
    "--contract", type=AddressType(), help="Address of the contract, from elsewhere than the package."
)
def check(file: Path, rpc_urls: tuple[str, ...], contract: ChecksumAddress | None) -> None:
    """
    Check a session package.

    With --rpc and --contract, it is compared with what the contract keeps, for which a node needs no old
    logs. Without them, only damage is found: anybody can make up a package that fits together. Exit status: 0
    nothing is wrong, else 1.
    """
    if bool(rpc_urls) != (contract is not None):
        raise click.UsageError("give both --rpc and --contract, or none of them")
    package = read_package(file)
    if contract is None:
        check_package(package)
        verdict = "fits together; NOT COMPARED with a contract, give --rpc and --contract"
    else:
        check_against_chain(package, Connection(rpc_urls, contract))
        verdict = "is what the contract keeps"
    _print(package)
    click.echo(f"package      {verdict}")


def _print(package: SessionPackage) -> None:
    configuration = package.configuration
    click.echo(f"session      0x{package.sid.hex()}")
    click.echo(f"contract     {package.contract} on chain {package.chain_id}")
    click.echo(
        f"participants {len(package.joins)} of {len(configuration.members)} members joined,"
        f" {len(package.dealings)} dealt, {package.qualified.bit_count()} qualified; threshold"
        f" {configuration.threshold}"
    )
