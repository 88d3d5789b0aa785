"""The public facts of sessions."""

from __future__ import annotations

import dataclasses

import pytest
from support.states import OTHER_SID, PASSPHRASE, SID, new_state

from tcss_chain.protocol.session import Phase
from tcss_chain.store.errors import StateDamagedError, UnstorableValueError
from tcss_chain.store.session_table import MAX_NOTE_CHARACTERS, SessionRow, SessionTable, Standing
from tcss_chain.store.state_database import StateDatabase

ROW = SessionRow(SID, Standing.FOLLOWED, Phase.DEALING, 100, "", 1_700_000_000)


def test_rows_survive_a_restart(folder):
    other = SessionRow(OTHER_SID, Standing.DECLINED, Phase.JOINING, 50, "the bond is too high", 5)
    with new_state(folder) as database:
        SessionTable(database).put(ROW)
        SessionTable(database).put(other)
    with StateDatabase.open(folder, PASSPHRASE) as database:
        table = SessionTable(database)
        assert table.get(SID) == ROW
        assert table.all() == (other, ROW)


def test_a_later_row_replaces_an_earlier_one(database):
    table = SessionTable(database)
    later = dataclasses.replace(
        ROW, standing=Standing.FINISHED, phase=Phase.ACTIVE, note="done", updated_at=9
    )
    table.put(ROW)
    table.put(later)
    assert table.all() == (later,)


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("phase", Phase)
def test_every_standing_and_phase_is_kept(database, standing, phase):
    row = dataclasses.replace(ROW, standing=standing, phase=phase)
    SessionTable(database).put(row)
    assert SessionTable(database).get(SID) == row


def test_an_unknown_session_has_no_row_and_no_package(database):
    assert SessionTable(database).get(SID) is SessionTable(database).load_package(SID) is None
    assert SessionTable(database).all() == ()


def test_packages_are_kept_and_replaced(database):
    table = SessionTable(database)
    table.save_package(SID, b"first")
    table.save_package(SID, b"second" * 100_000)
    assert table.load_package(SID) == b"second" * 100_000
    assert table.load_package(OTHER_SID) is None


@pytest.mark.parametrize(
    "change",
    [
        {"sid": b"short"},
        {"first_block": -1},
        {"updated_at": 1 << 63},
        {"note": "x" * (MAX_NOTE_CHARACTERS + 1)},
    ],
)
def test_facts_out_of_their_range_are_refused(database, change):
    with pytest.raises(UnstorableValueError):
        SessionTable(database).put(dataclasses.replace(ROW, **change))


@pytest.mark.parametrize(
    "change",
    [
        "standing = 'lost'",
        "phase = 77",
        "first_block = 'x'",
        "note = x'00'",
        "note = CAST(x'ff' AS TEXT)",
        "updated_at = -1",
    ],
)
def test_a_row_that_is_not_in_its_format_is_damage(database, change):
    table = SessionTable(database)
    table.put(ROW)
    with database.transaction() as connection:
        connection.execute(f"UPDATE session SET {change}")  # noqa: S608
    for read in (table.all, lambda: table.get(SID)):
        with pytest.raises(StateDamagedError):
            read()
