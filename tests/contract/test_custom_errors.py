"""Every error that the contract declares is raised by some test of this folder, by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tcss_chain.chain.artifacts import load_artifact

FOLDER = Path(__file__).parent

UNREACHABLE = {
    "InvalidShortString": "OpenZeppelin's ShortStrings: name and version of the domain are constants",
    "StringTooLong": "OpenZeppelin's ShortStrings, in the constructor: both constants are short",
    "InsufficientBalance": "OpenZeppelin's Address: the contract would have to owe more than it was paid",
}


def declared_errors() -> set[str]:
    names = ("TCSS", "DealingVerifier", "TraceVerifier", "OpeningLog")
    return {item["name"] for name in names for item in load_artifact(name).abi if item["type"] == "error"}


def asserted_errors() -> set[str]:
    """
    Names that are literal first arguments of ``refuses`` in these tests.

    `refuses` fails unless the contract raises just that error: when all tests pass, each of them was raised.
    """
    modules = (ast.parse(path.read_text(encoding="utf8")) for path in FOLDER.glob("test_*.py"))
    return {name for module in modules for name in _names(module)}


def _names(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuses":
            name = node.args[0]
            if isinstance(name, ast.Constant):
                yield str(name.value)


def test_every_declared_error_is_raised_by_a_test() -> None:
    assert declared_errors() - asserted_errors() == UNREACHABLE.keys()


def test_every_asserted_error_is_declared() -> None:
    assert asserted_errors() <= declared_errors()
