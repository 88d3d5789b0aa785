"""Boxes that hold no share: there is nothing to trace, and nobody may be accused."""

from __future__ import annotations

from collections.abc import Sequence

from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero

from .box import Share
from .errors import SimulationSettingError
from .reconstruction import are_distinct_points
from .seeded_randomness import seeded_sequence


class Silent:
    """
    Never answers.

    A dead address, or a box that asks for something else than shares. A tracer spends its budget and says so.

    Parameters
    ----------
    asks_for : int
        How many shares it pretends to need, 1 or more.

    Raises
    ------
    SimulationSettingError
        If the number is not positive.
    """

    def __init__(self, asks_for: int) -> None:
        if asks_for < 1:
            raise SimulationSettingError("number of shares", "give 1 or more")
        self._asks_for = asks_for

    @property
    def asks_for(self) -> int:
        """How many shares it pretends to need."""
        return self._asks_for

    def query(self, shares: Sequence[Share]) -> object:
        """Give nothing; see `SimulatedBox`."""
        del shares
        return None


class Constant(Silent):
    """
    Always gives the same scalar.

    Also what a box gives that knows the secret itself and no share: its answers do not depend on the input. A
    tracer sees slopes of 0, which no leaked set explains.

    Parameters
    ----------
    asks_for : int
        How many shares must be supplied.
    answer : int
        The scalar.
    """

    def __init__(self, asks_for: int, answer: int) -> None:
        super().__init__(asks_for)
        self._answer = answer

    def query(self, shares: Sequence[Share]) -> object:
        """Give the scalar; see `SimulatedBox`."""
        return self._answer if len(shares) == self.asks_for else None


class Guessing(Silent):
    """
    Gives uniform scalars.

    A swindle, or a box whose errors never end. No answers belong together; a tracer confirms nothing.

    Parameters
    ----------
    asks_for : int
        How many shares must be supplied.
    seed : int
        Makes the guesses repeatable.
    """

    def __init__(self, asks_for: int, seed: int) -> None:
        super().__init__(asks_for)
        self._sequence = seeded_sequence(seed, "guesses")

    def query(self, shares: Sequence[Share]) -> object:
        """Give a scalar; see `SimulatedBox`."""
        return self._sequence.randrange(GROUP_ORDER) if len(shares) == self.asks_for else None


class SuppliedOnly(Silent):
    """
    Interpolates the supplied shares alone.

    A program without leaked shares, or for sessions of a smaller threshold. Its slopes are right for the
    empty set: a tracer must not make somebody out of that.

    Parameters
    ----------
    asks_for : int
        How many shares must be supplied.
    """

    def query(self, shares: Sequence[Share]) -> object:
        """Interpolate at 0; see `SimulatedBox`."""
        if len(shares) != self.asks_for or not are_distinct_points(shares):
            return None
        return interpolate_at_zero([x for x, _ in shares], [y for _, y in shares])
