"""What a box of the registry is made from, and the parts that several of them share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tcss_chain.curve import GROUP_ORDER

from .box import Share, SimulatedBox
from .errors import SimulationSettingError
from .errors_at_a_rate import RandomErrors
from .reconstruction import Reconstruction
from .seeded_randomness import require_rate, seeded_sequence
from .simulated_session import SimulatedSession

_SPARE: Final = 2


@dataclass(frozen=True, slots=True)
class BoxSetting:
    """
    What a box of the registry is made from.

    Attributes
    ----------
    session : SimulatedSession
        The session.
    leaked : tuple of int
        The places of the participants who leaked, different, at least one and fewer than the threshold.
    seed : int
        Makes the box repeatable.
    error_rate : float
        How often it errs in its own way, 0 to 1.

    Raises
    ------
    SimulationSettingError
        If the places or the rate do not fit.
    """

    session: SimulatedSession
    leaked: tuple[int, ...]
    seed: int
    error_rate: float

    def __post_init__(self) -> None:
        require_rate(self.error_rate, "error rate")
        in_session = set(range(len(self.session.shares)))
        if len(set(self.leaked)) != len(self.leaked) or not in_session.issuperset(self.leaked):
            raise SimulationSettingError("leaked places", "name different participants of the session")
        if not 1 <= len(self.leaked) < self.threshold:
            raise SimulationSettingError("leaked places", f"name 1 to {self.threshold - 1} of them")

    @property
    def threshold(self) -> int:
        """``t``."""
        return self.session.threshold

    @property
    def shares(self) -> Sequence[Share]:
        """The leaked shares."""
        return self.session.shares_at(self.leaked)

    @property
    def needed(self) -> int:
        """``t - f``, how many more shares reconstruct."""
        return self.threshold - len(self.leaked)

    @property
    def spare(self) -> int:
        """``d`` of the boxes that ask for more: 2, or 1 if the session has no points for more."""
        return min(_SPARE, len(self.session.shares) - self.needed)

    def sequence(self, purpose: str) -> random.Random:
        """Start a sequence of random numbers for one purpose."""
        return seeded_sequence(self.seed, purpose)

    def perfect(self) -> Reconstruction:
        """Make the box that always reconstructs."""
        return Reconstruction(self.shares, self.threshold)

    def erring(self, box: SimulatedBox) -> RandomErrors:
        """Add random errors at the error rate."""
        return RandomErrors(box, self.error_rate, self.sequence("random errors"))

    def framed(self) -> Reconstruction:
        """
        Make the box of a framed set ``J`` of the same size, with made-up values that stay the same.

        ``J`` takes as many participants as there are who did not leak; only if they are too few, some who
        did, never all of them.
        """
        sequence = self.sequence("framed set")
        innocent = [place for place in range(len(self.session.shares)) if place not in self.leaked]
        chosen = sequence.sample(innocent, min(len(self.leaked), len(innocent)))
        chosen += sequence.sample(self.leaked, len(self.leaked) - len(chosen))
        made_up = [
            (self.session.shares[place][0], sequence.randrange(GROUP_ORDER)) for place in sorted(chosen)
        ]
        return Reconstruction(made_up, self.threshold)
