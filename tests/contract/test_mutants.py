"""Mutants of the contracts: which faults are made, and that the lists beside them are about something."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.compiler import load_script, require_compiler

SAMPLE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
contract Sample {
    error Odd(uint256 x);
    event Seen(uint256 x);
    uint256 private constant LIMIT = 1_000;
    function run(uint256 x, bool careful) external returns (uint256 sum) {
        if (careful && (x % 2) == 1) revert Odd(x);
        if (!careful) emit Seen(x);
        for (uint256 i = 3; i < x; ++i) sum += i;
        sum = careful ? sum : LIMIT;
        assembly ("memory-safe") {
            if iszero(careful) { sum := addmod(sum, 0x20, 7) }
            for { let i := 0 } lt(i, 3) { i := add(i, 1) } { mstore(0, shl(5, i)) }
        }
    }
}
"""

EXPECTED = """
6 1_000 -> 1001
8 careful && (x % 2) == 1 -> false
8 careful && (x % 2) == 1 -> true
8 && -> ||
8 % -> *
8 2 -> 3
8 == -> !=
8 1 -> 2
9 !careful -> careful
9 !careful -> false
9 emit Seen(x) -> 0
10 3 -> 4
10 < -> <=
10 < -> >=
10 ++i -> --i
10 ++i -> 0
10 sum += i -> 0
10 += -> -=
11 sum = careful ? sum : LIMIT -> 0
11 careful -> false
11 careful -> true
13 iszero(careful) -> 0
13 iszero(careful) -> careful
13 sum := addmod(sum, 0x20, 7) -> {}
13 addmod -> mulmod
13 0x20 -> 0x1f
13 7 -> 6
14 0 -> 1
14 lt -> gt
14 lt(i, 3) -> 0
14 3 -> 2
14 i := add(i, 1) -> {}
14 add -> sub
14 1 -> 0
14 mstore(0, shl(5, i)) -> {}
14 0 -> 1
14 shl -> shr
14 5 -> 4
"""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load_script(monkeypatch, "mutate_contracts")


@pytest.mark.compiler
def test_every_place_is_changed_as_it_says(monkeypatch: pytest.MonkeyPatch, script: ModuleType) -> None:
    require_compiler(monkeypatch)
    name = "contracts/Sample.sol"
    request = script.standard_input([]) | {"sources": {name: {"content": SAMPLE}}}
    request["settings"]["outputSelection"] = {name: {"*": ["evm.bytecode.object"]}}
    mutants = script.all_mutants(request, [name])
    assert [f"{mutant.line} {mutant.change}" for mutant in mutants] == EXPECTED.split("\n")[1:-1]
    for mutant in mutants:
        changed = mutant.applied_to(SAMPLE)
        assert changed.count("\n") == SAMPLE.count("\n")
        assert len(changed) - len(SAMPLE) == len(mutant.after) - len(mutant.before)
        lines = zip(SAMPLE.split("\n"), changed.split("\n"), strict=True)
        assert [number for number, (old, new) in enumerate(lines, 1) if old != new] == [mutant.line]


@pytest.mark.compiler
@pytest.mark.slow
def test_a_fault_is_noticed_and_a_change_without_effect_survives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    require_compiler(monkeypatch)
    bench, tests, mutants = (
        load_script(monkeypatch, name) for name in ("mutant_bench", "mutation_tests", "contract_mutants")
    )
    name = "contracts/libraries/ShareTree.sol"
    stage = tests.Stage(tests.HARNESS, ("contract/test_hashing.py",))
    monkeypatch.setattr(bench, "STAGES", {name: (stage,)})
    compilation = load_script(monkeypatch, "compile_contracts")
    request = compilation.standard_input([compilation.PROJECT / tests.HARNESS])
    text = request["sources"][name]["content"]

    def changed(before: str, after: str) -> Any:
        start = text.encode().index(before.encode())
        return mutants.Mutant(name, 1, "", start, start + len(before), before, after)

    with bench.WarmCompiler() as compiler, bench.WarmTests(300) as runner:
        at = bench.Bench(compiler, runner)
        outcomes = [
            bench.judge(tmp_path / "mutant", {"mocks": request}, mutant, at).outcome
            for mutant in (
                changed("node == root", "node != root"),
                changed("keccak256(input, 0x80)", "keccak256(input, 0x080)"),
                changed("node == root", "node == 7"),
            )
        ]
    assert outcomes == [bench.NOTICED, bench.SURVIVED, bench.NOT_COMPILED]


def test_tests_of_every_mutated_source_exist(script: ModuleType) -> None:
    for source, stages in script.STAGES.items():
        assert (script.PROJECT / source).is_file()
        for stage in stages:
            assert (script.PROJECT / stage.root).is_file()
            assert all((script.PROJECT / "tests" / each).is_file() for each in stage.tests)


def test_accepted_survivors_are_about_lines_that_exist(script: ModuleType) -> None:
    text = script.ACCEPTED.read_text()
    assert sum(script.read_accepted(text).values()) == sum(
        len(entry["changes"]) for entry in tomllib.loads(text).get("accepted", [])
    )
    for source, code, _ in script.read_accepted(text):
        lines = (script.PROJECT / source).read_text().split("\n")
        assert code in [line.strip() for line in lines]


def test_survivors_are_accepted_for_a_reason_only(script: ModuleType) -> None:
    entry = '[[accepted]]\nsource = "a.sol"\ncode = "x"\nchanges = ["0 -> 1", "0 -> 1"]\nreason = "{}"\n'
    assert script.read_accepted(entry.format("same")) == Counter({("a.sol", "x", "0 -> 1"): 2})
    with pytest.raises(ValueError, match="no reason"):
        script.read_accepted(entry.format(" "))
