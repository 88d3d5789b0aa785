"""A session with two convictions, made once."""

from __future__ import annotations

import pytest
from support.consortium import Consortium
from support.tracing import trace

from tcss_chain.chain.connection import Connection
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_query import QueryMode


@pytest.fixture(scope="module")
def prepared_records(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    consortium = Consortium(shared_connection, embedded_devnet.accounts, n=5, t=4).run_to(Phase.ACTIVE)
    trace(consortium, [1]).send()
    trace(consortium, [0, 3], mode=QueryMode.REGISTERED).send()
    return consortium


@pytest.fixture
def convicted(prepared_records: Consortium, connection: Connection) -> Consortium:
    """Five members, threshold four: seat 1 was convicted first, then seats 0 and 3 together."""
    return prepared_records.clone()
