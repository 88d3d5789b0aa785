"""Checking received shares against the commitments (protocol section 4)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1, GROUP_ORDER, G, powers

from .complaint import ShareEquation
from .dealing import Dealing
from .share_encryption import Share

WEIGHT_BITS: Final = 128
"""Length of the random weights: a wrong share passes a batch with probability 2^-128."""


@dataclass(frozen=True, slots=True)
class ReceivedShare:
    """
    A decrypted share with the dealing that it belongs to.

    Attributes
    ----------
    dealing : Dealing
        What the dealer posted.
    share : Share
        What the recipient decrypted.
    """

    dealing: Dealing
    share: Share = field(repr=False)


def failing_equation(A: G1, x: int, received: ReceivedShare) -> ShareEquation | None:
    """
    Check one share.

    Parameters
    ----------
    A : G1
        The auditor's key.
    x : int
        The recipient's evaluation point.
    received : ReceivedShare
        The share and its dealing.

    Returns
    -------
    ShareEquation or None
        The equation that fails, or None when the share is valid.
    """
    at_x = powers(x, len(received.dealing.B))
    if G1.msm(received.dealing.B, at_x) != G * received.share.z:
        return ShareEquation.B
    if G1.msm(received.dealing.C, at_x) != G * received.share.y + A * received.share.z:
        return ShareEquation.C
    return None


def find_invalid_shares(
    A: G1, x: int, received: Mapping[ChecksumAddress, ReceivedShare]
) -> dict[ChecksumAddress, ShareEquation]:
    """
    Check the shares of all dealers at once; look at each one only when that fails.

    Parameters
    ----------
    A : G1
        The auditor's key.
    x : int
        The recipient's evaluation point.
    received : mapping of ChecksumAddress to ReceivedShare
        Shares and dealings by dealer.

    Returns
    -------
    dict
        The failing equation of every dealer whose share is invalid.
    """
    if _batch_holds(A, x, received):
        return {}
    verdicts = {dealer: failing_equation(A, x, each) for dealer, each in received.items()}
    return {dealer: equation for dealer, equation in verdicts.items() if equation is not None}


def _batch_holds(A: G1, x: int, received: Mapping[ChecksumAddress, ReceivedShare]) -> bool:
    # sum of weight*(sum_m x^m*B_m - z*G) + weight'*(sum_m x^m*C_m - y*G - z*A), one weight an equation
    points: list[G1] = []
    scalars: list[int] = []
    of_G = of_A = 0
    for each in received.values():
        weight_B, weight_C = secrets.randbits(WEIGHT_BITS), secrets.randbits(WEIGHT_BITS)
        at_x = powers(x, len(each.dealing.B))
        points += [*each.dealing.B, *each.dealing.C]
        scalars += [weight_B * power % GROUP_ORDER for power in at_x]
        scalars += [weight_C * power % GROUP_ORDER for power in at_x]
        of_G -= weight_B * each.share.z + weight_C * each.share.y
        of_A -= weight_C * each.share.z
    return G1.msm([*points, G, A], [*scalars, of_G % GROUP_ORDER, of_A % GROUP_ORDER]).is_identity()
