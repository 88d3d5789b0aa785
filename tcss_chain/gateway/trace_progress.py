"""How far a trace through the gateway is, as its operator sees it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eth_typing import ChecksumAddress


class TraceStage(StrEnum):
    """Where a trace stands."""

    TRACING = "tracing"
    """The box is being asked."""
    CONVICTING = "convicting"
    """The proof is being sent."""
    TRACED = "traced"
    """It is known who leaked."""
    CONVICTED = "convicted"
    """It is on the chain too."""
    NOT_TRACED = "not_traced"
    """Nobody can be accused."""
    FAILED = "failed"
    """Something else went wrong."""


ENDED = frozenset(TraceStage) - {TraceStage.TRACING, TraceStage.CONVICTING}
"""The stages after which nothing follows."""


@dataclass(frozen=True, slots=True)
class TraceProgressReport:
    """
    A trace at one moment. It holds nothing of the queries and answers themselves.

    Attributes
    ----------
    trace_id : str
        Names the trace, and its transcript in the auditor's folder.
    sid : bytes
        The session.
    convict : bool
        Whether whoever is found is to be convicted.
    stage : TraceStage
        Where it stands.
    queries, answered, right : int
        Queries so far, how many were answered, and how many of those are right for certain.
    sets : int or None
        How many sets of participants may still have leaked, as far as the answers tell.
    accused : tuple of ChecksumAddress
        Who leaked.
    reason : str
        Why nobody can be accused, what went wrong, or that earlier records have all who are accused.
    block : int or None
        The block with the conviction, None if it is not known or was made earlier.
    gas : int or None
        What it cost.
    """

    trace_id: str
    sid: bytes
    convict: bool
    stage: TraceStage = TraceStage.TRACING
    queries: int = 0
    answered: int = 0
    right: int = 0
    sets: int | None = None
    accused: tuple[ChecksumAddress, ...] = ()
    reason: str = ""
    block: int | None = None
    gas: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows."""
        return self.stage in ENDED

    def as_json(self) -> dict[str, Any]:
        """Give what the operator's interface answers."""
        shown: dict[str, Any] = {
            "id": self.trace_id,
            "session": f"0x{self.sid.hex()}",
            "convict": self.convict,
            "stage": self.stage.value,
            "ended": self.has_ended,
            "queries": self.queries,
            "answered": self.answered,
            "right": self.right,
            # More than other readers of JSON take for an integer.
            "sets": None if self.sets is None else float(self.sets),
            "accused": list(self.accused),
            "reason": self.reason,
        }
        if self.block is not None:
            shown |= {"block": self.block, "gas": self.gas}
        return shown
