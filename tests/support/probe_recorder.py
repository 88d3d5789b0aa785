"""
A pytest plugin that writes down which probes of the contracts ran; see scripts/contract_coverage.py.

It puts the contracts with probes in the place of the shipped ones, lifts the limits on their size, which the
probes exceed, and watches the one instruction that a probe is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from eth.vm import opcode_values
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.shanghai import computation as shanghai
from eth.vm.forks.spurious_dragon import computation as spurious_dragon

from support import mocks
from tcss_chain.chain import artifacts

FIRST_PROBE = 0xFE_00_00_00
_BYTES_ENOUGH = 2**20


class RecordingCopy:
    """
    The instruction CALLDATACOPY, which remembers the numbers of the probes among its executions.

    Parameters
    ----------
    original : opcode
        The instruction itself.
    """

    def __init__(self, original: Any) -> None:
        self._original = original
        self.mnemonic = original.mnemonic
        self.gas_cost = original.gas_cost
        self.ran: set[int] = set()

    def __call__(self, computation: Any) -> None:
        stack = computation._stack.values
        if len(stack) >= 3 and _number(stack[-3]) == 0 and (start := _number(stack[-2])) >= FIRST_PROBE:
            self.ran.add(start - FIRST_PROBE)
        self._original(computation=computation)


def record_probes(patch: pytest.MonkeyPatch) -> set[int]:
    """Watch every py-evm chain of this process; the set grows as probes run."""
    recording = RecordingCopy(PragueComputation.opcodes[opcode_values.CALLDATACOPY])
    opcodes = {**PragueComputation.opcodes, opcode_values.CALLDATACOPY: recording}
    patch.setattr(PragueComputation, "opcodes", opcodes)
    patch.setattr(spurious_dragon, "EIP170_CODE_SIZE_LIMIT", _BYTES_ENOUGH)
    patch.setattr(shanghai, "MAX_INITCODE_SIZE", _BYTES_ENOUGH)
    return recording.ran


def _number(word: int | bytes) -> int:
    return word if isinstance(word, int) else int.from_bytes(word, "big")


class _Plugin:
    def __init__(self, contracts: Path, mock_contracts: Path, folder: Path) -> None:
        self._folder = folder
        self._patch = pytest.MonkeyPatch()
        self._ran = record_probes(self._patch)
        self._patch.setattr(artifacts, "_FOLDER", contracts)
        self._patch.setattr(mocks, "ARTIFACTS", mock_contracts)
        artifacts.load_artifact.cache_clear()

    def pytest_unconfigure(self) -> None:
        (self._folder / f"{os.getpid()}.json").write_text(json.dumps(sorted(self._ran)))
        self._patch.undo()


def pytest_configure(config: pytest.Config) -> None:
    if "TCSS_PROBED_CONTRACTS" in os.environ:
        names = ("TCSS_PROBED_CONTRACTS", "TCSS_PROBED_MOCKS", "TCSS_PROBES_THAT_RAN")
        config.pluginmanager.register(_Plugin(*(Path(os.environ[name]) for name in names)))
