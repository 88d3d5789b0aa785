"""What the contract says of sessions, as typed values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from eth_typing import ChecksumAddress
from eth_utils import to_checksum_address

from tcss_chain.curve import G1, decode_g1
from tcss_chain.protocol.session import Configuration, Fault, Phase

from .connection import Connection
from .errors import ChainContradictionError

PAGE: Final = 100
"""How many session ids one request asks for."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class SessionState:
    """
    Where a session stands.

    Attributes
    ----------
    phase : Phase
        The phase at the latest block.
    joined, dealt, qualified, unanswered, convicted : int
        Bitmaps of seats; ``unanswered`` are dealers with an open complaint of a missing share.
    activated_at : int
        When the session became active, Unix seconds, or 0.
    forfeits : int
        Forfeited bonds not withdrawn yet, wei.
    roster_hash : bytes
        The roster hash so far; zero before the confirmation.
    dealings_hash : bytes
        The hash of what all participants have posted so far.
    aggregate_hash : bytes
        The aggregate hash; zero before activation.
    A : G1 or None
        The auditor's key, None before the confirmation.
    """

    phase: Phase
    joined: int
    dealt: int
    qualified: int
    unanswered: int
    convicted: int
    activated_at: int
    forfeits: int
    roster_hash: bytes
    dealings_hash: bytes
    aggregate_hash: bytes
    A: G1 | None


@dataclass(frozen=True, slots=True)
class MemberState:
    """
    Where a member stands.

    Attributes
    ----------
    account : ChecksumAddress
        Its address.
    seat : int
        Its seat.
    joined, dealt, qualified, convicted, withdrawn : bool
        What it has done, or what was found about it.
    fault : Fault
        The fault that counts now.
    posted_hash : bytes
        What the contract keeps of it: zero, after joining `keys_hash`, after dealing `posted_hash`.
    evaluation_point : int
        ``x``, or 0 while joining has not closed.
    """

    account: ChecksumAddress
    seat: int
    joined: bool
    dealt: bool
    qualified: bool
    convicted: bool
    withdrawn: bool
    fault: Fault
    posted_hash: bytes
    evaluation_point: int


class SessionReads:
    """
    Reads sessions from the contract.

    Parameters
    ----------
    connection : Connection
        The node.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def session_count(self) -> int:
        """Count the sessions."""
        return int(self._read("sessionCount"))

    def session_ids(self, start: int, limit: int) -> tuple[bytes, ...]:
        """List session ids in the order of creation."""
        return tuple(bytes(sid) for sid in self._read("sessionIds", start, limit))

    def all_session_ids(self, newest: int | None = None) -> Iterator[tuple[int, tuple[bytes, ...]]]:
        """
        Go through the ids of all sessions, or of the newest, in the order of creation.

        Parameters
        ----------
        newest : int, optional
            How many sessions at most.

        Yields
        ------
        tuple of int and tuple of bytes
            The number of the first session of a page, and the page's ids, `PAGE` at most.

        Raises
        ------
        ChainContradictionError
            If there are not as many as the node counts.
        """
        count = self.session_count()
        begin = 0 if newest is None else max(0, count - newest)
        for start in range(begin, count, PAGE):
            page = self.session_ids(start, PAGE)
            if len(page) != min(PAGE, count - start):
                raise ChainContradictionError("the list of sessions is not as long as their number")
            yield start, page

    def phase(self, sid: bytes) -> Phase:
        """Read the phase."""
        return self._decode("phaseOf", Phase, sid)

    def configuration(self, sid: bytes) -> Configuration:
        """Read what the session is made of."""
        return self._decode("configurationOf", Configuration.from_abi_tuple, sid)

    def state(self, sid: bytes) -> SessionState:
        """Read where the session stands."""
        return self._decode("stateOf", decode_state, sid)

    def member(self, sid: bytes, account: ChecksumAddress) -> MemberState:
        """Read where a member stands."""
        return self._decode("participantOf", decode_member, sid, account)

    def members(self, sid: bytes) -> tuple[MemberState, ...]:
        """Read where all members stand, by seat."""
        return self._decode("participantsOf", lambda rows: tuple(decode_member(row) for row in rows), sid)

    def fault(self, sid: bytes, account: ChecksumAddress) -> Fault:
        """Read the fault of a member that counts now."""
        return self._decode("faultOf", Fault, sid, account)

    def missing_shares(self, sid: bytes, dealer: ChecksumAddress) -> tuple[int, int]:
        """Read complaints about missing shares against a dealer: all and the unanswered, as bitmaps."""
        raised, unanswered = self._read("missingSharesOf", sid, dealer)
        return int(raised), int(unanswered)

    def bond(self, sid: bytes, account: ChecksumAddress) -> int:
        """Read what is left of a participant's bond, wei."""
        return int(self._read("bondOf", sid, account))

    def _read(self, name: str, *arguments: Any) -> Any:
        function = self._connection.contract.get_function_by_name(name)(*arguments)
        return self._connection.ask(f"reading {name}", function.call)

    def _decode(self, name: str, decode: Callable[[Any], _Value], *arguments: Any) -> _Value:
        value = self._read(name, *arguments)
        return self._connection.ask(f"decoding {name}", lambda: decode(value))


def decode_state(value: Any) -> SessionState:
    """
    Decode what the contract answers.

    Raises
    ------
    ChainContradictionError
        If the sets of seats do not nest.
    CurveDecodingError
        If the auditor's key is no point of the curve.
    """
    phase, *numbers, roster_hash, dealings_hash, aggregate_hash, key_x, key_y = value
    joined, dealt, qualified, unanswered, convicted, activated_at, forfeits = numbers
    if qualified & ~dealt or dealt & ~joined:
        raise ChainContradictionError("somebody qualified without dealing, or dealt without joining")
    confirmed = (key_x, key_y) != (0, 0)
    return SessionState(
        Phase(phase),
        joined,
        dealt,
        qualified,
        unanswered,
        convicted,
        activated_at,
        forfeits,
        bytes(roster_hash),
        bytes(dealings_hash),
        bytes(aggregate_hash),
        decode_g1(key_x, key_y, allow_identity=False, name="auditor key") if confirmed else None,
    )


def decode_member(value: Any) -> MemberState:
    """Decode what the contract answers of a member."""
    account, seat, joined, dealt, qualified, convicted, withdrawn, fault, posted, x = value
    return MemberState(
        to_checksum_address(account),
        seat,
        joined,
        dealt,
        qualified,
        convicted,
        withdrawn,
        Fault(fault),
        bytes(posted),
        x,
    )
