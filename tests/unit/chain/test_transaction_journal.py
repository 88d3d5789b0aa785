"""The journal in memory: what a journal has to do."""

from __future__ import annotations

import pytest

from tcss_chain.chain.transaction_journal import (
    EntryStatus,
    MemoryTransactionJournal,
    Purpose,
    SignedVariant,
)

ACCOUNT, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
PURPOSE = Purpose(b"\1" * 32, "deal")


def variant(number):
    return SignedVariant(f"0x{number:064x}", b"raw-%d" % number, 10 + number, number)


@pytest.fixture
def journal():
    return MemoryTransactionJournal()


def add(journal, nonce, purpose=PURPOSE, account=ACCOUNT, chain_id=1):
    return journal.add(account, chain_id, nonce, purpose, variant(nonce))


def test_a_new_entry_is_pending(journal):
    entry = add(journal, 7)
    assert (entry.account, entry.chain_id, entry.nonce, entry.purpose) == (ACCOUNT, 1, 7, PURPOSE)
    assert (entry.variants, entry.status) == ((variant(7),), EntryStatus.PENDING)
    assert (entry.block_number, entry.block_hash) == (None, None)
    assert journal.unsettled(ACCOUNT, 1) == (entry,)


def test_entries_are_kept_apart_by_account_and_chain(journal):
    entries = [add(journal, 1), add(journal, 2, account=OTHER), add(journal, 3, chain_id=2)]
    assert len({entry.entry_id for entry in entries}) == 3
    assert [journal.unsettled(*key) for key in ((ACCOUNT, 1), (OTHER, 1), (ACCOUNT, 2), (OTHER, 2))] == [
        *((entry,) for entry in entries),
        (),
    ]


def test_variants_are_added_at_the_end(journal):
    entry = journal.add_variant(add(journal, 1).entry_id, variant(5))
    assert entry.variants == (variant(1), variant(5))
    assert journal.unsettled(ACCOUNT, 1) == (entry,)


def test_a_block_comes_and_goes_with_the_status(journal):
    number = add(journal, 1).entry_id
    mined = journal.update(number, EntryStatus.MINED, 12, "0xab")
    assert (mined.status, mined.block_number, mined.block_hash) == (EntryStatus.MINED, 12, "0xab")
    again = journal.update(number, EntryStatus.PENDING)
    assert (again.status, again.block_number, again.block_hash) == (EntryStatus.PENDING, None, None)


def test_unsettled_are_the_pending_and_the_mined_by_nonce(journal):
    for nonce, status in zip((9, 5, 7, 3, 1), EntryStatus, strict=True):
        journal.update(add(journal, nonce).entry_id, status)
    assert [entry.nonce for entry in journal.unsettled(ACCOUNT, 1)] == [5, 9]


def test_entries_of_a_purpose_are_found_newest_first(journal):
    first, second = add(journal, 4), add(journal, 2)
    add(journal, 5, Purpose(PURPOSE.sid, "deal", "x"))
    add(journal, 6, Purpose(b"\2" * 32, "deal"))
    add(journal, 7, account=OTHER)
    settled = journal.update(first.entry_id, EntryStatus.SETTLED, 1, "0xab")
    assert journal.of_purpose(ACCOUNT, 1, PURPOSE) == (second, settled)
    assert journal.of_purpose(ACCOUNT, 2, PURPOSE) == ()


def test_what_is_shown_of_an_entry_holds_no_signed_transaction(journal):
    assert "raw-" not in repr(add(journal, 1))
