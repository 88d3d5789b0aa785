"""The transcript of a trace."""

from dataclasses import replace

import pytest
from eth_abi.abi import encode as abi_encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.curve import GROUP_ORDER, inverse
from tcss_chain.protocol.errors import TranscriptFormatError
from tcss_chain.protocol.transcript import (
    MAX_FIGURE,
    Evaluation,
    QueryEntry,
    RootKind,
    TranscriptClaim,
    claim_of,
    count_agreeing,
    evaluation_leaf,
    evaluations_root,
    leaf_path,
    queries_root,
    query_leaf,
    root_from_path,
    root_of_leaves,
)

SID = b"\x11" * 32
SALT = b"\x22" * 32
ENTRY = QueryEntry(((3, 4), (5, 6)), 7, SALT)
scalars = st.integers(0, GROUP_ORDER - 1)
leaf_lists = st.lists(st.binary(min_size=32, max_size=32), max_size=20)


def solidity_hash(domain, types, values):
    return keccak(abi_encode(["bytes32", *types], [domain.encode().ljust(32, b"\0"), *values]))


def test_query_leaf_hashes_salt_shares_status_and_answer():
    shares_hash = keccak(abi_encode(["uint256"] * 4, [3, 4, 5, 6]))
    types = ["bytes32", "uint256", "bytes32", "bytes32", "uint256", "uint256"]
    assert query_leaf(SID, 9, ENTRY) == solidity_hash(
        "tcss.v1.transcript.query", types, [SID, 9, SALT, shares_hash, 0, 7]
    )
    assert query_leaf(SID, 9, replace(ENTRY, answer=None)) == solidity_hash(
        "tcss.v1.transcript.query", types, [SID, 9, SALT, shares_hash, 1, 0]
    )


def test_the_answer_zero_is_not_the_same_as_no_answer():
    assert query_leaf(SID, 0, replace(ENTRY, answer=0)) != query_leaf(SID, 0, replace(ENTRY, answer=None))


def test_evaluation_leaf_hashes_place_point_and_value():
    assert evaluation_leaf(SID, 2, Evaluation(8, 9)) == solidity_hash(
        "tcss.v1.transcript.evaluation", ["bytes32"] + ["uint256"] * 3, [SID, 2, 8, 9]
    )


def test_root_of_three_leaves_pads_with_a_zero_word():
    a, b, c = (bytes([value]) * 32 for value in (1, 2, 3))

    def node(left, right):
        return solidity_hash("tcss.v1.transcript.node", ["bytes32"] * 3, [SID, left, right])

    tree = node(node(a, b), node(c, bytes(32)))
    assert root_of_leaves(SID, RootKind.QUERIES, [a, b, c]) == solidity_hash(
        "tcss.v1.transcript.root", ["bytes32", "uint256", "uint256", "bytes32"], [SID, 1, 3, tree]
    )


def test_root_of_one_leaf_and_of_none():
    leaf = b"\5" * 32
    types = ["bytes32", "uint256", "uint256", "bytes32"]
    assert root_of_leaves(SID, RootKind.EVALUATIONS, [leaf]) == solidity_hash(
        "tcss.v1.transcript.root", types, [SID, 2, 1, leaf]
    )
    assert root_of_leaves(SID, RootKind.EVALUATIONS, []) == solidity_hash(
        "tcss.v1.transcript.root", types, [SID, 2, 0, bytes(32)]
    )


@given(leaf_lists)
def test_padding_is_no_leaf(leaves):
    assert root_of_leaves(SID, RootKind.QUERIES, leaves) != root_of_leaves(
        SID, RootKind.QUERIES, [*leaves, bytes(32)]
    )


@given(leaf_lists)
def test_roots_are_bound_to_session_and_kind(leaves):
    root = root_of_leaves(SID, RootKind.QUERIES, leaves)
    assert root != root_of_leaves(SID, RootKind.EVALUATIONS, leaves)
    assert root != root_of_leaves(b"\x12" * 32, RootKind.QUERIES, leaves)


@given(leaf_lists.filter(len), st.data())
def test_a_changed_leaf_changes_the_root(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    changed = list(leaves)
    changed[index] = bytes([changed[index][0] ^ 1]) + changed[index][1:]
    assert root_of_leaves(SID, RootKind.QUERIES, leaves) != root_of_leaves(SID, RootKind.QUERIES, changed)


@settings(deadline=None)
@given(leaf_lists.filter(len), st.data())
def test_every_leaf_has_a_path_to_the_root_and_no_other_leaf_fits_it(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = leaf_path(SID, leaves, index)
    root = root_of_leaves(SID, RootKind.QUERIES, leaves)
    count = len(leaves)
    assert root_from_path(SID, RootKind.QUERIES, count, index, leaves[index], path) == root
    assert root_from_path(SID, RootKind.QUERIES, count, index, b"\xaa" * 32, path) != root or (
        leaves[index] == b"\xaa" * 32
    )
    with pytest.raises(TranscriptFormatError):
        root_from_path(SID, RootKind.QUERIES, count, index, leaves[index], (*path, bytes(32)))
    with pytest.raises(TranscriptFormatError):
        root_from_path(SID, RootKind.QUERIES, count, count, leaves[index], path)
    with pytest.raises(TranscriptFormatError):
        leaf_path(SID, leaves, count)


def test_salts_are_fresh_so_that_equal_queries_have_different_leaves():
    one, other = QueryEntry(((1, 2),), 3), QueryEntry(((1, 2),), 3)
    assert len(one.salt) == 32
    assert one.salt != other.salt
    assert query_leaf(SID, 0, one) != query_leaf(SID, 0, other)


def test_entries_never_show_shares_answers_or_salts():
    shown = repr(QueryEntry(((123456789, 987654321),), 192837465, SALT))
    assert not any(secret in shown for secret in ("123456789", "987654321", "192837465", repr(SALT)))


def trace_value(x, points):
    value = 1
    for x_i in points:
        value = value * x_i * inverse(x_i - x) % GROUP_ORDER
    return value


@settings(deadline=None)
@given(
    st.lists(scalars.filter(bool), min_size=1, max_size=5, unique=True),
    st.lists(st.tuples(scalars, st.booleans()), max_size=8),
)
def test_count_agreeing_counts_the_right_evaluations(points, drawn):
    drawn = [(x, right) for x, right in drawn if x not in points]
    evaluations = [Evaluation(x, (trace_value(x, points) + (not right)) % GROUP_ORDER) for x, right in drawn]
    assert count_agreeing(evaluations, points) == sum(right for _, right in drawn)


@given(scalars)
def test_no_value_agrees_at_a_leaked_point(v):
    assert count_agreeing([Evaluation(42, v)], [42, 43]) == 0


def test_the_claim_collects_roots_and_figures():
    points = [10, 20]
    evaluations = [Evaluation(3, trace_value(3, points)), Evaluation(3, 5)]
    claim = claim_of(SID, [ENTRY], evaluations, points)
    assert claim == TranscriptClaim(
        queries_root(SID, [ENTRY]), evaluations_root(SID, evaluations), queries=1, evaluations=2, agreeing=1
    )
    assert claim.as_abi_tuple() == (claim.queries_root, claim.evaluations_root, 1, 2, 1)


@pytest.mark.parametrize("figure", ["queries", "evaluations", "agreeing"])
@pytest.mark.parametrize("value", [-1, MAX_FIGURE + 1])
def test_figures_beyond_24_bits_are_refused(figure, value):
    figures = {"queries": 0, "evaluations": 0, "agreeing": MAX_FIGURE} | {figure: value}
    with pytest.raises(TranscriptFormatError):
        TranscriptClaim(bytes(32), bytes(32), **figures)


def test_roots_of_a_wrong_length_are_refused():
    with pytest.raises(TranscriptFormatError):
        TranscriptClaim(bytes(31), bytes(32), 0, 0, 0)
