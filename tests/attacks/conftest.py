"""What the contract's tests prepare, for those who attack it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract.conftest import (
    active,
    balance_of,
    complaining,
    confirming,
    connection,
    contract_account,
    dealing,
    fresh,
    joining,
    make_consortium,
    prepared_active,
    prepared_complaining,
    prepared_dealing,
    shared_connection,
)
from support.consortium import Consortium

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet

__all__ = [
    "active",
    "balance_of",
    "complaining",
    "confirming",
    "connection",
    "contract_account",
    "dealing",
    "fresh",
    "joining",
    "make_consortium",
    "prepared_active",
    "prepared_complaining",
    "prepared_dealing",
    "shared_connection",
]


@pytest.fixture
def in_another_contract(connection: Connection, embedded_devnet: EmbeddedDevnet) -> Callable[..., Consortium]:
    """A function that makes a consortium of the same accounts at a second contract on the same chain."""
    address, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
    elsewhere = Connection(embedded_devnet.rpc_url, address)

    def make(**changes: Any) -> Consortium:
        return Consortium(elsewhere, embedded_devnet.accounts, **changes)

    return make
