"""A box that takes its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .box import BoxAround, Share, SimulatedBox
from .errors import SimulationSettingError


class Slow(BoxAround):
    """
    Waits before it passes a query on.

    A remote service is slow, and a pirate may slow it down to make a trace expensive or to run into the
    tracer's time limit. The tracer bounds the time of one query, counts what comes too late as no answer and
    needs few queries.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    seconds : float
        How long to wait, 0 or more.
    sleep : callable
        Waits for that many seconds; a test may pass a function that only notes them.

    Raises
    ------
    SimulationSettingError
        If the time is negative.
    """

    def __init__(
        self, box: SimulatedBox, seconds: float, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        super().__init__(box)
        if not seconds >= 0:
            raise SimulationSettingError("waiting time", "give 0 seconds or more")
        self._seconds = seconds
        self._sleep = sleep

    def query(self, shares: Sequence[Share]) -> object:
        """Wait and answer; see `SimulatedBox`."""
        self._sleep(self._seconds)
        return self._box.query(shares)
