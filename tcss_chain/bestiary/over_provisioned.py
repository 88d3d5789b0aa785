"""A box that holds more shares than it uses."""

from __future__ import annotations

from collections.abc import Sequence

from .box import Share
from .errors import SimulationSettingError
from .reconstruction import Reconstruction, require_leaked
from .seeded_randomness import KeyedRandomness


class OverProvisioned:
    """
    Holds ``F`` leaked shares and uses ``f`` of them, others for every query.

    A keyed hash of the query chooses among the held shares whose points were not supplied. A pirate who got
    more shares than it needs hides their owners in changing company: the answers fit no single trace
    polynomial. The tracer keeps the query points and tries all pairs of answers until two were made with the
    same ``f``, or confirms a single answer in the exponent. Either way it names some of the leaked, and the
    rest by further traces.

    Parameters
    ----------
    leaked : sequence of (int, int)
        The ``F`` shares, fewer than the threshold.
    threshold : int
        ``t``.
    used : int
        ``f``, 1 to ``F``.
    seed : int
        The key of the hash.

    Raises
    ------
    SimulationSettingError
        If the numbers do not fit.
    """

    def __init__(self, leaked: Sequence[Share], threshold: int, used: int, seed: int) -> None:
        require_leaked(leaked, threshold)
        if not 1 <= used <= len(leaked):
            raise SimulationSettingError("number of used shares", f"give 1 to {len(leaked)}")
        self._leaked = tuple(leaked)
        self._threshold = threshold
        self._used = used
        self._hash = KeyedRandomness(seed, "used shares")

    @property
    def asks_for(self) -> int:
        """``t - f``."""
        return self._threshold - self._used

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Reconstruct with a choice of the held shares.

        Parameters
        ----------
        shares : sequence of (int, int)
            Supplied shares.

        Returns
        -------
        int or None
            As `Reconstruction.query`.
        """
        supplied = {x for x, _ in shares}
        free = [share for share in self._leaked if share[0] not in supplied]
        if len(free) < self._used:
            return None
        chosen = self._hash.sequence(shares).sample(free, self._used)
        return Reconstruction(chosen, self._threshold).query(shares)
