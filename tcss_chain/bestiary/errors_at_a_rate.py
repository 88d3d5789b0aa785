"""Boxes that now and then err, by chance."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tcss_chain.curve import GROUP_ORDER

from .box import BoxAround, Share, SimulatedBox
from .seeded_randomness import happens, require_rate


class RandomErrors(BoxAround):
    """
    Returns a uniform scalar in place of some answers.

    What the wrapped box refuses stays unanswered. A pirate errs on purpose because buyers who ask again are
    served in the end, while a tracer cannot tell a wrong answer by its look. The tracer asks several times
    with the same points and tries all pairs of answers; a confirmation in the exponent tells right ones.

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
        if answer is None or not happens(self._sequence, self._rate):
            return answer
        return self._sequence.randrange(GROUP_ORDER)


class SilentErrors(BoxAround):
    """
    Withholds some answers.

    A pirate saves work or keeps a tracer waiting; an overloaded service does the same without intent. Silence
    says nothing wrong: the tracer repeats the query, and does not take the first silence for a refusal of the
    points or of their number.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    rate : float
        How many of its answers are withheld, 0 to 1.
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
        """Answer, or stay silent; see `SimulatedBox`."""
        answer = self._box.query(shares)
        if answer is None or happens(self._sequence, self._rate):
            return None
        return answer
