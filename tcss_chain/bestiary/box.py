"""What every simulated box has, and the base of those that wrap another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Share = tuple[int, int]
"""A share ``(x, y)``."""


class SimulatedBox(Protocol):
    """A box that a test or a benchmark can query; nothing about its answers is promised."""

    @property
    def asks_for(self) -> int:
        """How many shares must be supplied."""

    def query(self, shares: Sequence[Share]) -> object:
        """
        Ask the box to reconstruct.

        Parameters
        ----------
        shares : sequence of (int, int)
            The supplied shares.

        Returns
        -------
        object
            A scalar, nothing, or whatever this box returns instead.

        Raises
        ------
        Exception
            Whatever this box raises.
        """


class BoxAround:
    """
    Base of the boxes that change what another one does; this one passes everything on.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    """

    def __init__(self, box: SimulatedBox) -> None:
        self._box = box

    @property
    def asks_for(self) -> int:
        """How many shares must be supplied."""
        return self._box.asks_for

    def query(self, shares: Sequence[Share]) -> object:
        """
        Ask the wrapped box.

        Parameters
        ----------
        shares : sequence of (int, int)
            The supplied shares.

        Returns
        -------
        object
            Its answer.
        """
        return self._box.query(shares)
