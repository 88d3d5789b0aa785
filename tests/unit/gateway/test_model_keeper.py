"""Opening, watching over and closing models."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import numpy as np
import pytest
from eth_utils.address import to_checksum_address
from support.gateways import SID, FakeFacts, FakeOpener, entry, label, session_state

pytest.importorskip("safetensors")

from safetensors.numpy import save

from tcss_chain.chain.errors import NodeError
from tcss_chain.errors import TcssError
from tcss_chain.gateway.audit_file import read_trail
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.conviction_watch import ConvictionWatch
from tcss_chain.gateway.errors import (
    AuditTrailError,
    RuntimeMissingError,
    UnknownRuntimeError,
    UnsupportedModelError,
)
from tcss_chain.gateway.model_keeper import KeeperSettings, ModelKeeper
from tcss_chain.gateway.model_shelf import ModelShelf, Standing
from tcss_chain.gateway.policy import GatewayPolicy
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.answer_check import FalseAnswer
from tcss_chain.opening.gateway_errors import ModelDamagedError, TooFewAnswersError
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.opening_report import OpeningReport, OpeningSeconds
from tcss_chain.protocol.session import Phase

MODEL = save({"weight": np.ones((1, 2)), "bias": np.zeros(1)}, {"activation": "identity"})
ACCOUNTS = [to_checksum_address(bytes([number]) * 20) for number in range(1, 6)]


def report(**changes):
    made = {
        "label": label(),
        "purpose": "to add numbers",
        "request_hash": b"\x0a" * 32,
        "number": 4,
        "transaction": "0x" + "ab" * 32,
        "threshold": 3,
        "used": (ACCOUNTS[0], ACCOUNTS[1]),
        "false": {ACCOUNTS[2]: FalseAnswer.PROOF},
        "refused": {ACCOUNTS[3]: Refusal.LIMIT},
        "silent": {ACCOUNTS[4]: "no usable answer"},
        "not_asked": (),
        "seconds": OpeningSeconds(1.0, 2.0),
    }
    return OpeningReport(**(made | changes))


class Desk:
    """A keeper with everything around it; time passes when the test says so."""

    def __init__(self, path, running, *models, policy=None, settings=None):
        self.now = 0.0
        self.path = path
        self.trail = running.enter_context(AuditTrail.open(path))
        self.facts, self.opener = FakeFacts(), FakeOpener(MODEL)
        self.shelf, self.alarms = ModelShelf(models or [entry()]), AlarmBoard()
        self.keeper = ModelKeeper(
            self.shelf,
            self.opener,
            ConvictionWatch(self.facts, policy or GatewayPolicy()),
            self.trail,
            self.alarms,
            ParticipantMetrics(),
            settings or KeeperSettings(look_seconds=1, first_pause=10, longest_pause=35),
            clock=lambda: self.now,
        )

    def turn(self, seconds=0.0):
        self.now += seconds
        self.keeper.turn()
        for thread in tuple(self.keeper._openings):
            thread.join(10)
            assert not thread.is_alive()

    def standing(self, name="sum"):
        return self.shelf.get(name).standing

    def lines(self, kind):
        return [dict(line.fields) for line in read_trail(self.path)[0] if line.kind.value == kind]

    def raised(self):
        return [each.alarm for each in self.alarms.active()]


@pytest.fixture
def desks(tmp_path):
    with ExitStack() as running:
        yield lambda *models, **more: Desk(tmp_path / "audit.jsonl", running, *models, **more)


@pytest.fixture
def desk(desks):
    return desks()


def test_a_model_is_opened_with_its_purpose_and_wiped_when_it_is_loaded(desk):
    desk.turn()
    model = desk.shelf.get("sum")
    assert model.standing is Standing.OPEN
    assert model.runtime.predict([[1, 2]]) == {"output": [[3.0]]}
    (opened,) = desk.opener.opened
    assert opened.wiped
    assert not any(opened.memory)
    assert desk.opener.purposes == ["to add numbers"]
    (line,) = desk.lines("opening")
    assert line == {
        "event": "served",
        "name": "sum",
        "model": "sum.onnx",
        "digest": "0x" + "d1" * 32,
        "session": "0x" + "07" * 32,
        "owner": label().owner,
        "runtime": "linear",
    }
    desk.turn(100)
    assert len(desk.opener.opened) == 1


def test_a_failed_opening_is_tried_again_less_and_less_often(desk):
    desk.opener.error = TcssError("nobody answers")
    tried = []
    for second in range(120):
        desk.turn(1)
        if len(desk.opener.purposes) > len(tried):
            tried.append(second)
    assert np.diff(tried).tolist() == [10, 20, 35, 35]
    assert desk.raised() == [Alarm.MODEL_NOT_OPEN]
    assert desk.standing() is Standing.WAITING
    assert {line["reason"] for line in desk.lines("opening")} == {"nobody answers"}
    desk.opener.error = None
    desk.turn(40)
    assert desk.standing() is Standing.OPEN
    assert desk.raised() == []


@pytest.mark.parametrize(
    "error",
    [
        UnsupportedModelError("linear", "it is none"), UnknownRuntimeError("sum"),
        RuntimeMissingError("numpy"), ModelDamagedError(TcssError("damaged")),
    ],
)  # fmt: skip
def test_what_can_never_be_served_is_opened_once_for_each_file(desks, tmp_path, error):
    sealed = tmp_path / "sum.tcss"
    sealed.write_bytes(b"sealed")
    desk = desks(entry(file=sealed))
    desk.opener.error = error
    for _ in range(48):
        desk.turn(1800)
    assert len(desk.opener.purposes) == 1
    assert desk.standing() is Standing.WAITING
    assert "not be tried again" in desk.alarms.active()[0].note
    # A file that is gone is no other file.
    sealed.unlink()
    desk.turn(3600)
    assert len(desk.opener.purposes) == 1
    sealed.write_bytes(b"sealed again")
    desk.turn(3600)
    assert len(desk.opener.purposes) == 2
    # This one cannot be served either.
    desk.turn(3600)
    assert len(desk.opener.purposes) == 2
    desk.opener.error = None
    sealed.write_bytes(b"sealed well")
    desk.turn(3600)
    assert desk.standing() is Standing.OPEN
    assert desk.raised() == []


def refused_by(limited, others=0):
    accounts = dict.fromkeys(ACCOUNTS[:limited], Refusal.LIMIT)
    accounts |= dict.fromkeys(ACCOUNTS[limited : limited + others], Refusal.POLICY)
    silent = dict.fromkeys(ACCOUNTS[limited + others :], "no answer")
    return TooFewAnswersError(report(used=(), false={}, refused=accounts, silent=silent))


def openings_in(desk, seconds):
    before = len(desk.opener.purposes)
    for _ in range(seconds // 10):
        desk.turn(10)
    return len(desk.opener.purposes) - before


def test_over_the_participants_limits_an_hour_passes_and_then_more(desks):
    desk = desks(settings=KeeperSettings())
    desk.opener.error = refused_by(3)
    assert openings_in(desk, 3590) == 1
    assert openings_in(desk, 20) == 1
    assert openings_in(desk, 86400) == 5
    # As soon as it fails for another reason, it is tried as often as after other failures.
    desk.opener.error = TcssError("nobody answers")
    assert openings_in(desk, 86400) >= 19


@pytest.mark.parametrize("error", [refused_by(2), refused_by(2, 3), refused_by(0, 5)])
def test_limits_that_leave_enough_others_change_nothing(desks, error):
    desk = desks(settings=KeeperSettings())
    desk.opener.error = error
    assert openings_in(desk, 3590) >= 6


def test_a_days_outage_costs_as_many_lines_as_the_documentation_says(desks):
    desk = desks(settings=KeeperSettings())
    desk.opener.error = TcssError("nobody answers")
    assert openings_in(desk, 86400) == 30
    assert openings_in(desk, 86400) == 24


@pytest.mark.parametrize("content", [b"no model", MODEL[:-1]])
def test_a_model_that_cannot_be_loaded_is_wiped_and_not_served(desk, content):
    desk.opener.content = content
    desk.turn()
    assert desk.standing() is Standing.WAITING
    assert not any(desk.opener.opened[0].memory)
    (line,) = desk.lines("opening")
    assert "no safetensors file" in line["reason"]
    assert "no model" not in desk.path.read_text()


def test_a_file_that_changed_while_it_was_opened_is_not_served(desk):
    desk.opener.opened_label = label(digest=b"\x05" * 32, size=len(MODEL))
    desk.turn()
    assert desk.standing() is Standing.WAITING
    assert not any(desk.opener.opened[0].memory)


def test_an_unexpected_error_tells_its_kind_only(desk):
    desk.opener.error = ValueError("secret")
    desk.turn()
    assert desk.standing() is Standing.WAITING
    assert "secret" not in desk.path.read_text() + str(desk.alarms.active())


def test_an_unknown_runtime_is_found_out_before_anything_is_anchored(desks):
    desk = desks(entry(runtime=None))
    desk.opener.label_now = label(model="diagnosis-1")
    desk.turn()
    assert desk.opener.purposes == []
    assert "diagnosis-1" in desk.alarms.active()[0].note


def test_a_conviction_closes_the_models_of_its_session_for_good(desks):
    desk = desks(entry(), entry("second"))
    desk.turn()
    assert [desk.standing("sum"), desk.standing("second")] == [Standing.OPEN] * 2
    desk.facts.now = session_state(convicted=0b100)
    desk.turn(0.5)
    assert desk.standing() is Standing.OPEN
    desk.turn(0.6)
    for name in ("sum", "second"):
        model = desk.shelf.get(name)
        assert (model.standing, model.runtime) == (Standing.CLOSED, None)
        assert "convicted" in model.reason
    assert desk.raised() == [Alarm.MODEL_CLOSED] * 2
    assert [line["name"] for line in desk.lines("closing")] == ["sum", "second"]
    desk.facts.now = session_state()
    for _ in range(5):
        desk.turn(1000)
    assert len(desk.opener.opened) == 2
    assert desk.standing() is Standing.CLOSED
    assert len(desk.lines("closing")) == 2


def test_convictions_that_the_policy_allows_close_nothing(desks):
    desk = desks(policy=GatewayPolicy(most_convicted=2))
    desk.facts.now = session_state(convicted=0b11)
    desk.turn()
    desk.turn(5)
    assert desk.standing() is Standing.OPEN


def test_a_closed_session_opens_nothing(desk):
    desk.facts.now = session_state(convicted=1)
    desk.turn()
    assert desk.opener.purposes == []
    desk.turn(2)
    assert desk.standing() is Standing.CLOSED


def test_a_conviction_during_an_opening_keeps_the_model_from_being_served(desk):
    def convicted_meanwhile():
        desk.facts.now = session_state(convicted=1)

    desk.opener.before_open = convicted_meanwhile
    desk.turn()
    assert desk.standing() is not Standing.OPEN
    assert not any(desk.opener.opened[0].memory)
    desk.turn(2)
    assert desk.standing() is Standing.CLOSED


def test_a_model_that_is_closed_in_the_last_moment_is_not_the_trails_last_word(desk, monkeypatch):
    real = desk.trail.add

    def add(kind, fields):
        if fields.get("event") == "served":
            desk.facts.now = session_state(convicted=1)
            desk.keeper._look()
        real(kind, fields)

    monkeypatch.setattr(desk.trail, "add", add)
    desk.turn()
    assert desk.standing() is Standing.CLOSED
    last = read_trail(desk.path)[0][-1]
    assert last.kind.value == "closing"
    assert "convicted" in last.fields["reason"]
    assert desk.raised() == [Alarm.MODEL_CLOSED]


def test_a_session_that_is_not_active_is_waited_for(desk):
    desk.turn()
    desk.facts.now = session_state(phase=Phase.AGGREGATING)
    desk.turn(2)
    assert desk.standing() is Standing.WAITING
    assert len(desk.lines("closing")) == 1
    desk.facts.now = session_state()
    desk.turn(15)
    assert desk.standing() is Standing.OPEN


def test_nodes_that_do_not_answer_close_nothing(desk):
    desk.turn()
    desk.facts.error = NodeError("reading", "nobody answers")
    desk.turn(5)
    assert desk.standing() is Standing.OPEN


def test_who_answered_and_how_is_written_down(desk):
    desk.keeper.report(report())
    (line,) = desk.lines("opening")
    assert line["request"] == "0x" + "0a" * 32
    assert line["transaction"] == "0x" + "ab" * 32
    assert (line["opening"], line["threshold"], line["seconds"]) == (4, 3, 3.0)
    assert line["used"] == ACCOUNTS[:2]
    assert line["false"] == {ACCOUNTS[2]: "proof"}
    assert line["refused"] == {ACCOUNTS[3]: "limit"}
    assert line["silent"] == {ACCOUNTS[4]: "no usable answer"}


def test_no_verdict_about_an_answer_leaves_through_logs_or_alarms(desk, capsys):
    desk.opener.error = TooFewAnswersError(report())
    desk.turn()
    (alarm,) = desk.alarms.active()
    assert "wrong" not in alarm.note
    assert not any(account in alarm.note for account in ACCOUNTS)
    assert desk.shelf.get("sum").reason == "it is not open yet"


def test_an_opening_that_cannot_be_written_down_is_not_used(desk, monkeypatch):
    def broken(*_arguments):
        raise AuditTrailError("audit.jsonl", "it cannot be written", "check the disk")

    monkeypatch.setattr(desk.trail, "add", broken)
    with pytest.raises(AuditTrailError):
        desk.keeper.report(report())
    desk.turn()
    assert desk.standing() is not Standing.OPEN
    assert not any(desk.opener.opened[0].memory)


def test_openings_run_side_by_side_but_not_all_at_once(desks):
    desk = desks(*(entry(f"m{number}") for number in range(6)))
    go_on, inside = threading.Event(), threading.Semaphore(0)

    def wait():
        inside.release()
        assert go_on.wait(10)

    desk.opener.before_open = wait
    desk.keeper.turn()
    for _ in range(4):
        assert inside.acquire(timeout=10)
    desk.keeper.turn()
    assert not inside.acquire(timeout=0.1)
    go_on.set()
    for _ in range(3):
        desk.turn(1)
    assert all(model.standing is Standing.OPEN for model in desk.shelf)


def test_stopping_drops_all_models_and_waits_for_no_opening(desks):
    desk = desks(entry(), entry("late"))
    desk.turn()
    late = threading.Event()
    desk.shelf.wait("late", "")
    desk.opener.before_open = lambda: late.wait(10)
    desk.now += 100
    desk.keeper.turn()
    started = time.monotonic()
    desk.keeper.stop()
    assert time.monotonic() - started < 5
    assert all(model.runtime is None for model in desk.shelf)
    late.set()
    for thread in desk.keeper._openings:
        thread.join(10)
    assert desk.standing("late") is Standing.CLOSED
    assert not any(desk.opener.opened[-1].memory)


def test_it_runs_until_it_is_told_to_stop(desk):
    stopping = threading.Event()
    thread = threading.Thread(target=desk.keeper.run, args=(stopping,))
    thread.start()
    end = time.monotonic() + 10
    while desk.standing() is not Standing.OPEN and time.monotonic() < end:
        time.sleep(0.01)
    stopping.set()
    thread.join(10)
    assert desk.standing() is Standing.CLOSED
    assert SID.hex() in desk.path.read_text()
