"""A value that was changed, moved or exchanged in the file is never taken for the real one."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from support.known_roster import known_roster
from support.states import OTHER_SID, PASSPHRASE, SID, dealt_secrets, made_up_shares, new_state

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.transaction_journal import Purpose, SignedVariant
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.errors import StateDamagedError, WrongPassphraseError
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

ACCOUNT = known_roster().accounts[0]
PURPOSE = Purpose(SID, "deal")

READ = {
    "session_secrets.sealed": lambda state: SqliteSecretsStore(state).load(SID),
    "received_share.sealed": lambda state: SqliteSecretsStore(state).load_received(SID),
    "handed_out_shares.sealed": lambda state: SqliteSecretsStore(state).load_handed_out(SID),
    "final_share.sealed": lambda state: SqliteSecretsStore(state).load_share(SID),
    "auditor_key.sealed": lambda state: AuditorKeyTable(state).load(SID),
    "journal_variant.sealed_raw": lambda state: SqliteTransactionJournal(state).unsettled(ACCOUNT, 1),
}


@pytest.fixture
def filled(folder):
    """A closed state with something in every sealed column, for two sessions."""
    with new_state(folder) as state:
        store = SqliteSecretsStore(state)
        for number, sid in enumerate((SID, OTHER_SID)):
            store.save(sid, dealt_secrets())
            store.save_received(sid, made_up_shares(1))
            store.save_handed_out(sid, made_up_shares(2))
            store.save_share(sid, FinalShare(1, 2))
            AuditorKeyTable(state).save(sid, AuditorKey.draw())
            variant = SignedVariant(f"0x{number:064x}", b"signed", 2, 1)
            SqliteTransactionJournal(state).add(ACCOUNT, 1, number, Purpose(sid, "deal"), variant)
    return folder


def change(folder, statement, values=()):
    with closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


@pytest.mark.parametrize("name", READ)
def test_a_flipped_bit_is_noticed(filled, name):
    table, column = name.split(".")
    (rowid, sealed), *_ = change(filled, f"SELECT rowid, {column} FROM {table} ORDER BY rowid")  # noqa: S608
    for place in (0, 11, 12, len(sealed) // 2, len(sealed) - 1):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        change(filled, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (bytes(damaged), rowid))  # noqa: S608
        with StateDatabase.open(filled, PASSPHRASE) as state, pytest.raises(StateDamagedError) as caught:
            READ[name](state)
        assert table in str(caught.value)
    change(filled, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (sealed, rowid))  # noqa: S608
    with StateDatabase.open(filled, PASSPHRASE) as state:
        assert READ[name](state)


@pytest.mark.parametrize("name", READ)
def test_the_value_of_another_row_is_noticed(filled, name):
    table, column = name.split(".")
    (first, _), (_, other) = change(filled, f"SELECT rowid, {column} FROM {table} ORDER BY rowid")  # noqa: S608
    change(filled, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (other, first))  # noqa: S608
    with StateDatabase.open(filled, PASSPHRASE) as state, pytest.raises(StateDamagedError):
        READ[name](state)


def test_a_flipped_bit_of_the_wrapped_key_is_noticed_at_opening(filled):
    wrapped = change(filled, "SELECT wrapped_key FROM header")[0][0]
    for place in range(0, len(wrapped), 7):
        damaged = bytearray(wrapped)
        damaged[place] ^= 128
        change(filled, "UPDATE header SET wrapped_key = ?", (bytes(damaged),))
        with pytest.raises(WrongPassphraseError):
            StateDatabase.open(filled, PASSPHRASE)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET status = 'lost'",
        "UPDATE journal_entry SET account = '0x12'",
        "UPDATE journal_entry SET nonce = 'x' WHERE entry_id = 1",
        "UPDATE journal_entry SET sid = x'00'",
        "UPDATE journal_variant SET max_fee_per_gas = '-1'",
        "UPDATE journal_variant SET max_priority_fee_per_gas = x'00'",
        "UPDATE journal_variant SET transaction_hash = 'none'",
        "UPDATE journal_variant SET place = 4",
        "DELETE FROM journal_variant",
    ],
)
def test_a_journal_that_is_not_in_its_format_is_damage(filled, statement):
    change(filled, statement)
    with StateDatabase.open(filled, PASSPHRASE) as state:
        journal = SqliteTransactionJournal(state)
        with pytest.raises(StateDamagedError):
            journal.add_variant(1, SignedVariant("0x" + "1" * 64, b"x", 1, 1))
