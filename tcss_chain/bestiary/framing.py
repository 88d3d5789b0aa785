"""A box whose errors point at others."""

from __future__ import annotations

import random
from collections.abc import Sequence

from .box import BoxAround, Share, SimulatedBox
from .seeded_randomness import happens, require_rate


class Framing(BoxAround):
    """
    Gives, in place of some answers, what a box with the shares of others would answer.

    The shares of these others are made up but fixed, so the wrong answers agree with each other: their
    differences give correct evaluations of the trace polynomial of the framed set. A pirate does this to get
    somebody else convicted. The tracer keeps both candidates and tests each in the exponent, where made-up
    shares do not fit the public keys of the real ones. At rate 1 the box betrays nobody and must convict
    nobody.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    framed : SimulatedBox
        Answers for the others; usually a `Reconstruction` with made-up values at their points. Where it
        refuses, as at their own points, there is no answer.
    rate : float
        How many answers are replaced, 0 to 1.
    sequence : random.Random
        Where the choice comes from.

    Raises
    ------
    SimulationSettingError
        If the rate is out of range.
    """

    def __init__(self, box: SimulatedBox, framed: SimulatedBox, rate: float, sequence: random.Random) -> None:
        super().__init__(box)
        self._framed = framed
        self._rate = require_rate(rate)
        self._sequence = sequence

    def query(self, shares: Sequence[Share]) -> object:
        """Answer, or frame; see `SimulatedBox`."""
        answer = self._box.query(shares)
        if answer is None or not happens(self._sequence, self._rate):
            return answer
        return self._framed.query(shares)
