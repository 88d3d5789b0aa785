"""Reading and writing session packages as files."""

from __future__ import annotations

from pathlib import Path

from tcss_chain.public_file import read_at_most, write_once

from .errors import PackageFileError
from .package import SessionPackage
from .package_format import MAX_BYTES, decode_package, encode_package


def read_package(path: Path) -> SessionPackage:
    """
    Read a package from a file.

    Parameters
    ----------
    path : Path
        A file from anybody.

    Returns
    -------
    SessionPackage
        Its content, not checked any further than `decode_package` does.

    Raises
    ------
    PackageFileError
        If the file cannot be read.
    PackageFormatError
        If it is no package.
    """
    try:
        content = read_at_most(path, MAX_BYTES + 1)
    except OSError as error:
        raise PackageFileError(f"it cannot be read ({error.strerror})", "name another one") from None
    return decode_package(content)


def write_package(path: Path, package: SessionPackage) -> None:
    """
    Write a package to a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Where. A file with the same content is left as it is, another one is not overwritten.
    package : SessionPackage
        The package.

    Raises
    ------
    PackageFileError
        If there is another file, or it cannot be written.
    """
    try:
        write_once(path, encode_package(package))
    except FileExistsError:
        raise PackageFileError("another one is there already", "move it away, then run this again") from None
    except OSError as error:
        raise PackageFileError(
            f"it cannot be written ({error.strerror})", "make room for it, then run this again"
        ) from None
