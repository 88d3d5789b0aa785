"""How the gateway opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tcss_chain.chain.confirmed_reads import Confirmations
from tcss_chain.exchange.back_off import BackOff
from tcss_chain.transport import Limits

MAX_ANSWER_BYTES: Final = 1024
"""An answer has about 500."""


class ConvictedAnswers(StrEnum):
    """What happens to answers of participants who were convicted."""

    REFUSE = "refuse"
    """They are not asked."""

    ACCEPT = "accept"
    """They are asked like everybody."""


@dataclass(frozen=True, slots=True)
class OpeningSettings:
    """
    The gateway's policy and patience.

    Attributes
    ----------
    convicted_answers : ConvictedAnswers
        Whether convicted participants are asked.
    most_convicted : int
        With more convicted participants than this, a session's models are not opened.
    confirmations : int or "finalized"
        How deep the line of an opening must be before anybody is asked. Participants have a depth of their
        own; those that wait for more are asked again.
    confirm_seconds : float
        How long that is waited for.
    patience_seconds : float
        How long participants are asked.
    poll_seconds : float
        Pause between two looks at the chain.
    limits : Limits
        What one exchange with a participant may cost.
    back_off : BackOff
        How long a participant is left alone before it is asked again.
    """

    convicted_answers: ConvictedAnswers = ConvictedAnswers.REFUSE
    most_convicted: int = 0
    confirmations: Confirmations = "finalized"
    confirm_seconds: float = 1800.0
    patience_seconds: float = 180.0
    poll_seconds: float = 2.0
    limits: Limits = field(
        default_factory=lambda: Limits(connect_seconds=3.0, total_seconds=30.0, max_bytes=MAX_ANSWER_BYTES)
    )
    back_off: BackOff = field(
        default_factory=lambda: BackOff(first_seconds=0.25, factor=1.5, highest_seconds=5)
    )
