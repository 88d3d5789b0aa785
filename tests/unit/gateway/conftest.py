"""Gateways for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from support.gateways import GatewayHall, RunningGateway


@pytest.fixture
def hall(tmp_path) -> Iterator[GatewayHall]:
    """Starts gateways, and stops them at the end."""
    with ExitStack() as running:
        yield GatewayHall(tmp_path, running)


@pytest.fixture
def gateway(hall) -> RunningGateway:
    """A gateway with an open model and one tenant."""
    return hall.start()
