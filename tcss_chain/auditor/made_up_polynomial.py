"""The polynomial that made-up shares lie on so as not to contradict each other (protocol section 7)."""

from __future__ import annotations

from collections.abc import Sequence

from tcss_chain.curve import evaluate

from .box import Share
from .randomness import TraceRandomness


class MadeUpPolynomial:
    """
    A made-up polynomial ``a'`` of degree ``t - 1`` over ``F_r``, the same for all queries of one trace.

    Parameters
    ----------
    randomness : TraceRandomness
        Draws its coefficients.
    threshold : int
        ``t``.
    """

    def __init__(self, randomness: TraceRandomness, threshold: int) -> None:
        self._coefficients = [randomness.scalar() for _ in range(threshold)]

    @property
    def at_zero(self) -> int:
        """``a'(0)``."""
        return self._coefficients[0]

    def shares(self, points: Sequence[int]) -> tuple[Share, ...]:
        """Give the made-up shares at these points."""
        return tuple((x, self.value(x)) for x in points)

    def value(self, x: int) -> int:
        """Give ``a'(x)``."""
        return evaluate(self._coefficients, x)
