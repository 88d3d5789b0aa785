"""Named moments of a run, so that a test can end a process at any of them."""

from __future__ import annotations

from collections.abc import Callable

Reached = Callable[[str], None]
"""Told of every moment that is reached, in the thread that reaches it."""


def go_on(_moment: str) -> None:
    """Do nothing, as outside of tests."""
