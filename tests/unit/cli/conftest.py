"""Running the command line in this process, on sessions of a chain."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from support.consortium import Consortium

from tcss_chain.cli.main import main
from tcss_chain.protocol.session import Phase


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def tcss(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Finished]:
    """A function that runs ``tcss`` with arguments, as the console script does."""

    def run(*arguments: object) -> Finished:
        monkeypatch.setattr(sys, "argv", ["tcss", *map(str, arguments)])
        capsys.readouterr()
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        captured = capsys.readouterr()
        assert isinstance(status, int)
        return Finished(status, captured.out, captured.err)

    return run


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    """An active session of three; a file that needs another one has its own."""
    return Consortium(shared_connection, embedded_devnet.accounts, n=3, t=2).run_to(Phase.ACTIVE)


@pytest.fixture
def active(prepared, connection) -> Consortium:
    """What `prepared` made, for one test."""
    return prepared.clone()


@pytest.fixture
def fresh(connection, embedded_devnet) -> Consortium:
    """A session of three that is not created yet."""
    return Consortium(connection, embedded_devnet.accounts, n=3, t=2)


@pytest.fixture
def chain(connection, embedded_devnet) -> tuple[str, ...]:
    """The options for node and contract."""
    return ("--rpc", embedded_devnet.rpc_url, "--contract", connection.contract_address)
