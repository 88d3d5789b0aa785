"""Calls that activate: with everybody's signature, or by adding up the dealings in pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

from model.activation import acceptance_hash, aggregate_hash_of, partial_hash
from model.ledger import Call
from model.material import Address, Dealing, PostedDealing, Signature
from model.session import Session
from model.words import Point, add_vectors

from . import stateful_material as material
from .stateful_actors import Actor
from .stateful_dice import Dice
from .stateful_plays_joining import Move
from .stateful_world import World

Sums = tuple[tuple[Point, ...], tuple[Point, ...]]


def activate(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """Everybody has signed, as far as they can."""
    current = session.qualified(world.now)
    qualified = session.bitmap(current)
    dealings = [session.dealt[dealer] for dealer in session.by_seat(current)]
    aggregate_hash = b"\x77" * 32
    if dealings and not dice.once_in(25):
        aggregate_hash = aggregate_hash_of(session, current, *sums_of(dealings))
    digest = acceptance_hash(world.ledger, session.sid, qualified, aggregate_hash)
    participants = session.by_seat(frozenset(session.joined))
    signatures = [_sign(world, each, world.actors.by_address(each), digest) for each in participants]
    intent = ""
    if wrong:
        intent = dice.pick(list(_WRONG_SIGNATURES))
        other = acceptance_hash(world.ledger, session.sid, qualified, b"\x78" * 32)
        signatures = _WRONG_SIGNATURES[intent](Signing(world, dice, signatures, digest, other))
        if intent == "another set":
            seat = dice.below(len(session.configuration.members) + 1)
            qualified = qualified & (qualified - 1) if dice.once_in(3) else qualified ^ 1 << seat
        elif intent == "another aggregate":
            aggregate_hash = b"\x79" * 32
    arguments = (session.sid, qualified, aggregate_hash, tuple(signatures))
    return Move(dice.pick(world.actors.everybody), Call("activate_unanimously", arguments), intent)


def _sign(world: World, participant: Address, actor: Actor, digest: bytes) -> Signature:
    # An account with code has no key; somebody else signs in vain.
    key = actor.key or world.actors.outsider.key
    assert key is not None
    return material.sign(participant, key, digest)


@dataclass(frozen=True)
class Signing:
    """What the wrong signatures are made from."""

    world: World
    dice: Dice
    right: list[Signature]
    digest: bytes
    other_digest: bytes

    def at(self, change: Callable[[Signature], Signature]) -> list[Signature]:
        """One of them changed."""
        place = self.dice.below(len(self.right)) if self.right else 0
        return [*self.right[:place], *map(change, self.right[place : place + 1]), *self.right[place + 1 :]]

    def by(self, actor: Actor, digest: bytes) -> list[Signature]:
        """One of them made by somebody else."""
        return self.at(lambda each: _sign(self.world, each.participant, actor, digest))


_WRONG_SIGNATURES: dict[str, Callable[[Signing], list[Signature]]] = {
    "one missing": lambda s: s.right[1:],
    "one too many": lambda s: [*s.right, *s.right[:1]],
    "wrong order": lambda s: [*s.right[1:], *s.right[:1]],
    "one twice": lambda s: [*s.right[:1], *s.right[:-1]],
    "another set": lambda s: s.right,
    "another aggregate": lambda s: s.right,
    "something else signed": lambda s: s.by(s.world.actors.members[0], s.other_digest),
    "signed by an outsider": lambda s: s.by(s.world.actors.outsider, s.digest),
    "outsider as participant": lambda s: s.at(
        lambda _: _sign(s.world, s.world.actors.outsider.address, s.world.actors.outsider, s.digest)
    ),
    "no signature": lambda s: s.at(lambda each: Signature(each.participant, bytes(32), bytes(32))),
    "malleable": lambda s: s.at(lambda each: _other_form(s.world, each, s.digest)),
}


def _other_form(world: World, signature: Signature, digest: bytes) -> Signature:
    actor = world.actors.by_address(signature.participant)
    key = actor.key or world.actors.outsider.key
    assert key is not None
    return material.sign(signature.participant, key, digest, high_s=True)


def aggregate(
    world: World, dice: Dice, session: Session, *, wrong: bool = False, whole: bool = False
) -> Move:
    """The next dealings, all at once or some of them, onto what the caller has reached."""
    actor = dice.pick((*world.actors.everybody[:3], world.actors.outsider, world.actors.code))
    dealers = session.by_seat(session.qualified(world.now))
    dealings = [session.dealt[dealer] for dealer in dealers]
    done = 0 if whole else _done(world, session, actor.address)
    if done and dice.once_in(4):
        done = 0
    count = len(dealings) - done
    if not whole and count > 1 and dice.once_in(2):
        count = 1 + dice.below(count - 1)
    next_seat = session.seat(dealers[done - 1]) + 1 if done else 0
    sums: Sums = sums_of(dealings[:done]) if done else ((), ())
    chosen = [_posted(session, dealer) for dealer in dealers[done : done + count]]
    intent = f"{done}+{count} of {len(dealings)}"
    if wrong:
        intent = dice.pick((*_WRONG_AGGREGATIONS, "sums of another"))
        if intent == "sums of another":
            done = 1 + dice.below(max(len(dealings) - 1, 1))
            next_seat = session.seat(dealers[done - 1]) + 1 if len(dealers) >= done else 1
            sums = sums_of(dealings[:done]) if dealings else ((), ())
            chosen = [_posted(session, dealer) for dealer in dealers[done:]]
        else:
            next_seat, sums, chosen = _WRONG_AGGREGATIONS[intent](dice, session, next_seat, sums, chosen)
    if chosen and wrong and dice.once_in(6):
        intent, chosen = "other keys", [replace(chosen[0], keys_hash=b"\x70" * 32), *chosen[1:]]
    return Move(actor, Call("aggregate", (session.sid, next_seat, *sums, tuple(chosen))), intent)


def _posted(session: Session, dealer: Address) -> PostedDealing:
    return PostedDealing(session.joined[dealer].hash(session.sid, dealer), session.dealt[dealer])


def _done(world: World, session: Session, caller: bytes) -> int:
    """How many dealings are in what the caller has reached, by the hash that is kept of it."""
    kept = world.ledger.partials.get((session.sid, caller))
    dealers = session.by_seat(session.qualified(world.now))
    dealings = [session.dealt[dealer] for dealer in dealers]
    for done in range(1, len(dealers)):
        reached = session.seat(dealers[done - 1]) + 1
        if kept == partial_hash(session.sid, reached, *sums_of(dealings[:done])):
            return done
    return 0


def sums_of(dealings: list[Dealing]) -> Sums:
    B = reduce(add_vectors, [dealing.B for dealing in dealings])
    return B, reduce(add_vectors, [dealing.C for dealing in dealings])


_Chosen = list[PostedDealing]
_Aggregation = Callable[[Dice, Session, int, Sums, _Chosen], tuple[int, Sums, _Chosen]]
_WRONG_AGGREGATIONS: dict[str, _Aggregation] = {
    "nothing": lambda d, s, seat, sums, chosen: (seat, sums, []),
    "too many": lambda d, s, seat, sums, chosen: (seat, sums, [*chosen, *chosen[:1]]),
    "wrong order": lambda d, s, seat, sums, chosen: (seat, sums, chosen[::-1]),
    "one left out": lambda d, s, seat, sums, chosen: (seat, sums, chosen[1:]),
    "any dealings": lambda d, s, seat, sums, chosen: (
        seat,
        sums,
        d.shuffled([_posted(s, each) for each in s.dealt]),
    ),
    "wrong seat": lambda d, s, seat, sums, chosen: (seat + 1, sums, chosen),
    "wrong sums": lambda d, s, seat, sums, chosen: (
        seat,
        (sums[1], sums[0]) if seat else (((1, 2),), ()),
        chosen,
    ),
}
