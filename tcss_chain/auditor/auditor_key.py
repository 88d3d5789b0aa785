"""The auditor's private key of one session, and the file that it is kept in."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tcss_chain.curve import decode_scalar, random_nonzero_scalar
from tcss_chain.errors import TcssError
from tcss_chain.private_file import PrivateFileError, open_private, write_private

_FILE: Final = "the auditor's key"
_MAX_BYTES: Final = 256
_DIGITS: Final = re.compile(rb"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class AuditorKey:
    """
    The auditor's private key of one session. It must be fresh: one key for two sessions would open both.

    Attributes
    ----------
    alpha : int
        A non-zero scalar.
    """

    alpha: int = field(repr=False)

    @classmethod
    def draw(cls) -> AuditorKey:
        """Draw a fresh key."""
        return cls(random_nonzero_scalar())


def read_auditor_key(path: Path) -> AuditorKey:
    """
    Read a key from a file that holds 64 hexadecimal digits, and white space around them at most.

    Parameters
    ----------
    path : Path
        The file; nobody else may be able to read it.

    Returns
    -------
    AuditorKey
        The key.

    Raises
    ------
    PrivateFileError
        If others can read the file, or it holds no key.
    """
    descriptor = open_private(path, _FILE)
    try:
        content = os.read(descriptor, _MAX_BYTES)
    except OSError as error:
        raise PrivateFileError(_FILE, f"it cannot be read ({type(error).__name__})", "check it") from None
    finally:
        os.close(descriptor)
    digits = content.strip()
    if len(content) == _MAX_BYTES or _DIGITS.fullmatch(digits) is None:
        raise PrivateFileError(_FILE, "it holds no key", "write the 64 hexadecimal digits of the key into it")
    try:
        alpha = decode_scalar(int(digits, 16))
    except TcssError:
        alpha = 0
    if not alpha:
        raise PrivateFileError(_FILE, "its number is 0 or not below r", "use the key that was drawn")
    return AuditorKey(alpha)


def write_auditor_key(path: Path, key: AuditorKey) -> None:
    """
    Write a key into a new file that nobody else can read, as `read_auditor_key` reads it.

    Parameters
    ----------
    path : Path
        Where; what is there already is never overwritten.
    key : AuditorKey
        The key.

    Raises
    ------
    PrivateFileError
        If there is something already, or the file cannot be written.
    """
    try:
        write_private(path, f"{key.alpha:064x}\n".encode())
    except FileExistsError:
        raise PrivateFileError(
            _FILE, "there is a file already, and none is overwritten", "name another one"
        ) from None
    except OSError as error:
        raise PrivateFileError(_FILE, f"it cannot be written ({type(error).__name__})", "check it") from None
