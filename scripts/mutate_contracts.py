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
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from compile_contracts import standard_input
from contract_coverage import syntax_trees
from contract_mutants import Mutant, mutants_of
from mutant_bench import (
    NOT_COMPILED,
    NOTICED,
    STEPS,
    SURVIVED,
    Bench,
    MutationError,
    Requests,
    Verdict,
    judge,
    require_agreement,
)
from mutation_tests import STAGES
from solc_setup import PROJECT, CompilerMissingError, ensure_solc
from warm_compiler import WarmCompiler
from warm_tests import WarmTests

ACCEPTED: Final = PROJECT / "mutants-accepted.toml"
BUILD: Final = PROJECT / "build" / "contract-mutants"

_SECONDS: Final = 1800
_Result = TypeVar("_Result")


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


class _Journal:
    """What earlier runs found, for mutants of the very same contracts."""

    def __init__(self, requests: Requests) -> None:
        digest = hashlib.sha256(json.dumps([requests, STEPS]).encode()).hexdigest()
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

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

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
        accepted = read_accepted(ACCEPTED.read_text(encoding="utf8"))
        verdicts = _judge_all(options.sources, options.workers, accepted)
    except (CompilerMissingError, MutationError) as error:
        sys.exit(str(error))
    print(report(verdicts))
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


def _judge_all(
    sources: Sequence[str], workers: int, accepted: Counter[tuple[str, str, str]]
) -> list[Verdict]:
    own = [path for path in PROJECT.glob("contracts/**/*.sol") if ".cache" not in path.parts]
    requests = {
        "contracts": standard_input(path for path in own if "mocks" not in path.parts),
        "mocks": standard_input(path for path in own if "mocks" in path.parts),
    }
    journal = _Journal(requests)
    mutants = all_mutants(requests["contracts"], sources)
    verdicts = [known for mutant in mutants if (known := journal.verdict_of(mutant))]
    judged = {verdict.mutant for verdict in verdicts}
    # Those that are expected to survive take longest, so they come last.
    waiting = sorted(
        (mutant for mutant in mutants if mutant not in judged),
        key=lambda mutant: _identity(mutant) in accepted,
    )
    print(f"{len(mutants)} mutants, {len(waiting)} of them to be judged", flush=True)
    with ExitStack() as running, ThreadPoolExecutor(workers) as pool:
        benches: SimpleQueue[Bench] = SimpleQueue()
        for _ in range(workers):
            compiler, runner = WarmCompiler(), WarmTests(_SECONDS)
            benches.put(Bench(running.enter_context(compiler), running.enter_context(runner)))

        def on_a_bench(work: Callable[[Bench], _Result]) -> _Result:
            bench = benches.get()
            try:
                return work(bench)
            finally:
                benches.put(bench)

        agreement = pool.submit(
            on_a_bench, partial(require_agreement, BUILD / "unchanged", requests, sources)
        )
        futures = [
            pool.submit(on_a_bench, partial(judge, BUILD / str(number), requests, mutant))
            for number, mutant in enumerate(waiting)
        ]
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
        try:
            agreement.result()
        except MutationError:
            journal.forget()
            raise
    return sorted(verdicts, key=lambda each: (each.mutant.source, each.mutant.start, each.mutant.after))


def _identity(mutant: Mutant) -> tuple[str, str, str]:
    return (mutant.source, mutant.code, mutant.change)


if __name__ == "__main__":
    main()
