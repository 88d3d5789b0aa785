"""Selectors, error data and event logs from the compiled contracts' ABI."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.words import abi_encode, keccak

Log = tuple[tuple[bytes, ...], bytes]
"""Topics and data."""


class Interface:
    """One contract's functions, errors and events."""

    def __init__(self, artifact: Path) -> None:
        compiled = json.loads(artifact.read_text(encoding="utf8"))
        self.bytecode = bytes.fromhex(compiled["bytecode"].removeprefix("0x"))
        entries = [entry for entry in compiled["abi"] if "name" in entry]
        self._selectors: dict[tuple[str, str], bytes] = {}
        self._names: dict[bytes, str] = {}
        self._known_calldata: dict[tuple[Any, ...], bytes] = {}
        self._indexed: dict[str, list[tuple[str, bool]]] = {}
        for entry in entries:
            signature = f"{entry['name']}({','.join(map(_canonical, entry['inputs']))})"
            hashed = keccak(signature.encode())
            self._selectors[entry["type"], entry["name"]] = hashed if entry["type"] == "event" else hashed[:4]
            if entry["type"] == "error":
                self._names[hashed[:4]] = signature
            if entry["type"] == "event":
                self._names[hashed] = signature
                self._indexed[entry["name"]] = [(each["name"], each["indexed"]) for each in entry["inputs"]]

    def pass_on_errors_of(self, other: Interface) -> None:
        """Know the errors of a contract that this one calls."""
        self._names = other._names | self._names
        passed_on = {key: value for key, value in other._selectors.items() if key[0] == "error"}
        self._selectors = passed_on | self._selectors

    def calldata(self, name: str, arguments: Sequence[Any]) -> bytes:
        return self._selectors["function", name] + abi_encode(arguments)

    def view_calldata(self, name: str, arguments: tuple[Any, ...]) -> bytes:
        """The same, remembered: views are asked the same again and again."""
        key = (name, *arguments)
        if key not in self._known_calldata:
            self._known_calldata[key] = self.calldata(name, arguments)
        return self._known_calldata[key]

    def forget(self) -> None:
        """Forget the calldata that was remembered."""
        self._known_calldata.clear()

    def error_data(self, name: str, arguments: Sequence[Any]) -> bytes:
        """What a call that is refused returns; nothing for an error without a name."""
        return self._selectors["error", name] + abi_encode(arguments) if name else b""

    def log(self, name: str, arguments: Mapping[str, Any]) -> Log:
        inputs = self._indexed[name]
        if {argument for argument, _ in inputs} != arguments.keys():
            raise KeyError(f"{name} has the arguments {inputs}, not {list(arguments)}")
        topics = [abi_encode([arguments[argument]]) for argument, indexed in inputs if indexed]
        data = abi_encode([arguments[argument] for argument, indexed in inputs if not indexed])
        return (self._selectors["event", name], *topics), data

    def describe(self, data: bytes) -> str:
        """Name an error by what it starts with."""
        if not data:
            return "no data"
        return f"{self._names.get(data[:4], 'unknown error')} {data[4:].hex()}"

    def describe_log(self, log: Log) -> str:
        topics, data = log
        name = self._names.get(topics[0], "unknown event") if topics else "no topics"
        return f"{name} {[topic.hex() for topic in topics[1:]]} {data.hex()}"


def _canonical(parameter: Mapping[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(map(_canonical, parameter['components']))}){kind.removeprefix('tuple')}"
