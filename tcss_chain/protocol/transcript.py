"""
The transcript of a trace: all queries under one Merkle root, the published evaluations under another.

Protocol section 7. The leaves of the queries are salted, so that a root says nothing about answers, which are
combinations of leaked shares; single queries can be shown later with a path. Every hash binds the session,
every root its kind and its number of leaves.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from eth_hash.auto import keccak

from tcss_chain.curve import GROUP_ORDER

from .errors import TranscriptFormatError
from .hashing import WORD_BYTES, hash_words, words_of

MAX_FIGURE: Final = 2**24 - 1
"""The largest count that a record can hold."""

_ZERO_WORD: Final = bytes(WORD_BYTES)


class RootKind(IntEnum):
    """Which of the two trees a root belongs to."""

    QUERIES = 1
    EVALUATIONS = 2


@dataclass(frozen=True, slots=True)
class TranscriptClaim:
    """
    What the tracer claims about the transcript; a proof binds it, nobody can check all of it.

    Attributes
    ----------
    queries_root : bytes
        Root over all queries and answers.
    evaluations_root : bytes
        Root over the published evaluations of the trace polynomial.
    queries, evaluations : int
        Numbers of leaves.
    agreeing : int
        How many evaluations agree with the trace polynomial of the accused.

    Raises
    ------
    TranscriptFormatError
        If a root is not 32 bytes or a figure does not fit 24 bits.
    """

    queries_root: bytes
    evaluations_root: bytes
    queries: int
    evaluations: int
    agreeing: int

    def __post_init__(self) -> None:
        if len(self.queries_root) != WORD_BYTES or len(self.evaluations_root) != WORD_BYTES:
            raise TranscriptFormatError("root")
        if not all(0 <= figure <= MAX_FIGURE for figure in (self.queries, self.evaluations, self.agreeing)):
            raise TranscriptFormatError("figures")

    def as_abi_tuple(self) -> tuple[Any, ...]:
        """Give the fields in the order of the contract's struct."""
        return (self.queries_root, self.evaluations_root, self.queries, self.evaluations, self.agreeing)


@dataclass(frozen=True, slots=True)
class QueryEntry:
    """
    One query and what came back; private, for it shows combinations of leaked shares.

    Attributes
    ----------
    shares : tuple of (int, int)
        The made-up shares ``(x, y)`` that the box was given.
    answer : int or None
        A scalar, or nothing: no answer, or none that is valid.
    salt : bytes
        32 uniform bytes.
    """

    shares: tuple[tuple[int, int], ...] = field(repr=False)
    answer: int | None = field(repr=False)
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(WORD_BYTES), repr=False)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    A published evaluation of ``1/P``, right or wrong.

    Attributes
    ----------
    x : int
        The query point ``x_q``.
    v : int
        ``v_q``, made from two answers; right ones equal ``prod_I x_i/(x_i - x_q)``.
    """

    x: int
    v: int


def query_leaf(sid: bytes, index: int, entry: QueryEntry) -> bytes:
    """
    Hash one query.

    Parameters
    ----------
    sid : bytes
        The session id.
    index : int
        Its place in the transcript, from 0.
    entry : QueryEntry
        The query.

    Returns
    -------
    bytes
        ``H("tcss.v1.transcript.query", sid, index, salt, keccak(x, y, x, y, ...), status, answer)`` with the
        status 0 for an answer, and 1 and the answer 0 for none.
    """
    shares_hash = keccak(b"".join(words_of(word) for share in entry.shares for word in share))
    status, answer = (1, 0) if entry.answer is None else (0, entry.answer)
    return hash_words("tcss.v1.transcript.query", sid, index, entry.salt, shares_hash, status, answer)


def evaluation_leaf(sid: bytes, index: int, evaluation: Evaluation) -> bytes:
    """Hash one evaluation: ``H("tcss.v1.transcript.evaluation", sid, index, x_q, v_q)``."""
    return hash_words("tcss.v1.transcript.evaluation", sid, index, evaluation.x, evaluation.v)


def queries_root(sid: bytes, entries: Sequence[QueryEntry]) -> bytes:
    """
    Compute the root over all queries.

    Parameters
    ----------
    sid : bytes
        The session id.
    entries : sequence of QueryEntry
        In the order in which they were made; may be empty.

    Returns
    -------
    bytes
        32 bytes.
    """
    leaves = [query_leaf(sid, index, entry) for index, entry in enumerate(entries)]
    return root_of_leaves(sid, RootKind.QUERIES, leaves)


def evaluations_root(sid: bytes, evaluations: Sequence[Evaluation]) -> bytes:
    """
    Compute the root over the published evaluations.

    Parameters
    ----------
    sid : bytes
        The session id.
    evaluations : sequence of Evaluation
        In the order in which they are published; may be empty.

    Returns
    -------
    bytes
        32 bytes.
    """
    leaves = [evaluation_leaf(sid, index, evaluation) for index, evaluation in enumerate(evaluations)]
    return root_of_leaves(sid, RootKind.EVALUATIONS, leaves)


def root_of_leaves(sid: bytes, kind: RootKind, leaves: Sequence[bytes]) -> bytes:
    """
    Compute a root: the tree is padded with zero words to the next power of two; the root binds the count.

    Parameters
    ----------
    sid : bytes
        The session id.
    kind : RootKind
        Which tree it is.
    leaves : sequence of bytes
        32 bytes each; of none, the tree's own root is a zero word.

    Returns
    -------
    bytes
        ``H("tcss.v1.transcript.root", sid, kind, count, tree root)``.
    """
    return _bound_root(sid, kind, len(leaves), _levels(sid, leaves)[-1][0])


def leaf_path(sid: bytes, leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """
    Collect the siblings of a leaf, from the leaf upwards, for whoever shows a single query of a transcript.

    Parameters
    ----------
    sid : bytes
        The session id.
    leaves : sequence of bytes
        All the leaves.
    index : int
        Which one.

    Returns
    -------
    tuple of bytes
        One hash a level.

    Raises
    ------
    TranscriptFormatError
        If there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise TranscriptFormatError("leaf index")
    return tuple(level[(index >> height) ^ 1] for height, level in enumerate(_levels(sid, leaves)[:-1]))


def root_from_path(
    sid: bytes, kind: RootKind, count: int, index: int, leaf: bytes, path: Sequence[bytes]
) -> bytes:
    """
    Compute the root from one leaf and its path.

    Parameters
    ----------
    sid : bytes
        The session id.
    kind : RootKind
        Which tree it is.
    count : int
        The number of leaves.
    index : int
        The leaf's place.
    leaf : bytes
        The leaf.
    path : sequence of bytes
        Its siblings, from the leaf upwards.

    Returns
    -------
    bytes
        To be compared with the root of a record.

    Raises
    ------
    TranscriptFormatError
        If index or path do not fit the count.
    """
    if not 0 <= index < count:
        raise TranscriptFormatError("leaf index")
    if len(path) != (count - 1).bit_length():
        raise TranscriptFormatError("path length")
    node = leaf
    for height, sibling in enumerate(path):
        pair = (sibling, node) if index >> height & 1 else (node, sibling)
        node = hash_words("tcss.v1.transcript.node", sid, *pair)
    return _bound_root(sid, kind, count, node)


def count_agreeing(evaluations: Sequence[Evaluation], accused_points: Sequence[int]) -> int:
    """
    Count the evaluations that agree with the trace polynomial of the accused.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        The published evaluations.
    accused_points : sequence of int
        The evaluation points ``x_i`` of ``I``, none of them zero.

    Returns
    -------
    int
        How many satisfy ``v_q * P(x_q) == 1``, ``P(X) = prod_I (1 - X/x_i)``.
    """
    numerator = 1
    for x_i in accused_points:
        numerator = numerator * x_i % GROUP_ORDER
    agreeing = 0
    for evaluation in evaluations:
        denominator = 1
        for x_i in accused_points:
            denominator = denominator * (x_i - evaluation.x) % GROUP_ORDER
        # At a leaked point the denominator is 0, and no value agrees: the numerator is not 0.
        agreeing += (evaluation.v * denominator - numerator) % GROUP_ORDER == 0
    return agreeing


def claim_of(
    sid: bytes,
    entries: Sequence[QueryEntry],
    evaluations: Sequence[Evaluation],
    accused_points: Sequence[int],
) -> TranscriptClaim:
    """
    Compute roots and figures of a transcript.

    Parameters
    ----------
    sid : bytes
        The session id.
    entries : sequence of QueryEntry
        All queries.
    evaluations : sequence of Evaluation
        The published evaluations.
    accused_points : sequence of int
        The evaluation points of ``I``.

    Returns
    -------
    TranscriptClaim
        What goes into the statement.

    Raises
    ------
    TranscriptFormatError
        If there are more leaves than a record can count.
    """
    return TranscriptClaim(
        queries_root=queries_root(sid, entries),
        evaluations_root=evaluations_root(sid, evaluations),
        queries=len(entries),
        evaluations=len(evaluations),
        agreeing=count_agreeing(evaluations, accused_points),
    )


def _levels(sid: bytes, leaves: Sequence[bytes]) -> list[list[bytes]]:
    width = 1 << max(len(leaves) - 1, 0).bit_length()
    level = [*leaves, *([_ZERO_WORD] * (width - len(leaves)))]
    levels = [level]
    while len(level) > 1:
        level = [
            hash_words("tcss.v1.transcript.node", sid, left, right)
            for left, right in zip(level[::2], level[1::2], strict=True)
        ]
        levels.append(level)
    return levels


def _bound_root(sid: bytes, kind: RootKind, count: int, tree_root: bytes) -> bytes:
    return hash_words("tcss.v1.transcript.root", sid, int(kind), count, tree_root)
