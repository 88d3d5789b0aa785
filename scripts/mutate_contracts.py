"""
Mutation testing: see whether the tests notice one small fault in the verifiers or the complaints.

Every mutant of ``contract_mutants.py`` is compiled, and the tests of its source run on it until one fails, on
the embedded chain. What no test notices either shows that a test is missing, or that the mutant does what the
original does; the latter stand in ``mutants-accepted.toml`` with the reason. An entry there that no mutant
needs any more is refused too, so that the list stays true.

The contracts are compiled with little optimisation, for that takes a third of the time; what they do is the
same. Tests about gas, sizes and the shipped bytes are left out therefore. Of a run that was interrupted, the
mutants that a test has noticed are not run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from compile_contracts import ARTIFACTS, MOCK_ARTIFACTS, standard_input
from contract_coverage import syntax_trees
from contract_mutants import Mutant, mutants_of
from mutation_tests import HARNESS, STAGES
from solc_setup import PROJECT, CompilerMissingError, ensure_solc
from warm_compiler import WarmCompiler

ACCEPTED: Final = PROJECT / "mutants-accepted.toml"
BUILD: Final = PROJECT / "build" / "contract-mutants"

NOTICED, NOT_COMPILED, SURVIVED = "noticed", "does not compile", "survived"

_CONTRACTS, _MOCKS = "contracts", "mocks"
_SHIPPED: Final = {_CONTRACTS: ARTIFACTS, _MOCKS: MOCK_ARTIFACTS}
_OUTPUTS: Final = ["evm.bytecode.object", "evm.deployedBytecode.object"]
# Enough for the contract to be deployed in one transaction.
_STEPS: Final = "dhfoDgvulfnTUtnIf:fDnTOcmu"
_SECONDS: Final = 1800
_MARKS: Final = "not anvil and not compiler and not long_fuzz"
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class MutationError(Exception):
    """The mutants cannot be judged; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What became of a mutant.

    Attributes
    ----------
    mutant : Mutant
        The mutant.
    outcome : str
        `NOTICED`, `NOT_COMPILED` or `SURVIVED`.
    by : str
        The test that failed first.
    """

    mutant: Mutant
    outcome: str
    by: str = ""


def all_mutants(request: Mapping[str, Any], names: Iterable[str]) -> list[Mutant]:
    """
    Make the mutants of some sources.

    Parameters
    ----------
    request : mapping
        Standard-JSON input with all sources.
    names : iterable of str
        Those to mutate.

    Returns
    -------
    list of Mutant
        In the order of `names`.
    """
    trees = syntax_trees(dict(request))
    return [
        mutant
        for name in names
        for mutant in mutants_of(name, request["sources"][name]["content"], trees[name])
    ]


def prepare(folder: Path) -> None:
    """Copy the shipped artifacts, and those of the mocks, into folders of `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, shipped in _SHIPPED.items():
        shutil.copytree(shipped, folder / name)


def compile_into(
    folder: Path, root: str, request: Mapping[str, Any], mutant: Mutant | None, compiler: WarmCompiler
) -> bool:
    """
    Compile a contract, and put it into its artifact.

    Parameters
    ----------
    folder : Path
        What `prepare` has made.
    root : str
        The contract's source.
    request : mapping
        Input with all sources that it needs.
    mutant : Mutant, optional
        The fault; without it the sources are as they are.
    compiler : WarmCompiler
        The compiler.

    Returns
    -------
    bool
        False if it does not compile.
    """
    output = compiler.compile(_with_fault(request, root, mutant))
    if any(error["severity"] == "error" for error in output.get("errors", [])):
        return False
    for contract, compiled in output["contracts"][root].items():
        path = folder / _folder_of(root) / f"{contract}.json"
        artifact = json.loads(path.read_text(encoding="utf8"))
        artifact["bytecode"] = "0x" + compiled["evm"]["bytecode"]["object"]
        artifact["deployedBytecode"] = "0x" + compiled["evm"]["deployedBytecode"]["object"]
        path.write_text(json.dumps(artifact), encoding="utf8")
    return True


def first_failure(folder: Path, tests: Iterable[str]) -> str | None:
    """
    Run tests on the contracts in `folder` until one fails.

    Parameters
    ----------
    folder : Path
        What `prepare` and `compile_into` have made.
    tests : iterable of str
        Files below ``tests/``.

    Returns
    -------
    str or None
        The test that failed, or None if none did.

    Raises
    ------
    MutationError
        If the tests did not run.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", _MARKS]
    command += ["-p", "support.replaced_contracts", "--timeout", "300", *(f"tests/{each}" for each in tests)]
    environment = os.environ | {
        "TCSS_CONTRACTS": str(folder / _CONTRACTS),
        "TCSS_MOCKS": str(folder / _MOCKS),
        "PYTHONPATH": os.pathsep.join(
            [str(PROJECT), str(PROJECT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
    }
    try:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "they took too long"
    if done.returncode == 0:
        return None
    failed = _FAILED.search(done.stdout)
    if failed is None:
        raise MutationError(f"the tests did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return failed[1]


def judge(
    folder: Path, requests: Mapping[str, Mapping[str, Any]], mutant: Mutant, compiler: WarmCompiler
) -> Verdict:
    """Compile a mutant into one contract after the other, and run the tests of its source that need it."""
    try:
        prepare(folder)
        for stage in STAGES[mutant.source]:
            if not compile_into(folder, stage.root, requests[_folder_of(stage.root)], mutant, compiler):
                return Verdict(mutant, NOT_COMPILED)
            failed = first_failure(folder, stage.tests)
            if failed is not None:
                return Verdict(mutant, NOTICED, failed)
        return Verdict(mutant, SURVIVED)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_accepted(text: str) -> Counter[tuple[str, str, str]]:
    """
    Read the list of survivors that do what the original does.

    Parameters
    ----------
    text : str
        TOML: tables ``accepted`` with ``source``, ``code``, ``changes`` and ``reason``.

    Returns
    -------
    Counter of (source, code, change)
        How many of each there may be.

    Raises
    ------
    ValueError
        If an entry has no reason.
    """
    result: Counter[tuple[str, str, str]] = Counter()
    for entry in tomllib.loads(text).get("accepted", []):
        if not entry["reason"].strip():
            raise ValueError(f"no reason is given for accepting {entry['code']}")
        result.update((entry["source"], entry["code"], change) for change in entry["changes"])
    return result


def report(verdicts: Sequence[Verdict]) -> str:
    """Lay out how many mutants of each source were noticed."""
    rows = [f"{'source':<42} {'mutants':>8} {NOTICED:>8} {SURVIVED:>9} {NOT_COMPILED:>17}"]
    for source in [*STAGES, None]:
        counts = Counter(each.outcome for each in verdicts if source in (None, each.mutant.source))
        if counts:
            rows.append(
                f"{source or 'all':<42} {counts.total():>8} {counts[NOTICED]:>8} {counts[SURVIVED]:>9}"
                f" {counts[NOT_COMPILED]:>17}"
            )
    return "\n".join(rows)


def _with_fault(request: Mapping[str, Any], root: str, mutant: Mutant | None) -> dict[str, Any]:
    sources = dict(request["sources"])
    if mutant is not None:
        sources[mutant.source] = {"content": mutant.applied_to(sources[mutant.source]["content"])}
    settings = request["settings"]
    optimizer = settings["optimizer"] | {"details": {"yulDetails": {"optimizerSteps": _STEPS}}}
    selection = {root: {"*": _OUTPUTS}}
    return {
        "language": request["language"],
        "sources": sources,
        "settings": settings | {"optimizer": optimizer, "outputSelection": selection},
    }


class _Journal:
    """What earlier runs found, for mutants of the very same contracts."""

    def __init__(self, requests: Mapping[str, Mapping[str, Any]]) -> None:
        digest = hashlib.sha256(json.dumps([requests, _STEPS]).encode()).hexdigest()
        self._path = BUILD / f"{digest[:16]}.jsonl"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = self._path.read_text(encoding="utf8").splitlines() if self._path.exists() else []
        self._known = {tuple(entry[:4]): tuple(entry[4:]) for entry in map(json.loads, lines)}

    def verdict_of(self, mutant: Mutant) -> Verdict | None:
        known = self._known.get(self._key(mutant))
        return Verdict(mutant, *known) if known else None

    def keep(self, verdict: Verdict) -> None:
        if verdict.outcome != SURVIVED:
            with self._path.open("a", encoding="utf8") as file:
                file.write(json.dumps([*self._key(verdict.mutant), verdict.outcome, verdict.by]) + "\n")

    @staticmethod
    def _key(mutant: Mutant) -> tuple[str, int, int, str]:
        return (mutant.source, mutant.start, mutant.end, mutant.after)


def main() -> None:
    """Judge all mutants; fail if one survives that is not accepted, or an accepted one does not survive."""
    parser = argparse.ArgumentParser(description="Test whether tests notice faults in the contracts.")
    parser.add_argument("sources", nargs="*", default=list(STAGES), help="by default all that STAGES names")
    parser.add_argument("--workers", type=int, default=2, help="mutants that are judged at a time")
    options = parser.parse_args()
    try:
        ensure_solc(download=False)
        verdicts = _judge_all(options.sources, options.workers)
    except (CompilerMissingError, MutationError) as error:
        sys.exit(str(error))
    print(report(verdicts))
    accepted = read_accepted(ACCEPTED.read_text(encoding="utf8"))
    survivors = Counter(_identity(each.mutant) for each in verdicts if each.outcome == SURVIVED)
    missing = [
        each.mutant
        for each in verdicts
        if each.outcome == SURVIVED and survivors[_identity(each.mutant)] > accepted[_identity(each.mutant)]
    ]
    outdated = [
        entry for entry in accepted if entry[0] in options.sources and survivors[entry] < accepted[entry]
    ]
    for mutant in missing:
        print(f"{mutant.source}:{mutant.line}: no test notices {mutant.change}: {mutant.code}")
    for source, code, change in outdated:
        print(f"{ACCEPTED.name}: {source}: {change} does not survive any more in: {code}")
    if missing or outdated:
        sys.exit(f"{len(missing)} survivors are not accepted, {len(outdated)} entries are outdated")


def _judge_all(sources: Sequence[str], workers: int) -> list[Verdict]:
    own = [path for path in PROJECT.glob("contracts/**/*.sol") if ".cache" not in path.parts]
    requests = {
        _CONTRACTS: standard_input(path for path in own if "mocks" not in path.parts),
        _MOCKS: standard_input(path for path in own if "mocks" in path.parts),
    }
    journal = _Journal(requests)
    mutants = all_mutants(requests[_CONTRACTS], sources)
    verdicts = [known for mutant in mutants if (known := journal.verdict_of(mutant))]
    judged = {verdict.mutant for verdict in verdicts}
    waiting = [mutant for mutant in mutants if mutant not in judged]
    print(f"{len(mutants)} mutants, {len(waiting)} of them to be judged", flush=True)
    with ExitStack() as running, ThreadPoolExecutor(workers) as pool:
        compilers: SimpleQueue[WarmCompiler] = SimpleQueue()
        for _ in range(workers):
            compilers.put(running.enter_context(WarmCompiler()))

        def judge_next(number: int, mutant: Mutant) -> Verdict:
            compiler = compilers.get()
            try:
                return judge(BUILD / f"mutant-{number}", requests, mutant, compiler)
            finally:
                compilers.put(compiler)

        _require_agreement(requests, sources, compilers)
        futures = [pool.submit(judge_next, number, mutant) for number, mutant in enumerate(waiting)]
        for number, future in enumerate(as_completed(futures), 1):
            verdict = future.result()
            journal.keep(verdict)
            verdicts.append(verdict)
            mutant = verdict.mutant
            print(
                f"{number}/{len(waiting)} {mutant.source}:{mutant.line}: {mutant.change}: {verdict.outcome}"
                f" {verdict.by}",
                flush=True,
            )
    return sorted(verdicts, key=lambda each: (each.mutant.source, each.mutant.start, each.mutant.after))


def _require_agreement(
    requests: Mapping[str, Mapping[str, Any]], sources: Iterable[str], compilers: SimpleQueue[WarmCompiler]
) -> None:
    """Refuse to judge anything by tests that fail on the contracts as they are."""
    folder, compiler = BUILD / "unchanged", compilers.get()
    prepare(folder)
    stages = [stage for source in sources for stage in STAGES[source]]
    for root in {stage.root for stage in stages}:
        if not compile_into(folder, root, requests[_folder_of(root)], None, compiler):
            raise MutationError(f"{root} does not compile as it is")
    compilers.put(compiler)
    failed = first_failure(folder, dict.fromkeys(test for stage in stages for test in stage.tests))
    if failed is not None:
        raise MutationError(f"{failed} fails on the contracts as they are")


def _folder_of(root: str) -> str:
    return _MOCKS if root == HARNESS else _CONTRACTS


def _identity(mutant: Mutant) -> tuple[str, str, str]:
    return (mutant.source, mutant.code, mutant.change)


if __name__ == "__main__":
    main()
