"""Calls of active sessions and of their end: convictions, openings, withdrawals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from model.activation import aggregate_hash_of
from model.ledger import Behaviour, Call
from model.material import Address, QueryChallenge, QueryMode, TraceProof
from model.session import Session
from model.words import H, Q

from . import stateful_material as material
from .stateful_dice import Dice
from .stateful_plays_activation import sums_of
from .stateful_plays_joining import Move
from .stateful_world import NOBODY, World

NO_PROOF = TraceProof((0,) * 4, (0,) * 4, (0, 0))


def convict(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """The auditor convicts somebody whose share a box holds."""
    auditor = world.actors.by_address(session.configuration.auditor)
    participants = sorted(session.joined) or list(session.configuration.members)
    room = session.configuration.threshold - 1 - len(session.convicted)
    fresh = [account for account in participants if account not in session.convicted]
    misdealers = [account for account in fresh if account in session.faults]
    if misdealers and dice.once_in(2):
        fresh = misdealers
    accused = dice.some(fresh or participants, 1 + dice.below(max(room, 1)))
    known = sorted(session.convicted)
    if known and dice.once_in(4):
        accused = sorted({*accused, *dice.some(known, 1)})
    challenge = draw_challenge(dice, session, accused)
    claim, sums = material.claim_of(dice.below(3)), ((), ())
    proof = NO_PROOF
    if session.activation:
        dealings = [session.dealt[dealer] for dealer in session.by_seat(session.activation.qualified)]
        sums = sums_of(dealings)
        true_sums = aggregate_hash_of(session, session.activation.qualified, *sums)
        provable = 0 < len(accused) < session.configuration.threshold
        if provable and true_sums == session.activation.aggregate_hash:
            proof = material.prove_trace(session, frozenset(accused), challenge, claim)
            world.traces.append((session.sid, tuple(accused), challenge, claim, proof))
    arguments: dict[str, Any] = {
        "sid": session.sid,
        "accused": tuple(accused),
        "challenge": challenge,
        "claim": claim,
        "B": sums[0],
        "C": sums[1],
        "proof": proof,
    }
    intent = f"{len(accused)} {QueryMode(challenge.mode).name} {challenge.dropped.bit_count()}"
    if wrong:
        intent = dice.pick(
            ("wrong sender", *(["convicted before"] * 4 if session.convicted else ()), *_WRONG_TRACES)
        )
        if intent == "wrong sender":
            auditor = dice.pick([actor for actor in world.actors.everybody if actor != auditor])
        else:
            arguments |= _WRONG_TRACES[intent](world, dice, session, arguments)
    return Move(auditor, Call("convict", tuple(arguments.values())), intent)


def draw_challenge(dice: Dice, session: Session, accused: list[Address]) -> QueryChallenge:
    used = session.configuration.threshold - len(accused)
    mode = dice.pick(tuple(QueryMode))
    most = 8 if mode is QueryMode.FREE else max(len(session.joined) - len(accused) - used, 0)
    count = dice.pick([0, min(1, most), min(2, most), most])
    size = max(used, 0) + count
    dropped = sum(1 << place for place in dice.some(range(size), count))
    return QueryChallenge(int(mode), H("nonce", dice.below(4)), dropped)


def _with_dropped(arguments: dict[str, Any], dropped: int) -> dict[str, Any]:
    return {"challenge": replace(arguments["challenge"], dropped=dropped)}


def _replay(world: World, dice: Dice, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
    """A proof of before, as it was, about this session."""
    if not world.traces:
        return {"proof": NO_PROOF}
    _, accused, challenge, claim, proof = dice.pick(world.traces)
    return {"accused": accused, "challenge": challenge, "claim": claim, "proof": proof}


def _with_stranger(world: World, dice: Dice, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
    strangers = [each.address for each in world.actors.everybody if each.address not in session.joined]
    return {"accused": tuple(sorted({*arguments["accused"], dice.pick(strangers)}))}


def _registered(world: World, dice: Dice, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
    """More registered points than there are participants who are not accused."""
    return {"challenge": replace(arguments["challenge"], mode=1, dropped=0b11111)}


_WRONG_TRACES: dict[str, Callable[[World, Dice, Session, dict[str, Any]], dict[str, Any]]] = {
    "nobody": lambda w, d, s, a: {"accused": ()},
    "descending": lambda w, d, s, a: {"accused": tuple(sorted(s.joined, reverse=True))},
    "twice": lambda w, d, s, a: {"accused": a["accused"][:1] * 2},
    "stranger": _with_stranger,
    "too many": lambda w, d, s, a: {"accused": tuple(sorted(s.joined))},
    "convicted before": lambda w, d, s, a: {"accused": tuple(sorted(s.convicted)) or a["accused"]},
    "replayed": _replay,
    "other claim": lambda w, d, s, a: {"claim": replace(a["claim"], agreeing=a["claim"].agreeing + 1)},
    "other nonce": lambda w, d, s, a: {"challenge": replace(a["challenge"], nonce=H("other nonce"))},
    "other accused": lambda w, d, s, a: {"accused": tuple(d.some(sorted(s.joined), 1)) or a["accused"]},
    "other bitmap": lambda w, d, s, a: _with_dropped(a, a["challenge"].dropped ^ 1),
    "9 dropped": lambda w, d, s, a: _with_dropped(a, 0x1FF),
    "bitmap too long": lambda w, d, s, a: _with_dropped(a, 1 << 255),
    "too few registered": _registered,
    "other mode": lambda w, d, s, a: {"challenge": replace(a["challenge"], mode=1 - a["challenge"].mode)},
    "no mode": lambda w, d, s, a: {"challenge": replace(a["challenge"], mode=2)},
    "vectors exchanged": lambda w, d, s, a: {"B": a["C"], "C": a["B"]},
    "no vectors": lambda w, d, s, a: {"B": (), "C": ()},
    "pi off": lambda w, d, s, a: {"proof": replace(a["proof"], pi=(1, 2), proves=None)},
    "pi off the curve": lambda w, d, s, a: {"proof": replace(a["proof"], pi=(1, 3), proves=None)},
    "pi not canonical": lambda w, d, s, a: {"proof": replace(a["proof"], pi=(1 + Q, 2), proves=None)},
    "d1 and d2 exchanged": lambda w, d, s, a: {
        "proof": replace(a["proof"], d1=a["proof"].d2, d2=a["proof"].d1, proves=None)
    },
    "d1 not on the twist": lambda w, d, s, a: {"proof": replace(a["proof"], d1=(1, 2, 3, 4), proves=None)},
    "d2 not canonical": lambda w, d, s, a: {
        "proof": replace(a["proof"], d2=(*a["proof"].d2[:3], a["proof"].d2[3] + Q), proves=None)
    },
}


def anchor(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """The auditor anchors an opening."""
    actor = world.actors.by_address(session.configuration.auditor)
    purpose = dice.pick((b"a", b"x" * 32, b"diagnosis of a patient \xff", b"y" * 200))
    intent = ""
    if wrong:
        intent = dice.pick(("wrong sender", "no purpose", "long purpose"))
        if intent == "wrong sender":
            actor = dice.pick([each for each in world.actors.everybody if each != actor])
        else:
            purpose = b"" if intent == "no purpose" else b"z" * 201
    core, digest = H("core", dice.below(2)), H("digest", dice.below(2))
    return Move(actor, Call("anchor", (session.sid, core, digest, purpose)), intent)


def withdraw_bond(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """Somebody withdraws, to itself or elsewhere."""
    owed = [member for member in session.configuration.members if session.bond_left(member, world.now)]
    code = world.actors.code.address
    if code in owed and dice.once_in(2):
        owed = [code]
    actor = world.actors.by_address(dice.pick(owed or session.configuration.members))
    if wrong:
        actor = dice.pick(world.actors.everybody)
    others = (code, code, NOBODY, bytes(20), world.machine.sessions, world.machine.openings)
    recipient = dice.pick((actor.address, *others))
    return Move(actor, Call("withdraw_bond", (session.sid, recipient)))


def withdraw_forfeits(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    return Move(dice.pick(world.actors.everybody), Call("withdraw_forfeits", (session.sid,)))


def draw_behaviour(world: World, dice: Dice) -> tuple[Behaviour, Call | None]:
    """What the account with code does from now on when it is paid."""
    behaviour = dice.pick((Behaviour.CALL_BACK, *Behaviour))
    if behaviour is not Behaviour.CALL_BACK:
        return behaviour, None
    code = world.actors.code.address
    concerned = [session for session in world.sessions if awaits_money(world, session)]
    session = dice.pick(concerned or world.sessions)
    member = dice.pick(session.configuration.members)
    calls = (
        Call("withdraw_bond", (session.sid, code)),
        Call("withdraw_bond", (session.sid, code)),
        Call("withdraw_bond", (session.sid, NOBODY)),
        Call("withdraw_forfeits", (session.sid,)),
        Call("record_fault", (session.sid, member)),
        Call("complain_missing_share", (session.sid, member)),
    )
    return behaviour, dice.pick(calls)


def awaits_money(world: World, session: Session) -> bool:
    """Whether the account with code has something to withdraw here, or is owed the forfeits."""
    code = world.actors.code.address
    beneficiary = session.configuration.beneficiary == code
    return session.bond_left(code, world.now) > 0 or (beneficiary and session.forfeits > 0)
