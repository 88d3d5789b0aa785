"""The roster: who joined with which keys, and the evaluation points that follow (protocol section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1

from .errors import NotInRosterError
from .hashing import hash_to_scalar, hash_words


@dataclass(frozen=True, slots=True)
class ParticipantKeys:
    """
    The public keys of a participant.

    Attributes
    ----------
    P : G1
        Encryption key: shares for this participant are encrypted to it.
    D : G1
        Dealing key: this participant encrypts the shares of its dealing with it.
    """

    P: G1
    D: G1


@dataclass(frozen=True, slots=True)
class Participant:
    """
    A member who joined.

    Attributes
    ----------
    account : ChecksumAddress
        Its address.
    seat : int
        Its place in the configuration's list of members.
    keys : ParticipantKeys
        Its public keys.
    x : int
        Its evaluation point, a non-zero scalar.
    """

    account: ChecksumAddress
    seat: int
    keys: ParticipantKeys
    x: int


@dataclass(frozen=True, slots=True)
class Roster:
    """
    The participants of a session after joining has closed.

    Attributes
    ----------
    sid : bytes
        The session id.
    roster_hash : bytes
        The final roster hash.
    threshold : int
        ``t``.
    A : G1
        The auditor's key.
    participants : tuple of Participant
        By seat, ascending.
    """

    sid: bytes
    roster_hash: bytes
    threshold: int
    A: G1
    participants: tuple[Participant, ...]

    def participant(self, account: ChecksumAddress) -> Participant:
        """
        Find a participant by its address.

        Raises
        ------
        NotInRosterError
            If nobody joined with this address.
        """
        for participant in self.participants:
            if participant.account == account:
                return participant
        raise NotInRosterError(account)

    def at_seat(self, seat: int) -> Participant:
        """
        Find a participant by its seat.

        Raises
        ------
        NotInRosterError
            If nobody joined at this seat.
        """
        for participant in self.participants:
            if participant.seat == seat:
                return participant
        raise NotInRosterError(f"seat {seat}")

    def keys(self) -> dict[ChecksumAddress, ParticipantKeys]:
        """Give everybody's keys, by account."""
        return {participant.account: participant.keys for participant in self.participants}

    def keys_hash(self, account: ChecksumAddress) -> bytes:
        """
        Compute the hash of the keys that a participant joined with.

        Raises
        ------
        NotInRosterError
            If the account has not joined.
        """
        return keys_hash(self.sid, account, self.participant(account).keys)


def empty_roster_hash(sid: bytes, A: G1) -> bytes:
    """Compute the roster hash that the auditor's confirmation leaves."""
    return hash_words("tcss.v1.roster", sid, A)


def roster_hash_after_join(
    sid: bytes, roster_hash: bytes, account: ChecksumAddress, keys: ParticipantKeys
) -> bytes:
    """Compute the roster hash after one more join, in the order of the chain."""
    return hash_words("tcss.v1.roster.join", sid, roster_hash, account, keys.P, keys.D)


def keys_hash(sid: bytes, account: ChecksumAddress, keys: ParticipantKeys) -> bytes:
    """Compute what the contract keeps of a participant's keys until it deals."""
    return hash_words("tcss.v1.keys", sid, account, keys.P, keys.D)


def evaluation_point(sid: bytes, roster_hash: bytes, account: ChecksumAddress) -> int:
    """Compute ``x_i``, a scalar that nobody can choose: it depends on the final roster."""
    return hash_to_scalar("tcss.v1.point", sid, roster_hash, account)


def seats_of(bitmap: int) -> tuple[int, ...]:
    """List the seats of a bitmap, ascending."""
    return tuple(seat for seat in range(bitmap.bit_length()) if bitmap >> seat & 1)


def bitmap_of(seats: Iterable[int]) -> int:
    """Make a bitmap of seats."""
    bitmap = 0
    for seat in seats:
        bitmap |= 1 << seat
    return bitmap
