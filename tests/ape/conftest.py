"""Fixtures of the ape suite, which `ape test` runs and the ordinary suite does not collect."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def deployer(accounts: Any) -> Any:
    return accounts[0]


@pytest.fixture(scope="session")
def tcss(deployer: Any, project: Any) -> Any:
    """The contract as ape compiles and deploys it."""
    return deployer.deploy(project.TCSS)
