"""The search for evidence: the accused are known, an answer to a provable challenge is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from .evidence import Evidence
from .problem import Candidate, TraceProblem
from .strategy import StrategyName

MAX_DROPPED_SETS: Final = 1_000
"""How many sets of dropped points are tried for one answer: about a second."""


class KnownAccused:
    """
    Proposes the same participants for every answer, with sets of points that the box may drop.

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

    def propose(self, _evidence: Evidence) -> Iterator[Candidate]:
        """Propose the accused; see `strategy.Strategy`."""
        yield from candidates_for(self._problem, self._accused)


def candidates_for(problem: TraceProblem, accused: tuple[int, ...]) -> Iterator[Candidate]:
    """
    List the candidates that accuse given participants, with sets of points that the box may drop.

    Parameters
    ----------
    problem : TraceProblem
        The query points.
    accused : tuple of int
        ``I``, places in the roster.

    Yields
    ------
    Candidate
        At most `MAX_DROPPED_SETS`, the last points dropped first; nothing if the number of accused does not
        fit the problem.
    """
    dropped_count = len(accused) - problem.accused_count(0)
    if dropped_count not in problem.dropped_counts():
        return
    last = (1 << dropped_count) - 1 << len(problem.query_points) - dropped_count
    others = (dropped for dropped in problem.dropped_sets(dropped_count) if dropped != last)
    for dropped in chain([last], islice(others, MAX_DROPPED_SETS - 1)):
        if set(accused) <= set(problem.eligible(dropped)):
            yield Candidate(accused, dropped)
