"""
Differential fuzzing: seeds, virtual machines, counts.

``TCSS_FUZZ_SEED`` sets the seed. Without it the short form has a fixed one and the long form a random one;
both are printed, and with the same seed every class repeats its inputs exactly.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from support.fuzz_machines import EmbeddedMachine, Machine, NodeMachine
from support.fuzz_source import Source
from support.fuzz_verdicts import Tally

from tcss_chain.devnet.anvil import AnvilDevnet

SEED = os.environ.get("TCSS_FUZZ_SEED")
SHORT_SEED = SEED or "254"
LONG_SEED = SEED or secrets.token_hex(8)
_SHOWN = 5


@pytest.fixture(scope="session")
def embedded_machine() -> EmbeddedMachine:
    return EmbeddedMachine(native_precompiles=True)


@pytest.fixture(scope="session")
def pure_machine() -> EmbeddedMachine:
    """py-evm with its own precompiles."""
    return EmbeddedMachine(native_precompiles=False)


@pytest.fixture(scope="module")
def anvil_machine(anvil_devnet: AnvilDevnet) -> NodeMachine:
    return NodeMachine("anvil", anvil_devnet.rpc_url, anvil_devnet.accounts[0])


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("long_fuzz") is not None


@pytest.fixture
def machines(request: pytest.FixtureRequest, is_long: bool) -> list[Machine]:
    """The embedded chain, and in the long form anvil."""
    names = ["embedded_machine", *(["anvil_machine"] if is_long else [])]
    return [request.getfixturevalue(name) for name in names]


@pytest.fixture
def source(is_long: bool) -> Callable[[str], Source]:
    return lambda name: Source(LONG_SEED if is_long else SHORT_SEED, name)


@pytest.fixture
def tally(request: pytest.FixtureRequest, is_long: bool) -> Callable[[str], AbstractContextManager[Tally]]:
    """Count a class of inputs; disagreements fail the test when the class is through."""

    @contextmanager
    def counting(name: str) -> Iterator[Tally]:
        counted = Tally(name)
        seed = LONG_SEED if is_long else SHORT_SEED
        try:
            yield counted
        finally:
            request.node.user_properties.append(("fuzz", [name, seed, dict(counted.counts)]))
        if counted.disagreements:
            found = "\n".join(counted.disagreements[:_SHOWN])
            pytest.fail(
                f"TCSS_FUZZ_SEED={seed}: {len(counted.disagreements)} differences in"
                f" {counted.counts['inputs']} inputs\n{found}",
                pytrace=False,
            )

    return counting


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A table of what was tried. Reports carry the counts, wherever the tests ran."""
    reports = [each for reports in terminalreporter.stats.values() for each in reports]
    rows = [
        value
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == "fuzz"
    ]
    if not rows:
        return
    columns = [
        "inputs",
        "distinct",
        "answered",
        "false",
        "reverted",
        "pairings",
        "embedded",
        "anvil",
        "pure py-evm",
    ]
    width = max(len(row[0]) for row in rows)
    terminalreporter.section("differential fuzzing")
    seeds = sorted({row[1] for row in rows})
    terminalreporter.write_line(f"repeat with TCSS_FUZZ_SEED={' or '.join(seeds)}")
    terminalreporter.write_line(" " * width + "".join(f"{column:>12}" for column in columns))
    total: Counter[str] = Counter()
    for name, _, counts in sorted(rows, key=lambda row: str(row[0])):
        total.update(counts)
        cells = "".join(f"{counts.get(column, 0):>12,}" for column in columns)
        terminalreporter.write_line(f"{name:<{width}}{cells}")
    cells = "".join(f"{total[column]:>12,}" for column in columns)
    terminalreporter.write_line(f"{'all':<{width}}{cells}")
