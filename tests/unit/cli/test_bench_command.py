"""``tcss bench``: measuring and reporting from the command line."""

from __future__ import annotations

import json

import pytest

from tcss_chain.benchmarks.suite import Section


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


def test_a_threshold_above_the_participants_cannot_be_measured(tcss):
    assert tcss("bench", "opening", "-n", "3", "-t", "4").status == 2
