"""Nodes of the syntax trees that the Solidity compiler gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Ast = Mapping[str, Any]


def place_of(node: Ast) -> tuple[int, int]:
    """Give where a node starts and ends, in bytes of its source."""
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def children_of(node: Ast) -> Iterator[Ast]:
    """Give the nodes right below a node, in no order of the source."""
    for value in node.values():
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict) and "nodeType" in item:
                yield item
