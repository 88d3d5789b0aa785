"""Confirming: one key a session, kept before anything leaves, and one transaction, however often it dies."""

from __future__ import annotations

import pytest
from support.audit_desk import AuditDesk, own
from support.moments import of_transaction
from support.states import PASSPHRASE

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.errors import ContractRefusedError, TransactionTimeoutError
from tcss_chain.chain.transaction_journal import EntryStatus, Purpose
from tcss_chain.curve import G
from tcss_chain.protocol.session import Phase
from tcss_chain.service import session_confirmation
from tcss_chain.service.errors import KeyNotKeptError
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.state_database import StateDatabase

CONFIRM = of_transaction("confirm")


@pytest.fixture
def desk(consortium, tmp_path):
    """An auditor with a state, and a session that is not confirmed."""
    consortium.create()
    return AuditDesk(consortium, tmp_path / "data")


def test_a_session_is_confirmed_once_with_a_key_that_is_kept(desk, consortium):
    before = desk.nonce()
    with desk.open() as run:
        confirmer = run.confirmer()
        assert not confirmer.has_key(consortium.sid)
        mined = confirmer.confirm(consortium.sid)
        assert mined is not None
        assert mined.kind == "confirm"
        assert confirmer.has_key(consortium.sid)
        assert confirmer.confirm(consortium.sid) is None
        assert run.moments.reached == ["auditor_key.saved", *CONFIRM]
    assert own(consortium, desk)
    assert desk.nonce() == before + 1


def test_every_session_gets_a_key_of_its_own(desk, consortium, embedded_devnet):
    other = type(consortium)(consortium.connection, embedded_devnet.accounts)
    other.create()
    with desk.open() as run:
        for sid in (consortium.sid, other.sid):
            run.confirmer().confirm(sid)
    assert desk.key(consortium.sid) != desk.key(other.sid)


def test_the_key_is_on_the_disk_before_anything_is_asked_or_signed(desk, consortium, monkeypatch):
    kept = []
    real = session_confirmation.SessionAuditor

    def watched(*arguments):
        with StateDatabase.open_to_read(desk.folder, PASSPHRASE) as database:
            kept.append(AuditorKeyTable(database).load(consortium.sid))
        return real(*arguments)

    monkeypatch.setattr(session_confirmation, "SessionAuditor", watched)
    with desk.open() as run:
        run.confirmer().confirm(consortium.sid)
    assert kept == [desk.key(consortium.sid)]
    assert kept[0] is not None


@pytest.mark.parametrize("moment", ["auditor_key.saved", *CONFIRM])
def test_after_a_death_the_same_key_and_the_same_transaction_are_used(desk, consortium, moment):
    before = desk.nonce()
    purpose = Purpose(consortium.sid, "confirm")
    desk.dies(moment, lambda run: run.confirmer().confirm(consortium.sid))
    key = desk.key(consortium.sid)
    assert key is not None
    with desk.open() as run:
        signed = [variant.transaction_hash for entry in run.entries(purpose) for variant in entry.variants]
        assert bool(signed) is (moment in CONFIRM[2:])
        run.confirmer().confirm(consortium.sid)
        run.sender().tend(0)
        (entry,) = run.entries(purpose)
        assert entry.status is EntryStatus.SETTLED
        hashes = [variant.transaction_hash for variant in entry.variants]
        assert hashes == (signed or hashes)
    assert desk.key(consortium.sid) == key
    assert consortium.reads.state(consortium.sid).A == G * key.alpha
    assert desk.nonce() == before + 1


def test_dying_again_and_again_makes_neither_a_second_key_nor_a_second_transaction(desk, consortium):
    before, keys = desk.nonce(), set()
    for moment in ("auditor_key.saved", *CONFIRM[:3]):
        desk.dies(moment, lambda run: run.confirmer().confirm(consortium.sid))
        keys.add(desk.key(consortium.sid))
    with desk.open() as run:
        run.confirmer().confirm(consortium.sid)
    assert len(keys) == 1
    assert consortium.reads.state(consortium.sid).A == G * keys.pop().alpha
    assert desk.nonce() == before + 1


def test_a_confirmation_that_a_reorganisation_removes_is_offered_again_as_it_was(desk, consortium):
    provider = consortium.connection.w3.provider
    with desk.open() as run:
        snapshot = provider.make_request("evm_snapshot", [])["result"]
        run.confirmer().confirm(consortium.sid)
        purpose = Purpose(consortium.sid, "confirm")
        (entry,) = run.entries(purpose)
        assert provider.make_request("evm_revert", [snapshot])["result"] is True
        assert consortium.reads.state(consortium.sid).A is None
        mined = run.confirmer().confirm(consortium.sid)
        assert mined is not None
        assert [each.entry_id for each in run.entries(purpose)] == [entry.entry_id]
        assert mined.transaction_hash == entry.variants[-1].transaction_hash
    assert own(consortium, desk)


def test_a_session_that_another_state_confirmed_is_not_touched(desk, consortium):
    consortium.confirm()
    before = desk.nonce()
    with desk.open() as run:
        with pytest.raises(KeyNotKeptError) as caught:
            run.confirmer().confirm(consortium.sid)
        assert caught.value.sid == consortium.sid
        assert not run.confirmer().has_key(consortium.sid)
        run.keys.save(consortium.sid, AuditorKey.draw())
        with pytest.raises(KeyNotKeptError):
            run.confirmer().confirm(consortium.sid)
    assert desk.nonce() == before


def test_what_is_not_mined_in_time_is_waited_for_by_the_next_call(desk, consortium, monkeypatch):
    with desk.open() as run:
        connection = consortium.connection
        with monkeypatch.context() as patch:
            patch.setattr(type(connection), "broadcast", lambda _self, _raw: None)
            with pytest.raises(TransactionTimeoutError):
                run.confirmer(receipt_seconds=0.05, look_seconds=100).confirm(consortium.sid)
        (entry,) = run.entries(Purpose(consortium.sid, "confirm"))
        assert entry.status is EntryStatus.PENDING
        mined = run.confirmer().confirm(consortium.sid)
        assert mined.transaction_hash == entry.variants[0].transaction_hash


def test_after_the_confirm_phase_nothing_is_sent(desk, consortium):
    consortium.travel_to(consortium.configuration.confirm_by)
    assert consortium.reads.phase(consortium.sid) is Phase.ABORTED
    before = desk.nonce()
    with desk.open() as run, pytest.raises(ContractRefusedError):
        run.confirmer().confirm(consortium.sid)
    assert desk.nonce() == before


def test_a_session_that_is_created_again_has_the_same_id_and_gets_the_same_key(consortium, tmp_path):
    provider = consortium.connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    consortium.create()
    desk = AuditDesk(consortium, tmp_path / "data")
    with desk.open() as run:
        run.confirmer().confirm(consortium.sid)
    key = desk.key(consortium.sid)
    assert provider.make_request("evm_revert", [snapshot])["result"] is True
    with desk.open() as run, pytest.raises(ContractRefusedError, match="UnknownSession"):
        run.confirmer().confirm(consortium.sid)
    consortium.create()
    with desk.open() as run:
        run.confirmer().confirm(consortium.sid)
    assert desk.key(consortium.sid) == key
    assert consortium.reads.state(consortium.sid).A == G * key.alpha
