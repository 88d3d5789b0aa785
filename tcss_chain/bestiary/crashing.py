"""A box that raises exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

from .box import Share
from .erring_box import ErringBox


class Unprintable(Exception):  # noqa: N818 - no error of this package: a thing that a hostile box raises.
    """An exception that cannot even be shown."""

    def __str__(self) -> NoReturn:
        raise RuntimeError("this exception cannot be shown")

    __repr__ = __str__


_KINDS: Final = (ValueError, ZeroDivisionError, RuntimeError, RecursionError, MemoryError, OSError)


class Crashing(ErringBox):
    """
    Raises in place of some answers, with the supplied shares and the answer in the message.

    Careless programs fail so, and a hostile one may hope to end up in the tracer's log, or to stop it. The
    tracer counts any exception as no answer and lets nothing of it out. One in seven cannot even be shown.

    See `ErringBox` for the parameters.
    """

    def _error(self, shares: Sequence[Share], answer: int) -> NoReturn:
        kind = self._sequence.choice((*_KINDS, Unprintable))
        raise kind(f"cannot handle {list(shares)}, answer {answer!r}")
