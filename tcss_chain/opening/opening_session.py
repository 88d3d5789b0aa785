"""What the gateway knows of a session whose models it opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from eth_typing import ChecksumAddress

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.sealed_keys import open_sealed_keys
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.curve import G1
from tcss_chain.protocol.roster import Roster, seats_of
from tcss_chain.session_package import SessionPackage, session_view

from .gateway_errors import SessionKeyMissingError

KeySource = Callable[[bytes], AuditorKey | None]
"""Gives the auditor's key of a session, None if there is none."""


@dataclass(frozen=True, slots=True)
class OpeningSession:
    """
    What activation fixed of a session, as far as openings need it.

    Attributes
    ----------
    roster : Roster
        The session's roster.
    auditor : ChecksumAddress
        Whose account may open.
    Y : mapping of ChecksumAddress to G1
        ``y_i*G`` of all participants. Whoever has them can test shares, and nothing else.
    """

    roster: Roster
    auditor: ChecksumAddress
    Y: Mapping[ChecksumAddress, G1] = field(repr=False)

    @property
    def accounts(self) -> tuple[ChecksumAddress, ...]:
        """All participants, by seat."""
        return tuple(participant.account for participant in self.roster.participants)

    def among(self, seats: int) -> tuple[ChecksumAddress, ...]:
        """Name the participants of a bitmap of seats."""
        return tuple(self.roster.at_seat(seat).account for seat in seats_of(seats))


class OpeningSessions:
    """
    Reads sessions, each once. May be used by several threads.

    What is kept is what activation fixed, and the participants' ``Y_i``, for as long as this object lives: to
    compute them anew would take all events of the session each time. The auditor's key is not kept, nor the
    public key of the secret.

    Parameters
    ----------
    connection : Connection
        The nodes.
    key_of : KeySource
        Where the auditor's keys are.
    packages : mapping of bytes to SessionPackage
        What to take in place of events, by session. They are checked against the contract's hashes.
    first_block : int
        From which block on events are read.
    """

    def __init__(
        self,
        connection: Connection,
        key_of: KeySource,
        packages: Mapping[bytes, SessionPackage],
        first_block: int,
    ) -> None:
        self._connection = connection
        self._key_of = key_of
        self._packages = packages
        self._first_block = first_block
        self._lock = Lock()
        self._read: dict[bytes, OpeningSession] = {}

    def session(self, sid: bytes, state: SessionState) -> OpeningSession:
        """
        Give an active session.

        Parameters
        ----------
        sid : bytes
            The session.
        state : SessionState
            Where it stands, as all nodes say: one that lies must not be remembered.

        Returns
        -------
        OpeningSession
            What activation fixed.

        Raises
        ------
        SessionKeyMissingError
            If there is no key of it.
        AuditorKeyMismatchError
            If the key is another session's.
        ChainError
            If its public data cannot be had, or is not that of the state.
        """
        with self._lock:
            if sid not in self._read:
                self._read[sid] = self._session(sid, state)
            return self._read[sid]

    def _session(self, sid: bytes, state: SessionState) -> OpeningSession:
        key = self._key_of(sid)
        if key is None:
            raise SessionKeyMissingError(sid)
        view = session_view(self._connection, sid, self._first_block, self._packages.get(sid))
        auditor = view.configuration().auditor
        roster = view.roster()
        aggregate = view.aggregate(roster, view.dealings())
        if aggregate.hash(sid, roster.roster_hash, state.qualified) != state.aggregate_hash:
            raise ChainContradictionError("a node tells of another roster or other dealings than the others")
        opened = open_sealed_keys(key.alpha, roster, aggregate)
        accounts = (participant.account for participant in roster.participants)
        return OpeningSession(roster, auditor, dict(zip(accounts, opened.Y, strict=True)))
