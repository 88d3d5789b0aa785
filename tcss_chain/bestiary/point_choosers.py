"""Boxes that look at the supplied points before they answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .box import BoxAround, Share, SimulatedBox


class RegisteredOnly(BoxAround):
    """
    Refuses points that are not the roster's.

    The roster is public, so every box can do this. The tracer uses participants' points with made-up values.
    None of them may be a leaked one, so it has to find a set that avoids the leaked participants: by chance
    ``C(n - f, t - f)`` of ``C(n, t - f)`` sets do, which is few when both `n` and ``t - f`` are large.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    registered : collection of int
        The points of all participants; if they are fewer than the box asks for, it never answers.
    """

    def __init__(self, box: SimulatedBox, registered: Collection[int]) -> None:
        super().__init__(box)
        self._registered = frozenset(registered)

    def query(self, shares: Sequence[Share]) -> object:
        """Answer, or refuse; see `SimulatedBox`."""
        if not self._registered.issuperset(x for x, _ in shares):
            return None
        return self._box.query(shares)


class RefusedPoints(BoxAround):
    """
    Refuses any query that contains one of certain points.

    A box that asks for more than it uses does this with its own points, even if it would drop them: a
    supplied copy of a leaked share is suspicious. In registered mode the tracer needs a set without them.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    refused : collection of int
        The points.
    """

    def __init__(self, box: SimulatedBox, refused: Collection[int]) -> None:
        super().__init__(box)
        self._refused = frozenset(refused)

    def query(self, shares: Sequence[Share]) -> object:
        """Answer, or refuse; see `SimulatedBox`."""
        if any(x in self._refused for x, _ in shares):
            return None
        return self._box.query(shares)
