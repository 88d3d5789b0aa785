"""The passphrase that opens an operator's wallet and state."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tcss_chain.private_file import PrivateFileError, open_private

from .errors import PassphraseError

PASSPHRASE_VARIABLE: Final = "TCSS_PASSPHRASE"  # noqa: S105  # a name
"""The environment variable that may hold the passphrase."""

MIN_NEW_LENGTH: Final = 8
"""How many characters a passphrase has at least that something new is encrypted with."""

MAX_BYTES: Final = 1024
"""How many bytes a passphrase has at most."""

_FILE: Final = "the passphrase"


class Passphrase:
    """
    A passphrase, which is never shown.

    Parameters
    ----------
    text : str
        What was typed. Its UTF-8 bytes are what counts, as for other programs that read keystore files.

    Raises
    ------
    PassphraseError
        If it is empty, too long, or no text.
    """

    __slots__ = ("_encoded",)

    def __init__(self, text: str) -> None:
        try:
            encoded = text.encode("utf8")
        except UnicodeEncodeError:
            encoded = b""
        if not encoded:
            raise PassphraseError("the passphrase is empty or no text", "give another one")
        if len(encoded) > MAX_BYTES:
            raise PassphraseError(f"the passphrase has more than {MAX_BYTES} bytes", "give a shorter one")
        self._encoded = encoded

    @property
    def encoded(self) -> bytes:
        """The secret, as bytes."""
        return self._encoded

    @property
    def text(self) -> str:
        """The secret, as text."""
        return self._encoded.decode("utf8")

    def require_for_new(self) -> None:
        """
        Check that something new may be encrypted with it.

        Raises
        ------
        PassphraseError
            If it is shorter than `MIN_NEW_LENGTH`, or one character only.
        """
        text = self.text
        if len(text) < MIN_NEW_LENGTH or len(set(text)) == 1:
            raise PassphraseError(
                "the passphrase is too easy to guess",
                f"choose one of at least {MIN_NEW_LENGTH} characters, better five words drawn by chance",
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Passphrase):
            return NotImplemented
        return hmac.compare_digest(self._encoded, other._encoded)

    __hash__ = None  # type: ignore[assignment]  # a hash would tell something of it

    def __repr__(self) -> str:
        return "Passphrase(hidden)"

    def __reduce__(self) -> str:
        raise TypeError("a passphrase is not copied or written anywhere")


def find_passphrase(file: Path | None, environment: Mapping[str, str], ask: Callable[[], str]) -> Passphrase:
    """
    Take the passphrase from a file, else from the environment, else ask for it.

    Parameters
    ----------
    file : Path or None
        A file with the passphrase; nobody else may be able to read it.
    environment : mapping of str to str
        The process's environment.
    ask : callable
        Asks the operator.

    Returns
    -------
    Passphrase
        The passphrase.

    Raises
    ------
    PrivateFileError
        If the file cannot be read, or others can read it.
    PassphraseError
        If it is empty, too long, or no text.
    """
    if file is not None:
        return read_passphrase_file(file)
    if PASSPHRASE_VARIABLE in environment:
        return Passphrase(environment[PASSPHRASE_VARIABLE])
    return Passphrase(ask())


def read_passphrase_file(path: Path) -> Passphrase:
    """
    Read a passphrase from a file; one newline at its end is no part of it.

    Parameters
    ----------
    path : Path
        The file; nobody else may be able to read it.

    Returns
    -------
    Passphrase
        The passphrase.

    Raises
    ------
    PrivateFileError
        If it cannot be read, or others can read it.
    PassphraseError
        If it is empty, too long, or no text.
    """
    descriptor = open_private(path, _FILE)
    try:
        content = os.read(descriptor, MAX_BYTES + 3)
    except OSError as error:
        raise PrivateFileError(_FILE, f"it cannot be read ({type(error).__name__})", "check it") from None
    finally:
        os.close(descriptor)
    content = content.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = content.decode("utf8")
    except UnicodeDecodeError:
        text = ""
    if "\0" in text or "\n" in text or "\r" in text:
        raise PassphraseError(
            "the passphrase's file has more than one line", "keep only the passphrase in it"
        )
    return Passphrase(text)
