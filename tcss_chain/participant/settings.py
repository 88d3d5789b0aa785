"""How patient and how careful a participant is."""

from __future__ import annotations

from dataclasses import dataclass

from tcss_chain.chain.confirmed_reads import Confirmations


@dataclass(frozen=True, slots=True)
class ParticipantSettings:
    """
    Settings of a participant.

    Attributes
    ----------
    confirmations : int or "finalized"
        How many blocks must follow, or that the chain must call a block final, before this participant deals,
        hands out shares, complains, signs, keeps its final share or erases secrets. 0 is for development
        chains, which never reorganise. Every phase must last much longer than that.
    share_patience_seconds : float
        How long a dealer may fail to hand out a share before a complaint is sent.
    complaint_margin_seconds : float
        When the complain phase ends sooner than that by the chain's clock, or than a quarter of its length,
        patience ends.
    activation_stagger_seconds : float
        How much longer each participant waits than the one before it in the roster until it activates the
        session itself; the first does not wait.
    gas_reserve : int
        What the wallet must hold beyond the bond to join a session, wei.
    poll_seconds : float
        Pause between two steps.
    idle_seconds : float
        Pause between two steps when only the bond is still to come.
    """

    confirmations: Confirmations = 12
    share_patience_seconds: float = 10.0
    complaint_margin_seconds: float = 60.0
    activation_stagger_seconds: float = 10.0
    gas_reserve: int = 0
    poll_seconds: float = 0.2
    idle_seconds: float = 30.0
