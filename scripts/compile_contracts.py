"""
Compile the contracts and write the artifacts that the Python package ships.

For every contract of the top level of ``contracts/`` one ``tcss_chain/artifacts/NAME.json``, and one
``standard-input.json`` for them all. The input has the form in which ape presents the same sources, source
names and settings to the compiler, so that both produce the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import posixpath
import re
import sys
from collections import deque
from typing import Any

from solc_setup import PROJECT, CompilerMissingError, ensure_solc

ARTIFACTS = PROJECT / "tcss_chain" / "artifacts"
INPUT_NAME = "standard-input.json"

_REMAPPING = ("@openzeppelin/contracts", "node_modules/@openzeppelin/contracts")
_SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 50},
    "remappings": ["=".join(_REMAPPING)],
    "evmVersion": "prague",
    "viaIR": True,
}
_OUTPUTS = ["abi", "metadata", "userdoc", "evm.bytecode.object", "evm.deployedBytecode.object"]
_IMPORT = re.compile(r"""^\s*import\s[^;]*?["']([^"']+)["']\s*;""", re.MULTILINE)
_MAX_RUNTIME_BYTES = 24_576  # EIP-170
_MAX_INITCODE_BYTES = 49_152  # EIP-3860


class CompilationError(Exception):
    """The compiler reported errors, or its output cannot be deployed."""


def standard_input() -> dict[str, Any]:
    """
    Gather the sources and settings.

    Returns
    -------
    dict
        Standard-JSON input with the text of every source, those of OpenZeppelin that are imported among them.
    """
    sources: dict[str, dict[str, str]] = {}
    waiting = deque(path.relative_to(PROJECT).as_posix() for path in PROJECT.glob("contracts/**/*.sol"))
    while waiting:
        name = waiting.popleft()
        if name in sources:
            continue
        content = (PROJECT / name).read_text(encoding="utf8")
        sources[name] = {"content": content}
        waiting.extend(_source_name(imported, name) for imported in _IMPORT.findall(content))
    ordered = dict(sorted(sources.items()))
    own = [name for name in ordered if name.startswith("contracts/")]
    selection = {name: {"*": _OUTPUTS} for name in own}
    return {
        "language": "Solidity",
        "sources": ordered,
        "settings": _SETTINGS | {"outputSelection": selection},
    }


def compile_artifacts() -> dict[str, str]:
    """
    Compile.

    Returns
    -------
    dict of str to str
        File contents by file name in the artifacts folder.

    Raises
    ------
    CompilationError
        If a contract does not compile or is too large.
    """
    import solcx

    request = standard_input()
    try:
        output = solcx.compile_standard(request, base_path=PROJECT)
    except solcx.exceptions.SolcError as error:
        raise CompilationError(error.message) from error
    request_text = _json(request)
    files = {INPUT_NAME: request_text}
    for source, contracts in sorted(output["contracts"].items()):
        if posixpath.dirname(source) != "contracts":
            continue
        for name, compiled in contracts.items():
            files[f"{name}.json"] = _json(_artifact(name, source, compiled, request_text))
    return files


def _artifact(name: str, source: str, compiled: dict[str, Any], request_text: str) -> dict[str, Any]:
    creation = compiled["evm"]["bytecode"]["object"]
    runtime = compiled["evm"]["deployedBytecode"]["object"]
    if "__$" in creation:
        raise CompilationError(f"{name} needs an external library; make its functions internal")
    for kind, code, limit in (
        ("runtime code", runtime, _MAX_RUNTIME_BYTES),
        ("creation code", creation, _MAX_INITCODE_BYTES),
    ):
        if len(code) // 2 > limit:
            raise CompilationError(f"the {kind} of {name} has {len(code) // 2} bytes, {limit} are allowed")
    return {
        "contractName": name,
        "sourceName": source,
        "abi": compiled["abi"],
        "errorNotices": _error_notices(compiled["userdoc"]),
        "bytecode": "0x" + creation,
        "deployedBytecode": "0x" + runtime,
        "compiler": json.loads(compiled["metadata"])["compiler"]["version"],
        "settings": _SETTINGS,
        "sourceHash": "0x" + hashlib.sha256(request_text.encode()).hexdigest(),
    }


def _error_notices(userdoc: dict[str, Any]) -> dict[str, str]:
    """Say what the contract's own documentation says of each error, by signature."""
    errors: dict[str, list[dict[str, str]]] = userdoc.get("errors", {})
    return {signature: notices[0]["notice"] for signature, notices in sorted(errors.items())}


def _source_name(imported: str, importer: str) -> str:
    if imported.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), imported))
    prefix, target = _REMAPPING
    return imported.replace(prefix, target, 1) if imported.startswith(prefix + "/") else imported


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
    present = {path.name: path.read_text(encoding="utf8") for path in ARTIFACTS.glob("*.json")}
    if options.check:
        names = files.keys() | present.keys()
        different = sorted(name for name in names if files.get(name) != present.get(name))
        if different:
            sys.exit(f"not up to date: {', '.join(different)}; run `make compile`")
        return
    ARTIFACTS.mkdir(exist_ok=True)
    for name in present.keys() - files.keys():
        (ARTIFACTS / name).unlink()
    for name, text in files.items():
        (ARTIFACTS / name).write_text(text, encoding="utf8")
        if name != INPUT_NAME:
            print(f"{name}: {len(json.loads(text)['deployedBytecode']) // 2 - 1} bytes of runtime code")


if __name__ == "__main__":
    main()
