"""What ``tcss open`` shows while it runs, on standard error and on a terminal only."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_STAGES: Final = {
    "opening.anchored": "waiting for confirmations",
    "opening.confirmed": "asking the participants",
    "opening.combined": "decrypting",
}


class OpenProgress:
    """One line with a bar; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._shown.add_task("writing the opening down", total=None)

    def __enter__(self) -> Self:
        self._shown.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._shown.stop()

    def reached(self, moment: str) -> None:
        """Take in a moment of the opening."""
        if moment in _STAGES:
            self._shown.update(self._task, description=_STAGES[moment])

    def decrypted(self, done: int, size: int) -> None:
        """Take in how many bytes of the model are decrypted."""
        self._shown.update(self._task, completed=done, total=size)
