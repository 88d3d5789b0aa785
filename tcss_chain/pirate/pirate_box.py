"""
The reference pirate box (protocol section 1): given enough further shares it outputs the secret.

It reconstructs with the leaked shares and the supplied ones, now and then errs on purpose, and may insist on
the points of participants.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from enum import StrEnum

from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero

from .errors import PirateSettingsError

Share = tuple[int, int]


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
        points = {x for x, _ in leaked}
        if not 1 <= len(leaked) < threshold or len(points) != len(leaked) or 0 in points:
            raise PirateSettingsError(
                "leaked shares", f"give 1 to {threshold - 1} of them, points all different"
            )
        if not all(0 <= word < GROUP_ORDER for share in leaked for word in share):
            raise PirateSettingsError("leaked shares", "give scalars below r")
        if not 0 <= success_rate <= 1:
            raise PirateSettingsError("success rate", "give a number from 0 to 1")
        if unused_supplied < 0:
            raise PirateSettingsError("unused supplied shares", "give 0 or more")
        self._leaked = tuple(leaked)
        self._threshold = threshold
        self._success_rate = success_rate
        self._registered = frozenset(registered_points) if accepts is Accepts.REGISTERED else None
        self._unused = unused_supplied
        # Errors on purpose, repeatable for a demonstration: nothing secret depends on them.
        self._errors = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    @property
    def asks_for(self) -> int:
        """How many shares must be supplied."""
        return self._threshold - len(self._leaked) + self._unused

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
        points = [x for x, _ in shares]
        if len(shares) != self.asks_for or not all(0 < x < GROUP_ORDER for x in points):
            return None
        if len({*points, *(x for x, _ in self._leaked)}) != len(points) + len(self._leaked):
            return None
        if self._registered is not None and not self._registered.issuperset(points):
            return None
        if self._errors.random() >= self._success_rate:
            return self._errors.randrange(GROUP_ORDER)
        used = [*self._leaked, *shares[: len(shares) - self._unused]]
        return interpolate_at_zero([x for x, _ in used], [y for _, y in used])
