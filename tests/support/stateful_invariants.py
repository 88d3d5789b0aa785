"""What must be so after every step, whatever the model says."""

from __future__ import annotations

from model.material import Address, Sid
from model.session import Fault, Phase, Session

from .stateful_world import NOBODY, Disagreement, World

_FINAL = (Phase.ACTIVE, Phase.ABORTED)


class Invariants:
    """
    Checks that look at the contract, and remember what it said before.

    Parameters
    ----------
    world : World
        Whose contract is looked at.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._machine = world.machine
        self._roster_hashes: dict[Sid, int] = {}
        self._phases: dict[Sid, Phase] = {}
        self._faults: dict[tuple[Sid, Address], Fault] = {}

    def check(self) -> None:
        """Check all of them; raise `Disagreement` with what is broken."""
        for session in self._world.sessions:
            self._check_progress(session)
        self._check_money()
        self._check_that_everything_can_be_paid_out()

    def _check_progress(self, session: Session) -> None:
        sid = session.sid
        phase = Phase(self._word("phaseOf", sid))
        last = self._phases.get(sid, Phase.NONE)
        self._require(phase >= last and (last not in _FINAL or phase == last), f"phase {last!r} -> {phase!r}")
        self._phases[sid] = phase
        state = self._words("stateOf", sid)
        _, joined, dealt, qualified, _, convicted, _, _, roster_hash, *_ = state
        self._require(qualified & ~dealt == 0 and dealt & ~joined == 0, "qualified, dealt, joined")
        self._require(convicted & ~joined == 0, "the convicted have not joined")
        self._require(
            convicted.bit_count() < session.configuration.threshold, "as many convicted as the threshold"
        )
        if last > Phase.JOINING:
            self._require(roster_hash == self._roster_hashes[sid], "the roster changed")
        self._roster_hashes[sid] = roster_hash
        for seat, member in enumerate(session.configuration.members):
            fault = Fault(self._word("faultOf", sid, member))
            known = self._faults.get((sid, member), Fault.NONE)
            self._require(known in (Fault.NONE, fault), f"the fault {known!r} became {fault!r}")
            self._faults[sid, member] = fault
            at_fault = fault is not Fault.NONE
            self._require(not (at_fault and qualified >> seat & 1), "qualified in spite of a fault")

    def _check_money(self) -> None:
        """The contract holds what it owes: bonds that are left, forfeits, and halves that are due."""
        owed = 0
        for session in self._world.sessions:
            owed += self._words("stateOf", session.sid)[7]
            for member in session.configuration.members:
                left = self._word("bondOf", session.sid, member)
                owed += left
                unrecorded = member not in session.faults and left not in (0, session.configuration.bond)
                owed += session.configuration.bond // 2 if unrecorded else 0
        self._require(owed == self._machine.balance(self._machine.sessions), f"{owed} wei are owed")

    def _check_that_everything_can_be_paid_out(self) -> None:
        """
        Faultless bonds are not locked, and nothing is left over.

        Tried, and undone: everybody withdraws when bonds are released, or now from what has aborted.
        """
        world, machine = self._world, self._machine
        start = machine.snapshot()
        calldata = machine.sessions_abi.calldata
        world.accept_money()
        aborted = [session for session in world.sessions if session.phase(world.now) is Phase.ABORTED]
        others = [session for session in world.sessions if session not in aborted]
        for session in (*aborted, *others):
            release = session.configuration.bond_release_time
            if session not in aborted:
                if world.now < release:
                    self._check_that_bonds_are_locked(session, release - 1)
                machine.set_time(max(world.now, release))
            for member in session.configuration.members:
                left = self._word("bondOf", session.sid, member)
                faultless = Fault(self._word("faultOf", session.sid, member)) is Fault.NONE
                gone = member in session.withdrawn or member in session.convicted
                if member in session.joined and faultless and not gone:
                    self._require(left == session.configuration.bond, "a faultless bond is not whole")
                before = machine.balance(NOBODY)
                succeeded = world.try_call(member, calldata("withdrawBond", [session.sid, NOBODY]))
                self._require(succeeded == (left > 0), f"a bond of {left} wei, withdrawal: {succeeded}")
                self._require(machine.balance(NOBODY) == before + left, f"{left} wei were not paid")
            if self._words("stateOf", session.sid)[7]:
                paid = world.try_call(NOBODY, calldata("withdrawForfeits", [session.sid]))
                self._require(paid, "forfeits are locked")
        self._require(machine.balance(machine.sessions) == 0, "money is left over")
        machine.revert(start)

    def _check_that_bonds_are_locked(self, session: Session, time: int) -> None:
        """Before bonds are released only an abort sets them free."""
        self._machine.set_time(time)
        if Phase(self._word("phaseOf", session.sid)) is not Phase.ABORTED:
            data = self._machine.sessions_abi.calldata("withdrawBond", [session.sid, NOBODY])
            for member in session.joined:
                self._require(not self._world.try_call(member, data), "a bond was paid too early")

    def _word(self, view: str, *arguments: object) -> int:
        return self._words(view, *arguments)[0]

    def _words(self, view: str, *arguments: object) -> list[int]:
        data = self._machine.sessions_abi.view_calldata(view, arguments)
        output = self._machine.view(self._machine.sessions, data).output
        return [int.from_bytes(output[place : place + 32], "big") for place in range(0, len(output), 32)]

    def _require(self, condition: bool, broken: str) -> None:
        if not condition:
            raise Disagreement(f"{broken}\n  after:\n    " + "\n    ".join(self._world.history))
