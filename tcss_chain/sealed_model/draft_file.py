"""Files that appear under their name when they are complete and verified, and not before."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .errors import ModelFileError, TargetExistsError
from .positioned_file import DESCRIPTORS, PositionedFile

_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_NAMELESS: Final = getattr(os, "O_TMPFILE", 0)
_NAME_BYTES: Final = 8
_LONGEST_NAME: Final = 200


class DraftFile:
    """
    A file in the folder of its target, that has no name there until it is kept.

    So nothing is left of one that is not, even if the process is killed. Where the system has no files
    without a name, it has one that nobody can guess, and is removed at the end of its block.

    Parameters
    ----------
    target : Path
        Where the file will be.
    name : str
        What it is, for messages.
    mode : int
        Its permissions, of which the process's own mask is taken.
    overwrite : bool
        Whether a file that is there already is replaced.

    Raises
    ------
    TargetExistsError
        If there is something already.
    ModelFileError
        If it cannot be made.

    Attributes
    ----------
    file : PositionedFile
        What is written to.
    """

    def __init__(self, target: Path, name: str, *, mode: int, overwrite: bool) -> None:
        self._target = target
        self._name = name
        self._overwrite = overwrite
        self._require_free_name()
        random_name = f".{target.name[:_LONGEST_NAME]}.{secrets.token_hex(_NAME_BYTES)}.part"
        self._path = target.with_name(random_name)
        try:
            descriptor = _open_nameless(target.parent, mode)
            self._has_name = descriptor is None
            if descriptor is None:
                descriptor = os.open(self._path, _NEW, mode)
        except OSError as error:
            raise ModelFileError(name, f"it cannot be made ({error.strerror})") from None
        self.file = PositionedFile(descriptor, name)

    def keep(self) -> None:
        """
        Give the file its name, after all of it is on the disk.

        Raises
        ------
        TargetExistsError
            If there is something by now.
        ModelFileError
            If it cannot be written.
        """
        self.file.flush()
        self._require_free_name()
        try:
            if self._overwrite:
                self._give_name(self._path)
                self._path.replace(self._target)
            else:
                # Unlike a renaming, it fails if there is something by now.
                self._give_name(self._target)
        except FileExistsError:
            raise TargetExistsError from None
        except OSError as error:
            raise ModelFileError(self._name, f"it cannot be named ({error.strerror})") from None
        self.file.close()
        _keep_name(self._target.parent)

    def _give_name(self, path: Path) -> None:
        if not self._has_name:
            self.file.link(path)
        elif path != self._path:
            os.link(self._path, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.file.close()
        with suppress(FileNotFoundError):
            self._path.unlink()

    def _require_free_name(self) -> None:
        if not self._overwrite and os.path.lexists(self._target):
            raise TargetExistsError
        if self._target.is_dir():
            raise ModelFileError(self._name, "a folder has its name", "name another one")


def _open_nameless(folder: Path, mode: int) -> int | None:
    """Open a file without a name; None where the system, or this file system, has none."""
    if not _NAMELESS or not DESCRIPTORS.is_dir():
        return None
    try:
        return os.open(folder, os.O_RDWR | _NAMELESS, mode)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
            return None
        raise


def _keep_name(folder: Path) -> None:
    """Make sure that the new name survives a crash, where the file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
