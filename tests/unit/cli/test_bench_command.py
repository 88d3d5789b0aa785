"""``tcss bench``: measuring and reporting from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tcss_chain.benchmarks import gateway_measurement, opening_measurement, sealing_measurement
from tcss_chain.benchmarks.figures import Summary
from tcss_chain.benchmarks.gateway_measurement import LoadMeasurement
from tcss_chain.benchmarks.opening_measurement import OpeningMeasurement
from tcss_chain.benchmarks.report_file import write_report
from tcss_chain.benchmarks.run import run_benchmark
from tcss_chain.benchmarks.sealing_measurement import SealingMeasurement
from tcss_chain.benchmarks.suite import Section, quick_suite
from tcss_chain.cli import bench as bench_command


@pytest.fixture(scope="module")
def report():
    return run_benchmark(quick_suite(), quick=True, sections=[Section.SIZES])


@pytest.mark.parametrize("command", ["tracing", "report", "opening"])
def test_the_commands_explain_themselves(tcss, command):
    finished = tcss("bench", command, "--help")
    assert finished.status == 0
    assert "Usage" in finished.out


def test_help_names_all_sections(tcss):
    finished = tcss("bench", "tracing", "--help")
    assert all(section.value in finished.out for section in Section)


def test_a_quick_look_at_everything(tcss, tmp_path):
    path = tmp_path / "tracing.json"
    finished = tcss("bench", "tracing", "--quick", "--json", path)
    assert finished.status == 0
    assert str(path) in finished.out
    assert "n=4 t=3 f=1" in finished.err
    content = json.loads(path.read_text())
    assert content["benchmark"] == "tracing"
    assert content["quick"] is True
    assert content["targets"]
    assert content["decoder"]
    assert all(content["traces"].values())
    assert all(row["framed"] == 0 for rows in content["traces"].values() for row in rows)


def test_parts_are_measured_by_name(tcss, tmp_path):
    path = tmp_path / "tracing.json"
    finished = tcss(
        "bench", "tracing", "--quick", "--only", "decoder", "--only", "unknown-arity", "--json", path
    )
    assert finished.status == 0
    content = json.loads(path.read_text())
    assert list(content["traces"]) == ["unknown-arity"]
    assert content["decoder"]
    assert content["targets"] == []


def test_a_report_is_written(tcss, tmp_path):
    pytest.importorskip("matplotlib", reason="plots need the extra `bench`")
    path = tmp_path / "tracing.json"
    tcss("bench", "tracing", "--quick", "--only", "sizes", "--json", path)
    finished = tcss("bench", "report", path, tmp_path)
    assert finished.status == 0
    written = {line.strip() for line in finished.out.splitlines()}
    assert written == {str(each) for each in tmp_path.iterdir() if each != path}
    page = (tmp_path / "tracing.md").read_text(encoding="utf8")
    assert all(f"]({each.name})" in page for each in tmp_path.glob("*.svg"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["tracing"], "Missing option '--json'"),
        (["tracing", "--json", "no/such/folder/x.json"], "there is no folder"),
        (["tracing", "--json", "x.json", "--only", "gas"], "'gas' is not one of"),
        (["report", "x.json"], "Missing argument 'FOLDER'"),
        (["report", "x.json", "no/such/folder"], "does not exist"),
        (["gas"], "No such command"),
    ],
)
def test_bad_parameters_are_explained(tcss, arguments, complaint):
    finished = tcss("bench", *arguments)
    assert finished.status == 2
    assert complaint in finished.err
    assert "Traceback" not in finished.err


def test_what_is_no_report_is_refused(tcss, tmp_path):
    pytest.importorskip("matplotlib", reason="plots need the extra `bench`")
    path = tmp_path / "tracing.json"
    path.write_text("{}")
    finished = tcss("bench", "report", path, tmp_path)
    assert finished.status == 1
    assert "holds no measurements" in finished.err
    assert list(tmp_path.iterdir()) == [path]


def test_openings_are_measured(tcss, tmp_path):
    path = tmp_path / "opening.json"
    finished = tcss("bench", "opening", "-n", "3", "-t", "2", "--count", "1", "--json", path)
    assert finished.status == 0, finished.err
    assert "2 of 3 participants" in finished.out
    content = json.loads(path.read_text())
    assert content["benchmark"] == "opening"
    assert (content["n"], content["t"]) == (3, 2)
    assert all(part["median"] > 0 for part in content["seconds"].values())
    assert content["seconds"]["total"]["median"] > content["seconds"]["answers"]["median"]


def refused(finished, place):
    assert finished.status == 1
    assert finished.err.splitlines()[-1].startswith(f"tcss: {place} cannot be written (")
    assert "Traceback" not in finished.err


@pytest.fixture
def stubs(monkeypatch, report):
    """Measurements that are there at once: what is tested is where they go."""
    speeds = SealingMeasurement(1, 1, None, *(1.0,) * 8, 1, 1)
    load = LoadMeasurement("spread", 500, 50, 1.0, 0, *(1.0,) * 6)
    figures = Summary(1.0, 1.0, 1.0, 1.0)
    monkeypatch.setattr(bench_command, "run_benchmark", lambda *_arguments, **_options: report)
    monkeypatch.setattr(bench_command, "measure_sealing", lambda *_arguments: speeds)
    monkeypatch.setattr(gateway_measurement, "find_load_tool", lambda: ("x",))
    monkeypatch.setattr(gateway_measurement, "measure_gateway", lambda *_arguments, **_options: [load])
    monkeypatch.setattr(
        opening_measurement,
        "measure_openings",
        lambda *_arguments, **_options: OpeningMeasurement(3, 2, 1.0, *(figures,) * 6),
    )


@pytest.mark.parametrize(
    "command", [("tracing",), ("opening", "-n", "2", "-t", "2"), ("sealing",), ("gateway",)]
)
def test_measurements_that_cannot_be_written_are_told(tcss, stubs, tmp_path, command):
    path = tmp_path / "measured.json"
    assert tcss("bench", *command, "--json", path).status == 0
    assert path.read_text().endswith("}\n")
    refused(tcss("bench", *command, "--json", "/dev/full"), "/dev/full")


@pytest.mark.parametrize("name", ["tracing.md", "tracing-queries-by-size.svg"])
def test_a_page_that_cannot_be_written_is_told(tcss, report, tmp_path, name):
    pytest.importorskip("matplotlib", reason="plots need the extra `bench`")
    measured, folder = tmp_path / "tracing.json", tmp_path / "folder"
    write_report(report, measured)
    folder.mkdir()
    (folder / name).symlink_to("/dev/full")
    refused(tcss("bench", "report", measured, folder), folder / name)


def test_a_model_that_finds_no_room_is_told(tcss, tmp_path, monkeypatch):
    monkeypatch.setattr(sealing_measurement._Files, "model", Path("/dev/full"))
    refused(tcss("bench", "sealing", "--size-mb", "1", "--folder", tmp_path), "/dev/full")
    assert list(tmp_path.iterdir()) == []


def test_a_threshold_above_the_participants_cannot_be_measured(tcss):
    assert tcss("bench", "opening", "-n", "3", "-t", "4").status == 2
