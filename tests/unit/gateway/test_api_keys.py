"""Keys of tenants and operator."""

from __future__ import annotations

import hashlib
import re

import pytest

from tcss_chain.gateway.api_keys import KeyRing, api_key_hash, bearer_key, draw_api_key, is_api_key


def test_a_key_has_256_random_bits_and_a_prefix():
    keys = {draw_api_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch(r"tcss_[A-Za-z0-9_-]{43}", key) for key in keys)
    assert all(map(is_api_key, keys))


def test_only_the_hash_is_kept():
    key = draw_api_key()
    assert api_key_hash(key) == hashlib.sha256(key.encode()).digest()


def test_every_holder_is_found_and_nobody_else():
    keys = [draw_api_key() for _ in range(20)]
    ring = KeyRing((api_key_hash(key), number) for number, key in enumerate(keys))
    assert [ring.holder(key) for key in keys] == list(range(20))
    assert ring.holder(draw_api_key()) is None
    assert ring.holder("") is None


def test_a_ring_shows_neither_keys_nor_hashes():
    key = draw_api_key()
    shown = repr(KeyRing([(api_key_hash(key), "tenant")]))
    assert shown == "KeyRing(1 keys)"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_key_is_taken_out_of_the_header(scheme):
    key = draw_api_key()
    assert bearer_key(f"{scheme} {key}") == key
    assert bearer_key(f"{scheme}   {key} ") == key


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic dGNzcw==", "Bearer tcss_short", "Bearer tcss_" + "a" * 44,
     "tcss_" + "a" * 43, "Bearer tcss_" + "ä" * 43, "Bearer xxxx_" + "a" * 43],
)  # fmt: skip
def test_anything_else_is_no_key(header):
    assert bearer_key(header) is None
