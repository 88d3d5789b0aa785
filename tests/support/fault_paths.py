"""Ways in which a session goes wrong; the first participant of each is the one that a test kills."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.protocol.session import Fault, Phase

from .fleet import Fleet, Operator

MARGIN_SECONDS = 9_000
NONE = Fault.NONE


class FaultPath(ABC):
    """
    One way, on a fleet of its own.

    Nobody complains about late shares before the complain phase is nearly over, and only the first
    participant activates: whoever is killed comes back.
    """

    kinds: ClassVar[tuple[str, ...]]
    """The transactions of the first participant that only this way has."""
    transactions: ClassVar[tuple[str, ...]]
    """All of them, in order."""
    settles: ClassVar[bool] = True
    faults: ClassVar[tuple[Fault, ...]] = (NONE,) * 4
    phase: ClassVar[Phase] = Phase.ACTIVE
    qualified: ClassVar[int] = 0b1111

    def __init__(self, make_fleet: Callable[..., Fleet]) -> None:
        self.fleet = make_fleet(
            share_patience_seconds=3600,
            complaint_margin_seconds=MARGIN_SECONDS,
            activation_stagger_seconds=3600,
            bond_release=100_000_000,
        )
        self.first, self.second, self.third, self.fourth = self.fleet.operators

    def ready(self) -> None:
        """Start what must run before a session is created."""
        self.first.kill_at.unlink(missing_ok=True)
        self._start(self.first)

    @abstractmethod
    def run(self) -> bytes:
        """Create a session and take it to its end."""

    def _start(self, *operators: Operator, cheat: str | None = None) -> None:
        process = operators[0].process
        if process is None or process.poll() is not None:
            self.fleet.start(*operators, cheat=cheat)

    def _deadline(self, sid: bytes, name: str) -> int:
        return int(getattr(self.fleet.reads.configuration(sid), f"{name}_by"))

    def _await_dealt(self, sid: bytes, seats: int) -> None:
        self.fleet.wait_until(lambda: self.fleet.state(sid).dealt & seats == seats, f"dealings of {seats:b}")

    def _await_received(self, sid: bytes, counts: dict[str, int]) -> None:
        def have() -> bool:
            return all(
                each.received(sid) >= counts[each.name]
                for each in self.fleet.operators
                if each.name in counts
            )

        self.fleet.wait_until(self.fleet.unless_busy(have), f"shares {counts}")


class WithheldShare(FaultPath):
    """The second keeps the first's share back for ever: it is reported and recorded."""

    kinds = ("complainMissingShare", "recordFault")
    transactions = ("join", "deal", *kinds, "activateUnanimously")
    faults = (NONE, Fault.MISSING_SHARE, NONE, NONE)
    qualified = 0b1101

    def ready(self) -> None:
        super().ready()
        self._start(self.second, cheat="withhold-share")
        self._start(self.third, self.fourth)

    def run(self) -> bytes:
        fleet, dealer = self.fleet, self.second.address
        sid = fleet.create_session()
        fleet.await_phase(sid, Phase.COMPLAINING)
        self._await_received(sid, {each.name: 3 if each is self.first else 4 for each in fleet.operators})
        fleet.travel_to(self._deadline(sid, "complain") - MARGIN_SECONDS + 100)
        fleet.wait_until(lambda: fleet.reads.missing_shares(sid, dealer) == (1, 1), "a complaint")
        fleet.travel_to(self._deadline(sid, "reveal"))
        fleet.await_finish(sid)
        return sid


class AccusedDealer(FaultPath):
    """The fourth says that it misses its share of the first, before it has asked: the first answers."""

    kinds = ("revealShare",)
    transactions = ("join", "deal", *kinds, "activateUnanimously")

    def ready(self) -> None:
        super().ready()
        self._start(self.second, self.third)
        self._start(self.fourth)

    def run(self) -> bytes:
        fleet, dealer = self.fleet, self.first.address
        fleet.kill_at(self.fourth, "deal.recorded")
        sid = fleet.create_session()
        fleet.await_death(self.fourth)
        fleet.await_phase(sid, Phase.COMPLAINING)
        accusing = TransactionSender(fleet.connection, self.fourth.account)
        accusing.send(SessionActions(fleet.connection).complain_missing_share(sid, dealer))
        fleet.wait_until(lambda: fleet.reads.missing_shares(sid, dealer) == (0b1000, 0), "an answer")
        fleet.start(self.fourth)
        fleet.await_finish(sid)
        return sid


class InvalidShare(FaultPath):
    """The second deals the first a wrong share."""

    kinds = ("complainInvalidShare",)
    transactions = ("join", "deal", *kinds, "activateUnanimously")
    faults = (NONE, Fault.INVALID_SHARE, NONE, NONE)
    qualified = 0b1101

    def ready(self) -> None:
        super().ready()
        self._start(self.second, cheat="invalid-share")
        self._start(self.third, self.fourth)

    def run(self) -> bytes:
        sid = self.fleet.create_session()
        self.fleet.await_finish(sid)
        return sid


class BadProof(FaultPath):
    """The second posts an invalid proof, and the first is alone when it finds out."""

    kinds = ("complainInvalidProof",)
    transactions = ("join", "deal", *kinds, "activateUnanimously")
    faults = (NONE, Fault.INVALID_PROOF, NONE, NONE)
    qualified = 0b1101

    def ready(self) -> None:
        super().ready()
        self.second.hold_at.unlink(missing_ok=True)
        self._start(self.second, cheat="bad-proof")
        self._start(self.third, self.fourth)

    def run(self) -> bytes:
        fleet = self.fleet
        self.second.hold_at.write_text("dealing.saved")
        sid = fleet.create_session()
        self._await_dealt(sid, 0b1101)
        fleet.kill([self.third, self.fourth])
        # It would find its own proof invalid, and say so.
        self.second.hold_at.write_text("deal.recorded")
        fleet.wait_until(lambda: tuple(fleet.faults(sid)) == self.faults, "a fault")
        self.second.hold_at.unlink()
        fleet.start(self.third, self.fourth)
        fleet.await_finish(sid)
        return sid


class NeverSigned(FaultPath):
    """The fourth does everything but accept: the dealings are added up on chain."""

    kinds = ("aggregate",)
    transactions = ("join", "deal", *kinds)

    def ready(self) -> None:
        super().ready()
        self._start(self.second, self.third)
        self._start(self.fourth, cheat="never-signs")

    def run(self) -> bytes:
        sid = self.fleet.create_session()
        self.fleet.await_phase(sid, Phase.COMPLAINING)
        self._await_received(sid, {each.name: 4 for each in self.fleet.operators})
        self.fleet.travel_to(self._deadline(sid, "challenge"))
        self.fleet.await_finish(sid)
        return sid


class NeverDealt(FaultPath):
    """The fourth joins and is away until the session is active; then it still gets its share."""

    kinds = ("recordFault", "aggregate")
    transactions = ("join", "deal", *kinds)
    faults = (NONE, NONE, NONE, Fault.NO_DEALING)
    qualified = 0b0111

    def ready(self) -> None:
        super().ready()
        self._start(self.second, self.third)
        self._start(self.fourth)

    def run(self) -> bytes:
        fleet = self.fleet
        fleet.kill_at(self.fourth, "join.recorded")
        sid = fleet.create_session()
        fleet.await_death(self.fourth)
        self._await_dealt(sid, 0b0111)
        fleet.travel_to(self._deadline(sid, "deal"))
        fleet.wait_until(lambda: fleet.state(sid).forfeits > 0, "a recorded fault")
        fleet.travel_to(self._deadline(sid, "challenge"))
        fleet.await_phase(sid, Phase.ACTIVE)
        fleet.start(self.fourth)
        fleet.await_finish(sid)
        return sid


class Aborted(FaultPath):
    """Nobody else joins: the first gets its bond back."""

    kinds = ("withdrawBond",)
    transactions = ("join", *kinds)
    settles = False
    phase = Phase.ABORTED
    qualified = 0

    def run(self) -> bytes:
        fleet, first = self.fleet, self.first
        sid = fleet.create_session()
        fleet.wait_until(lambda: fleet.state(sid).joined == 1, "joining")
        fleet.travel_to(self._deadline(sid, "join"))
        fleet.wait_until(lambda: fleet.reads.bond(sid, first.address) == 0, "withdrawal")
        fleet.wait_until(fleet.unless_busy(lambda: sid not in first.public.with_secrets), "erasure")
        return sid


class ReleasedBond(FaultPath):
    """After a session without faults, its bonds are released when everybody has been away for long."""

    kinds = ("withdrawBond",)
    transactions = ("join", "deal", "activateUnanimously", *kinds)
    settles = False

    def ready(self) -> None:
        super().ready()
        self._start(self.second, self.third, self.fourth)

    def run(self) -> bytes:
        fleet, first = self.fleet, self.first
        sid = fleet.create_session()
        fleet.await_finish(sid)
        fleet.stop([first])
        fleet.travel_to(fleet.reads.configuration(sid).bond_release_time)
        fleet.start(first)
        fleet.wait_until(lambda: fleet.reads.bond(sid, first.address) == 0, "withdrawal")
        return sid


PATHS: dict[str, type[FaultPath]] = {
    "withheld share": WithheldShare,
    "accused dealer": AccusedDealer,
    "invalid share": InvalidShare,
    "bad proof": BadProof,
    "never signed": NeverSigned,
    "never dealt": NeverDealt,
    "aborted": Aborted,
    "released bond": ReleasedBond,
}
