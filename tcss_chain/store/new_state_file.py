"""The file of a state in its folder: a new one appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from .errors import StateExistsError, StateWriteError
from .private_place import (
    ProcessLock,
    create_private_file,
    make_private_folder,
    require_private_file,
    require_private_folder,
    sync_file,
    sync_folder,
)
from .state_file import journal_of

STATE_FILE: Final = "state.sqlite"
LOCK_FILE: Final = "state.lock"


def existing_state_file(folder: Path) -> Path:
    """
    Give the place of a state's file, after a look at who can get at it.

    Raises
    ------
    StateMissingError
        If the folder holds no state.
    ExposedStateError
        If others can get at it.
    """
    require_private_folder(folder)
    path = folder / STATE_FILE
    require_private_file(path)
    return path


@contextmanager
def new_state_file(folder: Path) -> Iterator[Path]:
    """
    Make the file of a new state: it gets its name when the block has filled it, or leaves nothing behind.

    Parameters
    ----------
    folder : Path
        The data folder; created if it is not there.

    Yields
    ------
    Path
        An empty private file, to be filled and closed.

    Raises
    ------
    StateExistsError
        If the folder holds a state already, or the remains of one.
    StoreError
        As `StateDatabase.create`.
    """
    make_private_folder(folder)
    lock = ProcessLock(folder / LOCK_FILE)
    path, filling = folder / STATE_FILE, folder / f"{STATE_FILE}.new"
    try:
        # A journal without its file would be applied to the new one.
        if any(each.exists() or each.is_symlink() for each in (path, journal_of(path))):
            raise StateExistsError(folder)
        try:
            _discard(filling)
            create_private_file(filling)
            yield filling
            journal_of(filling).unlink(missing_ok=True)
            sync_file(filling)
            filling.rename(path)
        except OSError as error:
            raise StateWriteError(type(error).__name__) from None
        finally:
            with suppress(OSError):
                _discard(filling)
        sync_folder(folder)
        sync_folder(folder.parent)
    finally:
        lock.release()


def _discard(path: Path) -> None:
    for each in (path, journal_of(path)):
        each.unlink(missing_ok=True)
