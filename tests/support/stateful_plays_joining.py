"""Calls that create sessions, confirm, join and deal: right ones, and ones that are wrong in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from model.ledger import Call
from model.material import Configuration, Dealing, Keys, Possession, Role
from model.session import Session
from model.words import IDENTITY, ZERO, H, Point, Q, R

from . import stateful_material as material
from .stateful_actors import Actor
from .stateful_dice import Dice
from .stateful_world import AUDITOR_KEYS, World

UNKNOWN = b"\xee" * 32
BONDS = (10**18 + 1, 1, 10**18, 0)
GAPS = (100, 10, 1000)


class Move(NamedTuple):
    """Who calls what, and what is wrong with it."""

    actor: Actor
    call: Call
    intent: str = ""


def create(world: World, dice: Dice, *, wrong: bool = False) -> Move:
    """Somebody creates a session."""
    actor = dice.pick((world.actors.outsider, world.actors.members[0]))
    honest = draw_configuration(world, dice)
    salt = H("salt", dice.below(3))
    if not wrong:
        return Move(actor, Call("create_session", (salt, honest)))
    kind = dice.pick(list(_WRONG_CONFIGURATIONS))
    return Move(actor, Call("create_session", (salt, _WRONG_CONFIGURATIONS[kind](world, honest))), kind)


def draw_configuration(world: World, dice: Dice) -> Configuration:
    n = dice.pick((3, 4, 2, 5))
    t = dice.pick([t for t in (2, 3, 4) if t <= n])
    members = dice.some(world.actors.members, n)
    if dice.once_in(4):
        members[dice.below(n)] = world.actors.code
    auditor, beneficiary = dice.pick(world.actors.auditors), world.actors.beneficiary
    if dice.once_in(3):
        beneficiary = dice.pick((world.actors.code, world.actors.outsider))
    if world.actors.code not in members and dice.once_in(8):
        auditor = world.actors.code
    gap = dice.pick(GAPS)
    deadlines = [world.now + gap * (number + 1) for number in range(6)]
    parents = [ZERO, *(session.sid for session in world.sessions)]
    return Configuration(
        t,
        tuple(sorted(member.address for member in members)),
        auditor.address,
        *deadlines,
        deadlines[-1] + dice.pick((gap, 0)),
        dice.pick(BONDS),
        beneficiary.address,
        dice.pick(parents),
    )


def _same_as_before(world: World, honest: Configuration) -> Configuration:
    return world.sessions[0].configuration if world.sessions else honest


Changed = Callable[[World, Configuration], Configuration]
_WRONG_CONFIGURATIONS: dict[str, Changed] = {
    "created before": _same_as_before,
    "threshold 1": lambda _, c: replace(c, threshold=1),
    "threshold above n": lambda _, c: replace(c, threshold=len(c.members) + 1),
    "members descending": lambda _, c: replace(c, members=tuple(reversed(c.members))),
    "member twice": lambda _, c: replace(c, members=(*c.members, c.members[-1])),
    "member zero": lambda _, c: replace(c, members=(bytes(20), *c.members)),
    "129 members": lambda _, c: replace(c, members=tuple(bytes([9, n]).rjust(20) for n in range(129))),
    "auditor is member": lambda _, c: replace(c, auditor=c.members[-1]),
    "no auditor": lambda _, c: replace(c, auditor=bytes(20)),
    "no beneficiary": lambda _, c: replace(c, beneficiary=bytes(20)),
    "confirm by now": lambda w, c: replace(c, confirm_by=w.now),
    "join by confirm": lambda _, c: replace(c, join_by=c.confirm_by),
    "deal by join": lambda _, c: replace(c, deal_by=c.join_by),
    "complain by deal": lambda _, c: replace(c, complain_by=c.deal_by),
    "reveal by complain": lambda _, c: replace(c, reveal_by=c.complain_by),
    "challenge by reveal": lambda _, c: replace(c, challenge_by=c.reveal_by),
    "release before challenge": lambda _, c: replace(c, bond_release_time=c.challenge_by - 1),
    "unknown parent": lambda _, c: replace(c, parent=UNKNOWN),
    "bond too large": lambda _, c: replace(c, bond=2**88),
}


# ------------------------------------------------------------------ keys


def confirm(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """The auditor confirms with a key that is free, as long as there is one."""
    auditor = world.actors.by_address(session.configuration.auditor)
    free = [
        number
        for number in range(1, AUDITOR_KEYS + 1)
        if material.auditor_key(number)[0] not in world.ledger.auditor_keys
    ]
    number = dice.pick(free) if free else 1
    A = material.auditor_key(number)
    proof = material.prove_possession(session.sid, auditor.address, Role.AUDITOR, A)
    if not wrong:
        return Move(auditor, Call("confirm", (session.sid, A, proof)))
    kinds = ("reused", "negative reused", "wrong sender", *_WRONG_KEYS, *_WRONG_PROOFS)
    kind = dice.pick(kinds)
    if kind in ("reused", "negative reused"):
        used = [number for number in range(1, AUDITOR_KEYS + 1) if number not in free] or [1]
        A = material.auditor_key(dice.pick(used) * (-1 if kind == "negative reused" else 1))
        proof = material.prove_possession(session.sid, auditor.address, Role.AUDITOR, A)
    elif kind == "wrong sender":
        sender = dice.pick([actor for actor in world.actors.everybody if actor != auditor])
        own = material.prove_possession(session.sid, sender.address, Role.AUDITOR, A)
        return Move(sender, Call("confirm", (session.sid, A, dice.pick((proof, own)))), kind)
    elif kind in _WRONG_KEYS:
        A = _WRONG_KEYS[kind](A)
    else:
        proof = _WRONG_PROOFS[kind](proof, A)
    return Move(auditor, Call("confirm", (session.sid, A, proof)), kind)


def join(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """A member joins who has not joined before."""
    sid, bond = session.sid, session.configuration.bond
    waiting = [member for member in session.configuration.members if member not in session.joined]
    actor = world.actors.by_address(dice.pick(waiting or session.configuration.members))
    keys = material.keys_of(actor.address, dice.below(2))
    proofs = prove_keys(sid, actor, keys)
    if not wrong:
        return Move(actor, Call("join", (sid, keys, *proofs), bond))
    wrong_material = [f"{key}: {kind}" for key in "PD" for kind in (*_WRONG_KEYS, *_WRONG_PROOFS)]
    others = ("one wei more", "one wei less", "again", "stranger", "keys of another", "for another session")
    kind = dice.pick((*others, *others, *wrong_material))
    which, _, what = kind.partition(": ")
    if kind == "one wei more":
        bond += 1
    elif kind == "one wei less":
        bond = max(bond - 1, 0)
    elif kind == "again":
        actor = world.actors.by_address(dice.pick(list(session.joined) or session.configuration.members))
    elif kind == "stranger":
        members = session.configuration.members
        actor = dice.pick([actor for actor in world.actors.everybody if actor.address not in members])
        proofs = prove_keys(sid, actor, keys)
    elif kind == "keys of another":
        other = dice.pick(session.configuration.members)
        keys = session.joined.get(other, material.keys_of(other, 0))
        proofs = prove_keys(sid, world.actors.by_address(other), keys)
    elif kind == "for another session":
        proofs = prove_keys(dice.pick([UNKNOWN, *world.ledger.sessions]), actor, keys)
    elif what in _WRONG_KEYS:
        keys = replace(keys, **{which: _WRONG_KEYS[what](getattr(keys, which))})
    else:
        place = "PD".index(which)
        changed = _WRONG_PROOFS[what](proofs[place], getattr(keys, which))
        proofs = (changed, proofs[1]) if place == 0 else (proofs[0], changed)
    return Move(actor, Call("join", (sid, keys, *proofs), bond), kind)


def prove_keys(sid: bytes, actor: Actor, keys: Keys) -> tuple[Possession, Possession]:
    return (
        material.prove_possession(sid, actor.address, Role.ENCRYPTION, keys.P),
        material.prove_possession(sid, actor.address, Role.DEALING, keys.D),
    )


def _for_another_role(proof: Possession, key: Point) -> Possession:
    assert proof.proves is not None
    sid, owner, role, _ = proof.proves
    return material.prove_possession(sid, owner, Role(role % 3 + 1), key)


_WRONG_KEYS: dict[str, Callable[[Point], Point]] = {
    "identity": lambda _: IDENTITY,
    "x not canonical": lambda key: (key[0] + Q, key[1]),
    "y not canonical": lambda key: (key[0], key[1] + Q),
    "off the curve": material.point_off_curve,
    "negative": lambda key: (key[0], Q - key[1]),
}
_WRONG_PROOFS: dict[str, Callable[[Possession, Point], Possession]] = {
    "response off": lambda proof, _: Possession(proof.challenge, (proof.response + 1) % R),
    "challenge off": lambda proof, _: Possession((proof.challenge + 1) % R, proof.response),
    "response not reduced": lambda proof, _: Possession(proof.challenge, proof.response + R),
    "challenge not reduced": lambda proof, _: Possession(proof.challenge + R, proof.response),
    "for another role": _for_another_role,
}


# ------------------------------------------------------------------ dealing

FLAVOURS = (material.Flavour.HONEST,) * 5 + tuple(material.Flavour)[1:]


def deal(world: World, dice: Dice, session: Session, *, wrong: bool = False, honest: bool = False) -> Move:
    """A participant deals, honestly or so that only complaints can tell."""
    participants = list(session.joined) or list(session.configuration.members)
    waiting = [account for account in participants if account not in session.dealt]
    actor = world.actors.by_address(dice.pick(waiting or participants))
    if actor.address not in session.joined:
        sample: Dealing = Dealing(((1, 2),), ((1, 2),), ZERO, (1, 2, 3), ZERO, None)
        return Move(actor, Call("deal", (session.sid, session.roster_hash, sample)), "without joining")
    flavour = material.Flavour.HONEST if honest else dice.pick(FLAVOURS)
    victims = frozenset[bytes]()
    if flavour is not material.Flavour.HONEST:
        victims = frozenset(dice.some(participants, dice.pick((1, 2, len(participants)))))
    made: Dealing = material.deal(session, actor.address, flavour, victims)
    intent = flavour.value
    if not honest and dice.once_in(10):
        made, intent = _made_elsewhere(world, dice, session, actor, made)
    arguments: tuple[Any, ...] = (session.sid, session.roster_hash, made)
    if not wrong:
        return Move(actor, Call("deal", arguments), intent)
    kind = dice.pick(("again", "stranger", "other roster named", *_WRONG_DEALINGS))
    if kind == "again":
        dealers = list(session.dealt) or [actor.address]
        actor = world.actors.by_address(dice.pick(dealers))
    elif kind == "stranger":
        actor = dice.pick([each for each in world.actors.everybody if each.address not in session.joined])
    elif kind == "other roster named":
        others = [each.roster_hash for each in world.sessions if each.sid != session.sid]
        arguments = (session.sid, dice.pick([ZERO, *others]), made)
    else:
        arguments = (session.sid, session.roster_hash, _WRONG_DEALINGS[kind](dice, made))
    return Move(actor, Call("deal", arguments), kind)


def _made_elsewhere(
    world: World, dice: Dice, session: Session, actor: Actor, made: Dealing
) -> tuple[Dealing, str]:
    """A dealing that was made for another roster, by another dealer or in another session."""
    dealings = [dealing for other in world.sessions for dealing in other.dealt.values()]
    if dealings and dice.once_in(2):
        return dice.pick(dealings), "replayed"
    roster_hash = H("another roster", session.roster_hash)
    other_roster = replace(session, roster_hash=roster_hash)
    return material.deal(other_roster, actor.address, material.Flavour.HONEST, frozenset()), "other roster"


def _with_point(dice: Dice, dealing: Dealing, change: Callable[[Point], Point]) -> Dealing:
    name = dice.pick(("B", "C"))
    vector = list(getattr(dealing, name))
    place = dice.below(len(vector))
    vector[place] = change(vector[place])
    return replace(dealing, **{name: tuple(vector)})


def _with_scalar(dice: Dice, dealing: Dealing) -> Dealing:
    proof = list(dealing.proof)
    proof[dice.below(3)] += R
    return replace(dealing, proof=tuple(proof))


_WRONG_DEALINGS: dict[str, Callable[[Dice, Dealing], Dealing]] = {
    "x not canonical": lambda dice, d: _with_point(dice, d, lambda p: (p[0] + Q, p[1])),
    "y not canonical": lambda dice, d: _with_point(dice, d, lambda p: (p[0], p[1] + Q)),
    "off the curve": lambda dice, d: _with_point(dice, d, material.point_off_curve),
    "B too short": lambda _, d: replace(d, B=d.B[1:]),
    "C too long": lambda _, d: replace(d, C=(*d.C, (1, 2))),
    "proof not reduced": _with_scalar,
}
