"""Alarms, logs, and services over durable states on the embedded chain."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from support.audit_desk import AuditDesk
from support.consortium import Consortium
from support.office import Office

from tcss_chain.chain.connection import Connection
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.monitoring import configure_logs
from tcss_chain.monitoring.alarms import AlarmBoard


@pytest.fixture
def alarms() -> AlarmBoard:
    return AlarmBoard()


class Logged:
    """What was logged so far."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """The logs of the test, as the service writes them."""
    handlers = list(logging.getLogger().handlers)
    found = Logged()
    configure_logs(True, "debug", found.stream)
    yield found
    for handler in [each for each in logging.getLogger().handlers if each not in handlers]:
        logging.getLogger().removeHandler(handler)
    structlog.reset_defaults()


@pytest.fixture
def three(connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    """Three members with threshold two; the session does not exist yet."""
    return Consortium(connection, embedded_devnet.accounts, n=3, t=2)


@pytest.fixture
def desk(three: Consortium, tmp_path: Path) -> AuditDesk:
    """The auditor of the three, with a state but no session yet."""
    return AuditDesk(three, tmp_path / "data")


@pytest.fixture
def make_office(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """A function that makes a state for the first member of a consortium; its services end with the test."""
    with ExitStack() as services:
        yield lambda consortium: Office(consortium, tmp_path / "data", services)


@pytest.fixture
def office(make_office: Callable[..., Office], three: Consortium) -> Office:
    """The first of three members, with a state but no session yet."""
    return make_office(three)
