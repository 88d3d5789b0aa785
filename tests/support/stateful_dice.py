"""Choices of a sequence: all of them come from one source of numbers, which hypothesis can shrink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """
    Choices.

    Parameters
    ----------
    below : callable
        Gives a number from 0 up to, and without, its argument. What comes first is the simplest.
    """

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def __repr__(self) -> str:
        return "..."

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def once_in(self, times: int) -> bool:
        return self.below(times) == times - 1

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Some of them, in their order."""
        rest = list(range(len(choices)))
        kept = sorted(rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest))))
        return [choices[place] for place in kept]

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        rest = list(choices)
        return [rest.pop(self.below(len(rest))) for _ in range(len(rest))]
