"""How a strategy of identification is asked for candidates (docs/tracing.md)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from .evidence import Evidence
from .problem import Candidate


class StrategyName(StrEnum):
    """The ways to find out who leaked; the value is the name on the command line."""

    EXPONENT_CHECK = "exponent-check"
    SUBSET_PRODUCT = "subset-product"
    LATTICE = "lattice"
    LIST_DECODING = "list-decoding"
    FIXED_POLYNOMIAL = "fixed-polynomial"
    KNOWN_ACCUSED = "known-accused"


class Strategy(Protocol):
    """A way to find candidates, made for one set of query points."""

    @property
    def name(self) -> StrategyName:
        """Which one it is."""

    @property
    def evaluations_needed(self) -> int:
        """How many right evaluations it needs; 0 if a single right answer is enough."""

    def propose(self, evidence: Evidence) -> Iterator[Candidate]:
        """
        Find candidates; called once after every answer.

        Parameters
        ----------
        evidence : Evidence
            All answers to the query points so far.

        Yields
        ------
        Candidate
            What follows from the new answer, alone or with earlier ones. A candidate is a guess: the tracer
            confirms it in the exponent.
        """
