"""``tcss participant backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path

import click

from tcss_chain.operation.operator_backup import back_up, restore_folder
from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.operation.scaffold import PARTICIPANT_FILE

from .passphrase_option import passphrase_from, passphrase_option


@click.command()
@click.argument("configuration", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("backup_file", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
def backup(configuration: Path, backup_file: Path, passphrase_file: Path | None) -> None:
    """
    Copy state, wallet and configuration files of the participant of CONFIGURATION into BACKUP_FILE.

    The service may run meanwhile. The file is encrypted with the passphrase, and checked before it gets its
    name. Make one after every activation: a backup from before does not have the final share, and holds what
    the participant has erased since. Destroy such old ones.
    """
    file = load_participant_file(configuration)
    back_up(file.path, file.node, backup_file, passphrase_from(passphrase_file), file.openings)
    click.echo(f"backup written to {backup_file}")


@click.command()
@click.argument("backup_file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@passphrase_option
def restore(backup_file: Path, folder: Path, passphrase_file: Path | None) -> None:
    """
    Make FOLDER with state, wallet and configuration from BACKUP_FILE.

    Nothing is overwritten. Make sure first that the service that was backed up is gone for good: two services
    with one wallet work against each other. What happened after the backup is missing in it.
    """
    configuration = restore_folder(backup_file, folder, passphrase_from(passphrase_file), PARTICIPANT_FILE)
    click.echo(f"restored; look through the configuration, then run tcss participant run {configuration}")
