"""The moments of a participant, at each of which a crash must do no harm."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

STAGES = ("simulated", "signed", "journalled", "broadcast", "mined", "recorded")


def of_transaction(kind: str) -> tuple[str, ...]:
    return tuple(f"{kind}.{stage}" for stage in STAGES)


SETTLING = (
    "received.verified",
    "received.saved",
    "acceptance.signed",
    "acceptance.published",
    "share.computed",
    "share.saved",
    "share.verified",
    "secrets.erased",
    "package.saved",
)

UNDISTURBED = (
    "keys.drawn",
    "keys.saved",
    *of_transaction("join"),
    "dealing.made",
    "dealing.saved",
    *of_transaction("deal"),
    "shares.kept",
    "shares.published",
    *SETTLING[:4],
    *of_transaction("activateUnanimously"),
    *SETTLING[4:],
)
"""In order, of the participant that activates a session in which nothing goes wrong."""


def short_and_long(cases: Iterable[tuple[str, ...]], short: Iterable[tuple[str, ...]]) -> list[object]:
    """Mark all cases for the long form of the tests but those for the short one."""
    chosen = set(short)
    every = list(cases)
    assert chosen <= set(every), chosen - set(every)
    return [
        pytest.param(*case, marks=() if case in chosen else pytest.mark.long_faults, id="-".join(case))
        for case in every
    ]
