"""The generated page and its tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tcss_chain.benchmarks.figures import Summary
from tcss_chain.benchmarks.machine import Machine
from tcss_chain.benchmarks.run import TracingReport
from tcss_chain.benchmarks.scenario import TraceScenario
from tcss_chain.benchmarks.suite import Section
from tcss_chain.benchmarks.tables import box_table, markdown_table, number, size_table, target_table
from tcss_chain.benchmarks.targets import Comparison, Statistic, TargetOutcome
from tcss_chain.benchmarks.trace_measurement import TraceMeasurement
from tcss_chain.benchmarks.tracing_page import RATE_PLOT, tracing_page

SCENARIO = TraceScenario(n=31, t=21, f=10, answer_rate=0.6, repetitions=3)
SECONDS = Summary(0.5, 0.4, 0.9, 1.25)
MISSED = TargetOutcome("a|b", Statistic.MEAN_QUERIES, Comparison.AT_MOST, 4.5, 4.75, 3, 3)


def cells(table):
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]


def test_a_table_is_aligned_and_complete():
    assert markdown_table(("box", "mean"), [("perfect", "2"), ("slow", "10.5")]) == (
        "| box     | mean |\n| ------- | ---: |\n| perfect |    2 |\n| slow    | 10.5 |\n"
    )


def test_bars_in_a_cell_are_escaped():
    assert "a\\|b" in target_table([MISSED])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (1234, "1234"),
        (123.4, "123"),
        (12.34, "12.3"),
        (1.234, "1.23"),
        (0.01234, "0.012"),
        (0, "0"),
    ],
)
def test_figures_have_three_digits(value, text):
    assert number(value) == text


def test_outcomes_of_targets_follow_from_the_figures():
    met = replace(MISSED, name="x", measured=4.5)
    failed = replace(met, traced=2)
    nothing = replace(met, measured=None, traced=0)
    rows = cells(target_table([replace(MISSED, name="x"), met, failed, nothing]))[2:]
    assert [row[2:] for row in rows] == [
        ["at most 4.50", "4.75", "3 of 3", "**not met**"],
        ["at most 4.50", "4.50", "3 of 3", "met"],
        ["at most 4.50", "4.50", "2 of 3", "**not met**"],
        ["at most 4.50", "–", "0 of 3", "**not met**"],
    ]


def test_figures_of_a_size():
    row = cells(size_table([TraceMeasurement(SCENARIO, (3, None, 6), SECONDS, {"lattice": 2}, {}, 0)]))[2]
    assert row == [
        "31",
        "21",
        "10",
        "0.6",
        "2 of 3",
        "4.50",
        "4.50",
        "6",
        "6",
        "0.4",
        "1.25",
        "62",
        "lattice",
    ]


@pytest.mark.parametrize(
    ("box", "queries", "expected"),
    [
        ("perfect", (2, 2, 2), "traced"),
        ("perfect", (2, 2, None), "traced: **no**"),
        ("silent", (None, None, None), "accuses nobody"),
        ("silent", (None, None, 9), "accuses nobody: **no**"),
        ("registered only", (None, 2, None), "traced if few sets come into question"),
    ],
)
def test_a_box_that_ends_otherwise_than_expected_stands_out(box, queries, expected):
    not_traced = {"OVER_DETERMINED": queries.count(None)} if None in queries else {}
    measured = TraceMeasurement(replace(SCENARIO, box=box), queries, SECONDS, {}, not_traced, 0)
    row = cells(box_table([measured]))[2]
    assert row[-2] == expected
    assert ("over determined" in row[-1]) == (None in queries)


def test_framing_stands_out():
    measured = TraceMeasurement(
        replace(SCENARIO, box="registered only"), (2, 2, 2), SECONDS, {"lattice": 3}, {}, 1
    )
    row = cells(box_table([measured]))[2]
    assert row[-3] == "1"
    assert row[-2].endswith("**no**")


def test_the_page_has_all_parts(report):
    page = tracing_page(report)
    for title in (
        "Targets",
        "Number of participants and answer rate",
        "Majority threshold, few leaked",
        "Each strategy alone",
        "All boxes",
        "Number of shares unknown",
        "List decoder",
        "Repeat it",
    ):
        assert f"## {title}\n" in page
    assert f"]({RATE_PLOT})" in page
    assert "quick look" in page
    assert f"{Machine.this().processors} logical processors" in page
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert len(tables) >= sum(len(rows) for rows in report.traces.values())


def test_a_full_report_is_not_called_quick(report):
    assert "quick look" not in tracing_page(replace(report, quick=False))


def test_parts_that_were_not_measured_are_left_out(report):
    page = tracing_page(
        TracingReport(report.machine, quick=False, targets=[], traces={Section.SIZES: []}, decoder=[])
    )
    assert "## Targets" not in page
    assert "## List decoder" not in page
    assert "## Repeat it" in page
