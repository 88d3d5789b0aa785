"""The journal of transactions survives a restart and never holds one nonce twice."""

from __future__ import annotations

import threading

import pytest
from support.known_roster import known_roster
from support.states import OTHER_SID, PASSPHRASE, SID, found_in_files, new_state, sealed_values

from tcss_chain.chain.transaction_journal import EntryStatus, Purpose, SignedVariant, TransactionJournal
from tcss_chain.store.errors import NonceTakenError, UnknownEntryError, UnstorableValueError
from tcss_chain.store.schema import RAW_TRANSACTION
from tcss_chain.store.sqlite_transaction_journal import MAX_RAW_BYTES, SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

ACCOUNT, OTHER = known_roster().accounts[:2]
DEAL = Purpose(SID, "deal")
BLOCK_HASH = "0x" + "cd" * 32


def variant(number, raw=b"a signed transaction", fee=10):
    return SignedVariant(f"0x{number:064x}", raw, fee, 1)


@pytest.fixture
def journal(database) -> TransactionJournal:
    return SqliteTransactionJournal(database)


def test_an_empty_journal_has_nothing(journal):
    assert journal.unsettled(ACCOUNT, 1) == journal.of_purpose(ACCOUNT, 1, DEAL) == ()


def test_an_entry_survives_a_restart_as_it_was(folder):
    with new_state(folder) as database:
        journal = SqliteTransactionJournal(database)
        entry = journal.add(ACCOUNT, (1 << 256) - 1, 4, DEAL, variant(1, fee=1 << 200))
        entry = journal.add_variant(entry.entry_id, variant(2, b"another", 1 << 201))
        entry = journal.update(entry.entry_id, EntryStatus.MINED, 77, BLOCK_HASH)
    assert [each.raw for each in entry.variants] == [b"a signed transaction", b"another"]
    assert (entry.status, entry.block_number, entry.block_hash) == (EntryStatus.MINED, 77, BLOCK_HASH)
    assert (entry.account, entry.chain_id, entry.nonce) == (ACCOUNT, (1 << 256) - 1, 4)
    with StateDatabase.open(folder, PASSPHRASE) as database:
        assert SqliteTransactionJournal(database).unsettled(ACCOUNT, (1 << 256) - 1) == (entry,)


def test_unsettled_entries_come_by_nonce_and_of_one_account_and_chain(journal):
    entries = {nonce: journal.add(ACCOUNT, 1, nonce, DEAL, variant(nonce)) for nonce in (7, 5, 6, 10, 9, 8)}
    journal.add(OTHER, 1, 1, DEAL, variant(20))
    journal.add(ACCOUNT, 2, 2, DEAL, variant(21))
    journal.update(entries[5].entry_id, EntryStatus.SETTLED, 1, BLOCK_HASH)
    journal.update(entries[6].entry_id, EntryStatus.FAILED)
    journal.update(entries[7].entry_id, EntryStatus.SUPERSEDED)
    journal.update(entries[8].entry_id, EntryStatus.MINED, 2, BLOCK_HASH)
    assert [entry.nonce for entry in journal.unsettled(ACCOUNT, 1)] == [8, 9, 10]
    assert [entry.nonce for entry in journal.unsettled(OTHER, 1)] == [1]


def test_entries_of_a_purpose_come_newest_first(journal):
    complaint = Purpose(SID, "complain", OTHER)
    for nonce, purpose in enumerate([complaint, DEAL, complaint, Purpose(OTHER_SID, "complain", OTHER)]):
        journal.add(ACCOUNT, 1, nonce, purpose, variant(nonce))
    assert [entry.nonce for entry in journal.of_purpose(ACCOUNT, 1, complaint)] == [2, 0]
    assert all(entry.purpose == complaint for entry in journal.of_purpose(ACCOUNT, 1, complaint))
    assert journal.of_purpose(ACCOUNT, 1, Purpose(SID, "complain", "")) == ()


def test_a_nonce_of_an_unsettled_entry_is_refused(journal):
    first = journal.add(ACCOUNT, 1, 4, DEAL, variant(1))
    for status in (EntryStatus.PENDING, EntryStatus.MINED):
        journal.update(first.entry_id, status)
        with pytest.raises(NonceTakenError) as caught:
            journal.add(ACCOUNT, 1, 4, Purpose(SID, "join"), variant(2))
        assert caught.value.nonce == 4
    journal.update(first.entry_id, EntryStatus.SUPERSEDED)
    second = journal.add(ACCOUNT, 1, 4, DEAL, variant(3))
    with pytest.raises(NonceTakenError):
        journal.update(first.entry_id, EntryStatus.PENDING)
    assert journal.unsettled(ACCOUNT, 1) == (second,)


def test_threads_never_get_one_nonce_twice(journal):
    outcomes = []

    def work(number):
        try:
            journal.add(ACCOUNT, 1, 0, DEAL, variant(number))
            outcomes.append("added")
        except NonceTakenError:
            outcomes.append("refused")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["added"] + ["refused"] * 7


def test_the_block_is_forgotten_when_a_reorganisation_drops_it(journal):
    entry = journal.add(ACCOUNT, 1, 4, DEAL, variant(1))
    journal.update(entry.entry_id, EntryStatus.MINED, 5, BLOCK_HASH)
    again = journal.update(entry.entry_id, EntryStatus.PENDING)
    assert again == entry


def test_signed_transactions_are_sealed_and_dropped_when_settled(journal, database, folder):
    raw = bytes(range(200))
    entry = journal.add(ACCOUNT, 1, 4, DEAL, variant(1, raw))
    assert found_in_files(folder, [raw]) == []
    sealed = sealed_values(folder, RAW_TRANSACTION)
    assert found_in_files(folder, sealed)
    settled = journal.update(entry.entry_id, EntryStatus.SETTLED, 5, BLOCK_HASH)
    assert settled.variants == (SignedVariant(variant(1).transaction_hash, b"", 10, 1),)
    assert settled.purpose == DEAL
    database.compact()
    assert found_in_files(folder, sealed) == []


def test_an_unknown_entry_is_said_to_be_unknown(journal):
    with pytest.raises(UnknownEntryError):
        journal.add_variant(3, variant(1))
    with pytest.raises(UnknownEntryError):
        journal.update(3, EntryStatus.MINED)


@pytest.mark.parametrize(
    ("account", "chain_id", "nonce", "purpose", "signed"),
    [
        ("0x12", 1, 0, DEAL, variant(1)),
        (ACCOUNT.lower(), 1, 0, DEAL, variant(1)),
        (ACCOUNT, -1, 0, DEAL, variant(1)),
        (ACCOUNT, 1 << 256, 0, DEAL, variant(1)),
        (ACCOUNT, 1, -1, DEAL, variant(1)),
        (ACCOUNT, 1, 1 << 63, DEAL, variant(1)),
        (ACCOUNT, 1, 0, Purpose(b"short", "deal"), variant(1)),
        (ACCOUNT, 1, 0, Purpose(SID, "d" * 1000), variant(1)),
        (ACCOUNT, 1, 0, DEAL, SignedVariant("0x12", b"raw", 1, 1)),
        (ACCOUNT, 1, 0, DEAL, variant(1, b"")),
        (ACCOUNT, 1, 0, DEAL, variant(1, bytes(MAX_RAW_BYTES + 1))),
        (ACCOUNT, 1, 0, DEAL, variant(1, fee=-1)),
    ],
)
def test_values_out_of_their_range_are_refused(journal, account, chain_id, nonce, purpose, signed):
    with pytest.raises(UnstorableValueError):
        journal.add(account, chain_id, nonce, purpose, signed)
    assert journal.unsettled(ACCOUNT, 1) == ()


def test_a_purpose_of_no_session_is_kept(journal):
    entry = journal.add(ACCOUNT, 1, 0, Purpose(b"", "createSession"), variant(1))
    assert entry.purpose == Purpose(b"", "createSession")
