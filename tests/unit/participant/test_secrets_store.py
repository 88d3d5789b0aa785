"""What a participant keeps secret."""

from __future__ import annotations

import dataclasses

import pytest
from support.known_roster import known_roster

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.participant.secrets_store import FinalShare, MemorySecretsStore, SessionSecrets
from tcss_chain.protocol.dealing import DealingPolynomials
from tcss_chain.protocol.share_encryption import EncryptedShare

KNOWN = known_roster()
SID, OTHER = b"\1" * 32, b"\2" * 32
ACCOUNT = KNOWN.accounts[0]


def with_dealing(secrets, roster_hash=b"\3" * 32):
    polynomials = DealingPolynomials.draw(3)
    return secrets.with_dealing(roster_hash, polynomials, KNOWN.deal(KNOWN.accounts[0]))


def test_drawn_keys_are_fresh_and_nonzero():
    drawn = [SessionSecrets.draw() for _ in range(10)]
    scalars = [scalar for secrets in drawn for scalar in (secrets.e, secrets.d)]
    assert len(set(scalars)) == 20
    assert all(0 < scalar < GROUP_ORDER for scalar in scalars)
    assert all(secrets.polynomials is secrets.dealt is None for secrets in drawn)
    assert all(secrets.roster_hash == b"" for secrets in drawn)


def test_public_keys_belong_to_the_secret_ones():
    secrets = SessionSecrets(e=5, d=7)
    assert (secrets.keys.P, secrets.keys.D) == (G * 5, G * 7)


def test_a_dealing_for_another_roster_is_added_and_the_earlier_one_kept():
    secrets = SessionSecrets.draw()
    first = with_dealing(secrets)
    second = with_dealing(first, b"\4" * 32)
    assert (second.e, second.d) == (secrets.e, secrets.d)
    assert second.roster_hash == b"\4" * 32
    assert second.polynomials != first.polynomials
    assert secrets.polynomials is None
    assert second.for_roster(b"\5" * 32) is None
    assert second.for_roster(b"\4" * 32) is second
    back = second.for_roster(b"\3" * 32)
    assert (back.polynomials, back.dealt) == (first.polynomials, first.dealt)
    assert back.for_roster(b"\4" * 32).dealt == second.dealt


def test_secrets_do_not_show_themselves():
    secrets = with_dealing(SessionSecrets.draw())
    share = FinalShare(x=3, y=GROUP_ORDER - 12345)
    dealt = secrets.dealt.shares[KNOWN.accounts[1]]
    hidden = [secrets.e, secrets.d, *secrets.polynomials.a, *secrets.polynomials.b, share.y, dealt.c0]
    for shown in (repr(secrets), str(secrets), f"{secrets!r:>10}", repr(share), str([share, secrets])):
        for secret in hidden:
            assert str(secret) not in shown
            assert f"{secret:x}" not in shown


def test_secrets_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SessionSecrets.draw().e = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        FinalShare(1, 2).y = 3


def test_an_empty_store_has_nothing():
    store = MemorySecretsStore()
    assert store.load(SID) is None
    assert store.load_share(SID) is None
    store.erase(SID)


def test_sessions_are_kept_apart_and_the_latest_counts():
    store = MemorySecretsStore()
    first, second, third = (SessionSecrets.draw() for _ in range(3))
    store.save(SID, first)
    store.save(SID, second)
    store.save(OTHER, third)
    assert store.load(SID) == second
    assert store.load(OTHER) == third
    store.save_share(SID, FinalShare(1, 2))
    assert store.load_share(OTHER) is None


def test_erasing_leaves_the_final_share_and_other_sessions():
    store = MemorySecretsStore()
    for sid in (SID, OTHER):
        store.save(sid, SessionSecrets.draw())
        store.save_share(sid, FinalShare(1, 2))
    store.erase(SID)
    store.erase(SID)
    assert store.load(SID) is None
    assert store.load_share(SID) == FinalShare(1, 2)
    assert store.load(OTHER) is not None


def test_what_is_handed_out_outlives_the_secrets_and_is_forgotten_at_the_end():
    store = MemorySecretsStore()
    share = EncryptedShare(1, 2, (bytes(32),))
    for sid in (SID, OTHER):
        store.save_handed_out(sid, {ACCOUNT: share})
    store.erase(SID)
    assert store.load_handed_out(SID) == {ACCOUNT: share}
    store.forget_handed_out(SID)
    store.forget_handed_out(SID)
    assert store.load_handed_out(SID) == {}
    assert store.load_handed_out(OTHER) == {ACCOUNT: share}
