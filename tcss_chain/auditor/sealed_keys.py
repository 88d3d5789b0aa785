"""What the auditor's key opens: the public keys of all shares and of the secret (protocol section 6)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from tcss_chain.curve import G1, G
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.errors import AuditorKeyMismatchError
from tcss_chain.protocol.roster import Roster


@dataclass(frozen=True, slots=True)
class SealedKeys:
    """
    Public keys that only the auditor knows; whoever has one of them can test shares, or the secret.

    Attributes
    ----------
    Y : tuple of G1
        ``Y_i = y_i*G``, in the order of the roster's participants.
    PK : G1
        ``s*G``.
    """

    Y: tuple[G1, ...]
    PK: G1


def open_sealed_keys(alpha: int, roster: Roster, aggregate: SealedAggregate) -> SealedKeys:
    """
    Decrypt ``E(x_i)`` for every participant, and ``E(0)``.

    Parameters
    ----------
    alpha : int
        The auditor's private key of this session; it is not kept.
    roster : Roster
        The session's roster.
    aggregate : SealedAggregate
        The session's aggregate.

    Returns
    -------
    SealedKeys
        The keys.

    Raises
    ------
    AuditorKeyMismatchError
        If ``A == alpha*G`` does not hold.
    """
    if not hmac.compare_digest((G * alpha).to_bytes(), roster.A.to_bytes()):
        raise AuditorKeyMismatchError
    opened = []
    for x in (0, *(participant.x for participant in roster.participants)):
        R, sealed = aggregate.encryption_at(x)
        opened.append(sealed - R * alpha)
    return SealedKeys(Y=tuple(opened[1:]), PK=opened[0])
