"""Every query goes through here: it is counted, kept for the transcript, and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import QueryEntry

from .box import AnswerProblem, Box, CallableBox, ReportingBox, Share, check_answer
from .events import QueryMade, TraceEvent
from .problem import Answered


class QueryLog:
    """
    Puts queries to a box within a budget.

    Parameters
    ----------
    box : Box
        The box. What it returns is checked again here.
    budget : int
        How many queries to make at most.
    on_event : callable
        Told about every query.
    """

    def __init__(self, box: Box, budget: int, on_event: Callable[[TraceEvent], None]) -> None:
        self._box: ReportingBox = box if isinstance(box, ReportingBox) else CallableBox(box.query)
        self._budget = budget
        self._on_event = on_event
        self._entries: list[QueryEntry] = []
        self.problems: Counter[AnswerProblem] = Counter()

    @property
    def entries(self) -> tuple[QueryEntry, ...]:
        """All queries so far."""
        return tuple(self._entries)

    @property
    def exhausted(self) -> bool:
        """Whether the budget is spent."""
        return len(self._entries) >= self._budget

    def ask(self, shares: tuple[Share, ...], mode: QueryMode) -> Answered | None:
        """
        Make one query.

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
        """
        answer, problem = check_answer(self._box.query(shares))
        if problem is AnswerProblem.SILENT:
            problem = self._box.last_problem or AnswerProblem.SILENT
        number = len(self._entries)
        self._entries.append(QueryEntry(shares, answer))
        if problem is not None:
            self.problems[problem] += 1
        self._on_event(QueryMade(number, mode, len(shares), problem))
        return None if answer is None else Answered(number, shares, answer)
