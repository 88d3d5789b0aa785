"""A session as the model keeps it, and what follows from it at a given time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from .material import Address, Configuration, Dealing, Keys, Sid
from .words import IDENTITY, ZERO, H, Point, hash_to_scalar


class Phase(IntEnum):
    NONE = 0
    CONFIRMING = 1
    JOINING = 2
    DEALING = 3
    COMPLAINING = 4
    REVEALING = 5
    CHALLENGING = 6
    AGGREGATING = 7
    ACTIVE = 8
    ABORTED = 9


class Fault(IntEnum):
    NONE = 0
    INVALID_SHARE = 1
    INVALID_PROOF = 2
    MISSING_SHARE = 3
    NO_DEALING = 4


@dataclass(frozen=True)
class Missing:
    """Complaints of missing shares against one dealer, by recipient."""

    raised: frozenset[Address] = frozenset()
    unanswered: frozenset[Address] = frozenset()


@dataclass(frozen=True)
class Activation:
    time: int
    qualified: frozenset[Address]
    aggregate_hash: bytes


@dataclass(frozen=True)
class Session:
    """
    Everything that calls leave in a session; nothing that time alone decides.

    ``joined`` and ``dealt`` are in the order of the chain. ``faults`` are those that were recorded.
    """

    sid: Sid
    configuration: Configuration
    A: Point = IDENTITY
    roster_hash: bytes = ZERO
    joined: Mapping[Address, Keys] = field(default_factory=dict)
    dealt: Mapping[Address, Dealing] = field(default_factory=dict)
    faults: Mapping[Address, Fault] = field(default_factory=dict)
    missing: Mapping[Address, Missing] = field(default_factory=dict)
    activation: Activation | None = None
    convicted: frozenset[Address] = frozenset()
    withdrawn: frozenset[Address] = frozenset()
    forfeits: int = 0

    @property
    def confirmed(self) -> bool:
        return self.A != IDENTITY

    @property
    def has_roster(self) -> bool:
        """Whether as many as are needed have joined."""
        return len(self.joined) >= self.configuration.threshold

    def seat(self, account: Address) -> int:
        return self.configuration.members.index(account)

    def bitmap(self, accounts: frozenset[Address] | Mapping[Address, object]) -> int:
        return sum(1 << self.seat(account) for account in accounts)

    def by_seat(self, accounts: frozenset[Address]) -> tuple[Address, ...]:
        return tuple(member for member in self.configuration.members if member in accounts)

    def posted_hash(self, account: Address) -> bytes:
        """What is kept of what a member posted: nothing, its keys, or its keys and its dealing."""
        if account not in self.joined:
            return ZERO
        keys_hash = self.joined[account].hash(self.sid, account)
        if account not in self.dealt:
            return keys_hash
        return H("tcss.v1.posted", self.sid, account, keys_hash, self.dealt[account].hash(self.sid, account))

    @property
    def dealings_hash(self) -> bytes:
        """What all who joined have posted, by seat."""
        participants = self.by_seat(frozenset(self.joined))
        return H("tcss.v1.dealings", self.sid, *map(self.posted_hash, participants))

    def phase(self, now: int) -> Phase:
        """The table of protocol section 4, line by line."""
        times = self.configuration
        if self.activation:
            return Phase.ACTIVE
        if not self.confirmed:
            return Phase.CONFIRMING if now < times.confirm_by else Phase.ABORTED
        if not self.joining_over(now):
            return Phase.JOINING
        if not self.has_roster:
            return Phase.ABORTED
        if now < times.deal_by and any(account not in self.dealt for account in self.joined):
            return Phase.DEALING
        for end, phase in (
            (times.complain_by, Phase.COMPLAINING),
            (times.reveal_by, Phase.REVEALING),
            (times.challenge_by, Phase.CHALLENGING),
        ):
            if now < end:
                return phase
        return Phase.AGGREGATING if len(self.qualified(now)) >= times.threshold else Phase.ABORTED

    def joining_over(self, now: int) -> bool:
        return len(self.joined) == len(self.configuration.members) or now >= self.configuration.join_by

    def fault(self, account: Address, now: int) -> Fault:
        """The fault that counts: the recorded one, or the one that a passed deadline proves."""
        if account in self.faults:
            return self.faults[account]
        if account not in self.joined or not self.has_roster:
            return Fault.NONE
        if account not in self.dealt:
            return Fault.NO_DEALING if now >= self.configuration.deal_by else Fault.NONE
        # Activation discards the complaints that are open then, and no fault arises from them later.
        judged_at = self.activation.time if self.activation else now
        due = judged_at >= self.configuration.reveal_by and account in self.awaited
        return Fault.MISSING_SHARE if due else Fault.NONE

    @property
    def awaited(self) -> frozenset[Address]:
        """Dealers who have not revealed all shares said to be missing; whoever is disqualified need not."""
        return frozenset(
            dealer
            for dealer, missing in self.missing.items()
            if missing.unanswered and dealer not in self.faults
        )

    def qualified(self, now: int) -> frozenset[Address]:
        """Dealt, and not at fault; what activation found stays."""
        if self.activation:
            return self.activation.qualified
        return frozenset(dealer for dealer in self.dealt if self.fault(dealer, now) is Fault.NONE)

    def bond_left(self, account: Address, now: int) -> int:
        bond = self.configuration.bond
        if account not in self.joined or account in self.withdrawn or account in self.convicted:
            return 0
        return bond if self.fault(account, now) is Fault.NONE else bond - bond // 2

    def bonds_released(self, now: int) -> bool:
        return now >= self.configuration.bond_release_time or self.phase(now) is Phase.ABORTED

    def evaluation_point(self, account: Address, now: int) -> int:
        """x of a participant; 0 before there is a final roster, and for whoever is not on it."""
        if account not in self.joined or not self.has_roster or not self.joining_over(now):
            return 0
        return _point(self.sid, self.roster_hash, account)


@lru_cache(maxsize=4096)
def _point(sid: Sid, roster_hash: bytes, account: Address) -> int:
    return hash_to_scalar("tcss.v1.point", sid, roster_hash, account)
