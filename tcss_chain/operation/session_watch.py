"""What changes in a session, and whether a phase is still to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import MemberState, SessionReads, SessionState
from tcss_chain.protocol.session import Fault, Phase

_NOT_ONCE_ACTIVE: Final = (Phase.REVEALING, Phase.CHALLENGING, Phase.AGGREGATING, Phase.ABORTED)
_FAULTS: Final = {
    Fault.INVALID_SHARE: "dealt an invalid share",
    Fault.INVALID_PROOF: "dealt with an invalid proof of knowledge",
    Fault.MISSING_SHARE: "withheld a share",
    Fault.NO_DEALING: "did not deal",
}


class Outlook(Enum):
    """Whether a session gets to a phase."""

    WAITING = "waiting"
    REACHED = "reached"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    A session at one look.

    Attributes
    ----------
    time : int
        The chain's time, Unix seconds.
    state : SessionState
        Where it stands.
    members : tuple of MemberState
        Where its members stand, by seat.
    """

    time: int
    state: SessionState
    members: tuple[MemberState, ...]


def read_snapshot(connection: Connection, sid: bytes) -> Snapshot:
    """
    Look at a session.

    Raises
    ------
    ContractRefusedError
        If there is no such session.
    ChainError
        If the node fails.
    """
    reads = SessionReads(connection)
    return Snapshot(connection.chain_time(), reads.state(sid), reads.members(sid))


def outlook(wanted: Phase, current: Phase) -> Outlook:
    """
    Say whether a session gets to a phase.

    A phase that is over was reached. A session that is active may have skipped the phases after the complain
    phase, and those cannot be reached any more; neither can any of an aborted session.

    Parameters
    ----------
    wanted, current : Phase
        The phase that is waited for, and the one that there is.

    Returns
    -------
    Outlook
        What to expect.
    """
    if current is wanted:
        return Outlook.REACHED
    if current is Phase.ABORTED or (current is Phase.ACTIVE and wanted in _NOT_ONCE_ACTIVE):
        return Outlook.UNREACHABLE
    return Outlook.REACHED if current > wanted else Outlook.WAITING


def changes(
    before: Snapshot | None, after: Snapshot, name: Callable[[ChecksumAddress], str]
) -> Iterator[str]:
    """
    Say what changed between two looks at a session.

    Parameters
    ----------
    before : Snapshot or None
        The earlier look; None stands for a session that was just created.
    after : Snapshot
        The later one.
    name : callable
        What a member is called.

    Yields
    ------
    str
        One change.
    """
    earlier = {member.account: member for member in before.members} if before else {}
    confirmed_before = before is not None and before.state.A is not None
    if after.state.A is not None and not confirmed_before:
        yield "the auditor has confirmed"
    for member in after.members:
        for change in _member_changes(earlier.get(member.account), member):
            yield f"{name(member.account)} {change}"
    if before is None or before.state.unanswered != after.state.unanswered:
        for member in after.members:
            was = before is not None and before.state.unanswered >> member.seat & 1
            now = after.state.unanswered >> member.seat & 1
            if now and not was:
                yield f"{name(member.account)} is asked for a share that is missing"
            elif was and not now and after.state.activated_at == 0:
                yield f"{name(member.account)} has revealed the shares that were missing"
    if before is None or before.state.phase is not after.state.phase:
        yield f"phase {after.state.phase.name.lower()}"
        if after.state.phase is Phase.ACTIVE:
            yield f"aggregate hash 0x{after.state.aggregate_hash.hex()}"


def _member_changes(before: MemberState | None, after: MemberState) -> Iterator[str]:
    """Say what changed about a member; what goes back is a reorganisation of the chain."""
    for field, done, undone in (
        ("joined", "joined", "has not joined any more"),
        ("dealt", "dealt", "has not dealt any more"),
        ("convicted", "is convicted", "is not convicted any more"),
        ("withdrawn", "withdrew the bond", "has not withdrawn any more"),
    ):
        was, now = before is not None and getattr(before, field), getattr(after, field)
        if was != now:
            yield done if now else f"{undone}: the chain was reorganised"
    fault = before.fault if before is not None else Fault.NONE
    if after.fault is not fault:
        yield _FAULTS.get(after.fault, "is not at fault any more")
