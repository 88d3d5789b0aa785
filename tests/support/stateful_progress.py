"""Bringing a session forward: whole stages at once, so that sequences get deep."""

from __future__ import annotations

from collections.abc import Callable

from model.session import Phase, Session

from . import stateful_plays_activation as activation
from . import stateful_plays_complaints as complaints
from . import stateful_plays_joining as joining
from . import stateful_plays_traces as traces
from .stateful_dice import Dice
from .stateful_plays_joining import Move
from .stateful_world import World

Play = Callable[..., Move]


def advance(world: World, dice: Dice, sid: bytes) -> None:
    """Do what takes the session to its next phase, step by step; an active session gets a trace."""
    session = world.ledger.sessions[sid]
    phase = session.phase(world.now)
    if phase is Phase.CONFIRMING:
        _do(world, dice, joining.confirm, session)
    elif phase is Phase.JOINING:
        _join(world, dice, session)
    elif phase is Phase.DEALING:
        _deal(world, dice, session)
    elif phase in (Phase.COMPLAINING, Phase.REVEALING, Phase.CHALLENGING):
        _settle(world, dice, session)
    elif phase is Phase.AGGREGATING:
        _do(world, dice, activation.aggregate, session, whole=dice.once_in(2))
    elif phase is Phase.ACTIVE:
        _use(world, dice, session)
    else:
        _withdraw(world, dice, session)


def finished(world: World, session: Session) -> bool:
    """Whether nothing is left to do but calls that are refused."""
    owed = session.forfeits or any(session.bond_left(member, world.now) for member in session.joined)
    return session.bonds_released(world.now) and not owed


def travel(world: World, dice: Dice, session: Session) -> None:
    """Go to one of the next deadlines: just before, exactly there, just after, or somewhere in between."""
    times = (*session.configuration.deadlines, session.configuration.bond_release_time)
    ahead = [time for time in times if time > world.now]
    if not ahead:
        world.travel(world.now + 1 + dice.below(50))
        return
    deadline = ahead[1] if len(ahead) > 1 and dice.once_in(6) else ahead[0]
    step = dice.pick((0, -1, 0, 1, None))
    if step is None:
        step = -dice.below(deadline - world.now)
    world.travel(deadline + step)


def _join(world: World, dice: Dice, session: Session) -> None:
    """Everybody joins, or as many as are needed, or one less, and the deadline passes."""
    n, t = len(session.configuration.members), session.configuration.threshold
    wanted = dice.pick((n, n, n, max(n - 1, t), t, t - 1)) if dice.once_in(2) else n
    while len(session.joined) < wanted:
        session = _do(world, dice, joining.join, session)
    if session.phase(world.now) is Phase.JOINING:
        world.travel(session.configuration.join_by)


def _deal(world: World, dice: Dice, session: Session) -> None:
    """Everybody deals, or all but one and the deadline passes."""
    honest = dice.once_in(2)
    wanted = len(session.joined) - (not honest and dice.once_in(3))
    while len(session.dealt) < wanted:
        session = _do(world, dice, joining.deal, session, honest=honest)
    if session.phase(world.now) is Phase.DEALING:
        world.travel(session.configuration.deal_by)


def _settle(world: World, dice: Dice, session: Session) -> None:
    """Complain where there is a reason to, or activate, or let the next deadline pass."""
    phase = session.phase(world.now)
    waiting = session.awaited and phase is not Phase.CHALLENGING
    plays: list[Play | None] = [None, activation.activate, None]
    if phase is Phase.COMPLAINING:
        plays += [complaints.complain_missing, complaints.complain_proof, complaints.complain_share]
    if phase is Phase.CHALLENGING:
        plays += [complaints.complain_share, None]
    if waiting:
        plays += [complaints.reveal] * 2
    play = dice.pick(plays)
    if play is not None:
        _do(world, dice, play, session)
    else:
        world.travel(next(time for time in session.configuration.deadlines if time > world.now))


def _use(world: World, dice: Dice, session: Session) -> None:
    """Convict while there is room for it, then let the bonds be released."""
    if session.convicted and dice.once_in(4):
        _make(world, traces.convict(world, dice, session, wrong=True))
    if len(session.convicted) + 1 < session.configuration.threshold and dice.below(3):
        _do(world, dice, traces.convict, session)
    elif world.now < session.configuration.bond_release_time:
        world.travel(session.configuration.bond_release_time)
    else:
        _withdraw(world, dice, session)


def _withdraw(world: World, dice: Dice, session: Session) -> None:
    """Bonds, and forfeits when no bond is left."""
    owed = any(session.bond_left(member, world.now) for member in session.joined)
    if traces.awaits_money(world, session) and dice.once_in(2):
        world.behave(*traces.draw_behaviour(world, dice))
    _do(world, dice, traces.withdraw_bond if owed else traces.withdraw_forfeits, session)


def _do(world: World, dice: Dice, play: Play, session: Session, **how: bool) -> Session:
    """Make a move, sometimes after another one like it that is wrong; give the session as it is then."""
    if dice.once_in(3):
        _make(world, play(world, dice, session, wrong=True))
        session = world.ledger.sessions[session.sid]
    _make(world, play(world, dice, session, **how))
    return world.ledger.sessions[session.sid]


def _make(world: World, move: Move) -> None:
    world.perform(move.actor, move.call, move.intent)
