"""Opening requests as they come in: refused before there are nodes, counted, logged, and one alarm."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from support.opening_desk import ANY, ActiveSession, body_of, policy_of

from tcss_chain.chain.errors import NodeError, WitnessMissingError
from tcss_chain.curve import G
from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.answer_encryption import ENCRYPTED_BYTES
from tcss_chain.opening.messages import Refusal
from tcss_chain.service.opening_desk import OpeningDesk
from tcss_chain.store.errors import StateClosedError


@pytest.fixture
def session():
    return ActiveSession()


@pytest.fixture
def metrics():
    return ParticipantMetrics()


@pytest.fixture
def desk(session, metrics, alarms, logged):
    made = OpeningDesk(policy_of(), session.me, session.store, metrics, alarms)
    made.open(session.chain)
    return made


def refused(metrics, reason):
    return metrics.registry.get_sample_value("tcss_openings_refused_total", {"reason": reason}) or 0


def answered(metrics):
    return metrics.registry.get_sample_value("tcss_openings_answered_total")


def test_before_there_are_nodes_every_request_is_refused_as_unavailable(session, metrics, alarms):
    desk = OpeningDesk(policy_of(), session.me, session.store, metrics, alarms)
    assert desk.answer(session.sid, body_of(session.good())) is Refusal.UNAVAILABLE
    assert desk.answer(session.sid, b"") is Refusal.UNAVAILABLE
    assert refused(metrics, "unavailable") == 2
    desk.open(session.chain)
    assert len(desk.answer(session.sid, body_of(session.good()))) == ENCRYPTED_BYTES


def test_an_answer_is_counted_and_logged_with_what_is_public_of_it(desk, session, metrics, logged):
    signed = session.good()
    answer = desk.answer(session.sid, body_of(signed))
    assert len(answer) == ENCRYPTED_BYTES
    assert answered(metrics) == 1
    (line,) = logged.of("answered an opening")
    assert line["session"] == f"0x{session.sid.hex()}"
    assert line["model"] == "diagnosis-1"
    assert line["gateway"] == session.gateway.address
    assert line["request_hash"] == f"0x{signed.request.hash().hex()}"
    c, d = signed.request.capsule.c, signed.request.capsule.c * session.share(0).y
    numbers = [session.share(0).y, session.share(0).x, *c.words(), *d.words(), int(session.me.key.hex(), 16)]
    for number in numbers:
        assert str(number) not in logged.text
        assert f"{number:x}" not in logged.text
    assert answer.hex() not in logged.text


def test_a_refused_request_of_the_gateway_is_counted_and_logged_with_the_reason(
    session, metrics, alarms, logged
):
    desk = OpeningDesk(
        policy_of(replace(ANY, models=frozenset({"x"}))), session.me, session.store, metrics, alarms
    )
    desk.open(session.chain)
    assert desk.answer(session.sid, body_of(session.good())) is Refusal.POLICY
    assert refused(metrics, "policy") == 1
    assert answered(metrics) == 0
    (line,) = logged.of("refused an opening")
    assert (line["reason"], line["level"]) == ("policy", "warning")
    assert alarms.active() == ()


def test_a_refusal_that_passes_is_no_warning(desk, session, logged):
    assert desk.answer(session.sid, body_of(replace(session.good(), number=7))) is Refusal.NOT_ANCHORED
    (line,) = logged.of("refused an opening")
    assert line["level"] == "info"


def test_nothing_that_a_stranger_sent_is_logged(desk, session, metrics, logged, alarms):
    request = session.request(gateway=session.stranger.address, purpose="hunter2")
    signed = session.sign(request, session.anchor(request), gateway=session.stranger)
    forged = session.request(session.capsule(model="hunter2"), purpose="hunter2")
    desk.answer(session.sid, body_of(signed))
    desk.answer(session.sid, body_of(session.sign(forged, 0, gateway=session.stranger)))
    desk.answer(session.sid, b"hunter2")
    desk.answer(b"\1" * 32, body_of(signed))
    assert logged.text == ""
    assert alarms.active() == ()
    assert (refused(metrics, "gateway"), refused(metrics, "malformed")) == (2, 2)


@pytest.mark.parametrize("kind", ["proof", "owner"])
def test_a_capsule_that_no_honest_gateway_signs_for_is_an_alarm(desk, session, alarms, kind):
    capsule = session.capsule()
    if kind == "proof":
        capsule = replace(capsule, c=capsule.c + G)
    request = session.request(capsule)
    owner = session.stranger if kind == "owner" else session.owner
    signed = session.sign(request, session.anchor(request), owner=owner)
    assert desk.answer(session.sid, body_of(signed)) is Refusal(kind)
    (alarm,) = alarms.active()
    assert alarm.alarm is Alarm.FALSE_CAPSULE
    assert alarm.about == f"0x{session.sid.hex()}"
    assert alarm.note == f"the latest: model diagnosis-1, {kind}"


def test_the_same_by_a_stranger_is_none(desk, session, alarms):
    capsule = session.capsule()
    request = session.request(replace(capsule, c=capsule.c + G))
    desk.answer(session.sid, body_of(session.sign(request, 0, gateway=session.stranger)))
    assert alarms.active() == ()


def test_failing_nodes_are_unavailable_and_logged_once_until_they_are_back(desk, session, metrics, logged):
    body = body_of(session.good())
    session.chain.failure = NodeError("reading", "silence")
    assert [desk.answer(session.sid, body) for _ in range(5)] == [Refusal.UNAVAILABLE] * 5
    assert len(logged.of("openings cannot be answered now")) == 1
    session.chain.failure = WitnessMissingError(1, 3)
    assert desk.answer(session.sid, body) is Refusal.UNAVAILABLE
    assert len(logged.of("openings cannot be answered now")) == 2
    session.chain.failure = None
    assert len(desk.answer(session.sid, body)) == ENCRYPTED_BYTES
    session.chain.failure = WitnessMissingError(1, 3)
    desk.answer(session.sid, body)
    assert len(logged.of("openings cannot be answered now")) == 3
    assert refused(metrics, "unavailable") == 7


def test_a_state_that_is_closed_is_unavailable(desk, session, monkeypatch):
    def closed(_sid):
        raise StateClosedError

    monkeypatch.setattr(session.store, "load_share", closed)
    assert desk.answer(session.sid, body_of(session.good())) is Refusal.UNAVAILABLE


def test_a_request_that_there_is_no_room_for_is_counted(desk, metrics):
    assert desk.turn_away() is Refusal.BUSY
    assert refused(metrics, "busy") == 1


def test_several_threads_are_answered_at_once(desk, session, metrics):
    body = body_of(session.good())
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(desk.answer(session.sid, body))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(answers)) == 8
    assert answered(metrics) == 8
