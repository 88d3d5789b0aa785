"""A participant that runs by itself: failures of the chain and of nodes are tried again."""

from __future__ import annotations

import itertools
import threading
from contextlib import contextmanager

import pytest
from support.crew import crew_of
from support.raw_server import http, raw_server

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, NodeError
from tcss_chain.participant import participant as participant_module
from tcss_chain.participant.events import Happening, ParticipantEvent, ignore
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.protocol.session import Phase


@contextmanager
def running(crew):
    """All clients, each in a thread of its own."""
    stopping = threading.Event()
    failures = []

    def run(fellow):
        try:
            fellow.participant.run(lambda: fellow.participant.is_finished or stopping.is_set())
        except BaseException as failure:  # noqa: BLE001  # handed to the test
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(fellow,), daemon=True) for fellow in crew.fellows]
    for thread in threads:
        thread.start()
    try:
        yield threads, failures
    finally:
        stopping.set()
        for thread in threads:
            thread.join(60)


def after(steps):
    """Say that it is enough after so many steps."""
    counted = itertools.count(1)
    return lambda: next(counted) >= steps


def failing(crew, monkeypatch, name, errors):
    """Make a method of the first participant fail once for every error."""
    participant, remaining = crew.fellows[0].participant, list(errors)
    original = getattr(participant, name)

    def method(*arguments):
        if remaining:
            raise remaining.pop(0)
        return original(*arguments)

    monkeypatch.setattr(participant, name, method)


def test_four_participants_run_a_session_by_themselves(consortium):
    settings = ParticipantSettings(confirmations=0, poll_seconds=0.02, activation_stagger_seconds=5)
    with crew_of(consortium, settings=settings) as crew:
        consortium.create()
        with running(crew) as (threads, failures):
            consortium.confirm()
            for thread in threads:
                thread.join(60)
        assert failures == []
        assert crew.phase is Phase.ACTIVE
        for seat, fellow in enumerate(crew.fellows):
            assert fellow.participant.final_share.y == crew.expected_share(seat)
            assert fellow.sent[:2] == ["join", "deal"]
        assert sum(fellow.sent.count("activateUnanimously") for fellow in crew.fellows) == 1


@pytest.mark.parametrize("name", ["_settlement_for", "_hand_out", "_accept", "_settle"])
def test_failures_of_the_node_are_reported_and_tried_again(dealt, monkeypatch, name):
    errors = [NodeError("reading", "ConnectionError"), ChainContradictionError("what it says")]
    failing(dealt, monkeypatch, name, errors)
    dealt.step(1, 2, 3)
    fellow = dealt.fellows[0]
    fellow.participant.run(after(3))
    reported = [event for event in fellow.events if event.happening is Happening.FAILED]
    assert [event.detail for event in reported] == [str(error) for error in errors]
    assert fellow.happened(Happening.ACCEPTED) == [None]


def test_errors_of_the_program_itself_are_not_hidden(dealt, monkeypatch):
    failing(dealt, monkeypatch, "_accept", [ZeroDivisionError()])
    dealt.step(1, 2, 3)
    with pytest.raises(ZeroDivisionError):
        dealt.fellows[0].participant.run(after(3))


@pytest.mark.parametrize(
    "answer",
    [
        http(b"", "500 Oops"),
        http(b"<html>"),
        http(b"[" * 100_000),
        http(b'{"jsonrpc": "2.0", "id": 1, "result": {"x": 1}}'),
        http(b'{"jsonrpc": "2.0", "id": 1, "result": "0x"}'),
        http(b'{"jsonrpc": "2.0", "id": 1, "result": "0x%s"}' % (b"ff" * 32 * 13)),
        http(b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": "hunter2"}}'),
        http(b'{"jsonrpc": "2.0", "id": 1, "error": "hunter2"}'),
        http(b'{"jsonrpc": "2.0", "id": 1}'),
        http(b"null"),
        b"",
    ],
    ids=[
        "status",
        "html",
        "deep",
        "object",
        "empty",
        "wrong",
        "error",
        "odd-error",
        "nothing",
        "null",
        "closed",
    ],
)
def test_a_node_that_talks_nonsense_is_tried_again(dealt, monkeypatch, answer):
    """Whatever the node sends, the participant goes on, and repeats nothing of it."""
    fellow = dealt.fellows[0]
    connection: Connection = fellow.participant._reads._connection
    with raw_server(answer) as server, monkeypatch.context() as patched:
        patched.setattr(connection.w3.provider.nodes[0].provider, "endpoint_uri", f"{server.url}/hunter2")
        fellow.participant.run(after(2))
        assert server.requests
    details = [event.detail for event in fellow.events if event.happening is Happening.FAILED]
    assert len(details) == 2
    assert not any("hunter2" in detail or "127.0.0.1" in detail for detail in details)
    dealt.step(1, 2, 3)
    fellow.participant.run(after(2))
    assert fellow.happened(Happening.ACCEPTED) == [None]


def test_a_node_that_says_a_point_is_off_the_curve_is_tried_again(dealt, monkeypatch):
    fellow = dealt.fellows[0]
    read = fellow.participant._reads._read

    def off_curve(name, *arguments):
        value = read(name, *arguments)
        return [*value[:-2], 1, 1] if name == "stateOf" else value

    with monkeypatch.context() as patched:
        patched.setattr(fellow.participant._reads, "_read", off_curve)
        fellow.participant.run(after(2))
    assert len(fellow.happened(Happening.FAILED)) == 2


def test_a_node_that_leaves_out_a_dealing_is_tried_again(dealt, monkeypatch):
    """The state says that it is there, the list of dealings and of members that it is not."""
    fellow = dealt.fellows[0]
    view = fellow.participant._view
    dealings = view.dealings()
    dealings.pop(dealt.fellows[2].address)
    dealt.step(1, 2, 3)
    with monkeypatch.context() as patched:
        patched.setattr(view, "dealings", lambda: dealings)
        fellow.participant.run(after(2))
    details = [event.detail for event in fellow.events if event.happening is Happening.FAILED]
    assert len(details) == 2
    assert all("contradicts itself" in detail for detail in details)
    assert fellow.happened(Happening.ACCEPTED) == []
    fellow.participant.run(after(1))
    assert fellow.happened(Happening.ACCEPTED) == [None]


def test_it_pauses_between_steps_and_stops_when_it_is_enough(dealt, monkeypatch):
    pauses = []
    monkeypatch.setattr(participant_module.time, "sleep", pauses.append)
    dealt.fellows[0].participant._settings = ParticipantSettings(poll_seconds=7.5)
    dealt.fellows[0].participant.run(after(3))
    assert pauses == [7.5, 7.5]


def test_the_usual_settings_are_careful_enough_for_a_chain_that_does_not_reorganise():
    usual = ParticipantSettings()
    assert (usual.confirmations, usual.share_patience_seconds) == (12, 10.0)
    assert usual.activation_stagger_seconds > usual.poll_seconds > 0


def test_events_hold_no_secret_and_can_be_ignored(dealt):
    dealt.step()
    shown = repr([fellow.events for fellow in dealt.fellows])
    for fellow in dealt.fellows:
        assert str(fellow.secrets.e) not in shown
    assert ignore(ParticipantEvent(dealt.fellows[0].address, Happening.JOINED)) is None
