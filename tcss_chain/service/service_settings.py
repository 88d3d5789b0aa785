"""How much an organisation's service takes on, and when it calls for its operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STALLED_SECONDS: Final = 300.0
"""How old the chain's newest block may be before that is an alarm, if nothing else is set."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """
    Settings of a service.

    Attributes
    ----------
    first_block : int
        The contract's block, or any before it: where events are looked for.
    max_open_sessions : int
        In how many sessions bonds may be paid in at once.
    min_balance : int
        An alarm is raised when the wallet holds less, wei.
    look_seconds : float
        Pause between two looks at the contract for new sessions.
    check_seconds : float
        Pause between two checks of nodes, wallet and sessions.
    failing_seconds : float
        An alarm is raised when the steps of a session have failed for so long.
    stalled_seconds : float
        An alarm is raised when the chain's newest block is older than that by the local clock, also when it
        is the last one that was told before all nodes stopped answering.
    """

    first_block: int = 0
    max_open_sessions: int = 100
    min_balance: int = 50_000_000_000_000_000
    look_seconds: float = 2.0
    check_seconds: float = 5.0
    failing_seconds: float = 60.0
    stalled_seconds: float = STALLED_SECONDS
