"""Nodes that can be made to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from support.consortium import Consortium
from support.proxy_node import ProxyNode, proxy_node

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.errors import TransactionTimeoutError
from tcss_chain.chain.transaction_journal import MemoryTransactionJournal, Purpose
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings
from tcss_chain.devnet.anvil import AnvilDevnet

HASTY = TransactionSettings(receipt_seconds=0.5, bump_after_seconds=1000, look_seconds=0.05)


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


class Chain:
    """One account on a chain that mines on request."""

    def __init__(self, connection, accounts):
        self.connection = connection
        self.consortium = Consortium(connection, accounts)
        self.account = self.consortium.creator.account
        self.journal = MemoryTransactionJournal()
        self.request("evm_setAutomine", [False])

    def request(self, method, params=()):
        answer = self.connection.w3.provider.make_request(method, list(params))
        assert "error" not in answer, answer
        return answer["result"]

    def mine(self, blocks=1):
        for _ in range(blocks):
            self.request("evm_mine")

    def sender(self, settings=HASTY, **options):
        return TransactionSender(
            self.connection, self.account, journal=self.journal, settings=settings, **options
        )

    def call(self, number=1):
        configuration = self.consortium.configuration
        return self.consortium.actions.create_session(number.to_bytes(32, "big"), configuration)

    def begin(self, number=1, settings=HASTY, **options):
        """Send something that is not mined in time."""
        with pytest.raises(TransactionTimeoutError):
            self.sender(settings, **options).send(self.call(number), sid=b"\1" * 32, subject=str(number))
        return self.entry(number)

    def entry(self, number=1):
        purpose = Purpose(b"\1" * 32, "createSession", str(number))
        (entry,) = self.journal.of_purpose(self.account.address, self.connection.chain_id, purpose)
        return entry

    def count(self, tag="latest"):
        return self.connection.w3.eth.get_transaction_count(self.account.address, tag)

    def pool(self):
        """Transactions that wait to be mined, by nonce."""
        content = self.request("txpool_content")
        ours = {
            int(nonce): transaction
            for part in ("pending", "queued")
            for address, transactions in content[part].items()
            if address.lower() == self.account.address.lower()
            for nonce, transaction in transactions.items()
        }
        return dict(sorted(ours.items()))

    def drop(self, entry):
        self.request("anvil_dropTransaction", [entry.variants[-1].transaction_hash])


@pytest.fixture
def chain(anvil_connection, anvil):
    return Chain(anvil_connection, anvil.accounts)


@pytest.fixture
def two(proxies, connection) -> tuple[ProxyNode, ProxyNode, Connection]:
    """Two nodes of the embedded chain, and a connection through both."""
    first, second = proxies(2)
    return first, second, Connection([first.url, second.url], connection.contract_address)


@pytest.fixture
def sent(chain, monkeypatch):
    """What is broadcast, in order."""
    raws, broadcast = [], chain.connection.broadcast

    def spy(raw):
        raws.append(raw)
        broadcast(raw)

    monkeypatch.setattr(chain.connection, "broadcast", spy)
    return raws
