"""
A pytest plugin that lets tests run on contracts that were compiled in another way than the shipped ones.

``TCSS_CONTRACTS`` is a folder with artifacts like those of the package, ``TCSS_MOCKS`` one with those of the
mocks. The limits on their size, which belong to the shipped contracts, are lifted.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from eth.vm.forks.shanghai import computation as shanghai
from eth.vm.forks.spurious_dragon import computation as spurious_dragon

from support import mocks
from tcss_chain.chain import artifacts

_BYTES_ENOUGH = 2**20


def lift_size_limits(patch: pytest.MonkeyPatch) -> None:
    """Let every py-evm chain of this process have contracts of any size."""
    patch.setattr(spurious_dragon, "EIP170_CODE_SIZE_LIMIT", _BYTES_ENOUGH)
    patch.setattr(shanghai, "MAX_INITCODE_SIZE", _BYTES_ENOUGH)


def replace_contracts(patch: pytest.MonkeyPatch, contracts: Path, mock_contracts: Path) -> None:
    """Use the artifacts of these folders."""
    patch.setattr(artifacts, "_FOLDER", contracts)
    patch.setattr(mocks, "ARTIFACTS", mock_contracts)
    artifacts.load_artifact.cache_clear()


class _Plugin:
    def __init__(self, contracts: Path, mock_contracts: Path) -> None:
        self._patch = pytest.MonkeyPatch()
        lift_size_limits(self._patch)
        replace_contracts(self._patch, contracts, mock_contracts)

    def pytest_unconfigure(self) -> None:
        self._patch.undo()


def pytest_configure(config: pytest.Config) -> None:
    if "TCSS_CONTRACTS" in os.environ:
        folders = (Path(os.environ[name]) for name in ("TCSS_CONTRACTS", "TCSS_MOCKS"))
        config.pluginmanager.register(_Plugin(*folders))
