"""Each class of inputs twice: few of them in every run of the tests, many in the long form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


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
