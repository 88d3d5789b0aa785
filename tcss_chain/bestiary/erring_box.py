"""The base of the boxes that err at a rate."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Sequence

from .box import BoxAround, Share, SimulatedBox
from .seeded_randomness import happens, require_rate


class ErringBox(BoxAround):
    """
    Puts an error in place of some answers; what the wrapped box refuses stays unanswered.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    rate : float
        How many of its answers are replaced, 0 to 1.
    sequence : random.Random
        Where the errors come from.

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
        """Answer, or err; see `SimulatedBox`."""
        answer = self._box.query(shares)
        if not isinstance(answer, int) or not happens(self._sequence, self._rate):
            return answer
        return self._error(shares, answer)

    @abstractmethod
    def _error(self, shares: Sequence[Share], answer: int) -> object:
        """Say what comes in place of an answer."""
