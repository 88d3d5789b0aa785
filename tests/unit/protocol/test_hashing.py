"""The protocol's hashes against ``abi.encode`` and keccak of other libraries."""

from __future__ import annotations

import hashlib

import pytest
from eth_abi.abi import encode as abi_encode
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st
from support.independent import abi_hash, abi_point, scalar_of

from tcss_chain.curve import G1, G2, GROUP_ORDER, G, U, V
from tcss_chain.protocol.hashing import (
    domain_word,
    hash_commitments,
    hash_to_scalar,
    hash_words,
    scalar_from_hash,
    words_of,
)

words = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**256 - 1)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
domains = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=32)


def test_keccak_is_the_one_of_ethereum_and_not_sha3():
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak(b"") != hashlib.sha3_256(b"").digest()


@given(domain=domains, sid=words, number=numbers, address=addresses)
def test_hashes_are_keccak_of_abi_encoded_words(domain, sid, number, address):
    expected = abi_hash(domain, ("bytes32", sid), ("uint256", number), ("address", address))
    assert hash_words(domain, sid, number, address) == expected


@settings(max_examples=10, deadline=None)
@given(scalars=st.lists(st.integers(0, GROUP_ORDER - 1), min_size=1, max_size=3))
def test_points_of_g1_are_two_words_and_the_identity_is_two_zeros(scalars):
    points = [G * scalar for scalar in scalars] + [G1.identity()]
    assert hash_words("d", *points) == abi_hash("d", *map(abi_point, points))
    assert words_of(G1.identity()) == bytes(64)


@pytest.mark.parametrize("point", [U, V, G2.identity(), U + V])
def test_points_of_g2_are_four_words(point):
    assert words_of(point) == abi_encode(["uint256[4]"], [point.words()])
    assert len(words_of(point)) == 128


def test_a_domain_is_padded_on_the_right_as_solidity_does():
    assert domain_word("tcss.v1.deal") == b"tcss.v1.deal" + bytes(20)


@pytest.mark.parametrize("domain", ["x" * 33, "domäne"])
def test_a_domain_that_is_no_constant_word_is_refused(domain):
    with pytest.raises(ValueError):
        domain_word(domain)


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33), "0x1234", "0x" + "00" * 32])
def test_values_of_another_size_are_refused_instead_of_padded(value):
    with pytest.raises(ValueError):
        words_of(value)


@pytest.mark.parametrize("value", [-1, 2**256])
def test_integers_that_do_not_fit_one_word_are_refused(value):
    with pytest.raises(OverflowError):
        words_of(value)


@given(first=domains, second=domains, sid=words)
def test_two_domains_never_give_the_same_hash(first, second, sid):
    assert (hash_words(first, sid) == hash_words(second, sid)) == (first == second)


@given(seed=words)
def test_scalars_are_512_bits_reduced(seed):
    high, low = keccak(seed + bytes(32)), keccak(seed + (1).to_bytes(32, "big"))
    wide = (int.from_bytes(high, "big") << 256) + int.from_bytes(low, "big")
    assert scalar_from_hash(seed) == wide % GROUP_ORDER
    assert scalar_from_hash(seed) < GROUP_ORDER
    assert scalar_from_hash(seed) not in (
        int.from_bytes(seed, "big") % GROUP_ORDER,
        int.from_bytes(high, "big") % GROUP_ORDER,
        int.from_bytes(low, "big") % GROUP_ORDER,
    )


@given(sid=words, number=numbers)
def test_hash_to_scalar_expands_the_hash_of_domain_and_values(sid, number):
    digest = abi_hash("tcss.v1.point", ("bytes32", sid), ("uint256", number))
    assert hash_to_scalar("tcss.v1.point", sid, number) == scalar_of(digest)


@settings(max_examples=10, deadline=None)
@given(sid=words, scalars=st.lists(st.integers(0, GROUP_ORDER - 1), max_size=4))
def test_vectors_are_hashed_in_their_order_under_the_session(sid, scalars):
    vector = [G * scalar for scalar in scalars]
    expected = abi_hash("tcss.v1.commitments", ("bytes32", sid), *map(abi_point, vector))
    assert hash_commitments(sid, vector) == expected
    reverse = vector[::-1]
    assert (hash_commitments(sid, reverse) == expected) == (reverse == vector)
