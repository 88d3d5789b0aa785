"""What the tracer knows of a session."""

from __future__ import annotations

from dataclasses import dataclass

from tcss_chain.protocol.roster import Roster

from .sealed_keys import SealedKeys


@dataclass(frozen=True, slots=True)
class TracedSession:
    """
    What the tracer knows of the session that a box is said to reconstruct the secret of.

    Attributes
    ----------
    roster : Roster
        The session's roster.
    aggregate_hash : bytes
        The aggregate that activation fixed.
    keys : SealedKeys
        What the auditor's key opened.
    """

    roster: Roster
    aggregate_hash: bytes
    keys: SealedKeys
