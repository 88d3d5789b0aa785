"""What ``tcss trace`` shows while it runs, on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

import click
from rich.console import Console
from rich.status import Status

from tcss_chain.auditor import CandidateConfirmed, CandidateRefuted, Progressed, QueryMade, TraceEvent

_LINE_EVERY: Final = 25
_LARGE: Final = 10**9


class TraceProgress:
    """
    Shows the events of a trace: one changing line on a terminal, else a line whenever something changed.

    Attributes
    ----------
    repeated : int
        How many queries came from the transcript.
    """

    def __init__(self) -> None:
        self.repeated = 0
        self._console = Console(stderr=True)
        self._status: Status | None = self._console.status("asking the box") if _on_terminal() else None
        self._shown: tuple[int, int | None] | None = None
        self._shown_queries = 0

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, event: TraceEvent) -> None:
        """Take in an event."""
        if isinstance(event, QueryMade):
            self.repeated += event.repeated
        elif isinstance(event, Progressed):
            self._progressed(event)
        elif isinstance(event, CandidateRefuted):
            self._say(f"refuted: {event.strategy.value} proposed {', '.join(event.accounts)}")
        elif isinstance(event, CandidateConfirmed):
            self._say(f"confirmed by query {event.query + 1}: {', '.join(event.accounts)}")

    def _progressed(self, event: Progressed) -> None:
        queries = "query" if event.queries == 1 else "queries"
        line = (
            f"{event.queries} {queries}, {event.answered} answered, {event.right} right so far,"
            f" {_sets_left(event.sets)}"
        )
        if self._status is not None:
            self._status.update(line)
            return
        news = (event.right, event.sets)
        if news != self._shown or event.queries >= self._shown_queries + _LINE_EVERY:
            self._shown, self._shown_queries = news, event.queries
            self._say(line)

    def _say(self, line: str) -> None:
        if self._status is not None:
            self._console.print(line, markup=False, highlight=False)
        else:
            click.echo(line, err=True)


def count_of_sets(sets: int) -> str:
    """Write how many sets there are; of many, the order of magnitude."""
    return f"{sets:,}" if sets < _LARGE else f"about {sets:.0e}"


def _sets_left(sets: int | None) -> str:
    return "nothing ruled out yet" if sets is None else f"{count_of_sets(sets)} candidate sets left"


def _on_terminal() -> bool:
    return Console(stderr=True).is_terminal
