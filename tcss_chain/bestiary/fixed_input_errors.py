"""A box whose errors belong to the input: asking again does not help."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from .box import BoxAround, Share, SimulatedBox
from .seeded_randomness import KeyedRandomness, require_rate


class KeyedOn(StrEnum):
    """What decides whether an input fails."""

    POINTS = "the set of points"
    EVERYTHING = "points, values and their order"


class FixedInputErrors(BoxAround):
    """
    Returns a wrong scalar for some inputs, always the same for the same input.

    A pirate derives its errors from a keyed hash of the query, so that no repetition reveals them by
    contradiction. With `KeyedOn.EVERYTHING` new values are a new chance. With `KeyedOn.POINTS` a set of
    points is good or bad as a whole, so the tracer must not spend its queries on one set only; the wrong
    scalars still change with the values.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    rate : float
        How many of all inputs fail, 0 to 1.
    seed : int
        The key of the hash.
    keyed_on : KeyedOn
        What decides.

    Raises
    ------
    SimulationSettingError
        If the rate is out of range.
    """

    def __init__(self, box: SimulatedBox, rate: float, seed: int, keyed_on: KeyedOn) -> None:
        super().__init__(box)
        self._rate = require_rate(rate)
        self._hash = KeyedRandomness(seed, "fixed-input errors")
        self._keyed_on = keyed_on

    def query(self, shares: Sequence[Share]) -> object:
        """Answer, or err; see `SimulatedBox`."""
        answer = self._box.query(shares)
        if answer is None or not self._hash.happens(self._deciding(shares), self._rate):
            return answer
        return self._hash.scalar(shares)

    def _deciding(self, shares: Sequence[Share]) -> list[int]:
        if self._keyed_on is KeyedOn.POINTS:
            return sorted(x for x, _ in shares)
        return [word for share in shares for word in share]
