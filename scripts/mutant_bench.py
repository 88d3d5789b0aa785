"""A place where mutants are compiled and tests run on them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from compile_contracts import ARTIFACTS, MOCK_ARTIFACTS
from contract_mutants import Mutant
from mutation_tests import HARNESS, STAGES
from warm_compiler import WarmCompiler
from warm_tests import TIMEOUT, WarmTests

NOTICED, NOT_COMPILED, SURVIVED = "noticed", "does not compile", "survived"

STEPS: Final = "dhfoDgvulfnTUtnIf:fDnTOcmu"
"""What the optimiser does: enough for the contract to be deployed in one transaction."""

_CONTRACTS, _MOCKS = "contracts", "mocks"
_SHIPPED: Final = {_CONTRACTS: ARTIFACTS, _MOCKS: MOCK_ARTIFACTS}
_OUTPUTS: Final = ["evm.bytecode.object", "evm.deployedBytecode.object"]
_MARKS: Final = "not anvil and not compiler and not long_fuzz"
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)

Requests = Mapping[str, Mapping[str, Any]]
"""Standard-JSON input for the shipped contracts, and for the mocks."""


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


def first_failure(folder: Path, tests: Iterable[str], runner: WarmTests) -> str | None:
    """
    Run tests on the contracts in `folder` until one fails.

    Parameters
    ----------
    folder : Path
        What `prepare` and `compile_into` have made.
    tests : iterable of str
        Files below ``tests/``.
    runner : WarmTests
        Runs them.

    Returns
    -------
    str or None
        The test that failed, or None if none did.

    Raises
    ------
    MutationError
        If the tests did not run.
    """
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "support.replaced_contracts", "-m", _MARKS]
    arguments += ["--timeout", "300", *(f"tests/{each}" for each in tests)]
    places = {"TCSS_CONTRACTS": str(folder / _CONTRACTS), "TCSS_MOCKS": str(folder / _MOCKS)}
    status, output = runner.run(arguments, places)
    if status == 0:
        return None
    if status == TIMEOUT:
        return "they took too long"
    failed = _FAILED.search(output)
    if failed is None:
        raise MutationError(f"the tests did not run:\n{output}")
    return failed[1]


@dataclass(frozen=True, slots=True)
class Bench:
    """
    What one thread judges mutants with.

    Attributes
    ----------
    compiler : WarmCompiler
        Compiles them.
    runner : WarmTests
        Runs tests on them.
    """

    compiler: WarmCompiler
    runner: WarmTests


def judge(folder: Path, requests: Requests, mutant: Mutant, bench: Bench) -> Verdict:
    """Compile a mutant into one contract after the other, and run the tests of its source that need it."""
    try:
        prepare(folder)
        for stage in STAGES[mutant.source]:
            request = requests[_folder_of(stage.root)]
            if not compile_into(folder, stage.root, request, mutant, bench.compiler):
                return Verdict(mutant, NOT_COMPILED)
            failed = first_failure(folder, stage.tests, bench.runner)
            if failed is not None:
                return Verdict(mutant, NOTICED, failed)
        return Verdict(mutant, SURVIVED)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_agreement(folder: Path, requests: Requests, sources: Iterable[str], bench: Bench) -> None:
    """
    Refuse to judge anything by tests that fail on the contracts as they are.

    Raises
    ------
    MutationError
        If one of the tests does, or the contracts do not compile.
    """
    prepare(folder)
    stages = [stage for source in sources for stage in STAGES[source]]
    for root in {stage.root for stage in stages}:
        if not compile_into(folder, root, requests[_folder_of(root)], None, bench.compiler):
            raise MutationError(f"{root} does not compile as it is")
    tests = dict.fromkeys(test for stage in stages for test in stage.tests)
    failed = first_failure(folder, tests, bench.runner)
    if failed is not None:
        raise MutationError(f"{failed} fails on the contracts as they are")


def _folder_of(root: str) -> str:
    return _MOCKS if root == HARNESS else _CONTRACTS


def _with_fault(request: Mapping[str, Any], root: str, mutant: Mutant | None) -> dict[str, Any]:
    sources = dict(request["sources"])
    if mutant is not None:
        sources[mutant.source] = {"content": mutant.applied_to(sources[mutant.source]["content"])}
    settings = request["settings"]
    optimizer = settings["optimizer"] | {"details": {"yulDetails": {"optimizerSteps": STEPS}}}
    selection = {root: {"*": _OUTPUTS}}
    return {
        "language": request["language"],
        "sources": sources,
        "settings": settings | {"optimizer": optimizer, "outputSelection": selection},
    }
