"""``/health`` and ``/metrics``."""

from __future__ import annotations

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tcss_chain.monitoring import Alarm, AlarmBoard, Health, MonitorServer, ParticipantMetrics


@pytest.fixture
def board():
    return AlarmBoard(lambda: 1000.0)


@pytest.fixture
def metrics():
    return ParticipantMetrics()


@pytest.fixture
def server(board, metrics):
    with MonitorServer(metrics, lambda: Health(board.active())) as running:
        yield running


def get(server, path):
    return requests.get(server.url + path, timeout=5)


def test_health_without_alarms_is_ok(server):
    answer = get(server, "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["Content-Type"].startswith("application/json")


def test_trouble_is_status_503_with_its_alarms_until_it_is_over(server, board):
    board.raise_(Alarm.LOW_BALANCE, note="5 wei")
    answer = get(server, "/health")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "troubled",
        "alarms": [
            {"name": "low_balance", "severity": "page", "about": "", "note": "5 wei", "since": 1000.0}
        ],
    }
    board.clear(Alarm.LOW_BALANCE)
    assert get(server, "/health").status_code == 200


def test_what_can_wait_is_listed_and_no_trouble(server, board):
    board.raise_(Alarm.SESSION_ABORTED, "abc")
    answer = get(server, "/health")
    assert answer.status_code == 200
    assert answer.json()["alarms"][0]["name"] == "session_aborted"


def test_metrics_are_prometheus_text(server, metrics):
    metrics.happened("joined")
    answer = get(server, "/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {each.name for each in text_string_to_metric_families(answer.text)}
    assert {"tcss_happenings", "tcss_alarms_active", "python_info"} <= names


@pytest.mark.parametrize("path", ["/", "/health/", "/metrics/x", "/v1/sessions", "/HEALTH"])
def test_there_is_nothing_else(server, path):
    assert get(server, path).status_code == 404


def test_nothing_can_be_written(server):
    assert requests.post(f"{server.url}/health", timeout=5).status_code == 405


def test_a_health_check_that_fails_is_no_good_health(metrics):
    def broken():
        raise ValueError("hunter2")

    with MonitorServer(metrics, broken) as server:
        answer = get(server, "/health")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
