"""Boxes that remember what happened."""

from __future__ import annotations

from collections.abc import Sequence

from .box import BoxAround, Share, SimulatedBox


class RemembersInputs(BoxAround):
    """
    Refuses a point that comes with another value than the first time.

    All inputs count, answered or not. No buyer has two values at one point, so a box that keeps its inputs
    notices a tracer who varies a value. The tracer supplies values of one made-up polynomial ``a'`` of degree
    ``t - 1``: ``answer - a'(0)`` is linear in unknowns that belong to the leaked. If only one of the query
    points changes, to ``z``, the answers are values of a rational function of ``z`` whose poles are the
    leaked points, and it is found from ``2*f`` right answers, also among wrong ones. Registered points only,
    fewer answers are independent.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    """

    def __init__(self, box: SimulatedBox) -> None:
        super().__init__(box)
        self._first_value: dict[int, int] = {}

    def query(self, shares: Sequence[Share]) -> object:
        """Answer, or refuse; see `SimulatedBox`."""
        contradicted = False
        for x, y in shares:
            contradicted |= self._first_value.setdefault(x, y) != y
        return None if contradicted else self._box.query(shares)


class RefusesChangedAnswers(BoxAround):
    """
    Gives its first answer, and later only that very answer again.

    There is one secret: a box that gets another result was fed made-up shares in one of the two queries, and
    stays silent. The tracer has one answer and can only enumerate candidate sets and test each in the
    exponent, so it succeeds where there are few of them; or it starts the box anew, if it can.

    Parameters
    ----------
    box : SimulatedBox
        The wrapped box.
    """

    def __init__(self, box: SimulatedBox) -> None:
        super().__init__(box)
        self._first_answer: object = None

    def query(self, shares: Sequence[Share]) -> object:
        """Answer, or refuse; see `SimulatedBox`."""
        answer = self._box.query(shares)
        if self._first_answer is None:
            self._first_answer = answer
        return answer if answer == self._first_answer else None
