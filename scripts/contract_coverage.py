"""
Measure which lines and branches of the contracts the contract tests run.

The contracts are compiled with the probes of ``contract_probes.py``, by the project's compiler with the
project's settings less one step of the optimiser, which would drop the probes. The contract tests then run
on them on the embedded chain, where ``tests/support/probe_recorder.py`` writes down which probes ran. Left
out are the tests that are about the shipped bytes themselves: their gas, their compilation, and other chains.
A quick run leaves out the longest files too; its figures are a little lower.

The mocks are not measured. What tests run through them counts: that is how libraries are tested one by one.
What has run in no other way is shown apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from compile_contracts import ARTIFACTS, INPUT_NAME, MOCK_ARTIFACTS, standard_input
from contract_probes import PROBES_NAME, PROBES_SOURCE, Condition, Instrumented, Statement, instrument
from solc_setup import PROJECT, CompilerMissingError, ensure_solc

BUILD: Final = PROJECT / "build" / "contract-coverage"
MOCK_OFFSET: Final = 0x10_0000
"""Added to the numbers of probes that are compiled into a mock."""

_PLAN, _HITS, _MOCKS = "probes.json", "hits", "mocks"
# The compiler's own sequence, once instead of until nothing changes any more, and without S, the elimination
# of unused stores, which would drop the probes.
_STEPS: Final = "dhfoDgvulfnTUtnIfxa[r]EscLMVculTrpeulxa[r]cLgvifCTUcaLsTFOtfDncaIulcjmulVcTOculjmul:fDnTOcmu"
_OUTPUTS: Final = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
_TESTS: Final = "tests/contract"
_NOT_MEASURED: Final = ("test_coverage_probes.py", "test_gas_limits.py", "test_pure_py_evm.py")
# More than half of the time goes into these, which for the most part run again what others run.
_LONG: Final = (
    "test_bonds.py",
    "test_mauling_dealer.py",
    "test_phases.py",
    "test_trace_forgeries.py",
    "test_traces.py",
)
_MARKS: Final = "not anvil and not compiler and not long_faults and not huge and not many_seeds"


class CoverageError(Exception):
    """The contracts cannot be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """
    What ran of one source.

    Parameters
    ----------
    source : str
        Its name.
    lines : int
        Lines on which a statement starts.
    missing_lines : tuple of int
        Those with a statement that did not run.
    branches : int
        Outcomes of conditions, two a condition.
    missing_branches : tuple of (line, condition, outcome)
        Those that did not occur.
    harness_only : tuple of int
        Lines that ran in the mocks alone.
    """

    source: str
    lines: int
    missing_lines: tuple[int, ...]
    branches: int
    missing_branches: tuple[tuple[int, str, bool], ...]
    harness_only: tuple[int, ...]


def build() -> None:
    """
    Compile the contracts with probes into `BUILD`, unless this has been done.

    Raises
    ------
    CoverageError
        If they do not compile, or are not those of the shipped artifacts.
    """
    own = [path for path in PROJECT.glob("contracts/**/*.sol") if ".cache" not in path.parts]
    mocks = [path for path in own if "mocks" in path.parts]
    shipped = standard_input(path for path in own if "mocks" not in path.parts)
    for_tests = standard_input(mocks)
    parts = [
        shipped,
        for_tests,
        PROBES_SOURCE,
        _STEPS,
        Path(__file__).with_name("contract_probes.py").read_text(),
    ]
    fingerprint = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    if (BUILD / "fingerprint").is_file() and (BUILD / "fingerprint").read_text() == fingerprint:
        return
    shutil.rmtree(BUILD, ignore_errors=True)
    (BUILD / _MOCKS).mkdir(parents=True)

    trees = syntax_trees(shipped)
    texts = {name: shipped["sources"][name]["content"] for name in trees}
    plan = instrument(texts, trees)
    in_mocks = instrument(texts, trees, MOCK_OFFSET)
    requests = [with_probes(shipped, plan), with_probes(for_tests, in_mocks)]
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(compile_request, requests))

    request_text = json.dumps(requests[0])
    (BUILD / INPUT_NAME).write_text(request_text)
    source_hash = "0x" + hashlib.sha256(request_text.encode()).hexdigest()
    for path in ARTIFACTS.glob("*.json"):
        if path.name != INPUT_NAME:
            _write_artifact(path, BUILD, outputs[0], {"sourceHash": source_hash})
    for path in MOCK_ARTIFACTS.glob("*.json"):
        _write_artifact(path, BUILD / _MOCKS, outputs[1], {})
    (BUILD / _PLAN).write_text(
        json.dumps(
            {
                "statements": [asdict(statement) for statement in plan.statements],
                "conditions": [asdict(condition) for condition in plan.conditions],
            }
        )
    )
    (BUILD / "fingerprint").write_text(fingerprint)


def run_tests(arguments: Sequence[str]) -> int:
    """
    Run the contract tests on what `build` built.

    Parameters
    ----------
    arguments : sequence of str
        What to run, and other arguments of pytest.

    Returns
    -------
    int
        Status of pytest. The probes that ran are in `BUILD`.
    """
    hits = BUILD / _HITS
    shutil.rmtree(hits, ignore_errors=True)
    hits.mkdir()
    plugins = ["-p", "support.replaced_contracts", "-p", "support.probe_recorder"]
    command = [sys.executable, "-m", "pytest", *plugins, "-m", _MARKS, "-q"]
    command += [f"--ignore={_TESTS}/{name}" for name in _NOT_MEASURED]
    environment = os.environ | {
        "TCSS_CONTRACTS": str(BUILD),
        "TCSS_MOCKS": str(BUILD / _MOCKS),
        "TCSS_PROBES_THAT_RAN": str(hits),
        "PYTHONPATH": os.pathsep.join(
            [str(PROJECT), str(PROJECT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
    }
    return subprocess.run([*command, *arguments], check=False, cwd=PROJECT, env=environment).returncode


def measure() -> list[FileCoverage]:
    """
    Compare the probes that ran with those that there are.

    Returns
    -------
    list of FileCoverage
        One for every source with statements, by name.

    Raises
    ------
    CoverageError
        If nothing has run.
    """
    plan = json.loads((BUILD / _PLAN).read_text())
    statements = [Statement(**fields) for fields in plan["statements"]]
    conditions = [Condition(**fields) for fields in plan["conditions"]]
    ran: set[int] = set()
    for path in (BUILD / _HITS).glob("*.json"):
        ran.update(json.loads(path.read_text()))
    if not ran:
        raise CoverageError("no probe ran: the tests did not run on the contracts with probes")
    return coverage_of(statements, conditions, ran)


def coverage_of(
    statements: Sequence[Statement], conditions: Sequence[Condition], ran: set[int]
) -> list[FileCoverage]:
    """
    Compute the coverage of every source.

    Parameters
    ----------
    statements, conditions : sequences of Statement and Condition
        What there is.
    ran : set of int
        The probes that ran, those in mocks with `MOCK_OFFSET` added.

    Returns
    -------
    list of FileCoverage
        One for every source with statements, by name.
    """
    anywhere = ran | {probe - MOCK_OFFSET for probe in ran if probe >= MOCK_OFFSET}
    result = []
    for source in sorted({statement.source for statement in statements}):
        lines: dict[int, list[int]] = {}
        for statement in statements:
            if statement.source == source:
                lines.setdefault(statement.line, []).append(statement.probe)
        here = [condition for condition in conditions if condition.source == source]
        covered = {line for line, probes in lines.items() if anywhere.issuperset(probes)}
        result.append(
            FileCoverage(
                source=source,
                lines=len(lines),
                missing_lines=tuple(sorted(lines.keys() - covered)),
                branches=2 * len(here),
                missing_branches=tuple(
                    (condition.line, condition.text, outcome)
                    for condition in here
                    for outcome in (False, True)
                    if condition.probe + outcome not in anywhere
                ),
                harness_only=tuple(sorted(line for line in covered if not ran.issuperset(lines[line]))),
            )
        )
    return result


def report(files: Sequence[FileCoverage]) -> str:
    """
    Lay the figures out.

    Parameters
    ----------
    files : sequence of FileCoverage
        One for every source.

    Returns
    -------
    str
        A table, and below it each branch that is missing.
    """
    width = max(len(file.source) for file in files)
    rows = [f"{'contract':{width}}  {'lines':>15}  {'branches':>15}  missing lines"]
    for file in files:
        missing = ", ".join(map(str, file.missing_lines))
        rows.append(
            f"{file.source:{width}}  {_share(file.lines, file.missing_lines):>15}  "
            f"{_share(file.branches, file.missing_branches):>15}  {missing}".rstrip()
        )
    lines, missing_lines, branches, missing_branches = _totals(files)
    rows.append(
        f"{'total':{width}}  {_share(lines, missing_lines):>15}  {_share(branches, missing_branches):>15}"
    )
    for file in files:
        for line, text, outcome in file.missing_branches:
            rows.append(f"{file.source}:{line}: never {str(outcome).lower()}: {text}")
    for file in files:
        if file.harness_only:
            rows.append(f"{file.source}: in the harness alone: {', '.join(map(str, file.harness_only))}")
    return "\n".join(rows)


def _totals(files: Sequence[FileCoverage]) -> tuple[int, list[int], int, list[tuple[int, str, bool]]]:
    return (
        sum(file.lines for file in files),
        [line for file in files for line in file.missing_lines],
        sum(file.branches for file in files),
        [branch for file in files for branch in file.missing_branches],
    )


def _share(total: int, missing: Sequence[object]) -> str:
    covered = total - len(missing)
    return f"{covered}/{total} {_percent(total, missing):6.2f}%" if total else "-"


def _percent(total: int, missing: Sequence[object]) -> float:
    return 100 * (total - len(missing)) / total if total else 100.0


def syntax_trees(request: dict[str, Any]) -> dict[str, Any]:
    """Give the trees of the sources from which `request` wants output."""
    own = request["settings"]["outputSelection"].keys()
    selection = {"outputSelection": {"*": {"": ["ast"]}}}
    output = compile_request(request | {"settings": request["settings"] | selection})
    return {name: output["sources"][name]["ast"] for name in own}


def with_probes(request: Mapping[str, Any], instrumented: Instrumented) -> dict[str, Any]:
    """Give the request that compiles the sources with probes in the place of those without."""
    sources = {
        name: {"content": instrumented.sources.get(name, source["content"])}
        for name, source in request["sources"].items()
    }
    settings = request["settings"]
    optimizer = settings["optimizer"] | {"details": {"yulDetails": {"optimizerSteps": _STEPS}}}
    selection = {name: {"*": _OUTPUTS} for name in settings["outputSelection"]}
    return {
        "language": request["language"],
        "sources": sources | {PROBES_NAME: {"content": PROBES_SOURCE}},
        "settings": settings | {"optimizer": optimizer, "outputSelection": selection},
    }


def compile_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """Compile; raises `CoverageError` with what the compiler says."""
    import solcx

    try:
        output: dict[str, Any] = solcx.compile_standard(dict(request), base_path=PROJECT)
    except solcx.exceptions.SolcError as error:
        raise CoverageError(f"the contracts do not compile: {error.message}") from error
    return output


def _write_artifact(path: Path, folder: Path, output: Mapping[str, Any], changes: Mapping[str, str]) -> None:
    """Write an artifact anew with the code that has probes."""
    artifact = json.loads(path.read_text(encoding="utf8"))
    compiled = output["contracts"][artifact["sourceName"]][artifact["contractName"]]
    if compiled["abi"] != artifact["abi"]:
        raise CoverageError(f"{path.name} is not up to date; run `make compile`")
    code = {
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + compiled["evm"]["deployedBytecode"]["object"],
    }
    (folder / path.name).write_text(json.dumps(artifact | code | changes), encoding="utf8")


def main() -> None:
    """Compile, run the tests, print the report; fail if a test fails or too little ran."""
    parser = argparse.ArgumentParser(description="Measure what the contract tests run of the contracts.")
    parser.add_argument("tests", nargs="*", default=[_TESTS], help="by default all contract tests")
    parser.add_argument("--quick", action="store_true", help="leave out the longest files of tests")
    parser.add_argument("--workers", default="1", help="processes in which the tests run")
    parser.add_argument("--lines", type=float, default=95.0, help="per cent of lines that must run")
    parser.add_argument("--branches", type=float, default=0.0, help="per cent of branches that must occur")
    parser.add_argument("--json", type=Path, help="file to which the figures are written as well")
    parser.add_argument("--build-only", action="store_true", help="only compile the contracts with probes")
    options = parser.parse_args()
    try:
        ensure_solc(download=False)
        build()
        if options.build_only:
            return
        left_out = [f"--ignore={_TESTS}/{name}" for name in _LONG if options.quick]
        status = run_tests([*options.tests, *left_out, "-n", options.workers, "--dist", "loadfile"])
        if status:
            sys.exit(status)
        files = measure()
    except (CompilerMissingError, CoverageError) as error:
        sys.exit(str(error))
    print(report(files))
    lines, missing_lines, branches, missing_branches = _totals(files)
    figures = {
        "lines": _percent(lines, missing_lines),
        "branches": _percent(branches, missing_branches),
    }
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(figures | {"files": [asdict(file) for file in files]}, indent=1)
        options.json.write_text(text + "\n", encoding="utf8")
    floors = {"lines": options.lines, "branches": options.branches}
    low = [what for what, floor in floors.items() if figures[what] < floor]
    if low:
        sys.exit("; ".join(f"{figures[what]:.2f} % of {what} ran, {floors[what]:g} % must" for what in low))


if __name__ == "__main__":
    main()
