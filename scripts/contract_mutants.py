"""
Make mutants of Solidity sources: copies with one small fault each, as a person would make it.

A test suite that is worth something fails on every mutant that does something else than the original. What
is changed, one place at a time:

- relations: ``<`` and ``<=`` change into each other and into their opposites, ``==`` into ``!=``;
- conditions of ``if`` and ``?:``: always false; always true too, where nothing above negates them;
- operands of ``&&`` and ``||``: these change into each other;
- arithmetic and bitwise operators, those of assignments too, and ``++`` into ``--``;
- negations go;
- numbers become one larger, truth values the other one;
- statements that stand for themselves go: calls, assignments, events;
- in assembly the same: functions change into others with as many arguments, conditions become constant,
  statements go. Numbers become one smaller there, as a byte too much of an input is often not looked at.

Slither's mutator, which could be had, neither enters assembly nor places a relation's operator by the syntax
tree, and compiles every mutant twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from syntax_tree import Ast, children_of, place_of

_OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "%": ("*",),
    "**": ("*",),
    "&": ("|",),
    "|": ("&",),
    "^": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
    "+=": ("-=",),
    "-=": ("+=",),
    "*=": ("+=",),
    "|=": ("&=",),
    "&=": ("|=",),
    "++": ("--",),
    "--": ("++",),
}
_YUL_FUNCTIONS: Final[Mapping[str, str]] = {
    "add": "sub",
    "sub": "add",
    "mul": "add",
    "addmod": "mulmod",
    "mulmod": "addmod",
    "lt": "gt",
    "gt": "lt",
    "and": "or",
    "or": "and",
    "xor": "or",
    "eq": "lt",
    "shl": "shr",
    "shr": "shl",
}
_NEGATED: Final = ("<", "<=", ">", ">=", "==", "!=", "!")
_TYPES: Final = ("ElementaryTypeName", "UserDefinedTypeName", "ArrayTypeName", "Mapping", "FunctionTypeName")


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    One fault.

    Attributes
    ----------
    source : str
        The source's name.
    line : int
        Where, from 1 on.
    code : str
        The line as it is, without indentation; the first one if the place has several.
    start, end : int
        The place, in bytes of the source.
    before, after : str
        What stands there, and what the mutant has instead.
    """

    source: str
    line: int
    code: str
    start: int
    end: int
    before: str
    after: str

    @property
    def change(self) -> str:
        """The fault in a few words."""
        return f"{_short(self.before)} -> {_short(self.after) or 'nothing'}"

    def applied_to(self, text: str) -> str:
        """Give the source with the fault."""
        data = text.encode()
        return b"".join([data[: self.start], self.after.encode(), data[self.end :]]).decode()


def mutants_of(name: str, text: str, tree: Ast) -> list[Mutant]:
    """
    Make all mutants of a source.

    Parameters
    ----------
    name : str
        The source's name.
    text : str
        The source.
    tree : AST
        The syntax tree that the compiler gives for it.

    Returns
    -------
    list of Mutant
        In the order of their places, without repetitions.
    """
    data = text.encode()
    lines = data.split(b"\n")
    found = {}
    for start, end, after in _Walk(data).visit(tree):
        before = data[start:end].decode()
        line = data.count(b"\n", 0, start)
        mutant = Mutant(name, line + 1, lines[line].decode().strip(), start, end, before, after)
        if after != before:
            found[(start, end, after)] = mutant
    return [found[key] for key in sorted(found)]


class _Walk:
    """Goes through a syntax tree and gives places with what should stand there instead."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def visit(self, node: Ast) -> Iterator[tuple[int, int, str]]:
        kind = node["nodeType"]
        if kind in _TYPES or kind in ("PragmaDirective", "ImportDirective"):
            return
        yield from self._faults(kind, node)
        if kind == "InlineAssembly":
            yield from self.visit(node["AST"])
        for child in children_of(node):
            yield from self.visit(child)

    def _faults(self, kind: str, node: Ast) -> Iterator[tuple[int, int, str]]:
        start, end = place_of(node)
        match kind:
            case "BinaryOperation":
                yield from self._between(node["leftExpression"], node["operator"], node["rightExpression"])
            case "Assignment" if node["operator"] != "=":
                yield from self._between(node["leftHandSide"], node["operator"], node["rightHandSide"])
            case "UnaryOperation" if node["operator"] in _OPERATORS:
                text, operator = self._at(start, end), node["operator"]
                yield start, end, text.replace(operator, _OPERATORS[operator][0])
            case "UnaryOperation" if node["operator"] in ("!", "~"):
                yield start, end, self._at(*place_of(node["subExpression"]))
            case "IfStatement" | "Conditional":
                place = place_of(node["condition"])
                yield *place, "false"
                if node["condition"].get("operator") not in _NEGATED:
                    yield *place, "true"
            case "ExpressionStatement" | "EmitStatement":
                # A statement that does nothing; a call of "revert" is left to the condition before it.
                yield start, end, "0"
            case "Literal" if node["kind"] == "number" and not node.get("subdenomination"):
                yield start, end, _next(self._at(start, end))
            case "Literal" if node["kind"] == "bool":
                yield start, end, "false" if node["value"] == "true" else "true"
            case "YulFunctionCall":
                yield from self._yul_call(node)
            case "YulLiteral" if node["kind"] == "number":
                yield start, end, _previous(self._at(start, end))
            case "YulIf":
                yield *place_of(node["condition"]), "0"
                if node["condition"].get("functionName", {}).get("name") != "iszero":
                    yield *place_of(node["condition"]), "1"
            case "YulForLoop":
                yield *place_of(node["condition"]), "0"
            case "YulExpressionStatement" | "YulAssignment" | "YulBreak":
                yield start, end, "{}"

    def _between(self, left: Ast, operator: str, right: Ast) -> Iterator[tuple[int, int, str]]:
        start, end = place_of(left)[1], place_of(right)[0]
        gap = self._at(start, end)
        # Parentheses of the operands are in the gap too; the operator occurs in it once.
        for other in _OPERATORS.get(operator, ()):
            at = start + len(gap[: gap.index(operator)].encode())
            yield at, at + len(operator), other

    def _yul_call(self, node: Ast) -> Iterator[tuple[int, int, str]]:
        name, place = node["functionName"]["name"], place_of(node["functionName"])
        if name in _YUL_FUNCTIONS:
            yield *place, _YUL_FUNCTIONS[name]
        if name == "iszero":
            yield *place_of(node), self._at(*place_of(node["arguments"][0]))

    def _at(self, start: int, end: int) -> str:
        return self._text[start:end].decode()


def _next(number: str) -> str:
    return _moved(number, 1)


def _previous(number: str) -> str:
    return _moved(number, -1 if int(number.replace("_", ""), 0) else 1)


def _moved(number: str, by: int) -> str:
    digits = number.replace("_", "")
    if digits.startswith("0x"):
        return f"0x{int(digits, 16) + by:0{len(digits) - 2}x}"
    return str(int(digits) + by)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:45]} ... {flat[-10:]}"
