"""Nodes that can be made to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from support.proxy_node import ProxyNode, proxy_node

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.devnet.anvil import AnvilDevnet


@pytest.fixture
def proxies(embedded_devnet, connection) -> Iterator[Callable[[int], tuple[ProxyNode, ...]]]:
    """A function that puts nodes that can be made to fail in front of the embedded chain."""
    with ExitStack() as stack:
        yield lambda count: tuple(
            stack.enter_context(proxy_node(embedded_devnet.rpc_url)) for _ in range(count)
        )


@pytest.fixture(scope="module")
def anvil(anvil_binary) -> Iterator[AnvilDevnet]:
    """An anvil of the module's own: its blocks are mined on request, and taken back."""
    with AnvilDevnet(binary=anvil_binary, account_count=12) as devnet:
        yield devnet


@pytest.fixture(scope="module")
def anvil_contract(anvil) -> str:
    address, _ = deploy(anvil.rpc_url, anvil.accounts[-1])
    return address


@pytest.fixture
def anvil_connection(anvil, anvil_contract) -> Iterator[Connection]:
    """The contract on anvil; at the end of the test the chain is as it was before, and mines by itself."""
    connection = Connection(anvil.rpc_url, anvil_contract)
    request = connection.w3.provider.make_request
    snapshot = request("evm_snapshot", [])["result"]
    yield connection
    request("anvil_dropAllTransactions", [])
    assert request("evm_revert", [snapshot])["result"] is True
    request("evm_setAutomine", [True])
