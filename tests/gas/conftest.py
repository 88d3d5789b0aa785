"""One measurement of everything, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet

from .meter import GasMeter
from .page import PAGE, rendered
from .seeded_randomness import seeded_randomness
from .snapshot import read_snapshot
from .targets import report
from .whole_session import SIZES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-gas-snapshot", action="store_true", help="write gas-snapshot.json and docs/gas.md anew"
    )


@pytest.fixture(scope="module")
def meter() -> Iterator[GasMeter]:
    """The contract on a chain with an account for everybody who takes part in the largest session."""
    accounts = max(size.n for size in SIZES) + 4
    with seeded_randomness() as randomness, EmbeddedDevnet(account_count=accounts) as devnet:
        yield GasMeter(devnet.rpc_url, devnet.accounts, randomness)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """After an update, write the tables of the page anew, and say which targets are met."""
    if not config.getoption("--update-gas-snapshot", default=False):
        return
    snapshot = read_snapshot()
    PAGE.write_text(rendered(PAGE.read_text(), snapshot))
    terminalreporter.section("targets")
    for line in report(snapshot):
        terminalreporter.line(line)
