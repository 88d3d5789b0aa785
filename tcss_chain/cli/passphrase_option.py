"""The passphrase of commands that open a wallet or a state. It is never on the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from tcss_chain.operation.errors import PassphraseError
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE, Passphrase, find_passphrase

passphrase_option: Final = click.option(
    "--passphrase-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the passphrase of the wallet, and of the state where there is one; readable by nobody"
    f" else. Without it, the passphrase is taken from {PASSPHRASE_VARIABLE}, or asked for.",
)
"""Adds ``passphrase_file``, a path or None."""


def passphrase_from(file: Path | None, *, creating: bool = False) -> Passphrase:
    """
    Take the passphrase from a file, else from the environment, else ask for it.

    Parameters
    ----------
    file : Path or None
        The file that was named.
    creating : bool
        Whether something new is encrypted with it: then it must not be short, and is asked for twice.

    Returns
    -------
    Passphrase
        The passphrase.

    Raises
    ------
    PassphraseError
        If there is none, or none that can be used.
    PrivateFileError
        If the file cannot be read, or others can read it.
    """
    passphrase = find_passphrase(file, os.environ, lambda: _ask(creating))
    if creating:
        passphrase.require_for_new()
    return passphrase


def _ask(creating: bool) -> str:
    if not sys.stdin.isatty():
        raise PassphraseError(
            "there is nobody to ask for the passphrase",
            f"give --passphrase-file, or put it into {PASSPHRASE_VARIABLE}",
        )
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=creating, err=True))
