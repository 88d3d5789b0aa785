"""What a demonstration ends with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tcss_chain.demo.errors import ReportFileError
from tcss_chain.demo.report import DemoReport

FIRST, SECOND, THIRD = ("0x" + digit * 40 for digit in "123")
REPORT = DemoReport(
    contract=THIRD,
    session="0x" + "ab" * 32,
    accuracy=0.9,
    trained_accuracy=0.9,
    leaked=(FIRST, SECOND),
    accused=(FIRST, SECOND),
    faults={THIRD: "invalid_share"},
    queries=5,
    gas={"join": [1, 2], "convict": [3]},
    seconds={"chain": 0.12345, "trace": 1.0},
    refuses=True,
    record={"number": 0, "accused": [FIRST, SECOND]},
    verified=True,
)


def test_a_demonstration_succeeds_when_exactly_those_who_leaked_are_on_record_and_verified():
    assert REPORT.equal
    assert REPORT.succeeded


@pytest.mark.parametrize(
    "change",
    [
        {"leaked": (FIRST,)},
        {"leaked": (FIRST, THIRD)},
        {"accused": (FIRST, SECOND, THIRD)},
        {"accused": ()},
        {"record": {}},
        {"record": {"accused": [FIRST]}},
        {"record": {"accused": [SECOND, FIRST]}},
    ],
)
def test_any_difference_is_a_failure(change):
    report = replace(REPORT, **change)
    assert not report.equal
    assert not report.succeeded


@pytest.mark.parametrize("change", [{"refuses": False}, {"accuracy": 0.8}, {"verified": False}])
def test_whatever_else_is_claimed_and_not_shown_is_a_failure_that_is_named(change):
    report = replace(REPORT, **change)
    assert report.equal
    assert not report.succeeded
    assert len(report.shortcomings) == 1


def test_nobody_leaked_and_nobody_accused_without_a_record_is_no_success():
    report = replace(REPORT, leaked=(), accused=(), record={}, verified=False)
    assert not report.succeeded


@pytest.mark.parametrize("place", ["missing/report.json", "folder", "/dev/full"])
def test_a_report_that_cannot_be_written_is_told(tmp_path, place):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ReportFileError, match="cannot be written") as caught:
        REPORT.write(tmp_path / place)
    assert caught.value.path == str(tmp_path / place)


def test_the_file_holds_everything(tmp_path):
    path = tmp_path / "report.json"
    REPORT.write(path)
    assert json.loads(path.read_text("utf8")) == {
        "contract": THIRD,
        "session": "0x" + "ab" * 32,
        "accuracy": 0.9,
        "trained_accuracy": 0.9,
        "leaked": [FIRST, SECOND],
        "accused": [FIRST, SECOND],
        "equal": True,
        "faults": {THIRD: "invalid_share"},
        "queries": 5,
        "gas": {"join": [1, 2], "convict": [3]},
        "seconds": {"chain": 0.123, "trace": 1.0},
        "refuses": True,
        "record": {"number": 0, "accused": [FIRST, SECOND]},
        "verified": True,
    }
