"""The bytes of secrets: one encoding for each value, and nothing else is read."""

from __future__ import annotations

import dataclasses
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.known_roster import known_roster
from support.states import dealt_secrets, made_up_shares

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.protocol.dealing import Dealing, DealingPolynomials, DealtShares, PolynomialProof
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.store.errors import StateDamagedError, UnstorableValueError
from tcss_chain.store.session_secrets_encoding import (
    decode_encrypted_share,
    decode_final_share,
    decode_secrets,
    decode_shares,
    encode_encrypted_share,
    encode_final_share,
    encode_secrets,
    encode_shares,
)

SCALARS = st.integers(0, GROUP_ORDER - 1)
KEYS = st.integers(1, GROUP_ORDER - 1)
WORDS = st.integers(0, (1 << 256) - 1)
NODES = st.binary(min_size=32, max_size=32)
ENCRYPTED = st.builds(EncryptedShare, WORDS, WORDS, st.tuples(*[NODES] * 7))
# Made-up points are multiples that somebody chose, the identity among them.
POINTS = st.integers(0, 50).map(lambda multiple: G * multiple)
SHARES = st.integers(0, 5).map(made_up_shares)


@st.composite
def dealings(draw):
    t = draw(st.integers(1, 4))
    vector = st.lists(POINTS, min_size=t, max_size=t).map(tuple)
    proof = PolynomialProof(draw(SCALARS), draw(SCALARS), draw(SCALARS))
    return DealtShares(Dealing(draw(vector), draw(vector), draw(NODES), proof), draw(SHARES))


@st.composite
def records(draw):
    scalars = st.lists(SCALARS, min_size=3, max_size=3).map(tuple)
    polynomials = st.builds(DealingPolynomials, scalars, scalars)
    return SessionSecrets(
        draw(KEYS),
        draw(KEYS),
        draw(st.just(b"") | NODES),
        draw(st.none() | polynomials),
        draw(st.none() | dealings()),
    )


@settings(max_examples=60, deadline=None)
@given(records(), st.lists(records(), max_size=3).map(tuple))
def test_secrets_come_back_as_they_were(secrets, earlier):
    secrets = dataclasses.replace(secrets, earlier=earlier)
    encoded = encode_secrets(secrets)
    assert decode_secrets(encoded) == secrets
    assert encode_secrets(decode_secrets(encoded)) == encoded


@given(st.integers(0, 130))
@settings(max_examples=10, deadline=None)
def test_shares_come_back_as_they_were_in_any_order(count):
    shares = made_up_shares(count)
    backwards = dict(reversed(shares.items()))
    assert decode_shares(encode_shares(shares)) == shares
    assert encode_shares(shares) == encode_shares(backwards)


@given(ENCRYPTED)
def test_an_encrypted_share_comes_back_even_with_words_that_convict_its_dealer(share):
    assert decode_encrypted_share(encode_encrypted_share(share)) == share


@given(KEYS, SCALARS)
def test_a_final_share_comes_back_as_it_was(x, y):
    assert decode_final_share(encode_final_share(FinalShare(x, y))) == FinalShare(x, y)


def test_real_secrets_with_three_dealings_come_back_as_they_were():
    secrets = dealt_secrets(dealings=3)
    assert decode_secrets(encode_secrets(secrets)) == secrets
    assert len(secrets.earlier) == 2


def test_the_largest_session_is_quick():
    t, shares = 128, made_up_shares(128)
    dealing = Dealing((G,) * t, (G * 2,) * t, b"\5" * 32, PolynomialProof(1, 2, 3))
    secrets = SessionSecrets(1, 2, b"\3" * 32, DealingPolynomials.draw(t), DealtShares(dealing, shares))
    started = time.perf_counter()
    assert decode_secrets(encode_secrets(secrets)) == secrets
    assert time.perf_counter() - started < 1


def test_cut_and_lengthened_encodings_are_damage():
    encoded = encode_secrets(dealt_secrets(dealings=2))
    for length in [*range(0, len(encoded), 31), len(encoded) - 1]:
        with pytest.raises(StateDamagedError):
            decode_secrets(encoded[:length])
    with pytest.raises(StateDamagedError):
        decode_secrets(encoded + b"\0")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=700))
def test_arbitrary_bytes_are_read_as_nothing_else_than_they_are(encoded):
    for decode, encode in (
        (decode_secrets, encode_secrets),
        (decode_shares, encode_shares),
        (decode_encrypted_share, encode_encrypted_share),
        (decode_final_share, encode_final_share),
    ):
        try:
            value = decode(b"\1" + encoded)
        except StateDamagedError:
            continue
        assert encode(value) == b"\1" + encoded


def test_changed_bytes_are_damage_or_another_value():
    encoded = encode_secrets(dealt_secrets(known_roster(seats=(0, 1), t=2), dealings=2))
    original, rng = decode_secrets(encoded), random.Random(3)
    for _ in range(300):
        damaged = bytearray(encoded)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        try:
            value = decode_secrets(bytes(damaged))
        except StateDamagedError:
            continue
        assert value != original
        assert encode_secrets(value) == bytes(damaged)


def test_an_unknown_version_is_damage():
    for decode in (decode_secrets, decode_shares, decode_encrypted_share, decode_final_share):
        with pytest.raises(StateDamagedError):
            decode(b"\2" + bytes(64))


def test_scalars_out_of_range_and_zero_keys_are_damage():
    order, one = GROUP_ORDER.to_bytes(32, "big"), (1).to_bytes(32, "big")
    decode_final_share(b"\1" + one + bytes(32))
    for x, y in ((bytes(32), one), (order, one), (one, order)):
        with pytest.raises(StateDamagedError):
            decode_final_share(b"\1" + x + y)


def test_addresses_that_do_not_ascend_are_damage():
    share = encode_encrypted_share(next(iter(made_up_shares(1).values())))[1:]
    low, high = bytes([1]) * 20, bytes([2]) * 20
    decode_shares(b"\1\0\2" + low + share + high + share)
    for first, second in ((high, low), (low, low)):
        with pytest.raises(StateDamagedError):
            decode_shares(b"\1\0\2" + first + share + second + share)


SHARE = EncryptedShare(1, 2, (b"\0" * 32,) * 7)


@pytest.mark.parametrize(
    ("encode", "value"),
    [
        (encode_secrets, SessionSecrets(0, 1)),
        (encode_secrets, SessionSecrets(1, GROUP_ORDER)),
        (encode_secrets, SessionSecrets(1, 1, b"short")),
        (encode_secrets, SessionSecrets(1, 1, b"", DealingPolynomials((1,), (1, 2)))),
        (encode_secrets, SessionSecrets(1, 1, b"", DealingPolynomials((), ()))),
        (
            encode_secrets,
            SessionSecrets(1, 1, earlier=(SessionSecrets(1, 1, earlier=(SessionSecrets(1, 1),)),)),
        ),
        (encode_final_share, FinalShare(0, 1)),
        (encode_final_share, FinalShare(1, -1)),
        (encode_encrypted_share, dataclasses.replace(SHARE, c0=1 << 256)),
        (encode_encrypted_share, dataclasses.replace(SHARE, c1=-1)),
        (encode_encrypted_share, dataclasses.replace(SHARE, path=SHARE.path[:6])),
        (encode_encrypted_share, dataclasses.replace(SHARE, path=(*SHARE.path[:6], b"short"))),
        (encode_shares, {"0x12": SHARE}),
        (encode_shares, {"0x" + "ab" * 20: SHARE}),
    ],
)
def test_values_that_would_not_come_back_are_refused(encode, value):
    with pytest.raises(UnstorableValueError):
        encode(value)
