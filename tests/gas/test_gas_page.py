"""The tables of docs/gas.md say what gas-snapshot.json says, and the snapshot's differences are shown."""

from __future__ import annotations

import pytest

from .page import PAGE, TABLES, rendered
from .snapshot import HOW_TO_UPDATE, SNAPSHOT, differences, read_snapshot
from .targets import NOT_REACHED, TARGETS, Target, is_one_transaction, report


def test_the_page_shows_the_snapshot() -> None:
    text = PAGE.read_text()
    assert rendered(text, read_snapshot()) == text, HOW_TO_UPDATE


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers of sessions 0 times"):
        rendered(PAGE.read_text().replace("<!-- sessions -->", ""), read_snapshot())


def test_every_table_shows_a_changed_figure() -> None:
    text, snapshot = PAGE.read_text(), read_snapshot()
    dearer = {group: {kind: gas + 1 for kind, gas in kinds.items()} for group, kinds in snapshot.items()}
    changed = rendered(text, dearer)
    for name in TABLES:
        assert _part(changed, name) != _part(text, name)


def test_the_snapshot_is_in_order() -> None:
    assert '"n=4 t=3"' in SNAPSHOT.read_text()
    for kinds in read_snapshot().values():
        assert list(kinds) == sorted(kinds)


def test_every_difference_is_told() -> None:
    table = differences({"join": 100, "deal": 7, "gone": 5}, {"join": 101, "deal": 7, "come": 6})
    assert [line.split() for line in table] == [
        ["kind", "old", "new", "change"],
        ["come", "none", "6"],
        ["gone", "5", "none"],
        ["join", "100", "101", "+1.00%"],
    ]
    assert differences({"join": 100}, {"join": 100}) == []


def test_every_target_is_about_a_measured_figure() -> None:
    assert len(report(read_snapshot())) == len(TARGETS)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_targets_are_met_but_for_those_that_are_known_not_to_be(target: Target) -> None:
    is_met = read_snapshot()[target.group][target.kind] <= target.most
    assert is_met == (target.kind not in NOT_REACHED), report(read_snapshot())


def test_sums_are_not_taken_for_transactions() -> None:
    kinds = {kind for group in read_snapshot().values() for kind in group}
    sums = {kind for kind in kinds if not is_one_transaction(kind)}
    assert sums == {
        "aggregate: all transactions",
        "aggregate: transactions",
        "dispute, missing share: answered",
        "dispute, missing share: never answered",
        "session, computed: all",
        "session, computed: per participant",
        "session, join and deal: first",
        "session, join and deal: later",
        "session, unanimous: all",
        "session, unanimous: per participant",
    }


def _part(text: str, name: str) -> str:
    return text.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
