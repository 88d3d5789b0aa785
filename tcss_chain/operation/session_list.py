"""All sessions of a contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress

from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.protocol.session import Phase


@dataclass(frozen=True, slots=True)
class ListedSession:
    """
    A session, in short.

    Attributes
    ----------
    sid : bytes
        The session.
    phase : Phase
        Where it stands.
    threshold : int
        ``t``.
    members, joined, qualified, convicted : int
        How many.
    auditor : ChecksumAddress
        The auditor.
    """

    sid: bytes
    phase: Phase
    threshold: int
    members: int
    joined: int
    qualified: int
    convicted: int
    auditor: ChecksumAddress

    def as_json(self) -> dict[str, Any]:
        """Give the fields as JSON values."""
        return {
            "session": f"0x{self.sid.hex()}",
            "phase": self.phase.name.lower(),
            "threshold": self.threshold,
            "members": self.members,
            "joined": self.joined,
            "qualified": self.qualified,
            "convicted": self.convicted,
            "auditor": self.auditor,
        }


def list_sessions(
    reads: SessionReads,
    *,
    member: ChecksumAddress | None = None,
    phase: Phase | None = None,
    newest: int | None = None,
) -> Iterator[ListedSession]:
    """
    Go through all sessions, or the newest, in the order of their creation.

    Each takes two requests.

    Parameters
    ----------
    reads : SessionReads
        The node.
    member : ChecksumAddress, optional
        Only sessions that admit this address.
    phase : Phase, optional
        Only sessions in this phase.
    newest : int, optional
        Only so many of the contract's sessions are looked at, the newest.

    Yields
    ------
    ListedSession
        One session after the other, as the node tells it: nothing is checked against the session ids.

    Raises
    ------
    ChainContradictionError
        If there are not as many sessions as the node counts.
    NodeError
        If the node fails.
    """
    for _, sids in reads.all_session_ids(newest):
        for sid in sids:
            configuration = reads.configuration(sid)
            if member is not None and member not in configuration.members:
                continue
            state = reads.state(sid)
            if phase is not None and state.phase is not phase:
                continue
            yield ListedSession(
                sid=sid,
                phase=state.phase,
                threshold=configuration.threshold,
                members=len(configuration.members),
                joined=state.joined.bit_count(),
                qualified=state.qualified.bit_count(),
                convicted=state.convicted.bit_count(),
                auditor=configuration.auditor,
            )
