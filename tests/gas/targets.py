"""What transactions should cost at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LARGEST_TRANSACTION = 16_000_000
"""What no transaction exceeds at any measured size; the chain's own cap is 16,777,216 (EIP-7825)."""


@dataclass(frozen=True)
class Target:
    """A bound on one figure of the snapshot."""

    group: str
    kind: str
    most: int

    def __str__(self) -> str:
        return f"{self.group}, {self.kind} <= {self.most:,}"


TARGETS = (
    Target("n=10 t=6", "deal: first", 115_000),
    Target("n=10 t=6", "deal: later", 115_000),
    Target("n=10 t=6", "join: first", 100_000),
    Target("n=10 t=6", "join: later", 100_000),
    Target("n=10 t=6", "complainInvalidShare: equation B", 165_000),
    Target("n=10 t=6", "complainInvalidShare: equation C", 165_000),
    Target("n=10 t=6", "activateUnanimously", 150_000),
    Target("n=10 t=6", "session, unanimous: all", 2_100_000),
    Target("n=4 t=3", "convict, free points: 2 accused", 400_000),
    Target("n=4 t=3", "convict, registered points: 2 accused", 400_000),
    Target("n=10 t=6", "convict, free points: 5 accused", 500_000),
    Target("n=10 t=6", "convict, registered points: 5 accused", 500_000),
)


NOT_REACHED: Mapping[str, str] = {
    "complainInvalidShare: equation C": "eleven curve multiplications, one more than equation B, are 68,000",
    "convict, registered points: 2 accused": "the addresses of all who are not accused are read and sorted",
    "convict, registered points: 5 accused": "the addresses of all who are not accused are read and sorted",
}
"""Kinds that cost more than their target, and why."""


def is_one_transaction(kind: str) -> bool:
    """Whether a figure is the cost of one transaction, and not a sum or a number of transactions."""
    sums = ("session, ", "dispute, ", "aggregate: all transactions", "aggregate: transactions")
    return not kind.startswith(sums)


def report(snapshot: Mapping[str, Mapping[str, int]]) -> list[str]:
    """A line for every target: what it costs, and whether that is within the bound."""
    lines = []
    for target in TARGETS:
        figure = snapshot[target.group][target.kind]
        verdict = "met" if figure <= target.most else f"missed by {figure - target.most:,}"
        lines.append(f"{target}: {figure:,}, {verdict}")
    return lines
