"""How often a tenant may ask: a bucket of tokens that fills at a steady rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_MINUTE: Final = 60.0


class TokenBucket:
    """
    Lets a burst through, and then a steady rate. Used by one thread.

    Parameters
    ----------
    per_minute : int
        How many requests are let through in a minute, in the long run.
    burst : int
        How many at once after a pause.
    clock : callable
        Seconds that never go back.
    """

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / _MINUTE
        self._burst = float(burst)
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at = clock()

    def take(self) -> float:
        """
        Take a token, if there is one.

        Returns
        -------
        float
            0 if it was taken; otherwise the seconds until there is one.
        """
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second
