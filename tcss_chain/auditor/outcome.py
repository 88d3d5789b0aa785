"""How a trace ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from eth_typing import ChecksumAddress

from tcss_chain.protocol.trace_query import QueryChallenge
from tcss_chain.protocol.transcript import Evaluation, QueryEntry, TranscriptClaim

from .box import AnswerProblem
from .strategy import StrategyName


@dataclass(frozen=True, slots=True)
class AnswerRate:
    """
    How often a box was right, as far as that is known.

    Attributes
    ----------
    right : int
        Answers that are right for certain.
    asked : int
        Queries among which they are: those to the same query points.
    """

    right: int
    asked: int


@dataclass(frozen=True, slots=True)
class Remaining:
    """
    What is still open when a trace ends without a result.

    Attributes
    ----------
    sets : int
        How many sets of participants may still have leaked, if the box drops as few points as it can.
    more_queries : int or None
        About how many further queries would decide, if the box goes on as it did; None if nothing lets one
        tell.
    """

    sets: int
    more_queries: int | None


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
    strategy : StrategyName
        What found the accused.
    rate : AnswerRate
        How often the box was right.
    """

    accused: tuple[ChecksumAddress, ...]
    challenge: QueryChallenge
    T: int = field(repr=False)
    claim: TranscriptClaim
    evaluations: tuple[Evaluation, ...]
    transcript: tuple[QueryEntry, ...] = field(repr=False)
    evidence: int
    strategy: StrategyName
    rate: AnswerRate


class NotTracedReason(StrEnum):
    """What stood in the way."""

    OVER_DETERMINED = (
        "not traceable: the box took every query and answered none with made-up shares, as one does that"
        " over-determines its input or recognises the secret; one that holds nothing does the same"
    )
    OVER_DETERMINED_OR_RARE = (
        "the box took every query and answered none with made-up shares: either it over-determines its input"
        " or recognises the secret, and is not traceable; or it takes registered points only, and sets of"
        " them that miss everybody who leaked are rare here, which more queries tell"
    )
    NO_ANSWER = "the box never answered: it may need another number of shares, or be out of reach"
    NO_VALID_ANSWER = "the box answered, but never with a canonical scalar"
    NO_RIGHT_ANSWER = (
        "no answer fits any set of participants: the answers are wrong, or too few of them are right, or the"
        " box ignores more of the shares than a challenge can drop"
    )
    TOO_LARGE = "no strategy that may be used can search this many participants with this many shares"
    NOT_CONFIRMED_AGAIN = "one answer showed who leaked, but none to a challenge that can be proven"
    ALREADY_CONVICTED = "the answers show nobody but participants who are convicted already"


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
    rate : AnswerRate
        How often the box was right.
    remaining : Remaining or None
        What is still open; None if the box never answered.
    transcript : tuple of QueryEntry
        All queries and answers; private.
    """

    reason: NotTracedReason
    queries: int
    answered: int
    problems: tuple[tuple[AnswerProblem, int], ...]
    refuted: int
    rate: AnswerRate
    remaining: Remaining | None
    transcript: tuple[QueryEntry, ...] = field(repr=False)
