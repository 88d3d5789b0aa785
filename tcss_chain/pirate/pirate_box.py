"""
The reference pirate box (protocol section 7): given enough further shares it outputs the secret.

It reconstructs with the leaked shares and the supplied ones, now and then errs on purpose, and may insist on
the points of participants. It is put together from the boxes of `tcss_chain.bestiary`.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from enum import StrEnum

from tcss_chain.bestiary import (
    Dropping,
    OverAsking,
    RandomErrors,
    Reconstruction,
    RefusedPoints,
    RegisteredOnly,
    Share,
    SimulatedBox,
    SimulationSettingError,
)

from .errors import PirateSettingsError


class Accepts(StrEnum):
    """Which supplied points the box works with."""

    ANYTHING = "anything"
    REGISTERED = "registered"


class PirateBox:
    """
    A box that holds leaked shares.

    Parameters
    ----------
    leaked : sequence of (int, int)
        The leaked shares, at least one and fewer than the threshold.
    threshold : int
        ``t``.
    success_rate : float
        How often an answer is right, 0 to 1; the others are random scalars.
    accepts : Accepts
        Whether made-up points are refused.
    registered_points : collection of int
        The participants' points, for `Accepts.REGISTERED`.
    unused_supplied : int
        How many more shares to ask for than are used; the last ones supplied are dropped.
    seed : int, optional
        Makes the errors repeatable; without it they come from the operating system.

    Raises
    ------
    PirateSettingsError
        If the settings contradict each other.
    """

    def __init__(
        self,
        leaked: Sequence[Share],
        threshold: int,
        *,
        success_rate: float = 1.0,
        accepts: Accepts = Accepts.ANYTHING,
        registered_points: Collection[int] = (),
        unused_supplied: int = 0,
        seed: int | None = None,
    ) -> None:
        try:
            core = Reconstruction(leaked, threshold)
        except SimulationSettingError as error:
            raise PirateSettingsError(error.setting, error.remedy) from None
        if not 0 <= success_rate <= 1:
            raise PirateSettingsError("success rate", "give a number from 0 to 1")
        if unused_supplied < 0:
            raise PirateSettingsError("unused supplied shares", "give 0 or more")
        # Errors on purpose, repeatable for a demonstration: nothing secret depends on them.
        errors = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
        box: SimulatedBox = RefusedPoints(OverAsking(core, unused_supplied, Dropping.LAST), core.points)
        if accepts is Accepts.REGISTERED:
            box = RegisteredOnly(box, registered_points)
        self._box = RandomErrors(box, 1 - success_rate, errors)

    @property
    def asks_for(self) -> int:
        """How many shares must be supplied."""
        return self._box.asks_for

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Reconstruct the secret.

        Parameters
        ----------
        shares : sequence of (int, int)
            Supplied shares, any integers.

        Returns
        -------
        int or None
            The secret, or what the supplied values make of it, or a random scalar; nothing if the number or
            a point does not suit the box.
        """
        answer = self._box.query(shares)
        return answer if isinstance(answer, int) else None
