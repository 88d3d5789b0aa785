"""
Repeatable randomness of the simulations, in a sequence or as a function of the input.

Nothing secret depends on it.
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Sequence
from typing import Final

from tcss_chain.curve import GROUP_ORDER

from .box import Share
from .errors import SimulationSettingError

_FRACTION_BITS: Final = 53


def seeded_sequence(seed: int, purpose: str) -> random.Random:
    """
    Start a sequence of random numbers.

    Parameters
    ----------
    seed : int
        The same seed gives the same sequence.
    purpose : str
        Sequences of different purposes are independent.

    Returns
    -------
    random.Random
        The sequence.
    """
    return random.Random(f"{purpose} {seed}")  # noqa: S311 - a simulation, see the module docstring.


def require_rate(rate: float, setting: str = "rate") -> float:
    """
    Check a rate.

    Parameters
    ----------
    rate : float
        How often something happens.
    setting : str
        Its name in the error.

    Returns
    -------
    float
        The rate.

    Raises
    ------
    SimulationSettingError
        Unless it is a number from 0 to 1.
    """
    if not 0 <= rate <= 1:
        raise SimulationSettingError(setting, "give a number from 0 to 1")
    return rate


def happens(sequence: random.Random, rate: float) -> bool:
    """
    Decide by the next number of a sequence.

    Parameters
    ----------
    sequence : random.Random
        The sequence; exactly one number is taken from it.
    rate : float
        How often the result is true.

    Returns
    -------
    bool
        Never true at rate 0, always at rate 1.
    """
    return sequence.random() >= 1 - rate


class KeyedRandomness:
    """
    A keyed hash: the same input always gives the same value, another one an unrelated value.

    Parameters
    ----------
    seed : int
        The key.
    purpose : str
        Hashes of different purposes are independent.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        self._key = f"{purpose} {seed}".encode()

    def scalar(self, shares: Sequence[Share]) -> int:
        """
        Hash shares, in their order, to a scalar.

        Parameters
        ----------
        shares : sequence of (int, int)
            Any integers.

        Returns
        -------
        int
            Uniform below ``r``.
        """
        return self._word("scalar", _words(shares)) % GROUP_ORDER

    def sequence(self, shares: Sequence[Share]) -> random.Random:
        """
        Start a sequence of random numbers that belongs to these shares in this order.

        Parameters
        ----------
        shares : sequence of (int, int)
            Any integers.

        Returns
        -------
        random.Random
            The sequence.
        """
        return seeded_sequence(self._word("sequence", _words(shares)), "keyed")

    def happens(self, words: Sequence[int], rate: float) -> bool:
        """
        Decide by a list of integers.

        Parameters
        ----------
        words : sequence of int
            Any integers.
        rate : float
            For how many of all inputs the result is true.

        Returns
        -------
        bool
            Never true at rate 0, always at rate 1.
        """
        fraction = (self._word("fraction", words) >> (512 - _FRACTION_BITS)) / (1 << _FRACTION_BITS)
        return fraction >= 1 - rate

    def _word(self, what: str, words: Sequence[int]) -> int:
        # Hexadecimal: Python refuses to write very long integers in decimal.
        message = ",".join([what, *(hex(word) for word in words)])
        return int.from_bytes(hmac.digest(self._key, message.encode(), "sha512"))


def _words(shares: Sequence[Share]) -> list[int]:
    return [word for share in shares for word in share]
