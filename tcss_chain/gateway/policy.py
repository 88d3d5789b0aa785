"""When the gateway serves a session's models, and when it does not any more."""

from __future__ import annotations

from dataclasses import dataclass

from tcss_chain.chain.session_reads import SessionState
from tcss_chain.opening.opening_settings import ConvictedAnswers
from tcss_chain.protocol.session import Phase


@dataclass(frozen=True, slots=True)
class GatewayPolicy:
    """
    What convictions in a session mean for its models.

    Attributes
    ----------
    convicted_answers : ConvictedAnswers
        Whether convicted participants are asked when a model is opened.
    most_convicted : int
        With more convicted participants than this, the session's models are closed and not opened again.
    """

    convicted_answers: ConvictedAnswers = ConvictedAnswers.REFUSE
    most_convicted: int = 0


@dataclass(frozen=True, slots=True)
class Closure:
    """
    Why a session's models are not served.

    Attributes
    ----------
    reason : str
        In words for tenants.
    is_final : bool
        Whether it stays so for as long as the gateway runs.
    """

    reason: str
    is_final: bool


def closure(state: SessionState, threshold: int, policy: GatewayPolicy) -> Closure | None:
    """
    Judge a session.

    Parameters
    ----------
    state : SessionState
        Where it stands.
    threshold : int
        ``t`` of its configuration.
    policy : GatewayPolicy
        The gateway's.

    Returns
    -------
    Closure or None
        Why its models are not served, None if they are.
    """
    convicted = state.convicted.bit_count()
    if convicted > policy.most_convicted:
        return Closure(
            f"participants of the session who are convicted: {convicted}; the policy allows"
            f" {policy.most_convicted}",
            is_final=True,
        )
    left = (state.joined & ~state.convicted).bit_count()
    if convicted and left < threshold:
        return Closure(
            f"participants of the session who are not convicted: {left}; its threshold is {threshold}",
            is_final=True,
        )
    if state.phase is not Phase.ACTIVE:
        # A node that lags says so too; what it says is not held against the session for good.
        return Closure("the session is not active", is_final=False)
    return None
