"""What a trace tells while it runs: frozen values without any secret."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.protocol.trace_query import QueryMode

from .box import AnswerProblem
from .strategy import StrategyName


@dataclass(frozen=True, slots=True)
class RoundStarted:
    """
    A new set of query points is put to the box.

    Attributes
    ----------
    mode : QueryMode
        How the points were derived.
    arity : int
        How many shares each query supplies.
    for_evidence : bool
        Whether the accused are known already and only the evidence is sought.
    """

    mode: QueryMode
    arity: int
    for_evidence: bool


@dataclass(frozen=True, slots=True)
class QueryMade:
    """
    The box was asked once.

    Attributes
    ----------
    number : int
        The query's place in the transcript, from 0.
    mode : QueryMode
        How its points were derived.
    arity : int
        How many shares it supplied.
    problem : AnswerProblem or None
        Why there was no answer; None if there was one, right or wrong.
    repeated : bool
        Whether an earlier run made the query, and the box was not asked again.
    """

    number: int
    mode: QueryMode
    arity: int
    problem: AnswerProblem | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Progressed:
    """
    How far the trace is, after a query.

    Attributes
    ----------
    queries, answered : int
        Queries so far, and how many were answered, right or wrong.
    right : int
        Answers to the present query points that certify each other.
    sets : int or None
        How many sets of participants may have leaked, as far as these query points tell; None before the
        box answered to them.
    """

    queries: int
    answered: int
    right: int
    sets: int | None


@dataclass(frozen=True, slots=True)
class CandidateRefuted:
    """
    A strategy's candidates do not fit any answer in the exponent: chance, or a box that frames others.

    Attributes
    ----------
    strategy : StrategyName
        Who proposed them.
    accounts : tuple of ChecksumAddress
        Who would have been accused without the confirmation.
    """

    strategy: StrategyName
    accounts: tuple[ChecksumAddress, ...]


@dataclass(frozen=True, slots=True)
class CandidateConfirmed:
    """
    A right answer was found, and with it who leaked.

    Attributes
    ----------
    strategy : StrategyName
        Who proposed them.
    accounts : tuple of ChecksumAddress
        The accused.
    query : int
        The number of the right answer's query.
    dropped_count : int
        How many supplied points the box dropped.
    """

    strategy: StrategyName
    accounts: tuple[ChecksumAddress, ...]
    query: int
    dropped_count: int


TraceEvent = RoundStarted | QueryMade | Progressed | CandidateRefuted | CandidateConfirmed
"""Everything that a progress callback may receive."""
