"""The whole demonstration as a user runs it, and what it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from rich.console import Console

from tcss_chain.chain.connection import Connection
from tcss_chain.consortium import load_consortium
from tcss_chain.demo.cheats import Cheat
from tcss_chain.demo.narrator import Narrator
from tcss_chain.demo.stage import Stage
from tcss_chain.demo.story import Story
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.records.record_reads import RecordReads

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


def test_the_plain_demonstration_convicts_exactly_those_who_leaked(tmp_path):
    assert_succeeded(play(tmp_path))


@pytest.mark.parametrize("cheat", list(Cheat))
def test_a_cheat_is_disqualified_and_the_leak_still_traced(tmp_path, cheat):
    played = play(tmp_path, "--cheat", cheat.value, "--seed", 1)
    assert_succeeded(played, cheat)
    assert "disqualified on chain" in played.out


@pytest.mark.parametrize("seed", [2])
def test_other_seeds_convict_exactly_those_who_leaked(tmp_path, seed):
    assert_succeeded(play(tmp_path, "--seed", seed))


@pytest.mark.many_seeds
@pytest.mark.parametrize("seed", range(20))
def test_many_seeds_convict_exactly_those_who_leaked(tmp_path, seed):
    cheat = [None, *Cheat][seed % 4]
    arguments = ["--cheat", cheat.value] if cheat else []
    assert_succeeded(play(tmp_path, "--seed", 100 + seed, *arguments), cheat)


@pytest.mark.anvil
@pytest.mark.parametrize("cheat", [None, *(pytest.param(cheat, marks=pytest.mark.slow) for cheat in Cheat)])
def test_the_demonstration_on_anvil_ends_alike(tmp_path, anvil_binary, cheat):
    path = f"{anvil_binary.parent}{os.pathsep}{os.environ['PATH']}"
    arguments = ["--cheat", cheat.value] if cheat else []
    played = play(tmp_path, "--chain", "anvil", "--seed", 4, *arguments, PATH=path)
    assert_succeeded(played, cheat)
    assert "anvil" in played.out


def test_a_seed_repeats_who_leaks():
    """Which organisations leak is told by name; their keys are fresh every time."""
    root = Path(__file__).resolve().parents[2]
    consortium = load_consortium(root / "examples" / "healthcare" / "consortium.yaml")
    stage = Stage("none", "http://127.0.0.1:1", Account.from_key(b"\1" * 32), can_travel=False)

    def leaking(seed):
        story = Story(consortium, stage, Narrator(Console()), seed=seed)
        return sorted(organisation.name for organisation in story._choose_leaking())

    assert leaking(5) == leaking(5)
    assert len({tuple(leaking(seed)) for seed in range(10)}) > 1


@pytest.mark.parametrize("cheat", [None, pytest.param(Cheat.BAD_PROOF, marks=pytest.mark.slow)])
def test_the_demonstration_plays_on_a_chain_that_runs_already(tmp_path, cheat):
    """Its blocks come every half second, and its clock is left alone."""
    with EmbeddedDevnet(account_count=2, block_interval=0.5) as devnet:
        key = "0x" + bytes(devnet.accounts[1].key).hex()
        arguments = ["--cheat", cheat.value] if cheat else []
        played = play(tmp_path, "--rpc", devnet.rpc_url, "--seed", 5, *arguments, TCSS_FUNDER_KEY=key)
        assert_succeeded(played, cheat)
        assert key[2:] not in played.out + played.err + json.dumps(played.report)
        assert devnet.rpc_url not in played.out
        connection = Connection(devnet.rpc_url, played.report["contract"])
        (record,) = RecordReads(connection).all()
        assert list(record.accused) == played.report["leaked"]


@pytest.mark.slow
def test_a_withheld_share_on_a_chain_whose_clock_is_left_alone_takes_its_phases(tmp_path):
    with EmbeddedDevnet(account_count=2, block_interval=0.5) as devnet:
        key = "0x" + bytes(devnet.accounts[1].key).hex()
        arguments = ["--rpc", devnet.rpc_url, "--cheat", "withhold-share", "--phase-seconds", 8]
        played = play(tmp_path, *arguments, TCSS_FUNDER_KEY=key)
        assert_succeeded(played, Cheat.WITHHOLD_SHARE)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t"), [(2, 2), (6, 3), (6, 4)])
def test_other_consortia_play_too(tmp_path, n, t):
    organisations = "".join(f"  - name: Member {index}\n" for index in range(n))
    path = tmp_path / "consortium.yaml"
    path.write_text(
        f"consortium: Others\nthreshold: {t}\norganisations:\n{organisations}auditor: Gateway\nbond: 0\n"
        "phases: {confirm: 600, join: 600, deal: 600, complain: 600, reveal: 600, challenge: 600}\n"
        "bond_release: 0\n",
        "utf8",
    )
    played = play(tmp_path, "--consortium", path)
    assert played.status == 0, played.out + played.err
    assert played.report["equal"]
    assert played.report["verified"]
    assert len(played.report["leaked"]) == t - 1
    assert played.report["refuses"]
    # Who was not convicted opens the model again where they are enough.
    assert len(played.report["gas"]["anchor"]) == (2 if n - (t - 1) >= t else 1)
