"""Everything that the contract says of one session, for people and for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from eth_typing import ChecksumAddress

from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.session_reads import MemberState, SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.protocol.session import Configuration, Fault


@dataclass(frozen=True, slots=True)
class SessionOverview:
    """
    A session as it stands.

    Attributes
    ----------
    sid : bytes
        The session.
    time : int
        The chain's time, Unix seconds.
    creator : ChecksumAddress
        Who created it.
    configuration : Configuration
        What it is made of; checked against the session id.
    state : SessionState
        Where it stands.
    members : tuple of MemberState
        Where its members stand, by seat.
    bonds : mapping of ChecksumAddress to int
        What is left of the bonds of those who joined, wei.
    """

    sid: bytes
    time: int
    creator: ChecksumAddress
    configuration: Configuration
    state: SessionState
    members: tuple[MemberState, ...]
    bonds: Mapping[ChecksumAddress, int]

    def as_json(self, names: Mapping[ChecksumAddress, str]) -> dict[str, Any]:
        """
        Give everything as JSON values; amounts are texts, because they do not fit a JSON number everywhere.

        Parameters
        ----------
        names : mapping of ChecksumAddress to str
            The names that are known.

        Returns
        -------
        dict
            What ``tcss session show --json`` prints.
        """
        configuration, state = self.configuration, self.state
        return {
            "session": f"0x{self.sid.hex()}",
            "time": self.time,
            "phase": state.phase.name.lower(),
            "threshold": configuration.threshold,
            "creator": self.creator,
            "auditor": configuration.auditor,
            "beneficiary": configuration.beneficiary,
            "parent": f"0x{configuration.parent.hex()}" if any(configuration.parent) else None,
            "bond": str(configuration.bond),
            "forfeits": str(state.forfeits),
            "deadlines": deadlines(configuration),
            "confirmed": state.A is not None,
            "activated_at": state.activated_at or None,
            "qualified": [member.account for member in self.members if member.qualified],
            "aggregate_hash": f"0x{state.aggregate_hash.hex()}" if any(state.aggregate_hash) else None,
            "members": [
                {
                    "address": member.account,
                    "name": names.get(member.account),
                    "seat": member.seat,
                    "joined": member.joined,
                    "dealt": member.dealt,
                    "qualified": member.qualified,
                    "fault": None if member.fault is Fault.NONE else member.fault.name.lower(),
                    "convicted": member.convicted,
                    "withdrawn": member.withdrawn,
                    "bond": str(self.bonds[member.account]) if member.joined else None,
                }
                for member in self.members
            ],
        }


def deadlines(configuration: Configuration) -> dict[str, int]:
    """Give all deadlines by their names in the configuration, in the order of time."""
    names = (field.name for field in fields(Configuration))
    return {name: getattr(configuration, name) for name in names if name.endswith(("_by", "_time"))}


def read_overview(view: SessionView) -> SessionOverview:
    """
    Read a session.

    Parameters
    ----------
    view : SessionView
        The session.

    Returns
    -------
    SessionOverview
        As of the latest blocks: a block that comes in between may show in one part and not in another.

    Raises
    ------
    ChainContradictionError
        If the configuration does not hash to the session id, or the members are not those that it admits.
    ContractRefusedError
        If there is no such session.
    NodeError
        If the node fails.
    """
    # Asked first: of a session that does not exist, this tells so.
    state = view.reads.state(view.sid)
    created = view.created()
    members = view.reads.members(view.sid)
    if tuple(member.account for member in members) != created.configuration.members:
        raise ChainContradictionError("the members are not those that the configuration admits")
    return SessionOverview(
        sid=view.sid,
        time=view.connection.chain_time(),
        creator=created.creator,
        configuration=created.configuration,
        state=state,
        members=members,
        bonds={
            member.account: view.reads.bond(view.sid, member.account) for member in members if member.joined
        },
    )
