"""
A pytest plugin that writes down which probes of the contracts ran; see scripts/contract_coverage.py.

It watches the one instruction that a probe is. ``replaced_contracts.py`` puts the contracts with probes in
the place of the shipped ones.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from eth.vm import opcode_values
from eth.vm.forks.prague.computation import PragueComputation

FIRST_PROBE = 0xFE_00_00_00


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
    return recording.ran


def _number(word: int | bytes) -> int:
    return word if isinstance(word, int) else int.from_bytes(word, "big")


class _Plugin:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._patch = pytest.MonkeyPatch()
        self._ran = record_probes(self._patch)

    def pytest_unconfigure(self) -> None:
        (self._folder / f"{os.getpid()}.json").write_text(json.dumps(sorted(self._ran)))
        self._patch.undo()


def pytest_configure(config: pytest.Config) -> None:
    if "TCSS_PROBES_THAT_RAN" in os.environ:
        config.pluginmanager.register(_Plugin(Path(os.environ["TCSS_PROBES_THAT_RAN"])))
