"""Each class of inputs twice: few of them in every run of the tests, many in the long form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

import pytest

from .fuzz_machines import Machine
from .fuzz_verdicts import Tally


def short_and_long(classes: Mapping[str, tuple[Any, int, int]]) -> pytest.MarkDecorator:
    """Parameters `name`, `generate` and `count`."""
    short = [
        pytest.param(name, make, few, id=f"{name}, short") for name, (make, few, _) in classes.items() if few
    ]
    long = [
        pytest.param(name, make, many, id=f"{name}, long", marks=pytest.mark.long_fuzz)
        for name, (make, _, many) in classes.items()
    ]
    return pytest.mark.parametrize(("name", "generate", "count"), short + long)


def require_agreement(
    counting: AbstractContextManager[Tally], cases: Iterator[Any], count: int, machines: Sequence[Machine]
) -> None:
    """Give the first `count` cases to all machines; what differs fails the test at the end of the context."""
    with counting as counted:
        for case in islice(cases, count):
            counted.add(case, [(each.name, each.call(case.target, case.calldata)) for each in machines])
    assert counted.counts["inputs"] == count
