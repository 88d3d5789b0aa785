"""
What the answers to one set of query points say (docs/tracing.md).

The values of all queries are common *base values*, but for one place at most. A right answer is linear in the
values, so two right answers that differ in the value at ``q`` give the slope ``L_q^S``, and with it both
``v_q`` and the *base answer*: what the box would have said to the base values. Which answers are right is not
known. All pairs are taken, and pairs that imply the same base answer certify each other: three collinear
answers, or pairs at two places; the answer to the base values themselves pairs with any other. Once the base
answer is certain, every further answer at another place gives one more ``v_q`` by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from tcss_chain.curve import GROUP_ORDER, batch_inverse

from .box import Share
from .problem import Answered, Ratios, TraceProblem, known_coefficient

CERTAIN: Final = 3
"""So many answers with the same base answer, not all at different places, are no coincidence."""


@dataclass(frozen=True, slots=True)
class PlacedEvaluation:
    """
    An evaluation of ``1/P``, if the answers that it was made from are right.

    Attributes
    ----------
    place : int
        ``q``, a place in ``Q``.
    x : int
        ``x_q``.
    v : int
        ``v_q`` if the box dropped none of the supplied points; not 0.
    base : int
        The base answer that it goes with.
    certain : bool
        Whether other answers confirm it.
    """

    place: int
    x: int
    v: int = field(repr=False)
    base: int = field(repr=False)
    certain: bool


@dataclass(frozen=True, slots=True)
class _Deviation:
    """An answer to values that differ from the base values at one place, by its number here."""

    number: int
    place: int
    difference: int
    answer: int


class Evidence:
    """
    All answers to one set of query points.

    Parameters
    ----------
    problem : TraceProblem
        The query points.
    base_values : sequence of int
        One scalar a query point.
    stopped : callable, optional
        Says whether the time is over; long searches ask it now and then.

    Attributes
    ----------
    answers : list of Answered
        All answers so far.
    new_pairs : tuple of PlacedEvaluation
        What the last answer and single earlier ones say.
    """

    def __init__(
        self,
        problem: TraceProblem,
        base_values: Sequence[int],
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.problem = problem
        self.stopped = stopped
        self.answers: list[Answered] = []
        self._base_values = tuple(base_values)
        self._base_answer: int | None = None
        self._deviations: list[_Deviation] = []
        # The answers that support a base answer together with another one at their place.
        self._support: defaultdict[int, set[int]] = defaultdict(set)
        self.new_pairs: tuple[PlacedEvaluation, ...] = ()

    # Most sets of registered points are never answered: what only answers need is computed with the first.
    @cached_property
    def ratios(self) -> tuple[tuple[int, ...], ...]:
        """The rows of `problem.Ratios`."""
        return Ratios.of(self.problem).rows

    @cached_property
    def _inverse_known(self) -> list[int]:
        size = len(self.problem.query_points)
        return batch_inverse([known_coefficient(self.ratios, size, place) for place in range(size)])

    def shares(self, place: int | None, value: int) -> tuple[Share, ...]:
        """Give the base values' shares, with another value at a place unless it is None."""
        values = list(self._base_values)
        if place is not None:
            values[place] = value
        return tuple(zip(self.problem.query_points, values, strict=True))

    def add(self, answered: Answered, place: int | None) -> None:
        """
        Take in an answer.

        Parameters
        ----------
        answered : Answered
            The answer to `shares` of this place with a value that is new and not the base value.
        place : int or None
            The place; None for the base values, once at most.
        """
        number = len(self.answers)
        self.answers.append(answered)
        if place is None:
            self._base_answer = answered.answer
            self._support[answered.answer].add(number)
            self.new_pairs = tuple(
                self._evaluation(each.place, slope, answered.answer, certain=False)
                for each, slope in self._slopes(answered.answer, self._deviations)
                if slope
            )
            return
        difference = (answered.shares[place][1] - self._base_values[place]) % GROUP_ORDER
        newest = _Deviation(number, place, difference, answered.answer)
        pairs = []
        if self._base_answer is not None:
            ((_, slope),) = self._slopes(self._base_answer, [newest])
            if slope:
                pairs.append(self._evaluation(place, slope, self._base_answer, certain=False))
        earlier = [each for each in self._deviations if each.place == place]
        inverses = batch_inverse([difference - each.difference for each in earlier])
        for other, inverted in zip(earlier, inverses, strict=True):
            slope = (newest.answer - other.answer) * inverted % GROUP_ORDER
            base = (newest.answer - slope * difference) % GROUP_ORDER
            self._support[base] |= {newest.number, other.number}
            if slope and len(self._support[base]) < CERTAIN:
                pairs.append(self._evaluation(place, slope, base, certain=False))
        self._deviations.append(newest)
        self.new_pairs = tuple(pairs)

    def certain_bases(self) -> tuple[int, ...]:
        """
        List the base answers that are no coincidence, those with the most support first.

        One of them may be right although what was concluded from it was wrong: a box can lie about slopes
        and tell the truth about the base values.
        """
        certain = [base for base, support in self._support.items() if len(support) >= CERTAIN]
        return tuple(sorted(certain, key=lambda base: -len(self._support[base])))

    def most_agreeing(self) -> int:
        """Count the answers of the largest group that certify each other; 0 if none do."""
        bases = (base for base in self.certain_bases() if self.evaluations(base))
        return max((len(self._support[base]) for base in bases), default=0)

    def evaluations(self, base: int) -> tuple[PlacedEvaluation, ...]:
        """
        List all evaluations that go with a base answer, the latest last; of equal ones, one.

        Parameters
        ----------
        base : int
            A base answer.

        Returns
        -------
        tuple of PlacedEvaluation
            ``certain`` where two answers at the place agree.
        """
        support: dict[tuple[int, int], int] = {}
        for each, slope in self._slopes(base, self._deviations):
            if slope:
                key = (each.place, slope)
                support[key] = support.pop(key, 0) + 1
        return tuple(
            self._evaluation(place, slope, base, certain=count > 1)
            for (place, slope), count in support.items()
        )

    def answers_at(self, place: int) -> int:
        """Count the answers at a place."""
        return sum(each.place == place for each in self._deviations)

    def _slopes(self, base: int, deviations: Sequence[_Deviation]) -> list[tuple[_Deviation, int]]:
        inverses = batch_inverse([each.difference for each in deviations])
        return [
            (each, (each.answer - base) * inverted % GROUP_ORDER)
            for each, inverted in zip(deviations, inverses, strict=True)
        ]

    def _evaluation(self, place: int, slope: int, base: int, *, certain: bool) -> PlacedEvaluation:
        v = slope * self._inverse_known[place] % GROUP_ORDER
        return PlacedEvaluation(place, self.problem.query_points[place], v, base, certain)
