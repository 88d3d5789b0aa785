"""The search for evidence: the accused are known, an answer to a provable challenge is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .evidence import Evidence
from .problem import Candidate, TraceProblem
from .strategy import Proposal, StrategyName


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

    name: Final = StrategyName.KNOWN_ACCUSED
    evaluations_needed: Final = 0

    def __init__(self, problem: TraceProblem, accused: tuple[int, ...]) -> None:
        self._problem = problem
        self._accused = accused

    def propose(self, _evidence: Evidence) -> Iterator[Proposal]:
        """Propose the accused; see `strategy.Strategy`."""
        for candidate in candidates_for(self._problem, self._accused):
            yield Proposal(candidate)


def candidates_for(problem: TraceProblem, accused: tuple[int, ...]) -> Iterator[Candidate]:
    """
    List the candidates that accuse given participants, one for every possible set of dropped points.

    Parameters
    ----------
    problem : TraceProblem
        The query points.
    accused : tuple of int
        ``I``, places in the roster.

    Yields
    ------
    Candidate
        Nothing if their number does not fit the problem.
    """
    for dropped_count in problem.dropped_counts():
        if problem.accused_count(dropped_count) == len(accused):
            for dropped in problem.dropped_sets(dropped_count):
                if set(accused) <= set(problem.eligible(dropped)):
                    yield Candidate(accused, dropped)
