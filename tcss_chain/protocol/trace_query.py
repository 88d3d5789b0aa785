"""
The query points of a trace, derived from a challenge so that nobody can choose them (protocol section 7).

The contract derives the same points in `TraceQuery.sol`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from eth_typing import ChecksumAddress

from .errors import (
    AccusedCountError,
    ChallengeFormatError,
    DroppedOutOfRangeError,
    QuerySizeError,
    TooManyDroppedError,
)
from .hashing import WORD_BYTES, hash_to_scalar, hash_words
from .roster import Participant, Roster

MAX_DROPPED: Final = 8
"""How many supplied points a box may drop."""

_WORD_BITS: Final = 8 * WORD_BYTES


class QueryMode(IntEnum):
    """How the query points follow from the nonce; mirrors ``QueryMode`` of the contract."""

    FREE = 0
    REGISTERED = 1


@dataclass(frozen=True, slots=True)
class QueryChallenge:
    """
    The challenge of the one answer that a proof is about.

    Attributes
    ----------
    mode : QueryMode
        Fresh field elements, or points of participants who are not accused.
    nonce : bytes
        32 bytes, uniform, secret until the proof is sent.
    dropped : int
        Bitmap of the query points that the box dropped, by their place in ``Q``.

    Raises
    ------
    ChallengeFormatError
        If a field does not fit one word.
    """

    mode: QueryMode
    nonce: bytes = field(repr=False)
    dropped: int = 0

    def __post_init__(self) -> None:
        if len(self.nonce) != WORD_BYTES:
            raise ChallengeFormatError("nonce")
        if not 0 <= self.dropped < 1 << _WORD_BITS:
            raise ChallengeFormatError("bitmap of dropped points")

    @property
    def dropped_count(self) -> int:
        """``d``, the number of dropped points."""
        return self.dropped.bit_count()

    def as_abi_tuple(self) -> tuple[Any, ...]:
        """Give the fields in the order of the contract's struct."""
        return (int(self.mode), self.nonce, self.dropped)


@dataclass(frozen=True, slots=True)
class QueryPoints:
    """
    The points of a query.

    Attributes
    ----------
    supplied : tuple of int
        ``Q``, all the points that go to the box, in order.
    used : tuple of int
        ``Q'``, those that the box did not drop, in order.
    """

    supplied: tuple[int, ...]
    used: tuple[int, ...]


def free_points(sid: bytes, aggregate_hash: bytes, size: int, nonce: bytes) -> tuple[int, ...]:
    """
    Derive the query points of free mode; they depend on their number, not on who is accused.

    Parameters
    ----------
    sid : bytes
        The session id.
    aggregate_hash : bytes
        The aggregate hash.
    size : int
        ``|Q|``.
    nonce : bytes
        32 bytes.

    Returns
    -------
    tuple of int
        ``size`` scalars.
    """
    return tuple(
        hash_to_scalar("tcss.v1.query.free", sid, aggregate_hash, size, nonce, index) for index in range(size)
    )


def registered_order(
    roster: Roster, aggregate_hash: bytes, nonce: bytes, accused: Collection[ChecksumAddress] = ()
) -> tuple[Participant, ...]:
    """
    Put the participants who are not accused into the order of registered mode.

    Parameters
    ----------
    roster : Roster
        The session's roster.
    aggregate_hash : bytes
        The aggregate hash.
    nonce : bytes
        32 bytes.
    accused : collection of ChecksumAddress
        Who is left out. The order of the others does not depend on it.

    Returns
    -------
    tuple of Participant
        Ascending by ``H("query", sid, aggregate hash, nonce, address)``.
    """
    return tuple(
        sorted(
            (participant for participant in roster.participants if participant.account not in accused),
            key=lambda participant: hash_words(
                "tcss.v1.query.registered", roster.sid, aggregate_hash, nonce, participant.account
            ),
        )
    )


def derive_query(
    roster: Roster,
    aggregate_hash: bytes,
    challenge: QueryChallenge,
    accused: Collection[ChecksumAddress],
) -> QueryPoints:
    """
    Derive ``Q`` and ``Q'`` as the contract does.

    In registered mode ``Q`` depends on the accused: it holds the first participants of the order who are
    not among them.

    Parameters
    ----------
    roster : Roster
        The session's roster.
    aggregate_hash : bytes
        The aggregate hash.
    challenge : QueryChallenge
        Mode, nonce and dropped points.
    accused : collection of ChecksumAddress
        ``I``.

    Returns
    -------
    QueryPoints
        ``|Q| = t - |I| + d`` points, and the ``t - |I|`` of them that were used.

    Raises
    ------
    AccusedCountError
        Unless ``1 <= |I| < t``.
    TooManyDroppedError
        If ``d`` exceeds 8.
    DroppedOutOfRangeError
        If the bitmap names points beyond ``Q``.
    QuerySizeError
        If there are fewer other participants than registered points.
    """
    if not 1 <= len(accused) < roster.threshold:
        raise AccusedCountError(len(accused), roster.threshold)
    size = roster.threshold - len(accused) + challenge.dropped_count
    if challenge.dropped_count > MAX_DROPPED:
        raise TooManyDroppedError(challenge.dropped_count, MAX_DROPPED)
    if challenge.dropped >> size:
        raise DroppedOutOfRangeError(challenge.dropped, size)
    if challenge.mode == QueryMode.FREE:
        supplied = free_points(roster.sid, aggregate_hash, size, challenge.nonce)
    else:
        order = registered_order(roster, aggregate_hash, challenge.nonce, accused)
        if len(order) < size:
            raise QuerySizeError(size, len(order))
        supplied = tuple(participant.x for participant in order[:size])
    return QueryPoints(supplied, keep_used(supplied, challenge.dropped))


def keep_used(supplied: tuple[int, ...], dropped: int) -> tuple[int, ...]:
    """
    Leave out the dropped points.

    Parameters
    ----------
    supplied : tuple of int
        ``Q``.
    dropped : int
        Bitmap of places in ``Q``.

    Returns
    -------
    tuple of int
        ``Q'``.
    """
    return tuple(x for index, x in enumerate(supplied) if not dropped >> index & 1)
