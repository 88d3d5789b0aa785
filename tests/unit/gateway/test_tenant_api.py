"""What tenants get, and every way in which they are refused."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest
from support.gateways import WIDTH, SumRuntime, entry, error_of, failing_prediction, label

from tcss_chain.gateway.api_keys import api_key_hash, draw_api_key
from tcss_chain.gateway.gateway_file import RequestLimits, TenantEntry
from tcss_chain.gateway.tenant_api import _Exchange
from tcss_chain.monitoring.logs import configure_logs

MARK = 987654321.125
"""A number that must appear nowhere."""


@pytest.fixture
def logs():
    stream = io.StringIO()
    configure_logs(False, "debug", stream)
    return stream


def test_a_prediction(gateway):
    response = gateway.predict([[1, 2, 3.5], [0, 0, 0]])
    assert response.status_code == 200
    assert response.json() == {"outputs": {"sum": [6.5, 0]}, "model": "0x" + "d1" * 32}
    assert response.headers["Server"] == "tcss"
    assert response.headers["Cache-Control"] == "no-store"
    timing = dict(part.strip().split(";dur=") for part in response.headers["Server-Timing"].split(","))
    assert 0 <= float(timing["model"]) <= float(timing["total"])


def test_the_models_of_a_tenant_are_listed(hall):
    gateway = hall.start(models=[entry(), entry("other", tenants=frozenset()), entry("late")])
    models = gateway.ask("GET", "/v1/models").json()["models"]
    assert [(each["name"], each["standing"]) for each in models] == [("sum", "open"), ("late", "waiting")]
    assert models[0] == {
        "name": "sum",
        "standing": "open",
        "purpose": "to add numbers",
        "model": "sum.onnx",
        "digest": "0x" + "d1" * 32,
        "session": "0x" + "07" * 32,
        "owner": label().owner,
        "context": "sums for the group",
        "runtime": "linear",
        "inputs": {"kind": "float", "width": WIDTH},
        "outputs": [{"name": "sum", "kind": "float"}],
    }


def test_health_needs_no_key_and_tells_little(gateway):
    response = gateway.ask("GET", "/healthz", key="")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/sum/predict", "/v1/models/nothing/predict"])
@pytest.mark.parametrize("key", ["", "tcss_" + "a" * 43, "nonsense"])
def test_without_a_known_key_nothing_is_told(gateway, path, key):
    response = gateway.ask("GET" if path == "/v1/models" else "POST", path, b"{}", key)
    assert error_of(response) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    # Anybody can send such requests, and nobody shall fill the disk with them.
    assert [line.kind.value for line in gateway.lines()] == ["start"]


def test_a_tenant_uses_its_own_models_only(hall):
    other = draw_api_key()
    gateway = hall.start(
        models=[entry(tenants=frozenset({"billing"}))],
        more_tenants=[TenantEntry("other", api_key_hash(other), 100, 100)],
    )
    assert gateway.predict([[1, 2, 3]]).status_code == 200
    assert error_of(gateway.predict([[1, 2, 3]], key=other)) == (403, "forbidden")
    assert gateway.ask("GET", "/v1/models", key=other).json() == {"models": []}


def test_an_unknown_model(gateway):
    name = draw_api_key()[:60]
    assert error_of(gateway.predict([[1, 2, 3]], name)) == (404, "unknown_model")
    # What is no model's name may be anything.
    assert name not in gateway.path.read_text()


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/models/", "/v1/models/a/b", "/v1/traces", "/v1/models/%2e"]
)
def test_other_paths(gateway, path):
    assert error_of(gateway.ask("GET", path)) == (404, "not_found")


def test_other_methods(gateway):
    for method, path in [("GET", "/v1/models/sum/predict"), ("POST", "/v1/models"), ("PUT", "/healthz")]:
        assert error_of(gateway.ask(method, path)) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x", b"[]", b"null", b"{}", b'{"inputs": 1}', b'{"inputs": []}', b'{"inputs": [1, 2, 3]}',
        b'{"inputs": [[1, 2]]}', b'{"inputs": [[1, 2, 3, 4]]}', b'{"inputs": [[1, 2, 3], []]}',
        b'{"inputs": [[1, 2, "3"]]}', b'{"inputs": [[1, 2, true]]}', b'{"inputs": [[1, 2, null]]}',
        b'{"inputs": [[1, 2, [3]]]}', b'{"inputs": [[1, 2, NaN]]}', b'{"inputs": [[1, 2, Infinity]]}',
        b'{"inputs": [[1, 2, -Infinity]]}', b'{"inputs": {"0": [1, 2, 3]}}',
        b'{"inputs": [[1, 2, 3]], "more": 1}', b'{"inputs": [[1, 2, 3]], "inputs": [[1, 2, 3]]}',
        b'{"inputs": [[1, 2, 3]]', b'{"inputs": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"inputs": [[1, 2, 0x3]]}', b'{"inputs": [[1, 2, ' + b"9" * 5000 + b"]]}", b"\xff\xfe",
    ],
)  # fmt: skip
def test_malformed_bodies(gateway, body):
    assert error_of(gateway.post(body)) == (400, "malformed")
    assert gateway.runtime.calls == 0
    (line,) = gateway.lines("refusal")
    assert (line.fields["status"], line.fields["error"]) == (400, "malformed")


def test_a_malformed_body_is_not_echoed(gateway, logs):
    for body in (f'{{"inputs": [[1, 2, "{MARK}"]]}}', f'{{"{MARK}": 1}}', f'{{"inputs": [[{MARK}]]}}'):
        assert str(MARK) not in gateway.post(body.encode()).text
    assert "987654321" not in logs.getvalue() + gateway.path.read_text()


def test_a_long_body(hall):
    gateway = hall.start(limits=RequestLimits(body_bytes=1000))
    fits = json.dumps({"inputs": [[1, 2, 3]]}).encode().ljust(1000)
    assert gateway.post(fits).status_code == 200
    assert error_of(gateway.post(fits + b" ")) == (413, "too_large")
    chunked = gateway.session.post(
        f"{gateway.server.url}/v1/models/sum/predict",
        data=iter([fits, b" "]),
        headers={"Authorization": f"Bearer {gateway.key}"},
        timeout=10,
    )
    assert error_of(chunked) == (413, "too_large")
    assert [line.fields["status"] for line in gateway.lines("refusal")] == [413, 413]


def test_a_packed_body_is_not_unpacked(gateway):
    response = gateway.ask("POST", "/v1/models/sum/predict", b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert error_of(response) == (400, "malformed")


def test_too_many_rows(hall):
    gateway = hall.start(limits=RequestLimits(rows=5))
    assert gateway.predict([[1, 2, 3]] * 5).status_code == 200
    assert error_of(gateway.predict([[1, 2, 3]] * 6)) == (400, "malformed")


def test_a_tenant_over_its_rate(hall):
    gateway = hall.start(rate=60, burst=2)
    assert [gateway.predict([[1, 2, 3]]).status_code for _ in range(2)] == [200, 200]
    for _ in range(3):
        response = gateway.predict([[1, 2, 3]])
        assert error_of(response) == (429, "rate_limited")
        assert response.headers["Retry-After"] == "1"
    time.sleep(1.05)
    assert gateway.predict([[1, 2, 3]]).status_code == 200
    assert gateway.runtime.calls == 3
    # One line tells of all of them.
    assert [line.fields.get("rate_limited_before") for line in gateway.lines("request")] == [None, None, 3]
    assert gateway.lines("refusal") == []


def test_too_many_requests_at_once(hall):
    gateway = hall.start(limits=RequestLimits(in_flight=2))
    gateway.runtime.go_on.clear()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(gateway.predict, [[1, 2, 3]]) for _ in range(2)]
        assert gateway.runtime.entered.acquire(timeout=10)
        assert gateway.runtime.entered.acquire(timeout=10)
        response = gateway.predict([[1, 2, 3]])
        assert error_of(response) == (503, "busy")
        assert response.headers["Retry-After"] == "1"
        # Others are served while models work.
        assert gateway.ask("GET", "/healthz").status_code == 200
        gateway.runtime.go_on.set()
        assert [each.result().status_code for each in waiting] == [200, 200]
    assert gateway.predict([[1, 2, 3]]).status_code == 200


def slow_bodies(gateway, key, count):
    """Begin requests whose bodies never end."""
    host, port = gateway.server.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/models/sum/predict HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n"
        "Content-Length: 1000\r\n\r\n{"
    )
    opened = []
    for _ in range(count):
        opened.append(socket.create_connection((host, int(port)), 10))
        opened[-1].sendall(head.encode())
    return opened


def is_refused(connection):
    connection.settimeout(0.2)
    try:
        return b" 503 " in connection.recv(1000)
    except TimeoutError:
        return False


@pytest.mark.parametrize("shared", [False, True])
def test_bodies_that_never_end_keep_nobody_else_from_being_served(hall, shared):
    other = draw_api_key()
    others = [TenantEntry("other", api_key_hash(other), 10_000, 10_000)] if shared else []
    gateway = hall.start(limits=RequestLimits(in_flight=4), more_tenants=others)
    opened = slow_bodies(gateway, gateway.key, 10)
    try:
        refused = [is_refused(each) for each in opened]
        # Of several tenants one gets half of the places, a single one all.
        assert refused.count(False) == (2 if shared else 4)
        if shared:
            assert [gateway.predict([[1, 2, 3]], key=other).status_code for _ in range(5)] == [200] * 5
            assert error_of(gateway.predict([[1, 2, 3]])) == (503, "busy")
    finally:
        for each in opened:
            each.close()
    end = time.monotonic() + 10
    while gateway.predict([[1, 2, 3]]).status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_slow_predictions_of_one_tenant_leave_threads_and_places_for_others(hall):
    other = draw_api_key()
    gateway = hall.start(
        models=[entry(), entry("slow")],
        limits=RequestLimits(in_flight=20),
        more_tenants=[TenantEntry("other", api_key_hash(other), 10_000, 10_000)],
    )
    slow = SumRuntime()
    gateway.shelf.begin("slow")
    gateway.shelf.serve("slow", label(digest=b"\x05" * 32), slow)
    slow.go_on.clear()
    with ThreadPoolExecutor(14) as pool:
        waiting = [pool.submit(gateway.predict, [[1, 2, 3]], "slow") for _ in range(14)]
        # Ten of them hold places now, in two threads or more.
        busy = list(islice(as_completed(waiting, 10), 4))
        assert [error_of(each.result()) for each in busy] == [(503, "busy")] * 4
        assert [gateway.predict([[1, 2, 3]], key=other).status_code for _ in range(5)] == [200] * 5
        slow.go_on.set()
        assert sorted(each.result().status_code for each in waiting) == [200] * 10 + [503] * 4


def test_no_prediction_is_made_in_the_event_loop(hall):
    """However short the ones before were, and however long their bodies."""
    gateway = hall.start()
    names = set()
    real = gateway.runtime.predict
    gateway.runtime.predict = lambda rows: (names.add(threading.current_thread().name), real(rows))[1]
    padded = b'{"inputs": [[1, 2, 3]]}' + b" " * 100_000
    for _ in range(30):
        assert gateway.post(padded).status_code == 200
    assert gateway.predict([[1, 2, 3]] * 1000).status_code == 200
    assert all(name.startswith("prediction-billing") for name in names)


def test_a_closed_model(gateway):
    gateway.shelf.close("sum", "1 participant of the session is convicted")
    response = gateway.predict([[1, 2, 3]])
    assert error_of(response) == (503, "closed")
    assert "convicted" in response.json()["message"]
    (model,) = gateway.ask("GET", "/v1/models").json()["models"]
    assert (model["standing"], "runtime" in model) == ("closed", False)


def test_a_model_that_is_not_open_yet(hall):
    gateway = hall.start(models=[entry(), entry("late")])
    response = gateway.predict([[1, 2, 3]], "late")
    assert error_of(response) == (503, "closed")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "error", [failing_prediction("Fail"), ValueError(f"{MARK}"), MemoryError(), RuntimeError(str(MARK))]
)
def test_a_failing_model(gateway, error, logs):
    gateway.runtime.error = error
    response = gateway.predict([[MARK, 2, 3]])
    assert error_of(response) == (500, "runtime_failed")
    assert "987654321" not in response.text + logs.getvalue() + gateway.path.read_text()
    gateway.runtime.error = None
    assert gateway.predict([[1, 2, 3]]).status_code == 200


def test_an_answer_that_json_does_not_have(gateway):
    gateway.runtime.answer = [float("nan")]
    assert error_of(gateway.predict([[1, 2, 3]])) == (500, "runtime_failed")


def test_every_request_has_a_line_that_only_its_tenant_can_recognise(gateway):
    body = b'{"inputs": [[1, 2, 3], [4, 5, 6]]}'
    gateway.post(body)
    (line,) = gateway.lines("request")
    fields = dict(line.fields)
    assert fields.pop("ms") > 0
    assert fields == {
        "tenant": "billing",
        "name": "sum",
        "digest": "0x" + "d1" * 32,
        "rows": 2,
        "status": 200,
        "input_mac": hmac.new(gateway.key.encode(), body, hashlib.sha256).hexdigest(),
    }
    assert hashlib.sha256(body).hexdigest() not in gateway.path.read_text()


def test_the_line_is_written_before_the_answer_leaves(gateway):
    for number in range(1, 20):
        gateway.predict([[1, 2, 3]])
        # Read without waiting for anything.
        assert gateway.path.read_bytes().count(b'"kind":"request"') == number


def test_nothing_is_answered_when_the_trail_cannot_be_written(gateway, monkeypatch):
    import os

    real = os.write
    descriptor = gateway.trail._descriptor

    def full(where, content):
        if where == descriptor:
            raise OSError(28, "no space left")
        return real(where, content)

    monkeypatch.setattr(os, "write", full)
    response = gateway.predict([[1, 2, 3]])
    assert error_of(response) == (503, "closed")
    assert "outputs" not in response.text
    assert error_of(gateway.predict([[1, 2, 3]])) == (503, "closed")
    assert gateway.ask("GET", "/healthz").status_code == 503


def test_no_key_input_or_hash_of_a_key_is_anywhere(gateway, logs):
    for inputs in ([[MARK, 1, 2]], [[MARK]], "x"):
        gateway.predict(inputs)
    gateway.shelf.close("sum", "closed")
    gateway.predict([[MARK, 1, 2]])
    everything = logs.getvalue() + gateway.path.read_text() + gateway.metrics.text().decode()
    everything += repr(gateway.server.tenants) + repr(gateway.shelf.get("sum"))
    assert "987654321" not in everything
    assert gateway.key not in everything
    assert api_key_hash(gateway.key).hex() not in everything


def test_what_shows_a_request_shows_no_key_and_no_input(gateway, monkeypatch):
    shown = []
    real = _Exchange.line
    monkeypatch.setattr(
        _Exchange, "line", lambda exchange, status: (shown.append(repr(exchange)), real(exchange, status))[1]
    )
    assert gateway.predict([[MARK, 1, 2]]).status_code == 200
    (text,) = shown
    assert "rows=1" in text
    assert gateway.key not in text
    assert "987654321" not in text


def test_many_tenants_at_once_get_their_own_answers(hall):
    gateway = hall.start()

    def work(number: int) -> list[float]:
        return [gateway.predict([[number, each, 0]]).json()["outputs"]["sum"][0] for each in range(20)]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(work, range(16)))
    assert answers == [[number + each for each in range(20)] for number in range(16)]
    lines = gateway.lines("request")
    assert len(lines) == 320


def test_requests_in_flight_are_finished_when_it_stops(hall):
    gateway = hall.start()
    gateway.runtime.go_on.clear()
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(gateway.predict, [[1, 2, 3]])
        assert gateway.runtime.entered.acquire(timeout=10)
        stopping = threading.Thread(target=gateway.server.stop)
        stopping.start()
        time.sleep(0.1)
        gateway.runtime.go_on.set()
        assert waiting.result().json()["outputs"] == {"sum": [6]}
        stopping.join(10)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", int(gateway.server.url.rpartition(":")[2])), 1)
    assert len(gateway.lines("request")) == 1


def test_a_connection_that_is_open_is_told_that_it_stops(hall):
    gateway = hall.start()
    assert gateway.predict([[1, 2, 3]]).status_code == 200
    gateway.server._stopping.set()
    assert error_of(gateway.predict([[1, 2, 3]])) == (503, "closed")
    assert gateway.ask("GET", "/healthz").status_code == 503


def test_a_slow_model_holds_up_nobody_else(hall):
    gateway = hall.start(models=[entry(), entry("slow")])
    slow = SumRuntime()
    gateway.shelf.begin("slow")
    gateway.shelf.serve("slow", label(digest=b"\x05" * 32), slow)
    slow.go_on.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gateway.predict, [[1, 2, 3]], "slow")
        assert slow.entered.acquire(timeout=10)
        assert gateway.predict([[1, 2, 3]]).status_code == 200
        slow.go_on.set()
        assert waiting.result().status_code == 200
