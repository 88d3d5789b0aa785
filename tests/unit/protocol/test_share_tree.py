"""The tree over the encrypted shares."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.independent import abi_hash

from tcss_chain.protocol.share_tree import (
    DEPTH,
    EMPTY_LEAF,
    path_of,
    root_from_path,
    share_leaf,
    tree_levels,
)

RNG = random.Random(7)
SID = RNG.randbytes(32)
words = st.binary(min_size=32, max_size=32)


def node(left, right):
    return abi_hash("tcss.v1.share.node", ("bytes32", SID), ("bytes32", left), ("bytes32", right))


def root_of(leaves):
    row = [leaves.get(seat, bytes(32)) for seat in range(128)]
    while len(row) > 1:
        row = [node(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def test_a_leaf_binds_session_dealer_recipient_and_both_words():
    dealer, recipient = "0x" + "11" * 20, "0x" + "22" * 20
    expected = abi_hash(
        "tcss.v1.share.leaf",
        ("bytes32", SID),
        ("address", dealer),
        ("address", recipient),
        ("uint256", 3),
        ("uint256", 2**256 - 1),
    )
    assert share_leaf(SID, dealer, recipient, 3, 2**256 - 1) == expected
    others = {
        share_leaf(bytes(32), dealer, recipient, 3, 2**256 - 1),
        share_leaf(SID, recipient, dealer, 3, 2**256 - 1),
        share_leaf(SID, dealer, recipient, 2**256 - 1, 3),
        expected,
    }
    assert len(others) == 4


@settings(max_examples=25, deadline=None)
@given(leaves=st.dictionaries(st.integers(0, 127), words, max_size=8))
def test_the_root_is_the_one_of_a_full_tree_with_empty_leaves_of_zeros(leaves):
    levels = tree_levels(SID, leaves)
    assert [len(level) for level in levels] == [128, 64, 32, 16, 8, 4, 2, 1]
    assert levels[-1] == [root_of(leaves)]


@settings(max_examples=25, deadline=None)
@given(leaves=st.dictionaries(st.integers(0, 127), words, min_size=1, max_size=8))
def test_every_leaf_leads_to_the_root_along_its_path(leaves):
    levels = tree_levels(SID, leaves)
    for seat, leaf in leaves.items():
        path = path_of(levels, seat)
        assert len(path) == DEPTH == 7
        assert root_from_path(SID, leaf, seat, path) == levels[-1][0]


def test_no_leaf_leads_to_the_root_at_another_seat_or_along_another_path():
    leaves = {seat: RNG.randbytes(32) for seat in range(128)}
    levels = tree_levels(SID, leaves)
    root, path = levels[-1][0], path_of(levels, 77)
    assert [seat for seat in range(128) if root_from_path(SID, leaves[77], seat, path) == root] == [77]
    paths = [path_of(levels, seat) for seat in range(128)]
    assert [seat for seat, each in enumerate(paths) if root_from_path(SID, leaves[77], 77, each) == root] == [
        77
    ]
    for level in range(DEPTH):
        changed = list(path)
        changed[level] = bytes([changed[level][0] ^ 1]) + changed[level][1:]
        assert root_from_path(SID, leaves[77], 77, changed) != root


def test_a_tree_of_another_session_has_another_root():
    assert tree_levels(SID, {})[-1] != tree_levels(bytes(32), {})[-1]


def test_an_empty_seat_is_zero_words():
    assert EMPTY_LEAF == bytes(32)
    assert path_of(tree_levels(SID, {1: b"\1" * 32}), 1)[0] == bytes(32)


@pytest.mark.parametrize("length", [0, 6])
def test_a_short_path_leads_nowhere(length):
    with pytest.raises(IndexError):
        root_from_path(SID, bytes(32), 0, [bytes(32)] * length)
