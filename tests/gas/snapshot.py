"""The figures that are written down, and how they differ from the measured ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SNAPSHOT = PROJECT / "gas-snapshot.json"
SIZELESS = "any size"
HOW_TO_UPDATE = "If the change is meant, write it down with `make gas` and commit it."

Figures = Mapping[str, int]


def read_snapshot() -> dict[str, dict[str, int]]:
    """The committed figures: gas by group (a size, or what no size changes) and kind."""
    snapshot: dict[str, dict[str, int]] = json.loads(SNAPSHOT.read_text())
    return snapshot


def write_group(group: str, figures: Figures) -> None:
    """Replace what is written down of one group."""
    snapshot = read_snapshot() if SNAPSHOT.exists() else {}
    snapshot[group] = dict(figures)
    ordered = {name: dict(sorted(snapshot[name].items())) for name in sorted(snapshot, key=_order)}
    SNAPSHOT.write_text(json.dumps(ordered, indent=2) + "\n")


def differences(committed: Figures, measured: Figures) -> list[str]:
    """A table of all kinds whose figures differ; empty if none does."""
    rows = [
        (kind, committed.get(kind), measured.get(kind))
        for kind in sorted({*committed, *measured})
        if committed.get(kind) != measured.get(kind)
    ]
    if not rows:
        return []
    width = max(len(kind) for kind, _, _ in rows)
    lines = [f"{'kind':{width}}  {'old':>12}  {'new':>12}  {'change':>9}"]
    for kind, old, new in rows:
        change = f"{(new - old) / old:+.2%}" if old and new is not None else ""
        lines.append(f"{kind:{width}}  {_shown(old):>12}  {_shown(new):>12}  {change:>9}")
    return lines


def _shown(figure: int | None) -> str:
    return "none" if figure is None else f"{figure:,}"


def _order(group: str) -> list[int]:
    return [int(number) for number in group.replace("=", " ").split() if number.isdigit()]
