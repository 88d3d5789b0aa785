"""The search for evidence: the accused are known, an answer to a provable challenge is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from .problem import Answered, Candidate, TraceProblem


class KnownAccused:
    """
    Proposes the same participants for every answer, with every possible set of dropped points.

    Parameters
    ----------
    problem : TraceProblem
        The query points, none of them an accused participant's.
    accused : tuple of int
        ``I``, places in the roster.
    """

    name: Final = "known accused"

    def __init__(self, problem: TraceProblem, accused: tuple[int, ...]) -> None:
        self._problem = problem
        self._accused = accused

    def propose(self, answers: Sequence[Answered]) -> Iterator[Candidate]:
        """Propose the accused; see `problem.Strategy`."""
        for dropped_count in self._problem.dropped_counts():
            if self._problem.accused_count(dropped_count) == len(self._accused):
                for dropped in self._problem.dropped_sets(dropped_count):
                    yield Candidate(self._accused, dropped)
