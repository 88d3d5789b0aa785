"""
Compile the contracts and write the artifacts that the Python package ships.

For every contract of the top level of ``contracts/`` one ``tcss_chain/artifacts/NAME.json``, and one
``standard-input.json`` for them all. The input has the form in which ape presents the same sources, source
names and settings to the compiler, so that both produce the same bytes.

What the contract tests alone need, ``contracts/mocks/``, is compiled apart from it, into
``tests/contract/artifacts/``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import posixpath
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from solc_setup import PROJECT, CompilerMissingError, ensure_solc

ARTIFACTS = PROJECT / "tcss_chain" / "artifacts"
MOCK_ARTIFACTS = PROJECT / "tests" / "contract" / "artifacts"
INPUT_NAME = "standard-input.json"

_CONTRACTS, _MOCKS = "contracts", "contracts/mocks"
_OPENZEPPELIN = "@openzeppelin/contracts"
_OPENZEPPELIN_VERSION = "5.7.0"
# ape's name for the folder. The names of sources enter the compiler's output, so both must use the same ones.
_OPENZEPPELIN_NAME = f"contracts/.cache/openzeppelin/{_OPENZEPPELIN_VERSION}"
_SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 50},
    "remappings": [f"{_OPENZEPPELIN}={_OPENZEPPELIN_NAME}"],
    "evmVersion": "prague",
    "viaIR": True,
}
_OUTPUTS = ["abi", "metadata", "userdoc", "evm.bytecode.object", "evm.deployedBytecode.object"]
_IMPORT = re.compile(r"""^\s*import\s[^;]*?["']([^"']+)["']\s*;""", re.MULTILINE)
_MAX_RUNTIME_BYTES = 24_576  # EIP-170
_MAX_INITCODE_BYTES = 49_152  # EIP-3860


class CompilationError(Exception):
    """The compiler reported errors, or its output cannot be deployed."""


def standard_input(roots: Iterable[Path]) -> dict[str, Any]:
    """
    Gather the sources and settings.

    Parameters
    ----------
    roots : iterable of Path
        Sources of the project; what they import is gathered with them.

    Returns
    -------
    dict
        Standard-JSON input with the text of every source, those of OpenZeppelin that are imported among them.
    """
    sources: dict[str, dict[str, str]] = {}
    waiting = deque(path.relative_to(PROJECT).as_posix() for path in roots)
    while waiting:
        name = waiting.popleft()
        if name in sources:
            continue
        content = _path(name).read_text(encoding="utf8")
        sources[name] = {"content": content}
        waiting.extend(_source_name(imported, name) for imported in _IMPORT.findall(content))
    ordered = dict(sorted(sources.items()))
    own = [name for name in ordered if not name.startswith(_OPENZEPPELIN_NAME)]
    selection = {name: {"*": _OUTPUTS} for name in own}
    return {
        "language": "Solidity",
        "sources": ordered,
        "settings": _SETTINGS | {"outputSelection": selection},
    }


def compile_artifacts() -> dict[Path, str]:
    """
    Compile.

    Returns
    -------
    dict of Path to str
        File contents by file.

    Raises
    ------
    CompilationError
        If a contract does not compile or is too large.
    """
    shipped = [
        path
        for path in PROJECT.glob(f"{_CONTRACTS}/**/*.sol")
        if ".cache" not in path.parts and not path.is_relative_to(PROJECT / _MOCKS)
    ]
    request = standard_input(shipped)
    request_text = _json(request)
    files = {ARTIFACTS / INPUT_NAME: request_text}
    for artifact in _compile(request, _CONTRACTS):
        _require_deployable(artifact)
        source_hash = "0x" + hashlib.sha256(request_text.encode()).hexdigest()
        files[_file_of(ARTIFACTS, artifact)] = _json(artifact | {"sourceHash": source_hash})
    for artifact in _compile(standard_input(PROJECT.glob(f"{_MOCKS}/*.sol")), _MOCKS):
        files[_file_of(MOCK_ARTIFACTS, artifact)] = _json(artifact)
    return files


def _compile(request: dict[str, Any], folder: str) -> Iterator[dict[str, Any]]:
    """Compile, and give the artifacts of the contracts in one folder."""
    import solcx

    try:
        output = solcx.compile_standard(request, base_path=PROJECT)
    except solcx.exceptions.SolcError as error:
        raise CompilationError(error.message) from error
    for source, contracts in sorted(output["contracts"].items()):
        if posixpath.dirname(source) == folder:
            for name, compiled in contracts.items():
                yield _artifact(name, source, compiled)


def _artifact(name: str, source: str, compiled: dict[str, Any]) -> dict[str, Any]:
    creation = compiled["evm"]["bytecode"]["object"]
    if "__$" in creation:
        raise CompilationError(f"{name} needs an external library; make its functions internal")
    return {
        "contractName": name,
        "sourceName": source,
        "abi": compiled["abi"],
        "errorNotices": _error_notices(compiled["userdoc"]),
        "bytecode": "0x" + creation,
        "deployedBytecode": "0x" + compiled["evm"]["deployedBytecode"]["object"],
        "compiler": json.loads(compiled["metadata"])["compiler"]["version"],
        "settings": _SETTINGS,
    }


def _require_deployable(artifact: dict[str, Any]) -> None:
    for kind, key, limit in (
        ("runtime code", "deployedBytecode", _MAX_RUNTIME_BYTES),
        ("creation code", "bytecode", _MAX_INITCODE_BYTES),
    ):
        size = len(artifact[key]) // 2 - 1
        if size > limit:
            raise CompilationError(
                f"the {kind} of {artifact['contractName']} has {size} bytes, {limit} are allowed"
            )


def _file_of(folder: Path, artifact: dict[str, Any]) -> Path:
    return folder / f"{artifact['contractName']}.json"


def _error_notices(userdoc: dict[str, Any]) -> dict[str, str]:
    """Say what the contract's own documentation says of each error, by signature."""
    errors: dict[str, list[dict[str, str]]] = userdoc.get("errors", {})
    return {signature: notices[0]["notice"] for signature, notices in sorted(errors.items())}


def _source_name(imported: str, importer: str) -> str:
    if imported.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), imported))
    return imported.replace(_OPENZEPPELIN, _OPENZEPPELIN_NAME, 1)


def _path(name: str) -> Path:
    if not name.startswith(_OPENZEPPELIN_NAME):
        return PROJECT / name
    package = PROJECT / "node_modules" / _OPENZEPPELIN
    if not package.is_dir():
        raise CompilationError("OpenZeppelin's contracts are not installed; run `npm ci --ignore-scripts`")
    present = json.loads((package / "package.json").read_text(encoding="utf8"))["version"]
    if present != _OPENZEPPELIN_VERSION:
        raise CompilationError(
            f"OpenZeppelin's contracts have version {present}, not {_OPENZEPPELIN_VERSION}"
        )
    return package / name.removeprefix(_OPENZEPPELIN_NAME + "/")


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the artifacts, or with ``--check`` compare them with those written before."""
    parser = argparse.ArgumentParser(description="Compile the contracts into tcss_chain/artifacts.")
    parser.add_argument("--check", action="store_true", help="only report differences")
    parser.add_argument("--offline", action="store_true", help="do not try to download the compiler")
    options = parser.parse_args()
    try:
        ensure_solc(download=not options.offline)
        files = compile_artifacts()
    except (CompilerMissingError, CompilationError) as error:
        sys.exit(str(error))
    present = {
        path: path.read_text(encoding="utf8")
        for folder in (ARTIFACTS, MOCK_ARTIFACTS)
        for path in folder.glob("*.json")
    }
    if options.check:
        paths = files.keys() | present.keys()
        different = sorted(
            path.relative_to(PROJECT).as_posix() for path in paths if files.get(path) != present.get(path)
        )
        if different:
            sys.exit(f"not up to date: {', '.join(different)}; run `make compile`")
        return
    for path in present.keys() - files.keys():
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
        if path.name != INPUT_NAME:
            print(f"{path.name}: {len(json.loads(text)['deployedBytecode']) // 2 - 1} bytes of runtime code")


if __name__ == "__main__":
    main()
