"""
What callers send, with what it was made for.

The model does no cryptography. Whoever makes a proof, a share or a signature notes here what it is good for;
the model takes it as valid for that and for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any

from .words import H, Point, hash_vector

Address = bytes
Sid = bytes


class Role(IntEnum):
    AUDITOR = 1
    ENCRYPTION = 2
    DEALING = 3


class Equation(IntEnum):
    B = 0
    C = 1


class QueryMode(IntEnum):
    FREE = 0
    REGISTERED = 1


@dataclass(frozen=True)
class Configuration:
    """In the order of the contract's struct."""

    threshold: int
    members: tuple[Address, ...]
    auditor: Address
    confirm_by: int
    join_by: int
    deal_by: int
    complain_by: int
    reveal_by: int
    challenge_by: int
    bond_release_time: int
    bond: int
    beneficiary: Address
    parent: Sid

    def words(self) -> tuple[Any, ...]:
        return (
            self.threshold,
            list(self.members),
            self.auditor,
            *self.deadlines,
            self.bond_release_time,
            self.bond,
            self.beneficiary,
            self.parent,
        )

    @property
    def deadlines(self) -> tuple[int, ...]:
        """Of the phases, in their order."""
        return (
            self.confirm_by,
            self.join_by,
            self.deal_by,
            self.complain_by,
            self.reveal_by,
            self.challenge_by,
        )


@dataclass(frozen=True)
class Possession:
    """A proof of possession; ``proves`` is (session, owner, role, key), or nothing."""

    challenge: int
    response: int
    proves: tuple[Sid, Address, Role, Point] | None = None

    def words(self) -> tuple[Any, ...]:
        return self.challenge, self.response


@dataclass(frozen=True)
class Keys:
    """``P`` and ``D``."""

    P: Point
    D: Point

    def words(self) -> tuple[Any, ...]:
        return self.P, self.D

    def hash(self, sid: Sid, account: Address) -> bytes:
        return H("tcss.v1.keys", sid, account, self.P, self.D)


@dataclass(frozen=True)
class EncryptedShare:
    """An encrypted share; ``good`` are the equations that it satisfies at the recipient's point."""

    c0: int
    c1: int
    path: tuple[bytes, ...]
    good: frozenset[Equation] = frozenset()

    def words(self) -> tuple[Any, ...]:
        return self.c0, self.c1, self.path


@dataclass(frozen=True)
class Digest:
    """A dealing without its vectors."""

    hash_B: bytes
    hash_C: bytes
    share_root: bytes
    proof: tuple[int, int, int]

    def words(self) -> tuple[Any, ...]:
        return self.hash_B, self.hash_C, self.share_root, self.proof

    def hash(self, sid: Sid, dealer: Address) -> bytes:
        return H("tcss.v1.deal", sid, dealer, *self.words())


@dataclass(frozen=True, eq=False)
class Dealing:
    """
    A dealing with the shares that were made with it.

    ``roster_hash`` names the roster at whose points the shares are; ``proof_of`` is (session, dealer,
    auditor's key) for which the proof of knowledge is valid, or nothing.
    """

    B: tuple[Point, ...]
    C: tuple[Point, ...]
    share_root: bytes
    proof: tuple[int, int, int]
    roster_hash: bytes
    proof_of: tuple[Sid, Address, Point] | None
    shares: Mapping[Address, EncryptedShare] = field(default_factory=dict)

    def words(self) -> tuple[Any, ...]:
        return list(self.B), list(self.C), self.share_root, self.proof

    def digest(self, sid: Sid) -> Digest:
        return _digest(self, sid)

    def hash(self, sid: Sid, dealer: Address) -> bytes:
        return self.digest(sid).hash(sid, dealer)


@lru_cache(maxsize=256)
def _digest(dealing: Dealing, sid: Sid) -> Digest:
    hashes = (hash_vector(sid, vector) for vector in (dealing.B, dealing.C))
    return Digest(*hashes, dealing.share_root, dealing.proof)


@dataclass(frozen=True, eq=False)
class PostedDealing:
    """A dealing with the hash of its dealer's keys, as later calls show it again."""

    keys_hash: bytes
    dealing: Dealing

    def words(self) -> tuple[Any, ...]:
        return self.keys_hash, self.dealing.words()


@dataclass(frozen=True)
class Evidence:
    """A revealed key; ``proves`` is (session, dealer, recipient, dealer's D, recipient's P), or nothing."""

    K: Point
    challenge: int
    response: int
    proves: tuple[Sid, Address, Address, Point, Point] | None = None

    def words(self) -> tuple[Any, ...]:
        return self.K, self.challenge, self.response


@dataclass(frozen=True)
class Signature:
    """A compact signature; ``by`` is (signer, what was signed), or nothing if it is nobody's signature."""

    participant: Address
    r: bytes
    vs: bytes
    by: tuple[Address, bytes] | None = None

    def words(self) -> tuple[Any, ...]:
        return self.participant, self.r, self.vs


@dataclass(frozen=True)
class QueryChallenge:
    mode: int
    nonce: bytes
    dropped: int

    def words(self) -> tuple[Any, ...]:
        return self.mode, self.nonce, self.dropped


@dataclass(frozen=True)
class Claim:
    queries_root: bytes
    evaluations_root: bytes
    queries: int
    evaluations: int
    agreeing: int

    def words(self) -> tuple[Any, ...]:
        return self.queries_root, self.evaluations_root, self.queries, self.evaluations, self.agreeing


@dataclass(frozen=True)
class TraceStatement:
    """All that a trace proof is bound to."""

    sid: Sid
    auditor: Address
    accused: frozenset[Address]
    challenge: QueryChallenge
    claim: Claim
    aggregate_hash: bytes
    A: Point


@dataclass(frozen=True)
class TraceProof:
    d1: tuple[int, int, int, int]
    d2: tuple[int, int, int, int]
    pi: Point
    proves: TraceStatement | None = None

    def words(self) -> tuple[Any, ...]:
        return self.d1, self.d2, self.pi
