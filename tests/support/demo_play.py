"""Running the demonstration as a user does, and what must come out of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tcss_chain.demo.cheats import Cheat

FAULTS = {
    Cheat.INVALID_SHARE: "invalid_share",
    Cheat.WITHHOLD_SHARE: "missing_share",
    Cheat.BAD_PROOF: "invalid_proof",
}
HONEST_GAS = {
    "deploy": 1,
    "createSession": 1,
    "confirm": 1,
    "join": 4,
    "deal": 4,
    "activateUnanimously": 1,
    "anchor": 1,
    "convict": 1,
}
CHEAT_GAS = {
    Cheat.INVALID_SHARE: {"complainInvalidShare": 1},
    Cheat.WITHHOLD_SHARE: {"complainMissingShare": 1},
    Cheat.BAD_PROOF: {"complainInvalidProof": 1},
}
STAGES = [
    "chain",
    "session",
    "key",
    "model",
    "opening",
    "predictions",
    "leak",
    "trace",
    "verdict",
    "refusal",
    "record",
]
HELD_OUT_RIGHT = 137 / 143
"""What the classifier gets right where it is trained; the gateway must not be better or worse."""


@dataclass(frozen=True)
class Played:
    """How a demonstration ended."""

    status: int
    out: str
    err: str
    report: dict[str, Any]


def play(folder: Path, *arguments: object, **environment: str) -> Played:
    path = folder / "report.json"
    command = [sys.executable, "-m", "tcss_chain", "demo", "--json", path, *arguments]
    run = subprocess.run(
        [str(part) for part in command],
        env=os.environ | environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    out, err = run.stdout.decode(), run.stderr.decode()
    assert path.exists(), out + err
    return Played(run.returncode, out, err, json.loads(path.read_text("utf8")))


def assert_succeeded(played: Played, cheat: Cheat | None = None) -> None:
    """Exactly those who leaked are on record, verified, and whoever misdealt has its fault."""
    assert played.status == 0, played.out + played.err
    assert "Traceback" not in played.out + played.err
    report = played.report
    assert report["accuracy"] == report["trained_accuracy"] == pytest.approx(HELD_OUT_RIGHT)
    assert report["refuses"] is True
    assert report["equal"] is True
    assert report["verified"] is True
    assert report["accused"] == report["leaked"] == report["record"]["accused"]
    assert len(report["leaked"]) == 2
    assert report["record"]["session"] == report["session"]
    assert report["queries"] == report["record"]["queries"] >= 1
    assert report["record"]["agreeing"] <= report["record"]["evaluations"]
    assert "Convicted: exactly those who leaked." in played.out
    assert "none opens it" in played.out
    assert list(report["faults"].values()) == ([FAULTS[cheat]] if cheat else [])

    counts = {kind: len(amounts) for kind, amounts in report["gas"].items()}
    if cheat is Cheat.WITHHOLD_SHARE:
        # The passed deadline is the fault; somebody may activate before it is written down.
        assert counts.pop("recordFault", 0) <= 1
    assert counts == HONEST_GAS | (CHEAT_GAS[cheat] if cheat else {})
    assert all(21_000 < amount < 16_777_216 for amounts in report["gas"].values() for amount in amounts)
    assert max(report["gas"]["convict"]) < 1_000_000
    assert list(report["seconds"]) == STAGES
    assert all(seconds >= 0 for seconds in report["seconds"].values())
    assert sum(report["seconds"].values()) < 120
