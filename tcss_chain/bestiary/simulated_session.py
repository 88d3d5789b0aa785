"""A session made by somebody who knows all its secrets, without the cost of its sealed commitments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, repeat
from typing import Final

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from tcss_chain.auditor import SealedKeys, TracedSession
from tcss_chain.curve import GROUP_ORDER, G, evaluate
from tcss_chain.protocol.roster import Participant, ParticipantKeys, Roster, evaluation_point
from tcss_chain.protocol.session import MAX_MEMBERS

from .box import Share
from .errors import SimulationSettingError
from .seeded_randomness import seeded_sequence

_LEAST_THRESHOLD: Final = 2


@dataclass(frozen=True, slots=True)
class SimulatedSession:
    """
    What a tracer knows of a session, together with what nobody knows in a real one.

    Places count the roster's participants from 0.

    Attributes
    ----------
    traced : TracedSession
        Roster, aggregate hash and the keys ``Y_i = y_i*G`` and ``s*G``. The aggregate hash is made up: there
        are no commitments behind it, so nothing can be proven in this session.
    shares : tuple of (int, int)
        ``(x_i, y_i)`` by place.
    secret : int
        ``s``.
    """

    traced: TracedSession
    shares: tuple[Share, ...] = field(repr=False)
    secret: int = field(repr=False)

    @property
    def threshold(self) -> int:
        """``t``."""
        return self.traced.roster.threshold

    @property
    def points(self) -> tuple[int, ...]:
        """``x_i`` by place."""
        return tuple(x for x, _ in self.shares)

    def shares_at(self, places: Sequence[int]) -> tuple[Share, ...]:
        """
        Give the shares of some participants.

        Parameters
        ----------
        places : sequence of int
            Their places.

        Returns
        -------
        tuple of (int, int)
            In the order of the places.
        """
        return tuple(self.shares[place] for place in places)

    def accounts_at(self, places: Sequence[int]) -> tuple[ChecksumAddress, ...]:
        """
        Give the addresses of some participants.

        Parameters
        ----------
        places : sequence of int
            Their places.

        Returns
        -------
        tuple of ChecksumAddress
            In the order of the places; addresses ascend with places.
        """
        return tuple(self.traced.roster.participants[place].account for place in places)


def simulate_session(n: int, t: int, seed: int = 0) -> SimulatedSession:
    """
    Make a session; it costs ``n + 4`` multiplications in G1.

    Parameters
    ----------
    n : int
        How many participants, up to 128.
    t : int
        The threshold, 2 to `n`.
    seed : int
        The same numbers and seed give the same session.

    Returns
    -------
    SimulatedSession
        The session.

    Raises
    ------
    SimulationSettingError
        If a number is out of range.
    """
    if not _LEAST_THRESHOLD <= t <= n <= MAX_MEMBERS:
        raise SimulationSettingError("size", f"give {_LEAST_THRESHOLD} <= t <= n <= {MAX_MEMBERS}")
    sequence = seeded_sequence(seed, f"session of {n} with threshold {t}")
    sid, roster_hash, aggregate_hash = (sequence.randbytes(32) for _ in range(3))
    accounts = sorted(
        (to_checksum_address(sequence.randbytes(20)) for _ in range(n)), key=lambda account: int(account, 16)
    )
    # No query depends on the participants' own keys: neighbouring points are cheap and different.
    P, D, A = (G * sequence.randrange(1, GROUP_ORDER - n) for _ in range(3))
    keys = accumulate(
        repeat(G, n - 1), lambda key, G: ParticipantKeys(key.P + G, key.D + G), initial=ParticipantKeys(P, D)
    )
    participants = tuple(
        Participant(account, seat, key, evaluation_point(sid, roster_hash, account))
        for seat, (account, key) in enumerate(zip(accounts, keys, strict=True))
    )
    a = [sequence.randrange(GROUP_ORDER) for _ in range(t)]
    shares = tuple((participant.x, evaluate(a, participant.x)) for participant in participants)
    return SimulatedSession(
        traced=TracedSession(
            Roster(sid, roster_hash, t, A, participants),
            aggregate_hash,
            SealedKeys(Y=tuple(G * y for _, y in shares), PK=G * a[0]),
        ),
        shares=shares,
        secret=a[0],
    )
