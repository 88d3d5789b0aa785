"""An active session on a chain, its package, and nodes that have dropped their logs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.complaints import posted
from support.consortium import Consortium, TestMember
from support.misdealing import with_invalid_proof
from support.pruned_node import PrunedNode
from support.pruned_node import pruned_node as serve_pruned_node

from tcss_chain.chain.connection import Connection
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.session import Phase
from tcss_chain.session_package import SessionPackage, collect_package


@pytest.fixture(scope="module")
def packaged_session(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    """
    Five members with threshold two, joined and dealt out of order.

    The last one did not join, and the dealer at seat 1 was disqualified.
    """
    session = Consortium(shared_connection, embedded_devnet.accounts, n=5, t=2)
    session.create()
    session.confirm()
    joining = [session.members[seat] for seat in (2, 0, 3, 1)]
    for member in joining:
        session.join(member)
    session.travel_to(session.configuration.join_by)
    disqualify_one_and_deal(session, [session.members[seat] for seat in (3, 1, 0, 2)])
    session.travel_to(session.configuration.challenge_by)
    session.activate_computed()
    assert session.reads.phase(session.sid) is Phase.ACTIVE
    return session


def disqualify_one_and_deal(session: Consortium, dealing: list[TestMember]) -> None:
    for member in dealing:
        dealt = session.prepare_dealing(member)
        if member is session.members[1]:
            dealt = with_invalid_proof(dealt)
        session.deal(member, dealt)
    cheat = session.members[1]
    session.outsider.send(
        session.actions.complain_invalid_proof(session.sid, cheat.address, posted(session, cheat))
    )


@pytest.fixture
def active(packaged_session: Consortium, connection: Connection) -> Consortium:
    return packaged_session.clone()


@pytest.fixture(scope="module")
def package(packaged_session: Consortium) -> SessionPackage:
    return collect_package(packaged_session.view)


@pytest.fixture(params=["error", "nothing"])
def pruned_node(request: pytest.FixtureRequest, embedded_devnet: EmbeddedDevnet) -> Iterator[PrunedNode]:
    """A node that refuses to give logs, or gives none."""
    with serve_pruned_node(embedded_devnet.rpc_url, silent=request.param == "nothing") as node:
        yield node


@pytest.fixture
def pruned(pruned_node: PrunedNode, active: Consortium) -> Connection:
    """A connection to the node without logs."""
    return Connection(pruned_node.rpc_url, active.connection.contract_address)
