"""Calls about dealings: complaints that are true, ones that are not, and answers to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from model.ledger import Call
from model.material import Address, Dealing, EncryptedShare, Equation, Evidence, PostedDealing
from model.session import Fault, Missing, Session
from model.words import IDENTITY, ZERO, Q, R, add

from . import stateful_material as material
from .stateful_dice import Dice
from .stateful_plays_joining import Move
from .stateful_world import World

NO_SHARE = EncryptedShare(1, 2, (ZERO,) * 7)
NO_DEALING = Dealing(((1, 2),), ((1, 2),), ZERO, (1, 2, 3), ZERO, None)


def complain_share(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """A recipient complains about a share, rightly if there is one that does not hold."""
    pairs = _pairs(session)
    bad = [pair for pair in pairs if _failing(session, *pair) and _open(world, session, pair[0])]
    dealer, recipient = _pick_pair(dice, session, bad if bad and not dice.once_in(4) else pairs)
    dealing = session.dealt.get(dealer, NO_DEALING)
    failing = _failing(session, dealer, recipient) if dealer in session.dealt else []
    equation = int(dice.pick(failing or list(Equation)))
    arguments: dict[str, Any] = {
        "sid": session.sid,
        "dealer": dealer,
        "dealer_keys": session.joined.get(dealer, material.keys_of(dealer, 0)),
        "recipient_keys": session.joined.get(recipient, material.keys_of(recipient, 0)),
        "recipient_dealing": _own_dealing(session, recipient),
        "digest": dealing.digest(session.sid),
        "share": dealing.shares.get(recipient, NO_SHARE),
        "evidence": Evidence((1, 2), 0, 0),
        "equation": equation,
        "vector": (dealing.B, dealing.C)[equation],
    }
    keys = (arguments["dealer_keys"].D, recipient, arguments["recipient_keys"].P)
    arguments["evidence"] = material.evidence(session.sid, dealer, *keys)
    actor = world.actors.by_address(recipient)
    intent = "true" if failing else "false"
    if wrong:
        intent = dice.pick(list(_WRONG_COMPLAINTS))
        if intent == "stranger":
            actor = dice.pick([each for each in world.actors.everybody if each.address not in session.joined])
        else:
            arguments |= _WRONG_COMPLAINTS[intent](dice, session, arguments)
    return Move(actor, Call("complain_invalid_share", tuple(arguments.values())), intent)


def _own_dealing(session: Session, account: Address) -> bytes:
    """The hash of an account's dealing, or zero."""
    return session.dealt[account].hash(session.sid, account) if account in session.dealt else ZERO


def _keys_hash(session: Session, account: Address) -> bytes:
    return session.joined[account].hash(session.sid, account) if account in session.joined else ZERO


def _pairs(session: Session) -> list[tuple[Address, Address]]:
    return [(dealer, recipient) for dealer in session.dealt for recipient in session.joined]


def _pick_pair(dice: Dice, session: Session, pairs: list[tuple[Address, Address]]) -> tuple[Address, Address]:
    if pairs and not dice.once_in(20):
        return dice.pick(pairs)
    return dice.pick(session.configuration.members), dice.pick(session.configuration.members)


def _open(world: World, session: Session, dealer: Address) -> bool:
    return session.fault(dealer, world.now) is Fault.NONE


def _failing(session: Session, dealer: Address, recipient: Address) -> list[Equation]:
    """The equations that a recipient can show to fail."""
    dealing = session.dealt[dealer]
    share = dealing.shares.get(recipient)
    if share is None:
        return []
    if share.c0 >= R or share.c1 >= R or dealing.roster_hash != session.roster_hash:
        return list(Equation)
    return [equation for equation in Equation if equation not in share.good]


def _wrong_evidence(dice: Dice, _: Session, arguments: dict[str, Any]) -> dict[str, Any]:
    right: Evidence = arguments["evidence"]
    changed = dice.pick(
        (
            Evidence(right.K, right.challenge, (right.response + 1) % R),
            Evidence(right.K, right.challenge + R, right.response),
            Evidence(right.K, right.challenge, right.response + R),
            Evidence(add(right.K, (1, 2)), right.challenge, right.response),
            Evidence((right.K[0] + Q, right.K[1]), right.challenge, right.response),
            Evidence(material.point_off_curve(right.K), right.challenge, right.response),
            Evidence(IDENTITY, right.challenge, right.response),
        )
    )
    return {"evidence": changed}


def _wrong_share(dice: Dice, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
    share: EncryptedShare = arguments["share"]
    others = session.dealt[arguments["dealer"]].shares if arguments["dealer"] in session.dealt else {}
    changed = dice.pick(
        (
            replace(share, c0=(share.c0 + 1) % R),
            replace(share, c1=share.c1 ^ 1 << 255),
            replace(share, path=(*share.path[:-1], ZERO)),
            *others.values(),
        )
    )
    return {"share": changed}


def _another_dealing(dice: Dice, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
    other = dice.pick([NO_DEALING, *session.dealt.values()])
    return {"digest": other.digest(session.sid)}


def _evidence_about_another(dice: Dice, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
    dealer = dice.pick(session.configuration.members)
    keys = session.joined.get(dealer, arguments["dealer_keys"])
    recipient = dice.pick(session.configuration.members)
    P = session.joined.get(recipient, arguments["recipient_keys"]).P
    return {"evidence": material.evidence(session.sid, dealer, keys.D, recipient, P)}


_WRONG_COMPLAINTS: dict[str, Any] = {
    "stranger": None,
    "wrong evidence": _wrong_evidence,
    "evidence about another": _evidence_about_another,
    "wrong share": _wrong_share,
    "another dealing": _another_dealing,
    "other equation": lambda dice, session, a: {"equation": 1 - a["equation"]},
    "no equation": lambda dice, session, a: {"equation": 2},
    "wrong vector": lambda dice, session, a: {"vector": ((1, 2), *a["vector"][1:])},
    "no vector": lambda dice, session, a: {"vector": ()},
    "wrong dealer keys": lambda dice, session, a: {"dealer_keys": material.keys_of(a["dealer"], 7)},
    "dealing forgotten": lambda dice, session, a: {"recipient_dealing": ZERO},
    "dealing of another": lambda dice, session, a: {"recipient_dealing": _own_dealing(session, a["dealer"])},
    "wrong recipient keys": lambda dice, session, a: {"recipient_keys": a["dealer_keys"]},
}


def complain_proof(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """Anybody complains about a proof of knowledge, rightly if there is one that is not valid."""
    invalid = [
        dealer
        for dealer, dealing in session.dealt.items()
        if dealing.proof_of != (session.sid, dealer, session.A) and _open(world, session, dealer)
    ]
    right = bool(invalid) and not dice.once_in(4)
    dealer = dice.pick(invalid if right else list(session.dealt) or list(session.configuration.members))
    actor, intent = dice.pick(world.actors.everybody), "true" if right else ""
    dealing, keys_hash = session.dealt.get(dealer, NO_DEALING), _keys_hash(session, dealer)
    if wrong and dice.once_in(3):
        intent, keys_hash = "other keys", dice.pick((ZERO, _keys_hash(session, actor.address)))
    elif wrong:
        intent = "other dealing"
        u = (dealing.proof[1] + 1) % R
        changed = replace(dealing, proof=(dealing.proof[0], u, dealing.proof[2]))
        dealing = dice.pick([changed, *session.dealt.values()])
        if dice.once_in(4):
            dealer = dice.pick([actor.address for actor in world.actors.everybody])
    posted = PostedDealing(keys_hash, dealing)
    return Move(actor, Call("complain_invalid_proof", (session.sid, dealer, posted)), intent)


def complain_missing(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """A participant says that a dealer does not hand out its share."""
    everybody = [actor.address for actor in world.actors.everybody]
    recipients = list(session.joined) or list(session.configuration.members)
    dealers = [dealer for dealer in session.dealt if _open(world, session, dealer)] or recipients
    accused = [dealer for dealer in dealers if dealer in session.missing]
    dealer = dice.pick(accused if accused and dice.once_in(2) else dealers)
    raised = session.missing.get(dealer, Missing()).raised
    recipient = dice.pick([each for each in recipients if each not in raised] or recipients)
    intent = ""
    if wrong:
        intent = dice.pick(("stranger", "another accused", "again"))
        if intent == "stranger":
            recipient = dice.pick([each for each in everybody if each not in session.joined])
        elif intent == "another accused":
            dealer = dice.pick(sorted(session.faults) or everybody)
        else:
            pairs = [(each, who) for each, missing in session.missing.items() for who in missing.raised]
            dealer, recipient = dice.pick(sorted(pairs) or [(dealer, recipient)])
    actor = world.actors.by_address(recipient)
    return Move(actor, Call("complain_missing_share", (session.sid, dealer)), intent)


def reveal(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """Anybody answers a complaint about a missing share."""
    waiting = [
        (dealer, recipient)
        for dealer, missing in session.missing.items()
        if _open(world, session, dealer)
        for recipient in sorted(missing.unanswered)
    ]
    members = session.configuration.members
    dealer, recipient = dice.pick(waiting or [(dice.pick(members), dice.pick(members))])
    dealing = session.dealt.get(dealer, NO_DEALING)
    digest, share = dealing.digest(session.sid), dealing.shares.get(recipient, NO_SHARE)
    keys_hash, intent = _keys_hash(session, dealer), ""
    if wrong:
        kinds = ("wrong share", "another dealing", "another recipient", "another dealer", "other keys")
        intent = dice.pick(kinds)
        shown = {"dealer": dealer, "share": share}
        if intent == "wrong share":
            share = _wrong_share(dice, session, shown)["share"]
        elif intent == "another dealing":
            digest = _another_dealing(dice, session, shown)["digest"]
        elif intent == "another recipient":
            recipient = dice.pick([actor.address for actor in world.actors.everybody])
        elif intent == "other keys":
            keys_hash = dice.pick((ZERO, _keys_hash(session, recipient)))
        else:
            everybody = [actor.address for actor in world.actors.everybody]
            dealer = dice.pick(sorted(session.faults) or everybody)
    actor = dice.pick(world.actors.everybody)
    arguments = (session.sid, dealer, recipient, keys_hash, digest, share)
    return Move(actor, Call("reveal_share", arguments), intent)


def record_fault(world: World, dice: Dice, session: Session, *, wrong: bool = False) -> Move:
    """Anybody records a fault that a deadline proved, if there is one."""
    due = [
        member
        for member in session.configuration.members
        if member not in session.faults and session.fault(member, world.now) is not Fault.NONE
    ]
    everybody = [actor.address for actor in world.actors.everybody]
    account = dice.pick(everybody if wrong or not due else due)
    return Move(dice.pick(world.actors.everybody), Call("record_fault", (session.sid, account)))
