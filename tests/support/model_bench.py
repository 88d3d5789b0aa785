"""A small session of the model, whose material is valid because it says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from model.activation import acceptance_hash, aggregate_hash_of
from model.contract import ContractModel
from model.ledger import Call, Ledger, Outcome
from model.material import (
    Claim,
    Configuration,
    Dealing,
    Digest,
    EncryptedShare,
    Equation,
    Evidence,
    Keys,
    Possession,
    PostedDealing,
    QueryChallenge,
    Role,
    Signature,
    TraceProof,
    TraceStatement,
)
from model.session import Phase, Session
from model.words import ZERO, H, add

CREATOR, AUDITOR, BENEFICIARY, SINK = (bytes([number]) * 20 for number in (0xC0, 0xA0, 0xBE, 0x51))
MEMBERS = tuple(bytes([number]) * 20 for number in (1, 2, 3))
CONTRACT, LOG = b"\xcc" * 20, b"\xdd" * 20
START, GAP, BOND = 1000, 100, 11
POINTS = [(1, 2)]
while len(POINTS) < 20:
    POINTS.append(add(POINTS[-1], (1, 2)))
CLAIM = Claim(ZERO, ZERO, 3, 2, 1)


@dataclass
class Bench:
    """A session of three members with threshold two, and whoever drives it."""

    model: ContractModel
    sid: bytes = b""
    dealings: dict[bytes, Dealing] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        return self.model.ledger

    @property
    def session(self) -> Session:
        return self.ledger.sessions[self.sid]

    @property
    def phase(self) -> Phase:
        return self.session.phase(self.ledger.now)

    def call(self, sender: bytes, name: str, *arguments: Any, value: int = 0) -> Outcome:
        return self.model.execute(sender, Call(name, (self.sid, *arguments), value))

    def ok(self, sender: bytes, name: str, *arguments: Any, value: int = 0) -> Outcome:
        outcome = self.call(sender, name, *arguments, value=value)
        assert outcome.refused is None, outcome.refused
        return outcome

    def refused(
        self, error: str, sender: bytes, name: str, *arguments: Any, value: int = 0
    ) -> tuple[Any, ...]:
        outcome = self.call(sender, name, *arguments, value=value)
        assert outcome.refused is not None
        assert outcome.refused.name == error
        return outcome.refused.arguments

    def create(self, **changes: Any) -> Bench:
        outcome = self.model.execute(
            CREATOR, Call("create_session", (ZERO, replace(configuration(), **changes)))
        )
        assert outcome.refused is None, outcome.refused
        self.sid = outcome.returned
        return self

    def confirm(self) -> Bench:
        self.ok(AUDITOR, "confirm", POINTS[0], Possession(1, 1, (self.sid, AUDITOR, Role.AUDITOR, POINTS[0])))
        return self

    def join(self, member: bytes) -> Outcome:
        keys = keys_of(member)
        P = Possession(1, 1, (self.sid, member, Role.ENCRYPTION, keys.P))
        D = Possession(1, 1, (self.sid, member, Role.DEALING, keys.D))
        return self.ok(member, "join", keys, P, D, value=BOND)

    def deal(
        self,
        dealer: bytes,
        *,
        good: frozenset[Equation] = frozenset(Equation),
        valid: bool = True,
        c0: int = 0,
    ) -> None:
        session = self.session
        share_root, shares = tree(self.sid, dealer, good, c0)
        self.dealings[dealer] = Dealing(
            tuple(POINTS[:2]),
            tuple(POINTS[2:4]),
            share_root,
            (1, 2, 3),
            session.roster_hash,
            (self.sid, dealer, session.A) if valid else None,
            shares,
        )
        self.ok(dealer, "deal", session.roster_hash, self.dealings[dealer])

    def run_to(self, phase: Phase, **changes: Any) -> Bench:
        self.create(**changes)
        if phase > Phase.CONFIRMING:
            self.confirm()
        if phase > Phase.JOINING:
            for member in MEMBERS:
                self.join(member)
        if phase > Phase.DEALING:
            for member in MEMBERS:
                self.deal(member)
        times = self.session.configuration.deadlines
        if Phase.COMPLAINING < phase < Phase.ACTIVE:
            self.ledger.now = times[phase - Phase.DEALING + 1]
        if phase is Phase.ACTIVE:
            self.activate()
        return self

    def activate(self) -> Outcome:
        qualified = self.session.qualified(self.ledger.now)
        return self.ok(SINK, "activate_unanimously", *self.acceptance(qualified))

    def acceptance(self, qualified: frozenset[bytes]) -> tuple[int, bytes, tuple[Signature, ...]]:
        dealings = [self.dealings[dealer] for dealer in self.session.by_seat(qualified)]
        sums = [
            tuple(map(_sum, zip(*vectors, strict=True)))
            for vectors in zip(*((dealing.B, dealing.C) for dealing in dealings), strict=True)
        ]
        hashed = aggregate_hash_of(self.session, qualified, *sums)
        bitmap = self.session.bitmap(qualified)
        digest = acceptance_hash(self.ledger, self.sid, bitmap, hashed)
        joined = self.session.by_seat(frozenset(self.session.joined))
        return bitmap, hashed, tuple(Signature(member, ZERO, ZERO, (member, digest)) for member in joined)

    def complain(self, dealer: bytes, recipient: bytes, equation: Equation = Equation.B) -> Outcome:
        return self.call(recipient, "complain_invalid_share", *self.complaint(dealer, recipient, equation))

    def complaint(self, dealer: bytes, recipient: bytes, equation: Equation) -> tuple[Any, ...]:
        dealing, keys = self.dealings[dealer], (keys_of(dealer), keys_of(recipient))
        proves = (self.sid, dealer, recipient, keys[0].D, keys[1].P)
        vector = dealing.B if equation is Equation.B else dealing.C
        evidence = Evidence(POINTS[5], 1, 1, proves)
        own = self.dealings[recipient].hash(self.sid, recipient) if recipient in self.dealings else ZERO
        shown = (self.digest(dealer), dealing.shares[recipient], evidence, int(equation), vector)
        return dealer, *keys, own, *shown

    def posted(self, dealer: bytes) -> PostedDealing:
        return PostedDealing(keys_of(dealer).hash(self.sid, dealer), self.dealings[dealer])

    def digest(self, dealer: bytes) -> Digest:
        return self.dealings[dealer].digest(self.sid)

    def convict(self, *accused: bytes) -> Outcome:
        return self.call(AUDITOR, "convict", *self.trace(*accused))

    def trace(self, *accused: bytes) -> tuple[Any, ...]:
        activation, challenge = self.session.activation, QueryChallenge(0, ZERO, 0)
        assert activation is not None
        dealings = [self.dealings[dealer] for dealer in self.session.by_seat(activation.qualified)]
        B, C = (
            tuple(map(_sum, zip(*vectors, strict=True)))
            for vectors in zip(*((dealing.B, dealing.C) for dealing in dealings), strict=True)
        )
        statement = TraceStatement(
            self.sid, AUDITOR, frozenset(accused), challenge, CLAIM, activation.aggregate_hash, self.session.A
        )
        return accused, challenge, CLAIM, B, C, TraceProof((0,) * 4, (0,) * 4, (0, 0), statement)


def _sum(points: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    total = (0, 0)
    for point in points:
        total = add(total, point)
    return total


def configuration() -> Configuration:
    deadlines = [START + GAP * number for number in range(1, 7)]
    return Configuration(2, MEMBERS, AUDITOR, *deadlines, START + 7 * GAP, BOND, BENEFICIARY, ZERO)


def keys_of(member: bytes) -> Keys:
    return Keys(POINTS[8 + member[0]], POINTS[12 + member[0]])


def tree(
    sid: bytes, dealer: bytes, good: frozenset[Equation], c0: int
) -> tuple[bytes, dict[bytes, EncryptedShare]]:
    """A tree of 128 leaves, as protocol section 4 has it."""
    words = {member: (c0 or member[0], member[0] + 1) for member in MEMBERS}
    levels = [[ZERO] * 128]
    for seat, member in enumerate(MEMBERS):
        levels[0][seat] = H("tcss.v1.share.leaf", sid, dealer, member, *words[member])
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(
            [H("tcss.v1.share.node", sid, *pair) for pair in zip(below[::2], below[1::2], strict=True)]
        )
    shares = {}
    for seat, member in enumerate(MEMBERS):
        path = tuple(levels[level][(seat >> level) ^ 1] for level in range(7))
        shares[member] = EncryptedShare(*words[member], path, good)
    return levels[-1][0], shares
