"""The folder that an operator begins with: a configuration file that explains itself, and a wallet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from eth_account import Account
from eth_typing import ChecksumAddress

from tcss_chain.private_file import write_private

from .errors import FolderError
from .keystore import DEFAULT_WORK_FACTOR, decrypt_wallet, read_wallet_file, write_wallet, write_wallet_file
from .participant_file import DEFAULT_LISTEN, DEFAULT_MONITOR
from .passphrases import Passphrase
from .scaffold_text import OPENINGS_TEXT, ConfigurationText, auditor_text, participant_text

PARTICIPANT_FILE: Final = "participant.yaml"
AUDITOR_FILE: Final = "auditor.yaml"
WALLET_FILE: Final = "wallet.json"
OPENINGS_FILE: Final = "openings.yaml"
DATA_FOLDER: Final = "data"

_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True)
class ChainChoice:
    """
    What the new configuration says of the chain and the consortia.

    Attributes
    ----------
    rpc_urls : tuple of str
        The nodes; they may hold credentials.
    contract : ChecksumAddress
        The contract.
    first_block : int
        From which block on events are read.
    consortia : tuple of Path
        The consortium files, as seen from the current folder.
    """

    rpc_urls: tuple[str, ...]
    contract: ChecksumAddress
    first_block: int = 0
    consortia: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        return f"ChainChoice({self.contract})"


@dataclass(frozen=True, slots=True)
class OperatorFolder:
    """
    What was written.

    Attributes
    ----------
    configuration : Path
        The configuration file.
    wallet : Path
        The keystore file.
    data : Path
        The folder for the state, empty.
    account : ChecksumAddress
        The wallet's account; it needs money for transactions.
    """

    configuration: Path
    wallet: Path
    data: Path
    account: ChecksumAddress


def make_participant_folder(
    folder: Path,
    passphrase: Passphrase,
    chain: ChainChoice,
    *,
    wallet: Path | None = None,
    listen: str = DEFAULT_LISTEN,
    monitor: str = DEFAULT_MONITOR,
    confirmations: str = "12",
    work_factor: int = DEFAULT_WORK_FACTOR,
) -> OperatorFolder:
    """
    Write a participant's configuration, a policy that allows nothing, a wallet, and the folder of its state.

    Parameters
    ----------
    folder : Path
        Where; it may be there already, but nothing in it is overwritten.
    passphrase : Passphrase
        What the wallet is encrypted with. The state should have the same.
    chain : ChainChoice
        What the file says of the chain and the consortia.
    wallet : Path, optional
        A keystore file to copy; without it, a new account is made.
    listen, monitor : str
        Where shares are handed out, and where health and metrics are served.
    confirmations : str
        How deep a block must be, or ``finalized``.
    work_factor : int
        scrypt's n of a new wallet.

    Returns
    -------
    OperatorFolder
        What was written.

    Raises
    ------
    PassphraseError
        If the passphrase is too short.
    WalletError, PrivateFileError
        If the wallet cannot be imported.
    FolderError
        If something is there already, or cannot be written.
    """
    text = partial(
        participant_text,
        listen=listen,
        monitor=monitor,
        confirmations=confirmations,
        openings=OPENINGS_FILE,
    )
    more = {OPENINGS_FILE: OPENINGS_TEXT}
    return _make_folder(folder, PARTICIPANT_FILE, text, passphrase, chain, wallet, work_factor, more)


def make_auditor_folder(
    folder: Path,
    passphrase: Passphrase,
    chain: ChainChoice,
    *,
    wallet: Path | None = None,
    monitor: str = "off",
    confirmations: str = "12",
    creators: Sequence[ChecksumAddress] = (),
    work_factor: int = DEFAULT_WORK_FACTOR,
) -> OperatorFolder:
    """
    Write an auditor's configuration file and wallet, and make the folder of its state.

    Parameters
    ----------
    folder, passphrase, chain, wallet, monitor, confirmations, work_factor
        As `make_participant_folder`; the monitor may be ``off``.
    creators : sequence of ChecksumAddress
        Whose sessions are confirmed without asking.

    Returns
    -------
    OperatorFolder
        What was written.

    Raises
    ------
    TcssError
        As `make_participant_folder`.
    """
    text = partial(auditor_text, monitor=monitor, confirmations=confirmations, creators=creators)
    return _make_folder(folder, AUDITOR_FILE, text, passphrase, chain, wallet, work_factor, {})


def _make_folder(
    folder: Path,
    name: str,
    text: ConfigurationText,
    passphrase: Passphrase,
    chain: ChainChoice,
    imported: Path | None,
    work_factor: int,
    more: Mapping[str, str],
) -> OperatorFolder:
    passphrase.require_for_new()
    configuration, wallet, data = folder / name, folder / WALLET_FILE, folder / DATA_FOLDER
    for path in (configuration, wallet, data, *(folder / name for name in more)):
        if os.path.lexists(path):
            raise FolderError(str(path), "it is there already", "nothing is overwritten; name another folder")
    # Whether a wallet can be imported is known before anything is written.
    keystore = b"" if imported is None else read_wallet_file(imported)
    account = Account.create() if imported is None else decrypt_wallet(keystore, passphrase, imported)
    content = text(
        rpc_urls=chain.rpc_urls,
        contract=chain.contract,
        first_block=chain.first_block,
        consortia=[_seen_from(folder, path) for path in chain.consortia],
    )
    try:
        folder.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
        if imported is None:
            write_wallet(wallet, account, passphrase, work_factor=work_factor)
        else:
            write_wallet_file(wallet, keystore)
        data.mkdir(_FOLDER_MODE)
        # The nodes' URLs may hold credentials.
        for path, written in (*((folder / each, more[each]) for each in more), (configuration, content)):
            write_private(path, written.encode())
    except OSError as error:
        raise FolderError(str(folder), f"it cannot be written ({type(error).__name__})", "check it") from None
    return OperatorFolder(configuration, wallet, data, account.address)


def _seen_from(folder: Path, path: Path) -> str:
    """Give the way to a file from a folder, where there is one."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:
        return path.absolute().as_posix()
