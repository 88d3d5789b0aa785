"""The Merkle tree over a dealer's encrypted shares: 128 leaves, one a seat (protocol section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from eth_typing import ChecksumAddress

from .hashing import hash_words

DEPTH: Final = 7
"""Levels between a leaf and the root."""

EMPTY_LEAF: Final = bytes(32)
"""The leaf of a seat that nobody joined at."""


def share_leaf(sid: bytes, dealer: ChecksumAddress, recipient: ChecksumAddress, c0: int, c1: int) -> bytes:
    """Hash an encrypted share to its leaf."""
    return hash_words("tcss.v1.share.leaf", sid, dealer, recipient, c0, c1)


def tree_levels(sid: bytes, leaves: Mapping[int, bytes]) -> list[list[bytes]]:
    """
    Build the whole tree.

    Parameters
    ----------
    sid : bytes
        The session id.
    leaves : mapping of int to bytes
        Leaves by seat.

    Returns
    -------
    list of list of bytes
        Levels from the leaves to the root; the last one holds the root alone.
    """
    levels = [[leaves.get(seat, EMPTY_LEAF) for seat in range(1 << DEPTH)]]
    for _ in range(DEPTH):
        below = levels[-1]
        levels.append([_node(sid, left, right) for left, right in zip(below[::2], below[1::2], strict=True)])
    return levels


def path_of(levels: Sequence[Sequence[bytes]], seat: int) -> tuple[bytes, ...]:
    """Give the siblings from the leaf at ``seat`` to the root."""
    return tuple(levels[level][seat >> level ^ 1] for level in range(DEPTH))


def root_from_path(sid: bytes, leaf: bytes, seat: int, path: Sequence[bytes]) -> bytes:
    """
    Compute the root that a leaf and its path lead to.

    Parameters
    ----------
    sid : bytes
        The session id.
    leaf : bytes
        The leaf.
    seat : int
        The leaf's index.
    path : sequence of bytes
        `DEPTH` siblings, from the leaf upwards.

    Returns
    -------
    bytes
        32 bytes.
    """
    node = leaf
    for level in range(DEPTH):
        sibling = path[level]
        node = _node(sid, sibling, node) if seat >> level & 1 else _node(sid, node, sibling)
    return node


def _node(sid: bytes, left: bytes, right: bytes) -> bytes:
    return hash_words("tcss.v1.share.node", sid, left, right)
