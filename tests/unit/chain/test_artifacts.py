"""Loading of the compiled contracts that the package ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tcss_chain.chain import artifacts
from tcss_chain.chain.artifacts import ArtifactError, load_artifact, standard_input

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the artifacts that a test may damage."""
    for name in ("TCSS.json", "standard-input.json"):
        (tmp_path / name).write_text((artifacts._FOLDER / name).read_text(encoding="utf8"), encoding="utf8")
    monkeypatch.setattr(artifacts, "_FOLDER", tmp_path)
    return tmp_path


def test_contract_is_complete() -> None:
    artifact = load_artifact()
    assert artifact.name == "TCSS"
    assert artifact.compiler.startswith("0.8.37+commit.")
    assert artifact.settings["evmVersion"] == "prague"
    assert {item["type"] for item in artifact.abi} >= {"constructor", "function", "event", "error"}
    assert 0 < len(artifact.deployed_bytecode) <= 24_576
    assert len(artifact.bytecode) <= 49_152


def test_constructor_takes_nothing() -> None:
    (constructor,) = [item for item in load_artifact().abi if item["type"] == "constructor"]
    assert constructor["inputs"] == []


def test_error_notices_belong_to_declared_errors() -> None:
    artifact = load_artifact()
    declared = {item["name"] for item in artifact.abi if item["type"] == "error"}
    assert artifact.error_notices
    assert {signature.split("(")[0] for signature in artifact.error_notices} <= declared


def test_shipped_sources_are_those_of_the_checkout() -> None:
    shipped = standard_input()["sources"]
    own = {name for name in shipped if "/.cache/" not in name}
    present = {
        path.relative_to(PROJECT).as_posix()
        for path in PROJECT.glob("contracts/**/*.sol")
        if not {".cache", "mocks"} & set(path.parts)
    }
    assert own == present
    stale = {name for name in own if (PROJECT / name).read_text(encoding="utf8") != shipped[name]["content"]}
    assert stale == set(), "run `make compile`"


def test_unknown_contract_is_reported() -> None:
    with pytest.raises(ArtifactError, match="not part of this package"):
        load_artifact("Nothing")


def test_artifact_of_other_sources_is_refused(folder: Path) -> None:
    request = json.loads((folder / "standard-input.json").read_text(encoding="utf8"))
    request["settings"]["optimizer"]["runs"] = 1
    (folder / "standard-input.json").write_text(json.dumps(request), encoding="utf8")
    with pytest.raises(ArtifactError, match="not compiled from the shipped sources"):
        load_artifact.__wrapped__("TCSS")


@pytest.mark.parametrize("field", ["abi", "bytecode", "sourceHash"])
def test_malformed_artifact_is_refused(folder: Path, field: str) -> None:
    raw = json.loads((folder / "TCSS.json").read_text(encoding="utf8"))
    raw[field] = 7
    (folder / "TCSS.json").write_text(json.dumps(raw), encoding="utf8")
    with pytest.raises(ArtifactError, match="malformed"):
        load_artifact.__wrapped__("TCSS")


def test_ape_is_configured_with_the_same_compiler_settings() -> None:
    settings, ape = load_artifact().settings, yaml.safe_load((PROJECT / "ape-config.yaml").read_text())
    solidity = ape["solidity"]
    assert load_artifact().compiler.split("+")[0] == solidity["version"]
    assert settings["evmVersion"] == solidity["evm_version"]
    assert settings["viaIR"] == solidity["via_ir"]
    assert settings["optimizer"] == {"enabled": solidity["optimize"], "runs": solidity["optimization_runs"]}
