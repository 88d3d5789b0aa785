"""
The search for registered query points that miss everybody who leaked (protocol section 7, "registered").

A box that knows the roster refuses a set that holds a participant whose share it has. Such a refusal says
that the set and ``I`` meet. A sample of all sets of ``f`` participants is kept, each with the weight of what
was seen so far; of several nonces, the one whose points miss the most weight is taken. The points are those
that the contract derives for it, as long as they do miss ``I``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tcss_chain.protocol.trace_query import QueryMode

from .trace_state import TraceState

_SAMPLE: Final = 1000
_NONCES: Final = 24

_REFUSAL_FACTOR: Final = 5
"""So much likelier silence is where a point is a leaked one; the box's real rate is not known yet."""


class RegisteredSearch:
    """
    Chooses registered points for one number of supplied shares.

    Parameters
    ----------
    state : TraceState
        The trace.
    arity : int
        How many points; fewer than there are participants.
    """

    def __init__(self, state: TraceState, arity: int) -> None:
        self._state = state
        self._arity = arity
        self._bits = {x: 1 << place for place, x in enumerate(state.roster_points)}
        size = len(self._bits)
        # If the box drops points, more have leaked; the guess only orders the search.
        accused_count = min(max(1, state.roster.threshold - arity), size)
        generator = state.randomness.generator()
        self._sample = [
            sum(1 << place for place in generator.sample(range(size), accused_count)) for _ in range(_SAMPLE)
        ]
        # Integers: a trace that is run again elsewhere must choose the same points.
        self._weights = [1] * _SAMPLE
        self._refusals = 0

    def next_points(self) -> tuple[bytes, tuple[int, ...]]:
        """
        Choose a nonce.

        Returns
        -------
        tuple
            The nonce, and the points of the first participants in its order.
        """
        nonces = [self._state.randomness.nonce() for _ in range(_NONCES)]
        choices = [(nonce, self._state.points(QueryMode.REGISTERED, self._arity, nonce)) for nonce in nonces]
        return max(choices, key=lambda choice: self._missed_weight(choice[1]))

    def learn_silent(self, points: Sequence[int]) -> None:
        """
        Take note that points brought no answer.

        Parameters
        ----------
        points : sequence of int
            The query points.
        """
        mask = self._mask(points)
        self._refusals += 1
        self._weights = [
            weight * _REFUSAL_FACTOR if leaked & mask else weight
            for leaked, weight in zip(self._sample, self._weights, strict=True)
        ]

    @property
    def left_open(self) -> float:
        """Which part of all sets of ``f`` participants meets every set of points that brought no answer."""
        return self._weights.count(_REFUSAL_FACTOR**self._refusals) / _SAMPLE

    def _missed_weight(self, points: Sequence[int]) -> int:
        mask = self._mask(points)
        return sum(
            weight for leaked, weight in zip(self._sample, self._weights, strict=True) if not leaked & mask
        )

    def _mask(self, points: Sequence[int]) -> int:
        return sum(self._bits[x] for x in points)
