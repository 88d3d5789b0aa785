"""Running sequences in rounds, each with a seed of its own, and telling what they reached."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from .stateful_machine import SHIPPED, SessionMachine
from .stateful_rules import SessionSequences

STEPS = 40
ROUND = 100
"""Sequences with one seed: a round that fails is short to run again."""

Counts = Counter[tuple[str, ...]]


def artifacts() -> Path:
    """The compiled contracts: those of the package, or what replaced_contracts.py puts in their place."""
    return Path(os.environ.get("TCSS_CONTRACTS", SHIPPED))


def run_sequences(
    count: int, seed: int, *, shrink: bool = True, tell: Callable[[str], None] = lambda _: None
) -> Counts:
    """
    Run sequences until all have agreed, or one does not.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        Of the first round; each of the others adds one.
    shrink : bool
        Whether a sequence that disagrees is made as short as possible.
    tell : callable
        Gets a line after every round.

    Returns
    -------
    Counter
        How often each call ended how, and what the sessions came to.
    """

    class Sequences(SessionSequences):
        machine = SessionMachine(artifacts())
        counts: ClassVar[Counts] = Counter()

    chosen: dict[str, Any] = {
        "stateful_step_count": STEPS,
        "deadline": None,
        "database": None,
        "print_blob": True,
        "report_multiple_bugs": False,
        "suppress_health_check": list(hypothesis.HealthCheck),
        "phases": [hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else [])],
    }
    begun, done = time.monotonic(), 0
    while done < count:
        settings = hypothesis.settings(max_examples=min(ROUND, count - done), **chosen)
        try:
            run_state_machine_as_test(hypothesis.seed(seed)(Sequences), settings=settings)
        except BaseException as error:
            reached = Sequences.counts["sequences", ""]
            error.add_note(f"seed {seed}; {reached} sequences, those of shrinking among them")
            raise
        done += settings.max_examples
        tell(f"seed {seed}: {done} of {count} sequences agree, {time.monotonic() - begun:.0f} s")
        seed += 1
    return Sequences.counts


def table(counts: Counts) -> str:
    """Every count, one a line."""
    lines = [f"{' '.join(key):55} {number:8}" for key, number in sorted(counts.items()) if number]
    return "\n".join(lines)


def never(counts: Counts, wanted: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What has not happened of what should."""
    return [key for key in wanted if not counts[key]]
