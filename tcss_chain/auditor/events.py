"""What a trace tells while it runs: frozen values without any secret."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.protocol.trace_query import QueryMode

from .box import AnswerProblem


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
    """

    number: int
    mode: QueryMode
    arity: int
    problem: AnswerProblem | None


@dataclass(frozen=True, slots=True)
class CandidateRefuted:
    """
    A strategy's candidates do not fit any answer in the exponent: chance, or a box that frames others.

    Attributes
    ----------
    strategy : str
        Who proposed them.
    accounts : tuple of ChecksumAddress
        Who would have been accused without the confirmation.
    """

    strategy: str
    accounts: tuple[ChecksumAddress, ...]


@dataclass(frozen=True, slots=True)
class CandidateConfirmed:
    """
    A right answer was found, and with it who leaked.

    Attributes
    ----------
    strategy : str
        Who proposed them.
    accounts : tuple of ChecksumAddress
        The accused.
    query : int
        The number of the right answer's query.
    dropped_count : int
        How many supplied points the box dropped.
    """

    strategy: str
    accounts: tuple[ChecksumAddress, ...]
    query: int
    dropped_count: int


TraceEvent = RoundStarted | QueryMade | CandidateRefuted | CandidateConfirmed
"""Everything that a progress callback may receive."""
