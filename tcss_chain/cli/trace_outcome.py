"""How ``tcss trace`` prints its end."""

from __future__ import annotations

import click

from tcss_chain.auditor import AnswerRate, NotTraced, Remaining, Trace

from .trace_progress import count_of_sets


def print_traced(outcome: Trace, repeated: int) -> None:
    """
    Print who leaked.

    Parameters
    ----------
    outcome : Trace
        The trace.
    repeated : int
        How many of its queries came from a transcript.
    """
    for account in outcome.accused:
        click.echo(f"leaked       {account}")
    answered = sum(entry.answer is not None for entry in outcome.transcript)
    _print_queries(len(outcome.transcript), answered, repeated)
    rate = outcome.rate
    click.echo(
        f"right        {rate.right} of {rate.asked} queries to the points that decided{_percent(rate)}"
    )
    click.echo(f"evaluations  {outcome.claim.evaluations}, {outcome.claim.agreeing} agree")
    click.echo(f"found by     {outcome.strategy.value}, {outcome.challenge.mode.name.lower()} points")


def print_not_traced(outcome: NotTraced, repeated: int) -> None:
    """
    Print why nobody can be accused, and what would help.

    Parameters
    ----------
    outcome : NotTraced
        The end of the trace.
    repeated : int
        How many of its queries came from a transcript.
    """
    click.echo(f"nobody can be accused: {outcome.reason.value}")
    _print_queries(outcome.queries, outcome.answered, repeated)
    for problem, count in outcome.problems:
        click.echo(f"unanswered   {count} times: {problem.value}")
    if outcome.answered:
        rate = outcome.rate
        click.echo(f"right        {rate.right} for certain, of {rate.asked} queries{_percent(rate)}")
    if outcome.remaining is not None:
        _print_remaining(outcome.remaining, outcome.queries)


def _print_remaining(remaining: Remaining, queries: int) -> None:
    click.echo(f"open         {count_of_sets(remaining.sets)} sets of participants may have leaked")
    more = remaining.more_queries
    if more is None:
        click.echo("to decide    nothing tells how many more queries it takes")
    else:
        click.echo(f"to decide    about {more:,} more queries; allow them with --budget {queries + more}")


def _print_queries(queries: int, answered: int, repeated: int) -> None:
    kept = f"; {repeated} of them came from the transcript" if repeated else ""
    click.echo(f"queries      {queries}, {answered} answered{kept}")


def _percent(rate: AnswerRate) -> str:
    return f" ({100 * rate.right / rate.asked:.0f} %)" if rate.asked else ""
