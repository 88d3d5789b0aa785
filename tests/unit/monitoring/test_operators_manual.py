"""What the operator's manual says of alarms and metrics is what the program has."""

from __future__ import annotations

import re
from pathlib import Path

from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.monitoring.metrics import ParticipantMetrics

MANUAL = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()


def test_every_alarm_is_explained_with_its_severity():
    explained = dict(re.findall(r"^\| `([a-z_]+)` \| (page|look) \|", MANUAL, re.MULTILINE))
    assert explained == {alarm.value: alarm.severity.value for alarm in Alarm}


def test_every_metric_of_this_package_is_listed_and_no_other():
    listed = set(re.findall(r"`(tcss_[a-z_]+)(?:\{[a-z]+\})?`", MANUAL))
    metrics = ParticipantMetrics()
    metrics.happened("joined")
    metrics.mined("join", 1)
    metrics.peer_failed("0x")
    metrics.opening_answered()
    metrics.opening_refused("policy")
    shown = set(re.findall(r"^# TYPE (tcss_[a-z_]+)", metrics.text().decode(), re.MULTILINE))
    assert listed == {name for name in shown if not name.endswith("_created")}
