"""
Put probes into Solidity sources, one for every statement and one for every outcome of every condition.

A probe is ``calldatacopy(0, number, 0)``. It copies nothing, so it changes no memory and is allowed in pure
functions and between any two statements of an assembly block. As it writes memory in name, the optimiser
leaves it in its place, if its elimination of unused stores is switched off. An instruction of that form with
a number from `FIRST_PROBE` on cannot come from the sources themselves. So the contracts do what they always
do, and tell at the price of some ten gas which statement runs. A probe that a compiler dropped all the same
would count as one that never ran.

What counts:

- a statement is covered when it runs; initial and step statement of a ``for`` belong to the ``for``;
- a line counts if a statement starts on it, and is covered when every statement that starts on it has run;
- a condition is what an ``if``, a loop or ``?:`` asks; of ``&&`` and ``||`` each operand is one. It has two
  branches: it comes out true, and it comes out false.

Outside functions nothing counts: constants, and the initial values of state variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syntax_tree import Ast, children_of, place_of

FIRST_PROBE: Final = 0xFE_00_00_00
"""The least number of a probe. No calldata is so long that a real copy would start there."""

PROBES_NAME: Final = "contracts/Probes.sol"
"""Name of the source that every instrumented one imports; not among the project's own."""

PROBES_SOURCE: Final = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

function probe_(uint256 probe) pure {
    assembly ("memory-safe") { calldatacopy(0, probe, 0) }
}

function probed_(bool condition, uint256 probe) pure returns (bool) {
    assembly ("memory-safe") { calldatacopy(0, add(probe, condition), 0) }
    return condition;
}
"""

_PRAGMA: Final = re.compile(rb"^pragma solidity [^;]*;", re.MULTILINE)
_END_OF_STATEMENT: Final = re.compile(rb"\s*;")
_IMPORT: Final = f' import {{probe_, probed_}} from "{PROBES_NAME}";'
_WITHOUT_SEMICOLON: Final = {
    "Block",
    "UncheckedBlock",
    "IfStatement",
    "ForStatement",
    "WhileStatement",
    "TryStatement",
}
_YUL_SIMPLE: Final = {
    "YulAssignment",
    "YulBreak",
    "YulContinue",
    "YulExpressionStatement",
    "YulVariableDeclaration",
}
_YUL_WITHOUT_EFFECT: Final = {"add", "and", "eq", "gt", "iszero", "lt", "mload", "or", "shl", "shr", "sub"}


class UnknownConstructError(Exception):
    """
    The sources contain something that these probes do not know how to count.

    Parameters
    ----------
    source : str
        Name of the source.
    line : int
        Where, from 1 on.
    construct : str
        What it is.
    """

    def __init__(self, source: str, line: int, construct: str) -> None:
        self.source, self.line, self.construct = source, line, construct
        super().__init__(
            f"{source}:{line}: {construct} cannot be instrumented; extend scripts/contract_probes.py"
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """
    A statement and its probe.

    Parameters
    ----------
    source : str
        Name of the source.
    line : int
        The line on which it starts, from 1 on.
    probe : int
        The number that says that it runs, less `FIRST_PROBE`.
    """

    source: str
    line: int
    probe: int


@dataclass(frozen=True, slots=True)
class Condition:
    """
    A condition and its two probes.

    Parameters
    ----------
    source : str
        Name of the source.
    line : int
        The line on which it starts, from 1 on.
    text : str
        The condition itself.
    probe : int
        The number that says that it came out false, less `FIRST_PROBE`; the next one says true.
    """

    source: str
    line: int
    text: str
    probe: int


@dataclass(frozen=True, slots=True)
class Instrumented:
    """
    Sources with probes.

    Parameters
    ----------
    sources : mapping of str to str
        Their texts, by name; line numbers are those of the originals.
    statements : tuple of Statement
        In the order of the sources.
    conditions : tuple of Condition
        In the order of the sources.
    """

    sources: Mapping[str, str]
    statements: tuple[Statement, ...]
    conditions: tuple[Condition, ...]


def instrument(sources: Mapping[str, str], trees: Mapping[str, Ast], offset: int = 0) -> Instrumented:
    """
    Put probes into sources.

    Parameters
    ----------
    sources : mapping of str to str
        The texts, by name.
    trees : mapping of str to AST
        The syntax trees that the compiler gives for them.
    offset : int
        Added to the numbers in the code, not to those in the result: tells two compilations apart.

    Returns
    -------
    Instrumented
        The sources, and what their probes stand for. They import `PROBES_SOURCE` as `PROBES_NAME`.

    Raises
    ------
    UnknownConstructError
        If a source contains something that would not be counted rightly.
    """
    texts: dict[str, str] = {}
    statements: list[Statement] = []
    conditions: list[Condition] = []
    number = 0
    for name in sorted(sources):
        source = _Source(name, sources[name].encode(), number, offset)
        source.visit(trees[name])
        texts[name] = source.instrumented()
        statements += source.statements
        conditions += source.conditions
        number = source.next_probe
    return Instrumented(texts, tuple(statements), tuple(conditions))


class _Source:
    """One source: finds its statements and conditions, and writes it anew with probes."""

    def __init__(self, name: str, text: bytes, next_probe: int, offset: int) -> None:
        self._name = name
        self._text = text
        self._offset = offset
        self.next_probe = next_probe
        self.statements: list[Statement] = []
        self.conditions: list[Condition] = []
        # (position, order, text): at one position closing comes before opening, and what is wide is outside.
        self._insertions: list[tuple[int, tuple[int, int], str]] = []

    def instrumented(self) -> str:
        if not self._insertions:
            return self._text.decode()
        pragma = _PRAGMA.search(self._text)
        if pragma is None:
            raise UnknownConstructError(self._name, 1, "a source without pragma")
        parts, done = [], 0
        for position, _, text in sorted([*self._insertions, (pragma.end(), (0, 0), _IMPORT)]):
            parts += [self._text[done:position], text.encode()]
            done = position
        return b"".join([*parts, self._text[done:]]).decode()

    def visit(self, node: Ast) -> None:
        for tree in _nodes(node):
            if tree["nodeType"] in ("FunctionDefinition", "ModifierDefinition") and tree.get("body"):
                self._visit(tree["body"])

    def _visit(self, node: Ast) -> None:
        match node["nodeType"]:
            case "Block" | "UncheckedBlock":
                for statement in node["statements"]:
                    self._mark(statement)
            case "IfStatement":
                self._condition(node["condition"])
                self._mark_body(node["trueBody"])
                if node.get("falseBody"):
                    self._mark_body(node["falseBody"])
            case "ForStatement" | "WhileStatement" | "DoWhileStatement":
                if node.get("condition"):
                    self._condition(node["condition"])
                self._mark_body(node["body"])
            case "Conditional":
                self._condition(node["condition"])
            case "BinaryOperation" if node["operator"] in ("&&", "||"):
                self._condition(node["leftExpression"])
                self._condition(node["rightExpression"])
            case "InlineAssembly":
                self._yul_block(node["AST"])
                return
        for child in children_of(node):
            self._visit(child)

    def _condition(self, node: Ast) -> None:
        if _is_compound(node):
            return  # its operands are what counts
        start, end = place_of(node)
        number = self._new_condition(node)
        self._wrap(start, end, "probed_(", f", {number:#x})")

    def _mark(self, node: Ast) -> None:
        if node["nodeType"] in ("Block", "UncheckedBlock"):
            return  # what is in it counts
        start, end = place_of(node)
        self._wrap(start, end, f"probe_({self._new_statement(node):#x}); ", "")

    def _mark_body(self, node: Ast) -> None:
        """Mark the body of an `if` or a loop, which need not be a block."""
        if node["nodeType"] in ("Block", "UncheckedBlock"):
            return
        start, end = place_of(node)
        # The compiler counts the semicolon to a return without value, and to no other statement.
        if node["nodeType"] not in _WITHOUT_SEMICOLON and not self._text.endswith(b";", start, end):
            semicolon = _END_OF_STATEMENT.match(self._text, end)
            if semicolon is None:
                raise UnknownConstructError(self._name, self._line(node), node["nodeType"])
            end = semicolon.end()
        self._wrap(start, end, f"{{ probe_({self._new_statement(node):#x}); ", " }")

    def _yul_block(self, block: Ast) -> None:
        for node in block["statements"]:
            start, end = place_of(node)
            before = _yul_probe(self._new_statement(node))
            match node["nodeType"]:
                case "YulIf":
                    self._require_without_effect(node["condition"])
                    truth = f"iszero(iszero({self._text_of(node['condition'])}))"
                    before += _yul_probe(f"add({self._new_condition(node['condition']):#x}, {truth})")
                    self._yul_block(node["body"])
                case "YulForLoop":
                    # A break must not look like a condition that came out false, so the body asks it.
                    condition = node["condition"]
                    self._require_without_effect(condition)
                    number = self._new_condition(condition)
                    asked = f" if iszero({self._text_of(condition)}) {{ {_yul_probe(number)}break }} "
                    self._insert(place_of(node["body"])[0] + 1, asked + _yul_probe(number + 1))
                    self._wrap(*place_of(condition), "or(1, ", ")")
                    self._yul_block(node["body"])
                case kind if kind in _YUL_SIMPLE:
                    pass
                case kind:
                    raise UnknownConstructError(self._name, self._line(node), kind)
            self._wrap(start, end, before, "")

    def _require_without_effect(self, condition: Ast) -> None:
        for node in _nodes(condition):
            if (
                node["nodeType"] == "YulFunctionCall"
                and node["functionName"]["name"] not in _YUL_WITHOUT_EFFECT
            ):
                raise UnknownConstructError(self._name, self._line(node), "a condition with a function call")

    def _new_statement(self, node: Ast) -> int:
        self.statements.append(Statement(self._name, self._line(node), self.next_probe))
        return self._numbers(1)

    def _new_condition(self, node: Ast) -> int:
        text = " ".join(self._text_of(node).split())
        self.conditions.append(Condition(self._name, self._line(node), text, self.next_probe))
        return self._numbers(2)

    def _numbers(self, count: int) -> int:
        number = FIRST_PROBE + self._offset + self.next_probe
        self.next_probe += count
        return number

    def _wrap(self, start: int, end: int, before: str, after: str) -> None:
        self._insertions.append((start, (1, -end), before))
        self._insertions.append((end, (0, -start), after))

    def _insert(self, position: int, text: str) -> None:
        self._insertions.append((position, (1, -len(self._text)), text))

    def _line(self, node: Ast) -> int:
        return self._text.count(b"\n", 0, place_of(node)[0]) + 1

    def _text_of(self, node: Ast) -> str:
        start, end = place_of(node)
        return self._text[start:end].decode()


def _yul_probe(number: int | str) -> str:
    return f"calldatacopy(0, {number if isinstance(number, str) else hex(number)}, 0) "


def _is_compound(node: Ast) -> bool:
    match node["nodeType"]:
        case "TupleExpression":
            return len(node["components"]) == 1 and _is_compound(node["components"][0])
        case "UnaryOperation":
            return node["operator"] == "!" and _is_compound(node["subExpression"])
        case "BinaryOperation":
            return node["operator"] in ("&&", "||")
    return False


def _nodes(node: Ast) -> Iterable[Ast]:
    yield node
    for child in children_of(node):
        yield from _nodes(child)
