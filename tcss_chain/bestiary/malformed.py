"""Boxes whose answers are no canonical scalars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tcss_chain.curve import GROUP_ORDER

from .box import Share
from .erring_box import ErringBox

_HUGE: Final = 1 << 20_000


class SlyInteger(int):
    """An integer that claims to be equal to everything and smaller than everything."""

    def __eq__(self, _other: object) -> bool:
        return True

    def __lt__(self, _other: object) -> bool:
        return True

    def __ge__(self, _other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Malformed(ErringBox):
    """
    Returns something that is no scalar in place of some answers.

    Strings, bytes, floats, tuples, booleans, an integer that overrides its comparisons, negative and huge
    integers. Carelessness, another format, or an attempt on a tracer that converts what it gets. The tracer
    takes nothing but a plain integer below ``r`` and counts the rest as no answer.

    See `ErringBox` for the parameters.
    """

    def _error(self, _shares: Sequence[Share], answer: int) -> object:
        return self._sequence.choice(malformed_answers(answer))


class NonCanonical(ErringBox):
    """
    Adds ``r`` to some answers.

    A program that computes with another representative of the residue class does so. An auditor who reduced
    such answers would put other values into the transcript than the box gave; the tracer counts them as no
    answer and asks again.

    See `ErringBox` for the parameters.
    """

    def _error(self, _shares: Sequence[Share], answer: int) -> int:
        return answer + GROUP_ORDER


def malformed_answers(answer: int) -> tuple[object, ...]:
    """
    List what `Malformed` may return instead of an answer.

    Parameters
    ----------
    answer : int
        The answer.

    Returns
    -------
    tuple of object
        None of them a plain integer below ``r``, none of them None.
    """
    return (
        str(answer),
        hex(answer),
        answer.to_bytes(32),
        float(answer % 2**53),
        float("nan"),
        (answer,),
        [answer],
        True,
        SlyInteger(answer),
        -1 - answer,
        answer + _HUGE,
        object(),
    )
