"""
The contract on the embedded chain, sessions prepared in several phases, and the harness of the libraries.

Sessions are prepared once and reused: what a test does to one is undone by reverting the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_typing import ChecksumAddress
from support.consortium import Consortium
from support.misdealing import Words, deal_tampered
from support.mocks import Mock, deploy_mock

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.dealing import DealingPolynomials
from tcss_chain.protocol.session import Phase


@pytest.fixture(scope="module")
def shared_connection(embedded_devnet: EmbeddedDevnet) -> Connection:
    """The contract, deployed once. Tests take `connection`, which undoes what they do."""
    address, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
    return Connection(embedded_devnet.rpc_url, address)


@pytest.fixture(scope="module")
def harness(embedded_devnet: EmbeddedDevnet) -> Mock:
    """The internal functions of the libraries."""
    return deploy_mock(embedded_devnet.rpc_url, embedded_devnet.accounts[-1], "LibraryHarness")


@pytest.fixture(scope="module")
def prepared_dealing(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.DEALING)


@pytest.fixture(scope="module")
def prepared_complaining(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.COMPLAINING)


@pytest.fixture(scope="module")
def prepared_active(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture(scope="module")
def prepared_misdealt(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    """
    Two dealers cheat, with valid proofs of knowledge, before the complaints.

    The dealer at seat 0 gives seat 1 a wrong y and seat 2 a wrong z. The one at seat 3 gives words that are
    no scalars: the group order as c_0 to seat 0 and as c_1 to seat 1, and to seat 2 the right words plus the
    group order. All other shares are right.
    """
    consortium = Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.DEALING)
    seats = {member.address: seat for seat, member in enumerate(consortium.members)}
    changes: dict[tuple[int, int], Callable[[Words], Words]] = {
        (0, 1): lambda words: ((words[0] + 1) % GROUP_ORDER, words[1]),
        (0, 2): lambda words: (words[0], (words[1] + 1) % GROUP_ORDER),
        (3, 0): lambda words: (GROUP_ORDER, words[1]),
        (3, 1): lambda words: (words[0], GROUP_ORDER),
        (3, 2): lambda words: (words[0] + GROUP_ORDER, words[1] + GROUP_ORDER),
    }
    for seat, dealer in enumerate(consortium.members):

        def tamper(recipient: ChecksumAddress, words: Words, seat: int = seat) -> Words:
            return changes.get((seat, seats[recipient]), lambda words: words)(words)

        dealer.polynomials = DealingPolynomials.draw(consortium.configuration.threshold)
        dealt = deal_tampered(consortium.roster(), dealer.address, dealer.d, tamper, dealer.polynomials)
        consortium.deal(dealer, dealt)
    return consortium


@pytest.fixture
def connection(shared_connection: Connection) -> Iterator[Connection]:
    """The contract; at the end of the test the chain is as it was before."""
    provider: Any = shared_connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    yield shared_connection
    assert provider.make_request("evm_revert", [snapshot])["result"] is True


@pytest.fixture
def make_consortium(connection: Connection, embedded_devnet: EmbeddedDevnet) -> Callable[..., Consortium]:
    """A function that makes a consortium whose session does not exist yet."""
    return lambda **changes: Consortium(connection, embedded_devnet.accounts, **changes)


@pytest.fixture
def fresh(make_consortium: Callable[..., Consortium]) -> Consortium:
    """Four members with threshold three; the session does not exist yet."""
    return make_consortium()


@pytest.fixture
def confirming(fresh: Consortium) -> Consortium:
    return fresh.run_to(Phase.CONFIRMING)


@pytest.fixture
def joining(fresh: Consortium) -> Consortium:
    return fresh.run_to(Phase.JOINING)


@pytest.fixture
def dealing(prepared_dealing: Consortium, connection: Connection) -> Consortium:
    """Everybody has joined, nobody has dealt."""
    return prepared_dealing.clone()


@pytest.fixture
def complaining(prepared_complaining: Consortium, connection: Connection) -> Consortium:
    """Everybody has dealt honestly."""
    return prepared_complaining.clone()


@pytest.fixture
def misdealt(prepared_misdealt: Consortium, connection: Connection) -> Consortium:
    """Everybody has dealt; the dealers at seats 0 and 3 cheated some of the others."""
    return prepared_misdealt.clone()


@pytest.fixture
def active(prepared_active: Consortium, connection: Connection) -> Consortium:
    """Activated unanimously, with everybody honest."""
    return prepared_active.clone()


@pytest.fixture
def contract_account(connection: Connection, embedded_devnet: EmbeddedDevnet) -> Mock:
    """An account with code."""
    return deploy_mock(embedded_devnet.rpc_url, embedded_devnet.accounts[-1], "ContractAccount")


@pytest.fixture
def balance_of(connection: Connection) -> Callable[[ChecksumAddress], int]:
    return lambda account: int(connection.w3.eth.get_balance(account))
