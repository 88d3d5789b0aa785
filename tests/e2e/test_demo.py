"""The whole demonstration as a user runs it, and what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_account import Account
from rich.console import Console
from support.demo_play import assert_succeeded, play

from tcss_chain.consortium import load_consortium
from tcss_chain.demo.cheats import Cheat
from tcss_chain.demo.narrator import Narrator
from tcss_chain.demo.stage import Stage
from tcss_chain.demo.story import Story


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
