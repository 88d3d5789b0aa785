"""Chains and organisations for tests that break something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.fleet import Fleet

from tcss_chain.chain.deployment import deploy
from tcss_chain.devnet.anvil import AnvilDevnet

MakeFleet = Callable[..., Fleet]


@pytest.fixture(scope="module")
def own_anvil(anvil_binary: Path) -> Iterator[AnvilDevnet]:
    """An anvil process for one file: its clock may be moved."""
    with AnvilDevnet(binary=anvil_binary) as devnet:
        yield devnet


@pytest.fixture(scope="module")
def make_fleet(own_anvil: AnvilDevnet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeFleet]:
    """Make organisations with folders and a contract of their own; they end with the file's tests."""
    with ExitStack() as made:

        def make(**options: Any) -> Fleet:
            contract, _ = deploy(own_anvil.rpc_url, own_anvil.accounts[0])
            folder = tmp_path_factory.mktemp("fleet")
            fleet = Fleet(folder, [own_anvil.rpc_url], contract, own_anvil.accounts[1], **options)
            return made.enter_context(fleet)

        yield make
