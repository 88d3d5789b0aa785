"""Targets are met or missed by what was measured."""

from __future__ import annotations

import pytest

from tcss_chain.benchmarks.figures import Summary
from tcss_chain.benchmarks.memory_measurement import MemoryMeasurement
from tcss_chain.benchmarks.scenario import TraceScenario
from tcss_chain.benchmarks.suite import full_suite
from tcss_chain.benchmarks.targets import Comparison, Statistic, Target, judge
from tcss_chain.benchmarks.trace_measurement import TraceMeasurement

SCENARIO = TraceScenario(n=4, t=3, f=1, answer_rate=0.6, repetitions=4)
SECONDS = Summary(0.5, 0.4, 0.9, 1.0)


def measured(*queries, framed=0):
    return TraceMeasurement(SCENARIO, queries, SECONDS, {}, {}, framed)


def outcome(statistic, comparison, bound, measurement):
    return judge(Target("name", SCENARIO, statistic, comparison, bound), measurement)


@pytest.mark.parametrize(
    ("statistic", "comparison", "bound", "met"),
    [
        (Statistic.MEAN_QUERIES, Comparison.AT_MOST, 4, True),
        (Statistic.MEAN_QUERIES, Comparison.BELOW, 4, False),
        (Statistic.MEAN_QUERIES, Comparison.AT_MOST, 3.9, False),
        (Statistic.MOST_QUERIES, Comparison.AT_MOST, 7, True),
        (Statistic.MOST_QUERIES, Comparison.AT_MOST, 6, False),
        (Statistic.MOST_SECONDS, Comparison.BELOW, 1.1, True),
        (Statistic.MOST_SECONDS, Comparison.BELOW, 1, False),
        (Statistic.TRACED_SHARE, Comparison.AT_LEAST, 1, True),
    ],
)
def test_the_figure_decides(statistic, comparison, bound, met):
    assert outcome(statistic, comparison, bound, measured(2, 3, 4, 7)).met is met


def test_the_measured_figure_is_told():
    assert outcome(Statistic.MEAN_QUERIES, Comparison.AT_MOST, 1, measured(2, 3, 4, 7)).measured == 4


@pytest.mark.parametrize(
    "measurement",
    [measured(2, 2, 2, None), measured(None, None, None, None), measured(2, 2, 2, 2, framed=1)],
)
@pytest.mark.parametrize(("statistic", "bound"), [(Statistic.MEAN_QUERIES, 10), (Statistic.MOST_SECONDS, 10)])
def test_no_figure_is_good_enough_if_a_trace_failed(statistic, bound, measurement):
    found = outcome(statistic, Comparison.AT_MOST, bound, measurement)
    assert not found.met
    assert found.traced < found.repetitions


@pytest.mark.parametrize(("bound", "met"), [(0.21, True), (0.2, False)])
def test_memory_counts_in_gigabytes(bound, met):
    peak = Summary(1e8, 1e8, 1e8, 2e8)
    found = outcome(
        Statistic.MOST_MEMORY, Comparison.BELOW, bound, MemoryMeasurement(SCENARIO, 4, SECONDS, peak)
    )
    assert found.measured == 0.2
    assert found.met is met


def test_the_named_targets():
    wanted = {
        (target.scenario.n, target.scenario.box, target.statistic, target.comparison, target.bound)
        for target in full_suite().targets
    }
    assert wanted == {
        (31, "random errors", Statistic.MEAN_QUERIES, Comparison.AT_MOST, 4.5),
        (31, "random errors", Statistic.MOST_SECONDS, Comparison.BELOW, 1),
        (100, "random errors", Statistic.MEAN_QUERIES, Comparison.AT_MOST, 20),
        (128, "random errors", Statistic.TRACED_SHARE, Comparison.AT_LEAST, 1),
        (31, "registered only", Statistic.MEAN_QUERIES, Comparison.BELOW, 100),
        (31, "remembers inputs", Statistic.MOST_QUERIES, Comparison.AT_MOST, 40),
        (40, "random errors", Statistic.MOST_SECONDS, Comparison.BELOW, 3),
        (40, "random errors", Statistic.MOST_MEMORY, Comparison.BELOW, 1),
    }
