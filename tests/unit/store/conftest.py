"""An open state in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.states import new_state

from tcss_chain.store.state_database import StateDatabase


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def database(folder: Path) -> Iterator[StateDatabase]:
    """A fresh state."""
    with new_state(folder) as state:
        yield state
