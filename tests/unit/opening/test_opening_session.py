"""What the gateway keeps of a session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.curve import G
from tcss_chain.opening.gateway_errors import SessionKeyMissingError
from tcss_chain.opening.opening_session import OpeningSessions
from tcss_chain.session_package import collect_package


@pytest.fixture
def state(active):
    return active.reads.state(active.sid)


@pytest.fixture
def sessions(active):
    return OpeningSessions(active.connection, lambda _sid: AuditorKey(active.alpha), {}, 0)


def test_the_key_gives_the_public_key_of_every_share(active, sessions, state):
    session = sessions.session(active.sid, state)
    assert session.auditor == active.configuration.auditor
    assert session.accounts == tuple(member.address for member in active.members)
    for member in active.members:
        assert session.Y[member.address] == G * active.final_share(member)


def test_seats_name_participants(active, sessions, state):
    session = sessions.session(active.sid, state)
    assert session.among(0b10110) == tuple(active.members[seat].address for seat in (1, 2, 4))
    assert session.among(0) == ()


def test_what_one_node_says_against_the_others_is_not_remembered(active, sessions, state):
    for other in (replace(state, aggregate_hash=b"\1" * 32), replace(state, qualified=0b01111)):
        with pytest.raises(ChainContradictionError):
            sessions.session(active.sid, other)
    assert sessions.session(active.sid, state) is sessions.session(active.sid, state)


def test_neither_the_key_nor_what_opens_models_is_kept(active, sessions, state):
    session = sessions.session(active.sid, state)
    assert set(session.__slots__) == {"roster", "auditor", "Y"}
    assert str(active.alpha) not in repr(vars(sessions))


def test_a_package_takes_the_place_of_events(active, state):
    package = collect_package(active.view)
    key = AuditorKey(active.alpha)
    sessions = OpeningSessions(active.connection, lambda _sid: key, {active.sid: package}, 10**9)
    assert sessions.session(active.sid, state).accounts


def test_without_a_key_there_is_nothing_to_check_answers_with(active, state):
    sessions = OpeningSessions(active.connection, lambda _sid: None, {}, 0)
    with pytest.raises(SessionKeyMissingError):
        sessions.session(active.sid, state)
