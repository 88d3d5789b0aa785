"""A roster whose secret keys are all known, without a chain."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares, make_dealing
from tcss_chain.protocol.roster import Participant, ParticipantKeys, Roster, evaluation_point


@dataclass(frozen=True)
class KnownRoster:
    """A roster with everybody's secrets; ``dealt`` holds what the dealers made so far."""

    roster: Roster
    alpha: int
    e: dict[ChecksumAddress, int]
    d: dict[ChecksumAddress, int]
    polynomials: dict[ChecksumAddress, DealingPolynomials] = field(default_factory=dict)
    dealt: dict[ChecksumAddress, DealtShares] = field(default_factory=dict)

    @property
    def accounts(self) -> tuple[ChecksumAddress, ...]:
        return tuple(participant.account for participant in self.roster.participants)

    def deal(self, dealer: ChecksumAddress) -> DealtShares:
        """Deal with fresh polynomials."""
        self.polynomials[dealer] = DealingPolynomials.draw(self.roster.threshold)
        self.dealt[dealer] = make_dealing(self.roster, dealer, self.d[dealer], self.polynomials[dealer])
        return self.dealt[dealer]


def known_roster(seats: Sequence[int] = (0, 1, 2, 3), t: int = 3, seed: object = 0) -> KnownRoster:
    """Make a roster of participants who sit at these seats."""
    rng = random.Random(f"{seats}-{t}-{seed}")
    sid, roster_hash = rng.randbytes(32), rng.randbytes(32)
    accounts = sorted((to_checksum_address(rng.randbytes(20)) for _ in seats), key=lambda each: int(each, 16))
    alpha = rng.randrange(1, GROUP_ORDER)
    e = {account: rng.randrange(1, GROUP_ORDER) for account in accounts}
    d = {account: rng.randrange(1, GROUP_ORDER) for account in accounts}
    participants = tuple(
        Participant(
            account,
            seat,
            ParticipantKeys(G * e[account], G * d[account]),
            evaluation_point(sid, roster_hash, account),
        )
        for seat, account in zip(seats, accounts, strict=True)
    )
    return KnownRoster(Roster(sid, roster_hash, t, G * alpha, participants), alpha, e, d)
