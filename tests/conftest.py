"""Chains for the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tcss_chain.devnet.anvil import AnvilDevnet, AnvilMissingError, find_anvil
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def embedded_devnet() -> Iterator[EmbeddedDevnet]:
    """An embedded chain for each file of tests: its clock and its sessions are nobody else's."""
    with EmbeddedDevnet(account_count=24) as devnet:
        yield devnet


@pytest.fixture(scope="session")
def anvil_binary() -> Path:
    """The anvil program. Without it the test is skipped, except in continuous integration, where it fails."""
    try:
        return find_anvil(PROJECT)
    except AnvilMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def anvil_devnet(anvil_binary: Path) -> Iterator[AnvilDevnet]:
    """A real anvil process for each file of tests."""
    with AnvilDevnet(binary=anvil_binary, account_count=24) as devnet:
        yield devnet
