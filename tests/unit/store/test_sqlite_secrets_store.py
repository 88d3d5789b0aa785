"""What a participant saves of its sessions is there after a restart, and only with the passphrase."""

from __future__ import annotations

import threading

import pytest
from support.known_roster import known_roster
from support.states import (
    OTHER_SID,
    PASSPHRASE,
    SID,
    dealt_secrets,
    found_in_files,
    made_up_shares,
    new_state,
)

from tcss_chain.curve import random_nonzero_scalar
from tcss_chain.participant.secrets_store import FinalShare, SecretsStore, SessionSecrets
from tcss_chain.store.errors import UnstorableValueError
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

KNOWN = known_roster()


@pytest.fixture
def store(database) -> SecretsStore:
    return SqliteSecretsStore(database)


def test_an_empty_store_has_nothing(store):
    assert store.load(SID) is store.load_share(SID) is None
    assert store.load_received(SID) == store.load_handed_out(SID) == {}
    store.erase(SID)


def test_everything_survives_a_restart(folder):
    secrets = dealt_secrets(KNOWN, dealings=2)
    received, handed_out, share = made_up_shares(4, 1), made_up_shares(5, 2), FinalShare(7, 8)
    with new_state(folder) as database:
        store = SqliteSecretsStore(database)
        store.save(SID, secrets)
        store.save_received(SID, received)
        store.save_handed_out(SID, handed_out)
        store.save_share(SID, share)
    with StateDatabase.open(folder, PASSPHRASE) as database:
        store = SqliteSecretsStore(database)
        assert store.load(SID) == secrets
        assert store.load_received(SID) == received
        assert store.load_handed_out(SID) == handed_out
        assert store.load_share(SID) == share
        assert store.load(OTHER_SID) is store.load_share(OTHER_SID) is None


def test_saving_again_replaces(store):
    first, second = SessionSecrets.draw(), dealt_secrets(KNOWN)
    store.save(SID, first)
    store.save(OTHER_SID, first)
    store.save(SID, second)
    assert store.load(SID) == second
    assert store.load(OTHER_SID) == first


def test_received_shares_are_added_and_replaced_by_dealer(store):
    first = made_up_shares(3)
    dealer = next(iter(first))
    (changed,) = made_up_shares(1, seed=9).values()
    store.save_received(SID, first)
    store.save_received(SID, {dealer: changed})
    store.save_received(SID, made_up_shares(2, seed=5))
    assert store.load_received(SID) == first | {dealer: changed} | made_up_shares(2, seed=5)
    assert store.load_received(OTHER_SID) == {}


def test_handed_out_shares_are_replaced_as_a_whole(store):
    store.save_handed_out(SID, made_up_shares(3))
    store.save_handed_out(SID, made_up_shares(2, seed=5))
    assert store.load_handed_out(SID) == made_up_shares(2, seed=5)


def test_erasing_leaves_the_final_share_and_what_is_handed_out(store):
    for sid in (SID, OTHER_SID):
        store.save(sid, dealt_secrets(KNOWN))
        store.save_received(sid, made_up_shares(3))
        store.save_handed_out(sid, made_up_shares(4))
        store.save_share(sid, FinalShare(7, 8))
    store.erase(SID)
    assert store.load(SID) is None
    assert store.load_received(SID) == {}
    assert store.load_handed_out(SID) == made_up_shares(4)
    assert store.load_share(SID) == FinalShare(7, 8)
    assert store.load(OTHER_SID) is not None
    assert store.load_received(OTHER_SID) == made_up_shares(3)


def test_no_secret_is_in_any_file_as_it_is(store, folder):
    secrets, share = dealt_secrets(KNOWN), FinalShare(7, random_nonzero_scalar())
    store.save(SID, secrets)
    store.save_share(SID, share)
    store.save_received(SID, made_up_shares(3))
    scalars = [secrets.e, secrets.d, *secrets.polynomials.a, *secrets.polynomials.b, share.y]
    scalars += [each.c0 for each in made_up_shares(3).values()]
    assert found_in_files(folder, [scalar.to_bytes(32, "big") for scalar in scalars]) == []


def test_half_of_many_shares_is_never_kept(store):
    shares = made_up_shares(3)
    bad = {**shares, "0x12": next(iter(shares.values()))}
    with pytest.raises(UnstorableValueError):
        store.save_received(SID, bad)
    assert store.load_received(SID) == {}


@pytest.mark.parametrize("sid", [b"", b"short", b"\1" * 33])
def test_a_session_id_of_another_length_is_refused(store, sid):
    with pytest.raises(UnstorableValueError):
        store.save(sid, SessionSecrets(1, 2))
    with pytest.raises(UnstorableValueError):
        store.erase(sid)


def test_many_threads_use_one_store(store):
    failures = []

    def work(number):
        sid = bytes([number]) * 32
        try:
            secrets = dealt_secrets(KNOWN, seed=number)
            store.save(sid, secrets)
            for seed in range(3):
                store.save_received(sid, made_up_shares(2, seed=number * 10 + seed))
            assert store.load(sid) == secrets
            assert len(store.load_received(sid)) == 6
            store.save_share(sid, FinalShare(number, number))
            if number % 2:
                store.erase(sid)
                assert store.load(sid) is None
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    for number in range(1, 9):
        sid = bytes([number]) * 32
        assert store.load_share(sid) == FinalShare(number, number)
        assert (store.load(sid) is None) == bool(number % 2)


def test_what_is_handed_out_is_forgotten_at_the_end_and_nothing_else(store, database):
    for sid in (SID, OTHER_SID):
        store.save_handed_out(sid, made_up_shares(4))
        store.save_share(sid, FinalShare(7, 8))
    store.forget_handed_out(SID)
    store.forget_handed_out(SID)
    assert store.load_handed_out(SID) == {}
    assert store.load_handed_out(OTHER_SID) == made_up_shares(4)
    assert store.load_share(SID) == FinalShare(7, 8)
    with database.reading() as connection:
        assert connection.execute("SELECT sid FROM handed_out_shares").fetchall() == [(OTHER_SID,)]
