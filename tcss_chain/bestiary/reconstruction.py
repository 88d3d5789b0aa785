"""The core of every box: Shamir reconstruction with the leaked shares (protocol section 7)."""

from __future__ import annotations

from collections.abc import Sequence

from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero

from .box import Share
from .errors import SimulationSettingError


class Reconstruction:
    """
    A box that always reconstructs.

    It takes ``t - f`` shares, adds the ``f`` leaked ones and interpolates at 0. It refuses another number of
    shares, points that are no scalars or 0, and points that are equal to each other or to a leaked one, as
    the interpolation is not defined there. Somebody who sells reconstruction and thinks of no tracer builds
    this. Two answers that differ in one supplied value give a tracer one evaluation of the trace polynomial.

    Parameters
    ----------
    leaked : sequence of (int, int)
        The leaked shares, ``1 <= f < t``, scalars, points different and not 0.
    threshold : int
        ``t``.

    Raises
    ------
    SimulationSettingError
        If the leaked shares do not fit.
    """

    def __init__(self, leaked: Sequence[Share], threshold: int) -> None:
        self._points = require_leaked(leaked, threshold)
        self._leaked = tuple(leaked)
        self._threshold = threshold

    @property
    def asks_for(self) -> int:
        """``t - f``."""
        return self._threshold - len(self._leaked)

    @property
    def points(self) -> frozenset[int]:
        """The leaked points."""
        return self._points

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Reconstruct the secret.

        Parameters
        ----------
        shares : sequence of (int, int)
            Supplied shares; values are taken modulo ``r``.

        Returns
        -------
        int or None
            The secret, or what the supplied values make of it; nothing if the number or a point does not
            suit.
        """
        if len(shares) != self.asks_for or not are_distinct_points(shares):
            return None
        if any(x in self._points for x, _ in shares):
            return None
        used = (*self._leaked, *shares)
        return interpolate_at_zero([x for x, _ in used], [y for _, y in used])


def require_leaked(leaked: Sequence[Share], threshold: int) -> frozenset[int]:
    """
    Check the shares that a box holds.

    Parameters
    ----------
    leaked : sequence of (int, int)
        The leaked shares.
    threshold : int
        ``t``.

    Returns
    -------
    frozenset of int
        Their points.

    Raises
    ------
    SimulationSettingError
        Unless ``1 <= f < t``, all numbers are scalars and the points differ and are not 0.
    """
    if not all(0 <= word < GROUP_ORDER for share in leaked for word in share):
        raise SimulationSettingError("leaked shares", "give scalars below r")
    if not 1 <= len(leaked) < threshold or not are_distinct_points(leaked):
        raise SimulationSettingError(
            "leaked shares", f"give 1 to {threshold - 1} of them, points all different"
        )
    return frozenset(x for x, _ in leaked)


def are_distinct_points(shares: Sequence[Share]) -> bool:
    """
    Tell whether a polynomial is determined at 0 by values at these points.

    Parameters
    ----------
    shares : sequence of (int, int)
        Any integers.

    Returns
    -------
    bool
        Whether the points are scalars, none is 0 and no two are equal.
    """
    points = {x for x, _ in shares}
    return len(points) == len(shares) and all(0 < x < GROUP_ORDER for x in points)
