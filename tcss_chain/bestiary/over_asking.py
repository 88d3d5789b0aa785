"""A box that asks for more shares than it uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import assert_never

from .box import BoxAround, Share, SimulatedBox
from .errors import SimulationSettingError
from .reconstruction import are_distinct_points
from .seeded_randomness import KeyedRandomness, seeded_sequence


class Dropping(StrEnum):
    """Which of the supplied shares a box ignores."""

    LAST = "the last ones"
    FIXED = "fixed pseudo-random places"
    VARYING = "other places for every query"


class OverAsking(BoxAround):
    """
    Asks for ``t - f + d`` shares and drops ``d`` of them.

    Its buyers see it need more shares than it does, and a tracer takes the number of the leaked for smaller
    than it is. Varying a dropped value changes nothing, which shows the fixed dropped places; slopes carry
    one more factor ``(x_j - x_q)/x_j`` for every dropped point when all supplied points are divided out. With
    `Dropping.VARYING`, a keyed hash of the query chooses, and only answers that happen to have dropped the
    same points belong together: the tracer keeps the points and tries all pairs.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box; it gets the shares that are left, in their order.
    dropped : int
        ``d``, 0 or more.
    dropping : Dropping
        Which ones.
    seed : int
        Chooses the places.

    Raises
    ------
    SimulationSettingError
        If the number is negative.
    """

    def __init__(self, box: SimulatedBox, dropped: int, dropping: Dropping, seed: int = 0) -> None:
        super().__init__(box)
        if dropped < 0:
            raise SimulationSettingError("number of dropped shares", "give 0 or more")
        self._dropped = dropped
        self._places = self._place_chooser(dropping, seed)

    @property
    def asks_for(self) -> int:
        """``t - f + d``."""
        return self._box.asks_for + self._dropped

    def query(self, shares: Sequence[Share]) -> object:
        """Answer with some of the shares; see `SimulatedBox`. All supplied points must differ."""
        if len(shares) != self.asks_for or not are_distinct_points(shares):
            return None
        places = self._places(shares)
        return self._box.query([share for place, share in enumerate(shares) if place not in places])

    def _place_chooser(self, dropping: Dropping, seed: int) -> Callable[[Sequence[Share]], frozenset[int]]:
        count, dropped = self.asks_for, self._dropped
        match dropping:
            case Dropping.LAST:
                last = frozenset(range(count - dropped, count))
                return lambda _: last
            case Dropping.FIXED:
                fixed = frozenset(seeded_sequence(seed, "dropped places").sample(range(count), dropped))
                return lambda _: fixed
            case Dropping.VARYING:
                keyed = KeyedRandomness(seed, "dropped places")
                return lambda shares: frozenset(keyed.sequence(shares).sample(range(count), dropped))
            case _:
                assert_never(dropping)
