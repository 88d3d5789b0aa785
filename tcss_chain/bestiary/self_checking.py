"""Boxes that notice made-up shares: the limits of tracing (docs/security.md)."""

from __future__ import annotations

from collections.abc import Sequence

from tcss_chain.curve import G1, G

from .box import BoxAround, Share, SimulatedBox
from .reconstruction import Reconstruction, are_distinct_points


class SelfChecking:
    """
    Asks for one share more than it needs and answers only if all shares agree.

    With ``F`` leaked and ``t - F + 1`` supplied shares it has ``t + 1`` points, which determine a polynomial
    of degree ``t - 1`` once too often. A pirate who can demand one more share from its buyers builds this. A
    tracer can do nothing by queries: made-up values fit with probability ``1/r``.

    Parameters
    ----------
    leaked : sequence of (int, int)
        The ``F`` leaked shares.
    threshold : int
        ``t``.

    Raises
    ------
    SimulationSettingError
        If the leaked shares do not fit.
    """

    def __init__(self, leaked: Sequence[Share], threshold: int) -> None:
        self._reconstruction = Reconstruction(leaked, threshold)

    @property
    def asks_for(self) -> int:
        """``t - F + 1``."""
        return self._reconstruction.asks_for + 1

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Reconstruct twice and compare.

        Parameters
        ----------
        shares : sequence of (int, int)
            Supplied shares.

        Returns
        -------
        int or None
            The secret, or nothing.
        """
        if len(shares) != self.asks_for or not are_distinct_points(shares):
            return None
        # Two polynomials of degree t - 1 that agree at the t - 1 points that they share, and at 0, are equal.
        first, second = (self._reconstruction.query(used) for used in (shares[1:], shares[:-1]))
        return first if first == second else None


class RecognisesSecret(BoxAround):
    """
    Answers only if the result is the secret.

    Whoever holds the public key of the secret, or any ciphertext under it, can test a result. A tracer can do
    nothing by queries: a made-up value gives the secret with probability ``1/r``. This is why the public key
    is not published.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    PK : G1
        ``s*G``.
    """

    def __init__(self, box: SimulatedBox, PK: G1) -> None:
        super().__init__(box)
        self._PK = PK

    def query(self, shares: Sequence[Share]) -> object:
        """Answer with the secret, or not at all; see `SimulatedBox`."""
        answer = self._box.query(shares)
        return answer if isinstance(answer, int) and G * answer == self._PK else None
