"""Tracing with what the chain says of a session."""

from dataclasses import replace

import pytest

from tcss_chain.auditor import session_tracer
from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.errors import TranscriptMismatchError
from tcss_chain.auditor.session_tracer import SessionTracer
from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.curve import random_nonzero_scalar
from tcss_chain.pirate import PirateBox
from tcss_chain.protocol.errors import AuditorKeyMismatchError
from tcss_chain.protocol.session import Phase


@pytest.fixture
def active(consortium):
    return consortium.run_to(Phase.ACTIVE)


@pytest.fixture
def tracer(active):
    return SessionTracer(active.connection, active.sid, AuditorKey(active.alpha))


@pytest.fixture
def box(active):
    leaker = active.members[1]
    return PirateBox([(active.roster().participant(leaker.address).x, active.final_share(leaker))], 3)


def test_what_activation_fixed_is_read_once(active, tracer, box, monkeypatch):
    actions = []
    ask = active.connection.ask

    def counted(action, request):
        actions.append(action)
        return ask(action, request)

    monkeypatch.setattr(active.connection, "ask", counted)
    first = tracer.trace(box)
    assert tracer.auditor == active.auditor.address
    assert len(actions) > 5
    actions.clear()
    second = tracer.trace(box)
    assert tracer.auditor == active.auditor.address
    assert first.accused == second.accused == (active.members[1].address,)
    # Who is convicted may change: that alone is read anew.
    assert actions == ["reading stateOf", "decoding stateOf"]


def test_a_failure_is_not_remembered(consortium):
    consortium.run_to(Phase.COMPLAINING)
    tracer = SessionTracer(consortium.connection, consortium.sid, AuditorKey(consortium.alpha))
    with pytest.raises(ChainContradictionError):
        _ = tracer.session
    consortium.activate_unanimously()
    assert tracer.session.roster == consortium.roster()


def test_another_key_is_refused_before_anything_is_asked(active, tmp_path):
    tracer = SessionTracer(active.connection, active.sid, AuditorKey(random_nonzero_scalar()))
    asked = []

    class Box:
        def query(self, shares):
            asked.append(shares)

    with pytest.raises(AuditorKeyMismatchError):
        tracer.trace(Box(), transcript=tmp_path / "transcript")
    assert asked == list(tmp_path.iterdir()) == []


def test_a_trace_that_leaves_out_kept_queries_is_none(tracer, box, tmp_path, monkeypatch):
    path = tmp_path / "transcript"
    whole = tracer.trace(box, transcript=path)
    trace_box = session_tracer.trace_box

    def shorter(*args, **kwargs):
        return replace(trace_box(*args, **kwargs), transcript=whole.transcript[:-1])

    monkeypatch.setattr(session_tracer, "trace_box", shorter)
    with pytest.raises(TranscriptMismatchError) as caught:
        tracer.trace(box, transcript=path)
    assert caught.value.number == len(whole.transcript) - 1
