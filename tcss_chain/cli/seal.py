"""``tcss seal``: a model becomes a file that only a session's participants can open together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from eth_typing import ChecksumAddress
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from tcss_chain.chain.connection import Connection
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.sealed_model import KeptSealingKey, check_sealing_key, read_sealing_key, seal_file
from tcss_chain.sealed_model.errors import SealingKeyCheckError
from tcss_chain.sealed_model.sealing import Progress as Told
from tcss_chain.session_package import session_view

from .parameters import AddressType, SessionIdType, UrlType
from .passphrase_option import passphrase_from, passphrase_option
from .session_package import package_of, package_option


@click.command()
@click.argument("model_file", metavar="MODEL", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the sealed model; a file that is there already is not overwritten.",
)
@click.option(
    "--sealing-key",
    "key_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the session's sealing key, from its auditor; readable by nobody else.",
)
@click.option(
    "--wallet",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keystore file of the owner's account, which signs; see tcss wallet create.",
)
@passphrase_option
@click.option("--model", required=True, help="What to call it: letters, digits, dots, dashes, underscores.")
@click.option("--context", default="", help="What it is for; participants' policies can ask for it.")
@click.option(
    "--session", "sid", type=SessionIdType(), help="The session that the sealing key is expected to be of."
)
@click.option(
    "--rpc",
    "rpc_urls",
    multiple=True,
    type=UrlType(),
    help="JSON-RPC endpoint of a node, to verify the sealing key. Given several times, the next is asked when"
    " one fails.",
)
@click.option(
    "--contract",
    type=AddressType(),
    help="Address of the contract, from elsewhere than the sealing key.  [required with --rpc]",
)
@click.option(
    "--first-block",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Where to start looking for events.",
)
@package_option
def seal(
    model_file: Path,
    output: Path,
    key_file: Path,
    wallet: Path,
    passphrase_file: Path | None,
    model: str,
    context: str,
    sid: bytes | None,
    rpc_urls: tuple[str, ...],
    contract: ChecksumAddress | None,
    first_block: int,
    package_files: tuple[Path, ...],
) -> None:
    """
    Seal the file MODEL for one session.

    Only the gateway of that session can open it, with the answers of as many participants as the session's
    threshold says, and everybody can see on the chain that it did. Give the sealed file to the gateway, and
    to no participant: with it, a box can recognise the secret, and is not traced. MODEL itself is not changed
    or deleted.

    With --rpc and --contract, it is verified that the sealing key is the session's: without that, whoever
    made the key could open the model alone.

    \b
    Example:
      tcss seal scores.onnx -o scores.tcss --sealing-key session.sealing-key --wallet owner.json \\
          --model scores-2 --rpc http://127.0.0.1:8545 --contract 0x..
    """  # noqa: D301  # the command line library marks preformatted text with a backspace character
    if bool(rpc_urls) != (contract is not None):
        raise click.UsageError("give both --rpc and --contract, or none of them")
    kept = read_sealing_key(key_file)
    if sid is not None and sid != kept.key.sid:
        raise SealingKeyCheckError("it is for another session")
    if contract is not None:
        _verify(kept, Connection(rpc_urls, contract), first_block, package_files)
    else:
        click.echo(
            "note: the sealing key is NOT VERIFIED: whoever made it could open the model alone; give --rpc"
            " and --contract",
            err=True,
        )
    account = read_wallet(wallet, passphrase_from(passphrase_file))
    with _shown_progress() as progress:
        signed = seal_file(
            model_file,
            output,
            sealing_key=kept.key,
            account=account,
            model=model,
            context=context,
            chain_id=kept.chain_id,
            contract=kept.contract,
            progress=progress,
        )
    label = signed.capsule.label
    click.echo(f"session      0x{label.sid.hex()}")
    click.echo(f"contract     {kept.contract} on chain {kept.chain_id}")
    click.echo(f"sealing key  {'not verified' if contract is None else 'is that of the session'}")
    click.echo(f"model        {label.model}, {label.size:,} bytes")
    click.echo(f"digest       0x{label.digest.hex()}")
    click.echo(f"owner        {label.owner}")
    click.echo(f"sealed       {output}")


def _verify(
    kept: KeptSealingKey, connection: Connection, first_block: int, package_files: tuple[Path, ...]
) -> None:
    package = package_of(connection, package_files, kept.key.sid)
    check_sealing_key(kept, session_view(connection, kept.key.sid, first_block, package))


@contextmanager
def _shown_progress() -> Iterator[Told | None]:
    """Show a bar on a terminal; elsewhere, nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("sealing"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("sealing")
        yield lambda done, total: bar.update(task, completed=done, total=total)
