"""Roster, dealings and aggregate of a session, from events, checked against the contract's hashes."""

from __future__ import annotations

from collections.abc import Mapping

from eth_typing import ChecksumAddress

from tcss_chain.protocol.aggregate import SealedAggregate, aggregate_dealings
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.posted_dealing import kept_hash
from tcss_chain.protocol.roster import (
    Participant,
    Roster,
    empty_roster_hash,
    evaluation_point,
    roster_hash_after_join,
    seats_of,
)
from tcss_chain.protocol.session import Configuration, session_id

from .connection import Connection
from .errors import ChainContradictionError
from .event_source import EventSource
from .session_events import CreatedEvent, SessionEvents
from .session_reads import SessionReads


class SessionView:
    """
    Everything that a client needs to know of one session.

    Parameters
    ----------
    connection : Connection
        The node.
    sid : bytes
        The session.
    first_block : int
        From which block on events are read from the node's logs.
    events : EventSource, optional
        Where events come from instead of the node's logs. Whatever it says is checked against the hashes
        that the contract keeps.

    Attributes
    ----------
    sid : bytes
        The session.
    connection : Connection
        The node.
    reads : SessionReads
        What the contract says.
    events : EventSource
        What it logged.
    """

    def __init__(
        self, connection: Connection, sid: bytes, first_block: int = 0, events: EventSource | None = None
    ) -> None:
        self.sid = sid
        self.connection = connection
        self.reads = SessionReads(connection)
        self.events: EventSource = events or SessionEvents(connection, first_block)

    def created(self) -> CreatedEvent:
        """
        Read how the session was created, and check that the session id is the hash of that.

        Returns
        -------
        CreatedEvent
            Whatever the node says, this is what the session id stands for.

        Raises
        ------
        ChainContradictionError
            If the session id is of another configuration, creator, contract or chain.
        NodeError
            If the node fails.
        """
        for created in self.events.created(self.sid):
            sid = session_id(
                self.connection.chain_id,
                self.connection.contract_address,
                created.creator,
                created.salt,
                created.configuration,
            )
            if sid == self.sid:
                return created
        raise ChainContradictionError("no configuration hashes to the session id")

    def configuration(self) -> Configuration:
        """
        Read what the session is made of; raises what `created` raises.

        Returns
        -------
        Configuration
            What the session id stands for.
        """
        return self.created().configuration

    def roster(self) -> Roster:
        """
        Put the roster together, after joining has closed.

        Returns
        -------
        Roster
            All participants with keys and evaluation points.

        Raises
        ------
        ChainContradictionError
            If the joins do not lead to the contract's roster hash.
        NodeError
            If the node fails.
        """
        state = self.reads.state(self.sid)
        if state.A is None:
            raise ChainContradictionError("a session without auditor key has no roster")
        configuration = self.configuration()
        roster_hash = empty_roster_hash(self.sid, state.A)
        joins = self.events.joined(self.sid)
        for join in joins:
            if configuration.members[join.seat : join.seat + 1] != (join.account,):
                raise ChainContradictionError(f"{join.account} has no seat {join.seat} in this session")
            roster_hash = roster_hash_after_join(self.sid, roster_hash, join.account, join.keys)
        if roster_hash != state.roster_hash:
            raise ChainContradictionError("the joins do not hash to the roster hash")
        participants = (
            Participant(
                join.account, join.seat, join.keys, evaluation_point(self.sid, roster_hash, join.account)
            )
            for join in joins
        )
        return Roster(
            sid=self.sid,
            roster_hash=roster_hash,
            threshold=configuration.threshold,
            A=state.A,
            participants=tuple(sorted(participants, key=lambda participant: participant.seat)),
        )

    def dealings(self) -> dict[ChecksumAddress, Dealing]:
        """
        Put the dealings together.

        Returns
        -------
        dict
            Dealings by dealer, by seat: no hash binds the order of the chain.

        Raises
        ------
        ChainContradictionError
            If a dealing is missing or does not hash to what the contract kept.
        NodeError
            If the node fails.
        """
        posted = {event.dealer: event.dealing for event in self.events.dealt(self.sid)}
        keys = {event.account: event.keys for event in self.events.joined(self.sid)}
        counted: dict[ChecksumAddress, Dealing] = {}
        for member in self.reads.members(self.sid):
            if not member.dealt:
                continue
            dealing = posted.get(member.account)
            if dealing is None or member.account not in keys:
                raise ChainContradictionError(f"the dealing of {member.account} is missing, or its joining")
            if kept_hash(self.sid, member.account, keys[member.account], dealing) != member.posted_hash:
                raise ChainContradictionError(
                    f"the dealing of {member.account} is not the one that was posted"
                )
            counted[member.account] = dealing
        return counted

    def aggregate(self, roster: Roster, dealings: Mapping[ChecksumAddress, Dealing]) -> SealedAggregate:
        """
        Add up the dealings of an active session's qualified set.

        Raises
        ------
        ChainContradictionError
            If a qualified dealer's dealing is not there, or the sums do not hash to the aggregate hash.
        """
        state = self.reads.state(self.sid)
        if any(roster.at_seat(seat).account not in dealings for seat in seats_of(state.qualified)):
            raise ChainContradictionError("somebody qualified whose dealing is not there")
        aggregate = qualified_aggregate(roster, dealings, state.qualified)
        if aggregate.hash(self.sid, roster.roster_hash, state.qualified) != state.aggregate_hash:
            raise ChainContradictionError("the dealings do not add up to the aggregate hash")
        return aggregate


def qualified_aggregate(
    roster: Roster, dealings: Mapping[ChecksumAddress, Dealing], qualified: int
) -> SealedAggregate:
    """
    Add up the dealings of a qualified set.

    Parameters
    ----------
    roster : Roster
        The roster.
    dealings : mapping of ChecksumAddress to Dealing
        All dealings.
    qualified : int
        Bitmap of the qualified seats.

    Returns
    -------
    SealedAggregate
        ``Bbar`` and ``Cbar``.
    """
    chosen = (dealings[roster.at_seat(seat).account] for seat in seats_of(qualified))
    return aggregate_dealings([(dealing.B, dealing.C) for dealing in chosen])
