"""How a trace ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from eth_typing import ChecksumAddress

from tcss_chain.protocol.trace_query import QueryChallenge
from tcss_chain.protocol.transcript import Evaluation, QueryEntry, TranscriptClaim

from .box import AnswerProblem


@dataclass(frozen=True, slots=True)
class Trace:
    """
    Who leaked, with everything that the proof needs.

    Attributes
    ----------
    accused : tuple of ChecksumAddress
        ``I``, ascending.
    challenge : QueryChallenge
        The challenge of the right answer, with the points that the box dropped.
    T : int
        The accused participants' combination of secret shares.
    claim : TranscriptClaim
        Transcript roots and figures.
    evaluations : tuple of Evaluation
        The published part of the transcript: one for each other answer to the same query points, by its
        difference from the right answer.
    transcript : tuple of QueryEntry
        The private part: all queries and answers.
    evidence : int
        The place of the right answer in the transcript.
    strategy : str
        What found the accused.
    """

    accused: tuple[ChecksumAddress, ...]
    challenge: QueryChallenge
    T: int = field(repr=False)
    claim: TranscriptClaim
    evaluations: tuple[Evaluation, ...]
    transcript: tuple[QueryEntry, ...] = field(repr=False)
    evidence: int
    strategy: str


class NotTracedReason(StrEnum):
    """What stood in the way."""

    NO_ANSWER = "the box never answered: it may need other shares, other points, or hold nothing"
    NO_VALID_ANSWER = "the box answered, but never with a canonical scalar"
    NO_RIGHT_ANSWER = (
        "no answer fits any set of participants: the answers are wrong, or the search too narrow"
    )
    TOO_LARGE = "no strategy can search this many participants with this many shares"
    NOT_CONFIRMED_AGAIN = "one answer showed who leaked, but none to a challenge that can be proven"


@dataclass(frozen=True, slots=True)
class NotTraced:
    """
    Nobody can be accused.

    Attributes
    ----------
    reason : NotTracedReason
        What stood in the way.
    queries : int
        How many queries were made.
    answered : int
        How many brought a canonical scalar.
    problems : tuple of (AnswerProblem, int)
        How often the others went wrong in which way, the most frequent first.
    refuted : int
        How many candidates were refuted in the exponent.
    transcript : tuple of QueryEntry
        All queries and answers; private.
    """

    reason: NotTracedReason
    queries: int
    answered: int
    problems: tuple[tuple[AnswerProblem, int], ...]
    refuted: int
    transcript: tuple[QueryEntry, ...] = field(repr=False)
