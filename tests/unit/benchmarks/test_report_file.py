"""Measurements go to a file and come back."""

from __future__ import annotations

import json

import pytest

from tcss_chain.benchmarks.errors import BenchmarkFileError
from tcss_chain.benchmarks.report_file import read_report, report_text, write_report
from tcss_chain.benchmarks.suite import Section, quick_suite


def test_the_shape(report):
    content = json.loads(report_text(report))
    assert set(content) == {"benchmark", "quick", "machine", "targets", "decoder", "traces"}
    assert content["quick"] is True
    assert set(content["machine"]) == {"system", "processors", "python", "flint", "curve"}
    assert set(content["traces"]) == {section.value for section in quick_suite().traces}
    row = content["traces"]["sizes"][0]
    assert row["traced"] == row["repetitions"] == len(row["queries"]) == 3
    assert row["query_figures"]["mean"] == pytest.approx(sum(row["queries"]) / 3)
    assert row["published_queries"] == 12
    assert row["seconds"]["highest"] >= row["seconds"]["median"] > 0
    assert {target["met"] for target in content["targets"]} <= {True, False}
    assert content["decoder"][0]["found"] == content["decoder"][0]["repetitions"]


def test_every_scenario_has_a_line_of_its_own(report):
    lines = report_text(report).splitlines()
    scenarios = sum(len(rows) for rows in report.traces.values())
    assert sum(line.startswith('{"n":') for line in lines) == scenarios


def test_what_is_read_is_what_was_written(report, tmp_path):
    path = tmp_path / "tracing.json"
    write_report(report, path)
    read = read_report(path)
    assert report_text(read) == report_text(report)
    assert [row.queries for row in read.traces[Section.SIZES]] == [
        row.queries for row in report.traces[Section.SIZES]
    ]


def test_whether_a_target_is_met_is_not_believed_but_computed(report, tmp_path):
    content = json.loads(report_text(report))
    content["targets"][0] |= {"measured": 99.0, "met": True}
    path = tmp_path / "tracing.json"
    path.write_text(json.dumps(content))
    assert not read_report(path).targets[0].met


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("machine"),
        lambda content: content["machine"].pop("flint"),
        lambda content: content["traces"].update(gas=[]),
        lambda content: content["traces"]["sizes"][0].update(box="tinderbox"),
        lambda content: content["traces"]["sizes"][0]["queries"].pop(),
        lambda content: content["targets"][0].update(statistic="luck"),
        lambda content: content.update(traces=[]),
    ],
)
def test_a_file_of_another_form_is_refused(report, tmp_path, change):
    content = json.loads(report_text(report))
    change(content)
    path = tmp_path / "tracing.json"
    path.write_text(json.dumps(content))
    with pytest.raises(BenchmarkFileError, match="another form"):
        read_report(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "1", "\x00"])
def test_what_is_no_report_is_refused(tmp_path, text):
    path = tmp_path / "tracing.json"
    path.write_text(text)
    with pytest.raises(BenchmarkFileError, match="tcss bench tracing"):
        read_report(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BenchmarkFileError, match="No such file"):
        read_report(tmp_path / "tracing.json")
