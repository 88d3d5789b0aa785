"""The page of claims: every claim is attacked, by tests that exist, and no attack is without a claim."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "security.md").read_text(encoding="utf8")
_ROW = re.compile(r"^\| (S\d+) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_SECTION = re.compile(r"^### (S\d+) (.+?)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_ASSUMPTION = re.compile(r"^- \*\*(.+?)\*\*:", re.MULTILINE)
_LEFT_OUT = re.compile(r"not (\w+)")
_NAMED = re.compile(r"^- `(tests/[\w/]+\.py)::(\w+)`( \([^()]+\))?$", re.MULTILINE)


def rows() -> dict[str, tuple[str, str]]:
    """Of the table, by number: the claim and its assumptions."""
    return {number: (claim, assumes) for number, claim, assumes in _ROW.findall(PAGE)}


def sections() -> dict[str, tuple[str, str]]:
    """By number: the claim as a heading, and what stands below it."""
    return {number: (claim, text) for number, claim, text in _SECTION.findall(PAGE)}


def named(text: str) -> list[tuple[str, str]]:
    return [(path, name) for path, name, _ in _NAMED.findall(text)]


@cache
def tree_of(path: str) -> ast.Module:
    return ast.parse((PROJECT / path).read_text(encoding="utf8"))


@cache
def functions_of(path: str) -> frozenset[str]:
    """Those that pytest takes for tests."""
    return frozenset(
        node.name
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def marks_of(path: str, name: str) -> frozenset[str]:
    """Names of the marks of a test and of its file."""
    tree = tree_of(path)
    marked: list[ast.AST] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            marked += node.decorator_list
    return frozenset(
        node.attr
        for each in marked
        for node in ast.walk(each)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark"
    )


def test_table_and_sections_have_the_same_claims() -> None:
    assert list(rows()) == list(sections()) == [f"S{number}" for number in range(1, len(rows()) + 1)]
    assert len(rows()) >= 13
    for number, (claim, _) in rows().items():
        assert claim.replace("`", "") == sections()[number][0], number


def test_every_assumption_is_one_that_the_page_explains() -> None:
    explained = set(_ASSUMPTION.findall(PAGE.split("\n## Assumptions\n")[1].split("\n## ")[0]))
    used = {each for _, assumes in rows().values() for each in assumes.split(", ")}
    assert used - {"none"} == explained


def test_no_claim_is_without_an_argument_and_an_attack() -> None:
    for number, (_, text) in sections().items():
        argument = text.strip().split("\n\n")[0]
        assert len(argument) > 200, number
        assert not argument.startswith("- "), number
        assert named(text), number


def test_every_line_below_a_claim_names_a_test() -> None:
    """A line in another form would be looked over by the checks here."""
    for number, (_, text) in sections().items():
        lines = [line for line in text.splitlines() if line.startswith("- ") or "::" in line]
        assert len(lines) == len(named(text)), number
        assert max(Counter(named(text)).values()) == 1, number


def test_every_named_test_exists() -> None:
    missing = [
        f"{path}::{name}"
        for path, name in named(PAGE)
        if not (PROJECT / path).is_file() or name not in functions_of(path)
    ]
    assert missing == []


def test_what_is_left_out_of_the_ordinary_run_names_its_command() -> None:
    """And only that, so that a line without a command is a test of every run."""
    addopts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf8"))["tool"]["pytest"][
        "ini_options"
    ]["addopts"]
    excluded = set(_LEFT_OUT.findall(addopts))
    assert "long_faults" in excluded
    for path, name, note in _NAMED.findall(PAGE):
        assert bool(excluded & marks_of(path, name)) == note.startswith(" (make "), f"{path}::{name}"


def test_no_attack_is_without_a_claim() -> None:
    claimed = set(named(PAGE))
    folder = PROJECT / "tests" / "attacks"
    attacks = {
        (f"tests/attacks/{path.name}", name)
        for path in folder.glob("test_*.py")
        if path != Path(__file__).resolve()
        for name in functions_of(f"tests/attacks/{path.name}")
    }
    assert attacks
    assert attacks - claimed == set()
