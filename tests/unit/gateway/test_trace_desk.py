"""Traces that the operator starts, with made-up auditors, over HTTP and without."""

from __future__ import annotations

import hmac
import json
import threading
import time
from types import SimpleNamespace

import pytest
from eth_utils.address import to_checksum_address
from support.gateways import SID, error_of

from tcss_chain.auditor import HttpBox, NotTraced, StrategyName, Trace
from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.events import Progressed, QueryMade
from tcss_chain.auditor.outcome import AnswerRate, NotTracedReason
from tcss_chain.chain.errors import ContractRefusedError, NodeError, TransactionTimeoutError
from tcss_chain.chain.mined_transaction import MinedTransaction
from tcss_chain.errors import TcssError
from tcss_chain.gateway.api_keys import draw_api_key
from tcss_chain.gateway.audit_file import read_trail
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.errors import TraceBusyError, TraceStoppedError
from tcss_chain.gateway.trace_desk import TraceDesk
from tcss_chain.gateway.trace_progress import TraceStage
from tcss_chain.gateway.traced_sessions import TracedSessions
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode
from tcss_chain.protocol.transcript import TranscriptClaim
from tcss_chain.service.errors import NoAuditorKeyError

ACCUSED = (to_checksum_address("0x" + "12" * 20),)
BOX = "http://user:pass-word@127.0.0.1:9/path-word?query-word"
T = 1234567890123456789012345678901234567890


def traced() -> Trace:
    return Trace(
        accused=ACCUSED,
        challenge=QueryChallenge(QueryMode.FREE, bytes(32), 0),
        T=T,
        claim=TranscriptClaim(bytes(32), bytes(32), 5, 0, 0),
        evaluations=(),
        transcript=(),
        evidence=0,
        strategy=StrategyName.EXPONENT_CHECK,
        rate=AnswerRate(5, 5),
    )


def not_traced() -> NotTraced:
    return NotTraced(NotTracedReason.NO_ANSWER, 7, 2, (), 0, AnswerRate(0, 7), None, ())


class FakeAuditor:
    """Traces and convicts as the test says."""

    auditor = to_checksum_address("0x" + "ad" * 20)
    naming_key = b"k" * 32

    def __init__(self) -> None:
        self.outcome: Trace | NotTraced = traced()
        self.error: Exception | None = None
        self.account_error: TcssError | None = None
        self.go_on = threading.Event()
        self.go_on.set()
        self.convictions: list[Exception | MinedTransaction] = []
        self.convicted = False
        self.transcripts: list[str] = []

    def require_account(self) -> None:
        if self.account_error is not None:
            raise self.account_error

    def trace(self, box, *, transcript, on_event):
        self.transcripts.append(transcript.name)
        transcript.touch(0o600)
        number = 0
        while True:
            on_event(QueryMade(number, QueryMode.FREE, 3, None))
            on_event(Progressed(number + 1, number + 1, number, 4))
            number += 1
            if self.go_on.wait(0.005):
                break
        if self.error is not None:
            raise self.error
        return self.outcome

    def are_convicted(self, accused):
        return self.convicted

    def convict(self, trace):
        result = self.convictions.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


@pytest.fixture
def auditor():
    return FakeAuditor()


@pytest.fixture
def desk(tmp_path, auditor, monkeypatch):
    monkeypatch.setattr("tcss_chain.gateway.trace_desk._CONVICT_PAUSE_SECONDS", 0.01)

    def auditor_of(sid):
        if sid != SID:
            raise NoAuditorKeyError(sid)
        return auditor

    with AuditTrail.open(tmp_path / "traces.jsonl") as trail:
        made = TraceDesk(auditor_of, tmp_path / "traces", trail)
        yield made
        auditor.go_on.set()
        made.stop()


def ended(desk, report):
    end = time.monotonic() + 10
    while not (now := desk.get(report.trace_id)).has_ended:
        assert time.monotonic() < end
        time.sleep(0.005)
    return now


def lines(tmp_path):
    return [dict(line.fields) for line in read_trail(tmp_path / "traces.jsonl")[0] if line.kind == "trace"]


def mined(block=8):
    return MinedTransaction("convict", bytes(32), block, 500_000, ())


def test_somebody_is_traced(desk, tmp_path):
    report = desk.start(SID, BOX, convict=False)
    found = ended(desk, report)
    assert (found.stage, found.accused) == (TraceStage.TRACED, ACCUSED)
    names = sorted(path.name for path in (tmp_path / "traces").iterdir())
    assert names == [f"{report.trace_id}.jsonl", f"{report.trace_id}.jsonl.published.json"]
    desk.stop()
    started, end = lines(tmp_path)
    assert started["box"] == "127.0.0.1:9"
    assert (end["stage"], end["accused"]) == ("traced", list(ACCUSED))


def test_somebody_is_convicted_though_it_takes_several_tries(desk, auditor, tmp_path):
    auditor.convictions = [
        TransactionTimeoutError("convict", "0x00"), NodeError("asking", "no answer"), mined()
    ]  # fmt: skip
    found = ended(desk, desk.start(SID, BOX, convict=True))
    assert (found.stage, found.block, found.gas) == (TraceStage.CONVICTED, 8, 500_000)
    assert auditor.convictions == []


def test_who_was_convicted_before_is_not_convicted_again_and_the_end_says_so(desk, auditor, tmp_path):
    auditor.convicted = True
    found = ended(desk, desk.start(SID, BOX, convict=True))
    assert (found.stage, found.block) == (TraceStage.CONVICTED, None)
    assert "convicted before" in found.reason
    desk.stop()
    assert "convicted before" in lines(tmp_path)[-1]["reason"]


def test_a_contract_that_refuses(desk, auditor):
    auditor.convictions = [ContractRefusedError("convict", "AlreadyConvicted", {})]
    found = ended(desk, desk.start(SID, BOX, convict=True))
    assert found.stage is TraceStage.FAILED
    assert "AlreadyConvicted" in found.reason
    assert found.accused == ACCUSED


def test_nobody_is_found(desk, auditor, tmp_path):
    auditor.outcome = not_traced()
    found = ended(desk, desk.start(SID, BOX, convict=True))
    assert (found.stage, found.queries, found.answered) == (TraceStage.NOT_TRACED, 7, 2)
    assert found.reason == NotTracedReason.NO_ANSWER.value


@pytest.mark.parametrize("error", [TcssError("it broke"), ValueError("pass-word")])
def test_a_failure(desk, auditor, error):
    auditor.error = error
    found = ended(desk, desk.start(SID, BOX, convict=False))
    assert found.stage is TraceStage.FAILED
    assert found.reason == ("it broke" if isinstance(error, TcssError) else "ValueError")


def test_an_account_that_may_not_convict_asks_nothing(desk, auditor):
    auditor.account_error = TcssError("not the auditor")
    assert ended(desk, desk.start(SID, BOX, convict=True)).reason == "not the auditor"
    assert auditor.transcripts == []


def test_one_trace_at_a_time(desk, auditor):
    auditor.go_on.clear()
    report = desk.start(SID, BOX, convict=False)
    with pytest.raises(TraceBusyError):
        desk.start(SID, BOX, convict=False)
    end = time.monotonic() + 10
    while desk.get(report.trace_id).queries < 2 and time.monotonic() < end:
        time.sleep(0.005)
    assert desk.get(report.trace_id).sets == 4
    auditor.go_on.set()
    ended(desk, report)
    desk._thread.join(10)
    ended(desk, desk.start(SID, BOX, convict=False))


def test_the_same_box_has_the_same_transcript_unless_a_fresh_one_is_wanted(desk, auditor):
    seen = []
    for url, fresh in [(BOX, False), (BOX, False), (BOX, True), ("http://127.0.0.1:10/", False)]:
        report = desk.start(SID, url, convict=False, fresh=fresh)
        ended(desk, report)
        desk._thread.join(10)
        seen.append(report.trace_id)
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3
    assert auditor.transcripts == [f"{each}.jsonl" for each in seen]


def test_names_of_transcripts_follow_from_the_sessions_secret(desk, auditor):
    names = []
    for key in (b"k" * 32, b"l" * 32):
        auditor.naming_key = key
        report = desk.start(SID, BOX, convict=False)
        ended(desk, report)
        desk._thread.join(10)
        names.append(report.trace_id)
    assert names[0] == hmac.digest(b"k" * 32, SID + BOX.encode(), "sha256")[:16].hex()
    assert names[0] != names[1]


def test_that_secret_follows_from_the_auditors_key_of_the_session():
    keys = {SID: AuditorKey(5), b"\x08" * 32: AuditorKey(5), b"\x09" * 32: AuditorKey(6)}
    at_work = SimpleNamespace(connection=None, key=keys.__getitem__, session_auditor=lambda _sid: None)
    found = {TracedSessions(at_work).auditor_of(sid).naming_key for sid in keys}
    assert len(found) == 3
    again = TracedSessions(at_work).auditor_of(SID).naming_key
    assert again == hmac.digest((5).to_bytes(32, "big"), b"tcss.v1.trace.names" + SID, "sha256")


def test_stopping_interrupts_a_trace(desk, auditor, tmp_path):
    auditor.go_on.clear()
    report = desk.start(SID, BOX, convict=False)
    desk.stop()
    assert desk.get(report.trace_id).stage is TraceStage.FAILED
    assert "the gateway stopped" in desk.get(report.trace_id).reason
    assert lines(tmp_path)[-1]["event"] == "ended"
    with pytest.raises(TraceStoppedError):
        desk.start(SID, BOX, convict=False)


def test_neither_secrets_of_the_trace_nor_the_boxs_address_are_shown(desk, tmp_path):
    found = ended(desk, desk.start(SID, BOX, convict=False))
    desk.stop()
    everything = (tmp_path / "traces.jsonl").read_text() + json.dumps(found.as_json()) + repr(found)
    everything += repr(desk) + " ".join(path.name for path in (tmp_path / "traces").iterdir())
    for secret in ("pass-word", "path-word", "query-word", str(T), f"{T:x}"):
        assert secret not in everything


@pytest.fixture
def office(hall, desk):
    key = draw_api_key()
    gateway = hall.start(operator_key=key, desk=desk)
    return lambda method, path, wish=None: gateway.ask(
        method, path, None if wish is None else json.dumps(wish).encode(), key
    ), gateway


def wish(**changes):
    return {"session": f"0x{SID.hex()}", "box": BOX, "convict": False, "fresh": False} | changes


def test_the_operator_starts_and_follows_a_trace(office):
    ask, _ = office
    response = ask("POST", "/v1/traces", wish())
    assert response.status_code == 202
    trace_id = response.json()["id"]
    end = time.monotonic() + 10
    while not (report := ask("GET", f"/v1/traces/{trace_id}").json())["ended"]:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert (report["stage"], report["accused"]) == ("traced", list(ACCUSED))
    assert ask("GET", "/v1/traces").json() == {"traces": [report]}
    assert "pass-word" not in response.text + json.dumps(report)


@pytest.mark.parametrize(
    "body",
    [
        {}, wish(session="0x12"), wish(session=None), wish(box=1), wish(box=""), wish(box="ftp://x"),
        wish(box="nonsense"), wish(box="http://xn--a/"), wish(box="http://" + "x" * 3000),
        wish(convict=1), wish(fresh="no"), wish(more=1), wish(session="0x" + "08" * 32),
    ],
)  # fmt: skip
def test_malformed_wishes(office, body):
    ask, _ = office
    response = ask("POST", "/v1/traces", body)
    assert error_of(response) == (400, "malformed")


def test_a_second_trace_has_to_wait(office, auditor):
    ask, _ = office
    auditor.go_on.clear()
    assert ask("POST", "/v1/traces", wish()).status_code == 202
    assert error_of(ask("POST", "/v1/traces", wish())) == (409, "trace_busy")


def test_an_unknown_trace(office):
    ask, _ = office
    assert error_of(ask("GET", f"/v1/traces/{'0' * 32}")) == (404, "not_found")


def test_tenants_and_strangers_cannot_trace(office):
    _, gateway = office
    for key in (gateway.key, "", draw_api_key()):
        for method, path in [
            ("POST", "/v1/traces"),
            ("GET", "/v1/traces"),
            ("GET", f"/v1/traces/{'0' * 32}"),
        ]:
            response = gateway.ask(
                method, path, json.dumps(wish()).encode() if method == "POST" else None, key
            )
            assert error_of(response) == (401, "unauthenticated")


def test_the_operators_key_asks_for_no_predictions(office):
    ask, _ = office
    assert error_of(ask("POST", "/v1/models/sum/predict", {"inputs": [[1, 2, 3]]})) == (
        401,
        "unauthenticated",
    )


def test_the_desk_makes_real_boxes():
    assert TraceDesk.__init__.__defaults__ == (HttpBox,)
