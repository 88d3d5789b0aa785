"""Chunks: sealed under their numbers, and genuine at their places only."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from support.sealed_models import sealed_chunks

from tcss_chain.sealed_model.errors import ChunkError
from tcss_chain.sealed_model.stream import CHUNK_BYTES, MAX_CHUNKS, TAG_BYTES, ChunkCipher, ChunkLayout

KEY = bytearray(range(32))
TINY = 5


def opened(sealed, layout, key=KEY):
    cipher = ChunkCipher(key, layout)
    parts = []
    for index in range(layout.count):
        begin = layout.sealed_offset(index)
        plain = bytearray(layout.length(index))
        cipher.open(index, memoryview(sealed)[begin : begin + len(plain) + TAG_BYTES], memoryview(plain))
        parts.append(bytes(plain))
    return b"".join(parts)


def sealed(plain, chunk_bytes=TINY, key=KEY):
    layout = ChunkLayout(len(plain), chunk_bytes)
    return sealed_chunks(ChunkCipher(key, layout), layout, plain), layout


plains = st.binary(min_size=1, max_size=60)


@given(plain=plains, chunk_bytes=st.integers(1, 70))
def test_what_is_sealed_can_be_opened(plain, chunk_bytes):
    content, layout = sealed(plain, chunk_bytes)
    assert len(content) == layout.sealed_size == len(plain) + layout.count * TAG_BYTES
    assert opened(content, layout) == plain


@given(size=st.integers(1, 2**52), chunk_bytes=st.integers(1, 2**21))
def test_the_chunks_cover_the_model_without_gaps(size, chunk_bytes):
    layout = ChunkLayout(size, chunk_bytes)
    last = layout.count - 1
    assert 1 <= layout.length(last) <= chunk_bytes
    assert layout.plain_offset(last) + layout.length(last) == size
    assert layout.sealed_offset(last) + layout.length(last) + TAG_BYTES == layout.sealed_size
    assert layout.length(0) == min(size, chunk_bytes)


def test_the_chunks_of_the_format_are_of_one_mebibyte():
    assert (ChunkLayout(1).chunk_bytes, CHUNK_BYTES) == (1 << 20, 1 << 20)
    assert MAX_CHUNKS == 1 << 32


def test_nonces_are_those_of_the_format_and_there_are_no_associated_data():
    plain = b"abcdefghijkl"
    content, _ = sealed(plain)
    library = AESGCM(bytes(KEY))
    nonces = [bytes(7) + bytes([0, 0, 0, index, index == 2]) for index in range(3)]
    expected = [library.encrypt(nonces[i], plain[5 * i : 5 * i + 5], None) for i in range(3)]
    assert content == b"".join(expected)


def test_the_counter_is_big_endian_and_has_four_bytes():
    layout = ChunkLayout(2**40, 1)
    cipher = ChunkCipher(KEY, layout)
    out = bytearray(1 + TAG_BYTES)
    cipher.seal(0x01020304, memoryview(b"x"), memoryview(out))
    assert bytes(out) == AESGCM(bytes(KEY)).encrypt(bytes(7) + b"\1\2\3\4\0", b"x", None)


@given(plain=plains, data=st.data())
def test_one_flipped_bit_is_noticed_in_its_chunk(plain, data):
    content, layout = sealed(plain)
    place = data.draw(st.integers(0, len(content) - 1))
    broken = bytearray(content)
    broken[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ChunkError) as caught:
        opened(broken, layout)
    assert caught.value.index == place // (TINY + TAG_BYTES)


@given(plain=st.binary(min_size=2 * TINY, max_size=60), data=st.data())
def test_chunks_do_not_fit_at_other_places(plain, data):
    content, layout = sealed(plain)
    step = TINY + TAG_BYTES
    whole = len(plain) // TINY
    first, second = data.draw(st.permutations(range(whole)))[:2]
    broken = bytearray(content)
    broken[first * step : first * step + step] = content[second * step : second * step + step]
    with pytest.raises(ChunkError) as caught:
        opened(broken, layout)
    assert caught.value.index == first


@given(plain=st.binary(min_size=TINY + 1, max_size=60))
def test_a_model_cut_at_a_chunk_does_not_pass_for_a_shorter_one(plain):
    content, layout = sealed(plain)
    shorter = ChunkLayout((layout.count - 1) * TINY, TINY)
    with pytest.raises(ChunkError) as caught:
        opened(content[: shorter.sealed_size], shorter)
    assert caught.value.index == shorter.count - 1


@given(plain=plains)
def test_a_model_does_not_pass_for_the_beginning_of_a_longer_one(plain):
    content, layout = sealed(plain[: len(plain) // TINY * TINY or 1], TINY)
    longer = ChunkLayout(layout.count * TINY + 1, TINY)
    with pytest.raises(ChunkError):
        opened(content + bytes(longer.sealed_size - len(content)), longer)


@pytest.mark.parametrize("wrong", [bytearray(b"\1") + KEY[1:], KEY[:31] + b"\0"])
def test_another_key_opens_nothing(wrong):
    content, layout = sealed(b"abc")
    with pytest.raises(ChunkError) as caught:
        opened(content, layout, wrong)
    assert caught.value.index == 0
