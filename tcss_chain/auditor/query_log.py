"""Every query goes through here: it is counted, kept for the transcript, and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import QueryEntry

from .box import AnswerProblem, Box, CallableBox, ReportingBox, Share, check_answer
from .events import QueryMade, TraceEvent
from .problem import Answered
from .randomness import TraceRandomness


class Transcript(Protocol):
    """
    Where queries are kept so that they survive a crash, and where those made earlier come from.

    Nothing is sent to the box before `asking` has returned.
    """

    def earlier(
        self, number: int, shares: tuple[Share, ...]
    ) -> tuple[int | None, AnswerProblem | None] | None:
        """
        Give what an earlier run got for a query.

        Parameters
        ----------
        number : int
            The query's place in the transcript, from 0.
        shares : tuple of (int, int)
            What it asks.

        Returns
        -------
        tuple or None
            Answer and problem as `box.check_answer` gives them; None if the query was never made.

        Raises
        ------
        TranscriptMismatchError
            If the earlier run asked something else at this place.
        """

    def asking(self, number: int, shares: tuple[Share, ...]) -> None:
        """Keep a query that is about to be made."""

    def got(self, number: int, answer: int | None, problem: AnswerProblem | None) -> None:
        """Keep what came back."""


class QueryLog:
    """
    Puts queries to a box within a budget.

    Parameters
    ----------
    box : Box
        The box. What it returns is checked again here.
    budget : int
        How many queries to make at most.
    randomness : TraceRandomness
        Gives the salts.
    on_event : callable
        Told about every query.
    transcript : Transcript, optional
        Where queries are kept; without it they are lost with the process.
    """

    def __init__(
        self,
        box: Box,
        budget: int,
        randomness: TraceRandomness,
        on_event: Callable[[TraceEvent], None],
        transcript: Transcript | None = None,
    ) -> None:
        self._box: ReportingBox = box if isinstance(box, ReportingBox) else CallableBox(box.query)
        self._budget = budget
        self._randomness = randomness
        self._on_event = on_event
        self._transcript = transcript
        self._entries: list[QueryEntry] = []
        self.problems: Counter[AnswerProblem] = Counter()

    @property
    def entries(self) -> tuple[QueryEntry, ...]:
        """All queries so far."""
        return tuple(self._entries)

    @property
    def answered(self) -> int:
        """How many brought a canonical scalar."""
        return sum(entry.answer is not None for entry in self._entries)

    @property
    def exhausted(self) -> bool:
        """Whether the budget is spent."""
        return len(self._entries) >= self._budget

    def ask(self, shares: tuple[Share, ...], mode: QueryMode) -> Answered | None:
        """
        Make one query, unless an earlier run made it.

        Parameters
        ----------
        shares : tuple of (int, int)
            The made-up shares.
        mode : QueryMode
            How their points were derived.

        Returns
        -------
        Answered or None
            The query with its answer, or nothing.

        Raises
        ------
        TranscriptMismatchError
            If the transcript belongs to another trace.
        TranscriptFileError
            If the query cannot be kept; it is not made then.
        """
        number = len(self._entries)
        earlier = None if self._transcript is None else self._transcript.earlier(number, shares)
        answer, problem = self._query(number, shares) if earlier is None else earlier
        self._entries.append(QueryEntry(shares, answer, self._randomness.salt(number)))
        if problem is not None:
            self.problems[problem] += 1
        self._on_event(QueryMade(number, mode, len(shares), problem, repeated=earlier is not None))
        return None if answer is None else Answered(number, shares, answer)

    def _query(self, number: int, shares: tuple[Share, ...]) -> tuple[int | None, AnswerProblem | None]:
        if self._transcript is not None:
            self._transcript.asking(number, shares)
        answer, problem = check_answer(self._box.query(shares))
        if problem is AnswerProblem.SILENT:
            problem = self._box.last_problem or AnswerProblem.SILENT
        if self._transcript is not None:
            self._transcript.got(number, answer, problem)
        return answer, problem
