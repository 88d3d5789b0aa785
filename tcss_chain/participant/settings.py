"""How patient and how careful a participant is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParticipantSettings:
    """
    Settings of a participant.

    Attributes
    ----------
    confirmations : int
        How many blocks must follow before shares are handed out and secrets are erased. 0 is for development
        chains, which never reorganise.
    share_patience_seconds : float
        How long a dealer may fail to hand out a share before a complaint is sent.
    activation_stagger_seconds : float
        How much longer each participant waits than the one before it in the roster until it activates the
        session itself; the first does not wait.
    poll_seconds : float
        Pause between two steps.
    """

    confirmations: int = 12
    share_patience_seconds: float = 10.0
    activation_stagger_seconds: float = 10.0
    poll_seconds: float = 0.2
