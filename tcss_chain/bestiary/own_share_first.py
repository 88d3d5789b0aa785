"""A box that trusts its own shares more than supplied ones."""

from __future__ import annotations

from collections.abc import Sequence

from .box import Share
from .errors import SimulationSettingError
from .reconstruction import Reconstruction, are_distinct_points


class OwnShareFirst:
    """
    Replaces a supplied share at one of its own points by its own share.

    With ``d`` shares more than it needs, up to ``d`` supplied points may be its own; of the others it uses
    the first ``t - f``. A careful program that merges lists of shares by their points behaves so without any
    intent. Made-up values at leaked points have no effect there. In registered mode such a query may identify
    the leaked participants, but no challenge that can be proven contains them: the tracer then asks once more
    with the points that are derived for the accused.

    Parameters
    ----------
    leaked : sequence of (int, int)
        The leaked shares.
    threshold : int
        ``t``.
    spare : int
        ``d``, 0 or more.

    Raises
    ------
    SimulationSettingError
        If the leaked shares do not fit or the number is negative.
    """

    def __init__(self, leaked: Sequence[Share], threshold: int, spare: int) -> None:
        if spare < 0:
            raise SimulationSettingError("number of spare shares", "give 0 or more")
        self._reconstruction = Reconstruction(leaked, threshold)
        self._spare = spare

    @property
    def asks_for(self) -> int:
        """``t - f + d``."""
        return self._reconstruction.asks_for + self._spare

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Reconstruct with the own shares and the first foreign ones.

        Parameters
        ----------
        shares : sequence of (int, int)
            Supplied shares.

        Returns
        -------
        int or None
            As `Reconstruction.query`; nothing if too few of the points are foreign.
        """
        if len(shares) != self.asks_for or not are_distinct_points(shares):
            return None
        foreign = [share for share in shares if share[0] not in self._reconstruction.points]
        return self._reconstruction.query(foreign[: self._reconstruction.asks_for])
