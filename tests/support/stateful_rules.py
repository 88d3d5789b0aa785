"""The sequences: rules that hypothesis puts together, each a call or several on model and contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from model.ledger import Call
from model.session import Fault, Phase, Session

from . import stateful_plays_activation as activation
from . import stateful_plays_complaints as complaints
from . import stateful_plays_joining as joining
from . import stateful_plays_traces as traces
from .stateful_dice import Dice
from .stateful_invariants import Invariants
from .stateful_machine import SessionMachine
from .stateful_plays_joining import UNKNOWN, Move
from .stateful_progress import advance, finished, travel
from .stateful_world import World

MOST_SESSIONS = 4
COMPLAINTS = (Phase.COMPLAINING, Phase.REVEALING, Phase.CHALLENGING)

Play = Callable[..., Move]
PLAYS: tuple[Play, ...] = (
    joining.confirm,
    joining.join,
    joining.deal,
    complaints.complain_share,
    complaints.complain_proof,
    complaints.complain_missing,
    complaints.reveal,
    complaints.record_fault,
    activation.activate,
    activation.aggregate,
    traces.convict,
    traces.anchor,
    traces.withdraw_bond,
    traces.withdraw_forfeits,
)


@cache
def _numbers(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


@st.composite
def _dice(draw: Callable[..., int]) -> Dice:
    return Dice(lambda count: draw(_numbers(count)) if count > 1 else 0)


class SessionSequences(RuleBasedStateMachine):
    """Sequences of calls in a few sessions of one contract, from creation to the last withdrawal."""

    machine: ClassVar[SessionMachine]
    counts: ClassVar[Counter[tuple[str, ...]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.machine, self.counts)
        self.always = Invariants(self.world)

    def teardown(self) -> None:
        for session in self.world.sessions:
            self._count(session)
        self.counts["sequences", ""] += 1
        self.world.close()

    # ------------------------------------------------------------------ the beginning

    @initialize(dice=_dice())
    def begin(self, dice: Dice) -> None:
        """Two sessions, each some way on."""
        for _ in range(2):
            self._play(joining.create(self.world, dice))
            sid = list(self.world.ledger.sessions)[-1]
            for _ in range(dice.pick((3, 2, 1, 4, 5, 6, 8))):
                advance(self.world, dice, sid)

    # ------------------------------------------------------------------ calls in their phases

    @precondition(lambda self: len(self.world.sessions) < MOST_SESSIONS)
    @rule(dice=_dice())
    def create(self, dice: Dice) -> None:
        self._play(joining.create(self.world, dice, wrong=not dice.once_in(3)))

    @precondition(lambda self: self._in(Phase.CONFIRMING))
    @rule(dice=_dice())
    def confirm(self, dice: Dice) -> None:
        self._call(dice, joining.confirm, self._in(Phase.CONFIRMING))

    @precondition(lambda self: self._in(Phase.JOINING))
    @rule(dice=_dice())
    def join(self, dice: Dice) -> None:
        self._call(dice, joining.join, self._in(Phase.JOINING))

    @precondition(lambda self: self._in(Phase.DEALING))
    @rule(dice=_dice())
    def deal(self, dice: Dice) -> None:
        self._call(dice, joining.deal, self._in(Phase.DEALING))

    @precondition(lambda self: self._in(Phase.COMPLAINING, Phase.CHALLENGING))
    @rule(dice=_dice())
    def complain_invalid_share(self, dice: Dice) -> None:
        self._call(dice, complaints.complain_share, self._in(Phase.COMPLAINING, Phase.CHALLENGING))

    @precondition(lambda self: self._in(Phase.COMPLAINING))
    @rule(dice=_dice())
    def complain_invalid_proof(self, dice: Dice) -> None:
        self._call(dice, complaints.complain_proof, self._in(Phase.COMPLAINING))

    @precondition(lambda self: self._in(Phase.COMPLAINING))
    @rule(dice=_dice())
    def complain_missing_share(self, dice: Dice) -> None:
        self._call(dice, complaints.complain_missing, self._in(Phase.COMPLAINING))

    @precondition(lambda self: self._waiting())
    @rule(dice=_dice())
    def reveal_share(self, dice: Dice) -> None:
        self._call(dice, complaints.reveal, self._waiting())

    @precondition(lambda self: self._with_due_faults())
    @rule(dice=_dice())
    def record_fault(self, dice: Dice) -> None:
        self._call(dice, complaints.record_fault, self._with_due_faults())

    @precondition(lambda self: self._acceptable())
    @rule(dice=_dice())
    def activate_unanimously(self, dice: Dice) -> None:
        # Mostly wrongly: an activation ends the complaints, and there is more to try before.
        session = dice.pick(self._acceptable())
        self._play(activation.activate(self.world, dice, session, wrong=dice.below(3) > 0))

    @precondition(lambda self: self._in(Phase.AGGREGATING))
    @rule(dice=_dice())
    def aggregate(self, dice: Dice) -> None:
        self._call(dice, activation.aggregate, self._in(Phase.AGGREGATING))

    @precondition(lambda self: self._traceable())
    @rule(dice=_dice())
    def convict(self, dice: Dice) -> None:
        self._call(dice, traces.convict, self._traceable())

    @precondition(lambda self: self._with_few_openings())
    @rule(dice=_dice())
    def anchor(self, dice: Dice) -> None:
        self._call(dice, traces.anchor, self._with_few_openings())

    @precondition(lambda self: self._released())
    @rule(dice=_dice())
    def withdraw_bond(self, dice: Dice) -> None:
        self._call(dice, traces.withdraw_bond, self._released())

    @precondition(lambda self: self._with_forfeits())
    @rule(dice=_dice())
    def withdraw_forfeits(self, dice: Dice) -> None:
        self._call(dice, traces.withdraw_forfeits, self._with_forfeits())

    # ------------------------------------------------------------------ everything else

    @rule(dice=_dice())
    def call_out_of_turn(self, dice: Dice) -> None:
        """Any call in any session, or in one that does not exist."""
        play, session = dice.pick(PLAYS), dice.pick(self.world.sessions)
        move = play(self.world, dice, session, wrong=dice.once_in(3))
        if dice.once_in(6):
            elsewhere = (UNKNOWN, *move.call.arguments[1:])
            self._play(Move(move.actor, Call(move.call.name, elsewhere, move.call.value), "no session"))
            self.world.compare_nothing(UNKNOWN)
        else:
            self._play(move)

    @rule(dice=_dice())
    def change_behaviour(self, dice: Dice) -> None:
        self.world.behave(*traces.draw_behaviour(self.world, dice))

    @rule(dice=_dice())
    def travel(self, dice: Dice) -> None:
        travel(self.world, dice, self._next() if dice.below(4) else dice.pick(self.world.sessions))
        self.world.compare()

    @precondition(lambda self: self._unfinished())
    @rule(dice=_dice())
    def advance(self, dice: Dice) -> None:
        advance(self.world, dice, dice.pick(self._unfinished()).sid)

    @precondition(lambda self: self._unfinished())
    @rule(dice=_dice())
    def advance_further(self, dice: Dice) -> None:
        sid = dice.pick(self._unfinished()).sid
        for _ in range(2):
            advance(self.world, dice, sid)

    @invariant()
    def holds(self) -> None:
        self.always.check()
        for session in self.world.sessions:
            self.counts["steps in phase", session.phase(self.world.now).name] += 1

    # ------------------------------------------------------------------ inner workings

    def _call(self, dice: Dice, play: Play, sessions: list[Session]) -> None:
        session = dice.pick(sessions)
        self._play(play(self.world, dice, session, wrong=dice.once_in(3)))

    def _play(self, move: Move) -> None:
        self.world.perform(move.actor, move.call, move.intent)

    def _next(self) -> Session:
        """The session with the next deadline that matters."""
        now = self.world.now

        def wait(session: Session) -> int:
            configuration = session.configuration
            times = (*configuration.deadlines, configuration.bond_release_time)
            if session.phase(now) in (Phase.ACTIVE, Phase.ABORTED):
                times = (configuration.bond_release_time,)
            return min([time - now for time in times if time > now], default=2**40)

        return min(self.world.sessions, key=wait)

    def _those(self, sessions: Iterable[Session], chosen: Callable[[Session], Any]) -> list[Session]:
        return [session for session in sessions if chosen(session)]

    def _in(self, *phases: Phase) -> list[Session]:
        return self._those(self.world.sessions, lambda each: each.phase(self.world.now) in phases)

    def _unfinished(self) -> list[Session]:
        return self._those(self.world.sessions, lambda each: not finished(self.world, each))

    def _waiting(self) -> list[Session]:
        return self._those(self._in(Phase.COMPLAINING, Phase.REVEALING), lambda each: each.awaited)

    def _with_due_faults(self) -> list[Session]:
        def due(session: Session) -> bool:
            return any(
                member not in session.faults and session.fault(member, self.world.now) is not Fault.NONE
                for member in session.configuration.members
            )

        return self._those(self.world.sessions, due)

    def _released(self) -> list[Session]:
        return self._those(
            self.world.sessions,
            lambda each: (
                each.bonds_released(self.world.now + 1)
                and any(each.bond_left(member, self.world.now) for member in each.joined)
            ),
        )

    def _acceptable(self) -> list[Session]:
        return self._those(
            self._in(*COMPLAINTS, Phase.AGGREGATING),
            lambda each: len(each.qualified(self.world.now)) >= each.configuration.threshold,
        )

    def _traceable(self) -> list[Session]:
        return self._those(
            self._in(Phase.ACTIVE),
            lambda each: len(each.convicted) + 1 < each.configuration.threshold,
        )

    def _with_few_openings(self) -> list[Session]:
        lines = self.world.ledger.openings
        return self._those(self._in(Phase.ACTIVE), lambda each: len(lines.get(each.sid, ())) < 3)

    def _with_forfeits(self) -> list[Session]:
        return self._those(self.world.sessions, lambda each: each.forfeits)

    def _count(self, session: Session) -> None:
        counts, end = self.counts, session.phase(self.world.now).name
        counts["sessions end in", end] += 1
        counts["sessions with", "conviction"] += bool(session.convicted)
        counts["sessions with", "several convicted"] += len(session.convicted) > 1
        counts["sessions with", "withdrawal"] += bool(session.withdrawn)
        for fault in set(session.faults.values()):
            counts["sessions with", fault.name] += 1
        counts["sessions with", "misdealer convicted"] += bool(session.convicted & session.faults.keys())
        excluded = session.activation and len(session.activation.qualified) < len(session.joined)
        counts["sessions with", "activation without somebody"] += bool(excluded)
