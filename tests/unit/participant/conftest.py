"""Clients of four members, threshold three, in sessions on the embedded chain that were prepared once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.consortium import Consortium
from support.crew import Crew, RecordingStore, crew_of

from tcss_chain.chain.connection import Connection
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.session import Phase

Prepared = dict[Phase, tuple[Consortium, list[RecordingStore]]]


@pytest.fixture(scope="module")
def prepared(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Prepared:
    """One session in which all have joined and one in which all have dealt, with what the members keep."""
    found: Prepared = {}
    for phase in (Phase.DEALING, Phase.COMPLAINING):
        consortium = Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.JOINING)
        with crew_of(consortium) as crew:
            while crew.phase < phase:
                crew.step()
            found[phase] = consortium, [fellow.store for fellow in crew.fellows]
    return found


@pytest.fixture
def make_crew(
    prepared: Prepared, consortium: Consortium, connection: Connection
) -> Iterator[Callable[..., Crew]]:
    """A function that makes the clients of a prepared session, or of one that does not exist yet."""
    with ExitStack() as open_crews:

        def make(phase: Phase = Phase.NONE, **changes: Any) -> Crew:
            if phase is Phase.NONE:
                return open_crews.enter_context(crew_of(consortium, **changes))
            session, stores = prepared[phase]
            copies = [store.copy() for store in stores]
            return open_crews.enter_context(crew_of(session.clone(), stores=copies, **changes))

        yield make


@pytest.fixture
def crew(make_crew: Callable[..., Crew]) -> Crew:
    """Honest clients; the session does not exist yet."""
    return make_crew()


@pytest.fixture
def joined(make_crew: Callable[..., Crew]) -> Crew:
    """Honest clients; all have joined."""
    return make_crew(Phase.DEALING)


@pytest.fixture
def dealt(make_crew: Callable[..., Crew]) -> Crew:
    """Honest clients; all have dealt, and nobody has looked at a share yet."""
    return make_crew(Phase.COMPLAINING)
