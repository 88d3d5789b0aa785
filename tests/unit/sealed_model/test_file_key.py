"""File keys: random, and unwrapped by one model key for one capsule."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tcss_chain.sealed_model import file_key
from tcss_chain.sealed_model.errors import ModelKeyError, WrongModelKeyError
from tcss_chain.sealed_model.file_key import WRAPPED_BYTES, new_file_key, unwrap_file_key, wrap_file_key

FILE_KEY, MODEL_KEY, HASH = bytearray(range(32)), bytearray(range(100, 132)), b"\7" * 32
WRAPPED = wrap_file_key(FILE_KEY, MODEL_KEY, HASH)


def test_a_wrapped_key_is_what_the_format_says():
    expected = AESGCM(bytes(MODEL_KEY)).encrypt(bytes(12), bytes(FILE_KEY), HASH)
    assert expected == WRAPPED
    assert len(WRAPPED) == WRAPPED_BYTES == 48


def test_what_is_wrapped_is_unwrapped_into_a_key_that_can_be_wiped():
    unwrapped = unwrap_file_key(WRAPPED, MODEL_KEY, HASH)
    assert type(unwrapped) is bytearray
    assert unwrapped == FILE_KEY


def test_keys_are_256_random_bits():
    keys = [new_file_key() for _ in range(400)]
    assert {(type(key), len(key)) for key in keys} == {(bytearray, 32)}
    assert len({bytes(key) for key in keys}) == 400
    # Each of the 256 bits is set in about half of them: eight standard deviations are ten either side of 200.
    counts = [sum(key[bit // 8] >> bit % 8 & 1 for key in keys) for bit in range(256)]
    assert all(120 < count < 280 for count in counts)


@pytest.mark.parametrize("place", range(WRAPPED_BYTES))
def test_no_byte_of_a_wrapped_key_can_be_altered(place):
    broken = bytearray(WRAPPED)
    broken[place] ^= 1 << place % 8
    with pytest.raises(WrongModelKeyError):
        unwrap_file_key(bytes(broken), MODEL_KEY, HASH)


@pytest.mark.parametrize(
    ("model_key", "capsule_hash"),
    [
        (b"\1" + MODEL_KEY[1:], HASH),
        (MODEL_KEY[:31] + b"\0", HASH),
        (MODEL_KEY, HASH[:31] + b"\6"),
        (MODEL_KEY, b""),
    ],
)
def test_another_key_or_capsule_unwraps_nothing(model_key, capsule_hash):
    with pytest.raises(WrongModelKeyError):
        unwrap_file_key(WRAPPED, bytearray(model_key), capsule_hash)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_keys_of_other_lengths_are_refused_though_the_library_takes_some(length):
    with pytest.raises(ModelKeyError):
        wrap_file_key(FILE_KEY, bytearray(length), HASH)
    with pytest.raises(ModelKeyError):
        unwrap_file_key(WRAPPED, bytearray(length), HASH)


def test_what_did_not_unwrap_is_wiped(monkeypatch):
    wiped = []
    monkeypatch.setattr(file_key, "wipe", wiped.append)
    with pytest.raises(WrongModelKeyError):
        unwrap_file_key(WRAPPED, bytearray(32), HASH)
    assert [len(buffer) for buffer in wiped] == [32]
