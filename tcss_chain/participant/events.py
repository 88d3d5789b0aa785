"""What a participant reports while it runs: never a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from eth_typing import ChecksumAddress


class Happening(Enum):
    """What a participant did or found."""

    JOINED = "joined"
    DEALT = "dealt"
    SHARE_RECEIVED = "received a share"
    SHARE_MISSING = "does not get its share"
    SHARE_INVALID = "found an invalid share"
    PROOF_INVALID = "found an invalid proof"
    COMPLAINED = "complained"
    RECORDED_FAULT = "recorded a fault"
    REVEALED = "revealed a share"
    ACCEPTED = "accepted the aggregate"
    ACTIVATED = "activated the session"
    AGGREGATED = "added up dealings"
    HOLDS_SHARE = "holds its final share"
    ERASED = "erased what it must not keep"
    FAILED = "will try again"
    WITHDREW = "withdrew its bond"


@dataclass(frozen=True, slots=True)
class ParticipantEvent:
    """
    One thing that a participant did or found.

    Attributes
    ----------
    participant : ChecksumAddress
        Who reports.
    happening : Happening
        What happened.
    about : ChecksumAddress or None
        The other participant that it is about.
    detail : str
        More about a failure.
    """

    participant: ChecksumAddress
    happening: Happening
    about: ChecksumAddress | None = None
    detail: str = ""


Observer = Callable[[ParticipantEvent], None]
"""Told of every event, in the participant's thread."""


def ignore(_event: ParticipantEvent) -> None:
    """Observe nothing."""
