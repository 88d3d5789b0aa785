"""A box that raises exceptions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, NoReturn

from .box import BoxAround, Share, SimulatedBox
from .seeded_randomness import happens, require_rate


class Unprintable(Exception):  # noqa: N818 - no error of this package: a thing that a hostile box raises.
    """An exception that cannot even be shown."""

    def __str__(self) -> NoReturn:
        raise RuntimeError("this exception cannot be shown")

    __repr__ = __str__


_KINDS: Final = (ValueError, ZeroDivisionError, RuntimeError, RecursionError, MemoryError, OSError)


class Crashing(BoxAround):
    """
    Raises in place of some answers, with the supplied shares and the answer in the message.

    Careless programs fail so, and a hostile one may hope to end up in the tracer's log, or to stop it. The
    tracer counts any exception as no answer and lets nothing of it out. One in seven cannot even be shown.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    rate : float
        How many of its answers are replaced, 0 to 1.
    sequence : random.Random
        Where the choice comes from.

    Raises
    ------
    SimulationSettingError
        If the rate is out of range.
    """

    def __init__(self, box: SimulatedBox, rate: float, sequence: random.Random) -> None:
        super().__init__(box)
        self._rate = require_rate(rate)
        self._sequence = sequence

    def query(self, shares: Sequence[Share]) -> object:
        """Answer, or raise; see `SimulatedBox`."""
        answer = self._box.query(shares)
        if answer is None or not happens(self._sequence, self._rate):
            return answer
        kind = self._sequence.choice((*_KINDS, Unprintable))
        raise kind(f"cannot handle {list(shares)}, answer {answer!r}")
