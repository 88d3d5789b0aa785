"""
Look for weaknesses of the contracts with slither, all of its detectors.

Each finding is either a reason to change a contract or stands in ``slither-accepted.toml`` with the reason
why not. An entry there that nothing is found for any more is refused too, so that the list stays true.

Slither (AGPL-3.0) is a tool of development: it is run here as a program of its own and nothing of it is
shipped. OpenZeppelin's sources are compiled with the contracts, but what concerns them alone is left out:
they are used as released.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from compile_contracts import standard_input
from solc_setup import PROJECT, SOLC_VERSION, CompilerMissingError, ensure_solc

ACCEPTED: Final = PROJECT / "slither-accepted.toml"
_OPENZEPPELIN: Final = "contracts/.cache/"
_NAMED: Final = {"contract", "function", "variable", "struct", "enum", "event"}


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What a detector found.

    Parameters
    ----------
    check : str
        The detector.
    place : str
        Contract, function and variable, as far as there are, joined by dots; else the kind of what it is in.
    impact : str
        As slither rates it.
    description : str
        What slither says of it, with lines.
    """

    check: str
    place: str
    impact: str
    description: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """
    A finding that is no reason to change a contract.

    Parameters
    ----------
    check : str
        The detector.
    place : str
        As in `Finding`; with an asterisk it stands for any number of places.
    """

    check: str
    place: str

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for any number of findings."""
        return "*" in self.place

    def fits(self, finding: Finding) -> bool:
        """Tell whether it accepts `finding`."""
        return self.check == finding.check and fnmatchcase(finding.place, self.place)


def findings(request: Mapping[str, Any]) -> list[Finding]:
    """
    Run every detector.

    Parameters
    ----------
    request : mapping
        Standard-JSON input of the compiler.

    Returns
    -------
    list of Finding
        In slither's order, without those in OpenZeppelin's sources alone.
    """
    import solcx
    from crytic_compile import CryticCompile
    from crytic_compile.compilation_unit import CompilationUnit
    from crytic_compile.compiler.compiler import CompilerVersion
    from crytic_compile.platform.solc_standard_json import SolcStandardJson, parse_standard_json_output
    from slither import Slither
    from slither.detectors import all_detectors
    from slither.detectors.abstract_detector import AbstractDetector

    # The detectors work on syntax trees; to generate code as well would take ten times as long.
    selection = {"*": {"*": ["abi", "devdoc", "userdoc"], "": ["ast"]}}
    settings = request["settings"] | {"outputSelection": selection}
    output = solcx.compile_standard({**request, "settings": settings}, base_path=PROJECT)
    no_code = {"object": "", "sourceMap": ""}
    for contracts in output["contracts"].values():
        for contract in contracts.values():
            contract["evm"] = {"bytecode": no_code, "deployedBytecode": no_code}

    class Compiled(SolcStandardJson):
        """Gives slither what has been compiled already."""

        def compile(self, crytic_compile: Any, **_: Any) -> None:
            unit = CompilationUnit(crytic_compile, "standard_json")
            unit.compiler_version = CompilerVersion(
                "solc", SOLC_VERSION, settings["optimizer"]["enabled"], via_ir=settings["viaIR"]
            )
            parse_standard_json_output(output, unit)

    with _sources_in_a_folder(request):
        slither = Slither(CryticCompile(Compiled({})))
        for detector in vars(all_detectors).values():
            if inspect.isclass(detector) and issubclass(detector, AbstractDetector):
                slither.register_detector(detector)
        results = [result for of_detector in slither.run_detectors() for result in of_detector]
    return [_finding(result) for result in results if not _is_foreign(result)]


def compare(
    found: Iterable[Finding], accepted: Iterable[Acceptance]
) -> tuple[list[Finding], list[Acceptance]]:
    """
    Compare what was found with what is accepted.

    Parameters
    ----------
    found : iterable of Finding
        What was found.
    accepted : iterable of Acceptance
        What is accepted.

    Returns
    -------
    unaccepted : list of Finding
        Findings for which nothing in `accepted` is left.
    outdated : list of Acceptance
        What is accepted and was not found.
    """
    unused, used = list(accepted), set()
    unaccepted = []
    for finding in found:
        match = next((entry for entry in unused if entry.fits(finding)), None)
        if match is None:
            unaccepted.append(finding)
        elif match.is_pattern:
            used.add(match)
        else:
            unused.remove(match)
    return unaccepted, [entry for entry in unused if entry not in used]


def read_accepted(text: str) -> list[Acceptance]:
    """
    Read the list of accepted findings.

    Parameters
    ----------
    text : str
        TOML: tables ``accepted`` with ``check``, ``places`` and ``reason``. A place named twice stands for
        two findings, one with an asterisk for any number of them.

    Returns
    -------
    list of Acceptance
        One for each place.

    Raises
    ------
    ValueError
        If an entry has no reason.
    """
    result = []
    for entry in tomllib.loads(text)["accepted"]:
        if not entry["reason"].strip():
            raise ValueError(f"no reason is given for accepting {entry['check']}")
        result += [Acceptance(entry["check"], place) for place in entry["places"]]
    return result


def _finding(result: Mapping[str, Any]) -> Finding:
    return Finding(
        result["check"], _place(result["elements"][0]), result["impact"], result["description"].strip()
    )


def _place(element: Mapping[str, Any]) -> str:
    names: list[str] = []
    part: Mapping[str, Any] | None = element
    while part is not None:
        if part["type"] in _NAMED:
            names.insert(0, part["name"])
        part = part.get("type_specific_fields", {}).get("parent")
    return ".".join(names) or element["type"]


def _is_foreign(result: Mapping[str, Any]) -> bool:
    names = [element["source_mapping"]["filename_relative"] for element in result["elements"]]
    return all(_OPENZEPPELIN in name for name in names)


@contextlib.contextmanager
def _sources_in_a_folder(request: Mapping[str, Any]) -> Iterator[None]:
    """Put the sources where slither looks for them: under their names, in the working directory."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, source in request["sources"].items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source["content"], encoding="utf8")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def main() -> None:
    """Print what is neither fixed nor accepted, and fail if there is anything."""
    argparse.ArgumentParser(description="Look for weaknesses of the contracts with slither.").parse_args()
    try:
        ensure_solc(download=False)
    except CompilerMissingError as error:
        sys.exit(str(error))
    shipped = [
        path for path in PROJECT.glob("contracts/**/*.sol") if not {".cache", "mocks"} & set(path.parts)
    ]
    accepted = read_accepted(ACCEPTED.read_text(encoding="utf8"))
    found = findings(standard_input(shipped))
    unaccepted, outdated = compare(found, accepted)
    for finding in unaccepted:
        print(f"{finding.impact}: {finding.check} at {finding.place}\n  {finding.description}")
    for entry in outdated:
        print(f"{ACCEPTED.name}: {entry.check} is not found at {entry.place} any more; remove the entry")
    if unaccepted or outdated:
        sys.exit(f"{len(unaccepted)} findings are not accepted, {len(outdated)} entries are outdated")
    print(f"slither: {len(found)} findings, each accepted for a reason in {ACCEPTED.name}")


if __name__ == "__main__":
    main()
