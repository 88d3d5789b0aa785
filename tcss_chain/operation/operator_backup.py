"""Backing up and restoring everything that an operator's service needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tcss_chain.private_file import write_private
from tcss_chain.store.backup import restore_backup, write_backup
from tcss_chain.store.state_database import StateDatabase

from .errors import FolderError
from .keystore import read_wallet_file
from .node_settings import NodeSettings
from .passphrases import Passphrase
from .scaffold import DATA_FOLDER, OPENINGS_FILE, WALLET_FILE

_CONFIGURATION: Final = "configuration.yaml"
_MAX_CONFIGURATION_BYTES: Final = 1 << 16


def back_up(
    configuration: Path,
    node: NodeSettings,
    backup_file: Path,
    passphrase: Passphrase,
    openings: Path | None = None,
) -> None:
    """
    Copy state, wallet, configuration and policy into one encrypted file, while the service may run.

    Parameters
    ----------
    configuration : Path
        The configuration file.
    node : NodeSettings
        What it says of wallet and data folder.
    backup_file : Path
        A file that is not there yet.
    passphrase : Passphrase
        Opens the state.
    openings : Path, optional
        The policy for openings, if there is one.

    Raises
    ------
    StoreError
        If the state cannot be read, or the backup not be written.
    WalletError, PrivateFileError
        If the wallet cannot be read.
    FolderError
        If the configuration or the policy cannot be read, or is too long.
    """
    files = {_CONFIGURATION: _read(configuration), WALLET_FILE: read_wallet_file(node.wallet)}
    if openings is not None:
        files[OPENINGS_FILE] = _read(openings)
    with StateDatabase.open_to_read(node.data, passphrase.text) as database:
        write_backup(database, backup_file, files)


def restore_folder(backup_file: Path, folder: Path, passphrase: Passphrase, configuration_name: str) -> Path:
    """
    Make an operator's folder from a backup.

    Parameters
    ----------
    backup_file : Path
        The backup.
    folder : Path
        Where; nothing in it is overwritten.
    passphrase : Passphrase
        That of the state when the backup was made.
    configuration_name : str
        What the configuration file is called.

    Returns
    -------
    Path
        The configuration file. Where it names paths outside of the folder, they are as they were.

    Raises
    ------
    StoreError
        If the backup cannot be used.
    FolderError
        If something is there already, or cannot be written.
    """
    configuration, wallet, data = folder / configuration_name, folder / WALLET_FILE, folder / DATA_FOLDER
    openings = folder / OPENINGS_FILE
    for path in (configuration, wallet, openings):
        if os.path.lexists(path):
            raise FolderError(str(path), "it is there already", "nothing is overwritten; name another folder")
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(str(folder), f"it cannot be made ({type(error).__name__})", "check it") from None
    files = restore_backup(backup_file, data, passphrase.text)
    paths = {_CONFIGURATION: configuration, WALLET_FILE: wallet}
    _write(files, paths | ({OPENINGS_FILE: openings} if OPENINGS_FILE in files else {}))
    return configuration


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_CONFIGURATION_BYTES + 1)
    except OSError as error:
        raise FolderError(str(path), f"it cannot be read ({type(error).__name__})", "check it") from None
    if len(content) > _MAX_CONFIGURATION_BYTES:
        raise FolderError(str(path), f"it has more than {_MAX_CONFIGURATION_BYTES} bytes", "shorten it")
    return content


def _write(files: Mapping[str, bytes], paths: Mapping[str, Path]) -> None:
    for name, path in paths.items():
        try:
            write_private(path, files.get(name, b""))
        except OSError as error:
            raise FolderError(
                str(path), f"it cannot be written ({type(error).__name__})", "check it"
            ) from None
