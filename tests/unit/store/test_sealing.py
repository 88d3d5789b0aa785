"""Sealing: only the passphrase opens a value, in its own place."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.states import CHEAP

from tcss_chain.store.errors import (
    EmptyPassphraseError,
    KdfCostError,
    StateDamagedError,
    WrongPassphraseError,
)
from tcss_chain.store.schema import FINAL_SHARE, RECEIVED_SHARE, SESSION_SECRETS
from tcss_chain.store.sealing import DEFAULT_KDF_COST, KdfCost, Sealer, fresh_salt


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_a_sealed_value_opens_to_what_was_sealed(plain, context):
    sealer = Sealer.draw()
    sealed = sealer.seal(context, plain)
    assert sealer.open(context, sealed, "here") == plain
    assert len(sealed) == len(plain) + 28


def test_sealing_twice_gives_different_bytes():
    sealer = Sealer.draw()
    assert len({sealer.seal(b"", b"same") for _ in range(50)}) == 50


def test_every_flipped_bit_is_noticed():
    sealer = Sealer.draw()
    sealed = sealer.seal(b"context", b"a secret")
    for bit in range(8 * len(sealed)):
        damaged = bytearray(sealed)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(StateDamagedError):
            sealer.open(b"context", bytes(damaged), "here")


@pytest.mark.parametrize("damaged", [b"", b"short", bytes(28), None, 5, "text"])
def test_what_no_sealer_wrote_is_damage(damaged):
    with pytest.raises(StateDamagedError):
        Sealer.draw().open(b"", damaged, "here")


def test_a_value_opens_in_its_own_place_only():
    sealer = Sealer.draw()
    sealed = sealer.seal(SESSION_SECRETS.context((b"\1" * 32,)), b"a secret")
    for other in (SESSION_SECRETS.context((b"\2" * 32,)), FINAL_SHARE.context((b"\1" * 32,)), b""):
        with pytest.raises(StateDamagedError):
            sealer.open(other, sealed, "here")


def test_parts_of_a_row_key_do_not_run_into_each_other():
    assert RECEIVED_SHARE.context((b"ab", "c")) != RECEIVED_SHARE.context((b"a", "bc"))


def test_a_wrapped_key_opens_with_its_passphrase_only():
    sealer, salt = Sealer.draw(), fresh_salt()
    wrapped = sealer.wrap("passphrase", salt, CHEAP)
    sealed = sealer.seal(b"", b"a secret")
    assert Sealer.unwrap(wrapped, "passphrase", salt, CHEAP).open(b"", sealed, "here") == b"a secret"
    for passphrase, other_salt, cost in (
        ("Passphrase", salt, CHEAP),
        ("passphrase", fresh_salt(), CHEAP),
        ("passphrase", salt, KdfCost(32, 1, 1)),
    ):
        with pytest.raises(WrongPassphraseError):
            Sealer.unwrap(wrapped, passphrase, other_salt, cost)


def test_the_same_characters_in_another_unicode_form_are_the_same_passphrase():
    sealer, salt = Sealer.draw(), fresh_salt()
    wrapped = sealer.wrap("schlüssel", salt, CHEAP)
    sealed = sealer.seal(b"", b"x")
    assert Sealer.unwrap(wrapped, "schlüssel", salt, CHEAP).open(b"", sealed, "here") == b"x"


def test_an_empty_passphrase_is_refused():
    with pytest.raises(EmptyPassphraseError):
        Sealer.draw().wrap("", fresh_salt(), CHEAP)


def test_the_default_cost_takes_64_mib():
    assert 128 * DEFAULT_KDF_COST.n * DEFAULT_KDF_COST.r == 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("n", "r", "p"),
    [
        (0, 8, 1),
        (1, 8, 1),
        (3, 8, 1),
        (-2, 8, 1),
        (16, 0, 1),
        (16, 1, 0),
        (1 << 19, 8, 1),
        (1 << 62, 1, 1),
        (16, 1 << 30, 1),
        (16, 1, 1 << 30),
        (1 << 18, 8, 3),
    ],
)
def test_a_cost_that_would_exhaust_the_machine_is_refused(n, r, p):
    with pytest.raises(KdfCostError) as caught:
        KdfCost(n, r, p)
    assert (caught.value.n, caught.value.r, caught.value.p) == (n, r, p)


def test_a_sealer_shows_no_key_and_is_not_pickled():
    key = b"\xab" * 32
    sealer = Sealer(key)
    assert "ab" not in repr(sealer).replace("Sealer", "")
    with pytest.raises(TypeError):
        pickle.dumps(sealer)
