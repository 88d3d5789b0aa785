"""Metrics: what is counted, and that their number stays bounded."""

from __future__ import annotations

import math
import threading

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from tcss_chain.monitoring import ActiveAlarm, Alarm, ParticipantMetrics
from tcss_chain.monitoring.metrics import MAX_LABELS


class Clock:
    now = 50.0

    def __call__(self):
        return self.now


@pytest.fixture
def metrics():
    return ParticipantMetrics()


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(name, labels)


def families(metrics):
    return {each.name: each for each in text_string_to_metric_families(metrics.text().decode())}


def test_happenings_are_counted_by_kind(metrics):
    for happening in ("joined", "dealt", "joined"):
        metrics.happened(happening)
    assert value(metrics, "tcss_happenings_total", happening="joined") == 2
    assert value(metrics, "tcss_happenings_total", happening="dealt") == 1


def test_transactions_and_their_gas_are_counted_by_kind(metrics):
    metrics.mined("join", 100_000)
    metrics.mined("join", 120_000)
    assert value(metrics, "tcss_transactions_mined_total", kind="join") == 2
    assert value(metrics, "tcss_transactions_gas_used_total", kind="join") == 220_000


def test_peer_failures_are_counted_by_peer(metrics):
    metrics.peer_failed("0xA")
    metrics.peer_failed("0xA", "no answer in time")
    assert value(metrics, "tcss_peer_failures_total", peer="0xA") == 2


def test_openings_are_counted_and_refused_ones_by_reason(metrics):
    metrics.opening_answered()
    for reason in ("policy", "limit", "policy"):
        metrics.opening_refused(reason)
    assert value(metrics, "tcss_openings_answered_total") == 1
    assert value(metrics, "tcss_openings_refused_total", reason="policy") == 2
    assert value(metrics, "tcss_openings_refused_total", reason="limit") == 1


def test_standings_and_phases_that_are_not_named_are_0_again(metrics):
    metrics.set_sessions({"joined": 2, "active": 1})
    metrics.set_sessions({"active": 3})
    assert value(metrics, "tcss_sessions", standing="joined") == 0
    assert value(metrics, "tcss_sessions", standing="active") == 3
    metrics.set_phases({"DEAL": 1})
    metrics.set_phases({})
    assert value(metrics, "tcss_sessions_in_phase", phase="DEAL") == 0


def test_wallet_transactions_and_head(metrics):
    assert math.isnan(value(metrics, "tcss_wallet_balance_wei"))
    assert math.isnan(value(metrics, "tcss_head_block_number"))
    metrics.set_balance(10**18)
    metrics.set_pending(3, 12.5)
    metrics.set_head(77, 1_700_000_000)
    assert value(metrics, "tcss_wallet_balance_wei") == 1e18
    assert value(metrics, "tcss_transactions_pending") == 3
    assert value(metrics, "tcss_transactions_oldest_pending_age_seconds") == 12.5
    assert value(metrics, "tcss_head_block_number") == 77
    assert value(metrics, "tcss_head_block_timestamp_seconds") == 1_700_000_000
    metrics.set_pending(0, None)
    assert value(metrics, "tcss_transactions_oldest_pending_age_seconds") == 0


def test_nodes(metrics):
    metrics.set_node("node 1", reachable=True, lag_blocks=2)
    metrics.set_node("node 2", reachable=False, lag_blocks=None)
    assert value(metrics, "tcss_node_reachable", node="node 1") == 1
    assert value(metrics, "tcss_node_lag_blocks", node="node 1") == 2
    assert value(metrics, "tcss_node_reachable", node="node 2") == 0
    assert math.isnan(value(metrics, "tcss_node_lag_blocks", node="node 2"))


def test_the_age_of_the_last_step_grows_until_the_next(metrics):
    clock = Clock()
    metrics = ParticipantMetrics(clock)
    clock.now += 30
    assert value(metrics, "tcss_last_step_age_seconds") == 30
    metrics.step_finished()
    assert value(metrics, "tcss_last_step_age_seconds") == 0
    clock.now += 7
    assert value(metrics, "tcss_last_step_age_seconds") == 7


def test_every_alarm_is_there_and_only_raised_ones_count(metrics):
    assert all(value(metrics, "tcss_alarms_active", alarm=alarm.value) == 0 for alarm in Alarm)
    raised = [ActiveAlarm(Alarm.NODE_LAGS, about, "", 0) for about in ("node 1", "node 2")]
    metrics.set_alarms(raised)
    assert value(metrics, "tcss_alarms_active", alarm="node_lags") == 2
    metrics.set_alarms(raised[:1])
    assert value(metrics, "tcss_alarms_active", alarm="node_lags") == 1
    metrics.set_alarms([])
    assert value(metrics, "tcss_alarms_active", alarm="node_lags") == 0


@pytest.mark.parametrize(
    ("count", "name", "label"),
    [
        (ParticipantMetrics.happened, "tcss_happenings", "happening"),
        (ParticipantMetrics.peer_failed, "tcss_peer_failures", "peer"),
        (ParticipantMetrics.opening_refused, "tcss_openings_refused", "reason"),
        (lambda metrics, each: metrics.mined(each, 1), "tcss_transactions_mined", "kind"),
    ],
)
def test_labels_stay_bounded_and_nothing_is_lost(metrics, count, name, label):
    for number in range(MAX_LABELS + 50):
        count(metrics, f"label {number}")
    count(metrics, "label 0")
    samples = [each for each in families(metrics)[name].samples if each.name == f"{name}_total"]
    assert len(samples) == MAX_LABELS + 1
    by_label = {each.labels[label]: each.value for each in samples}
    assert by_label["other"] == 50
    assert by_label["label 0"] == 2


def test_labels_of_gauges_stay_bounded_and_nothing_is_lost(metrics):
    metrics.set_sessions({f"standing {number}": 1 for number in range(MAX_LABELS + 50)})
    samples = families(metrics)["tcss_sessions"].samples
    assert len(samples) == MAX_LABELS + 1
    assert sum(each.value for each in samples) == MAX_LABELS + 50


def test_the_text_names_the_process_and_every_metric_has_a_meaning(metrics):
    found = families(metrics)
    assert "python_info" in found
    assert all(each.documentation for each in found.values())
    own = [name for name in found if name.startswith("tcss_") and not name.endswith("_created")]
    assert len(own) == 17


def test_a_label_cannot_forge_a_line(metrics):
    metrics.happened('x"} 5\ntcss_wallet_balance_wei 7')
    assert b"\ntcss_wallet_balance_wei 7" not in metrics.text()


def test_two_participants_in_one_process_do_not_meet_and_the_global_registry_stays_empty(metrics):
    other = ParticipantMetrics()
    metrics.happened("joined")
    assert value(other, "tcss_happenings_total", happening="joined") is None
    assert not any(each.name.startswith("tcss") for each in REGISTRY.collect())


def test_threads_may_share_the_metrics(metrics):
    def work(name):
        for number in range(200):
            metrics.happened("joined")
            metrics.set_sessions({f"{name} {number % 20}": 1})
            metrics.text() if number % 50 == 0 else None

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert value(metrics, "tcss_happenings_total", happening="joined") == 800
