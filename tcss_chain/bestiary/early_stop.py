"""A box that stops after a few answers."""

from __future__ import annotations

from collections.abc import Sequence

from .box import BoxAround, Share, SimulatedBox
from .errors import SimulationSettingError


class EarlyStop(BoxAround):
    """
    Gives a number of answers and then stays silent for ever.

    Refused queries do not count. A pirate sells a limited number of uses, or has learnt that a tracer needs
    many. The tracer must make the first answers count: two right ones to the same points suffice for a
    subset product, a few more for a lattice, one for the exponent check of a small session.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    answers : int
        How many answers to give, 0 or more; wrong ones count.

    Raises
    ------
    SimulationSettingError
        If the number is negative.
    """

    def __init__(self, box: SimulatedBox, answers: int) -> None:
        super().__init__(box)
        if answers < 0:
            raise SimulationSettingError("number of answers", "give 0 or more")
        self._left = answers

    def query(self, shares: Sequence[Share]) -> object:
        """Answer while answers are left; see `SimulatedBox`."""
        if self._left == 0:
            return None
        answer = self._box.query(shares)
        if answer is not None:
            self._left -= 1
        return answer
