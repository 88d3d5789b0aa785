"""Files that the benchmarks write: what goes wrong there is told in words of this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import BenchmarkWriteError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """
    Enclose what writes a file.

    Parameters
    ----------
    path : Path
        The file, for the message.

    Raises
    ------
    BenchmarkWriteError
        If the system refuses.
    """
    try:
        yield
    except OSError as error:
        raise BenchmarkWriteError(str(path), error.strerror or type(error).__name__) from None


def write_text(path: Path, text: str) -> None:
    """
    Write a text file; one that is there already is replaced.

    Parameters
    ----------
    path : Path
        Where.
    text : str
        The content.

    Raises
    ------
    BenchmarkWriteError
        If it cannot be written.
    """
    with writing(path):
        path.write_text(text, encoding="utf8")
