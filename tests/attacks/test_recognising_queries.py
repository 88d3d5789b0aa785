"""
A box tries to tell made-up shares from real ones, with all that is public and the shares that it holds.

It holds shares of its own, the sealed aggregate, the auditor's public key, and the proofs of earlier traces.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from support.known_roster import KnownRoster, known_roster

from tcss_chain.curve import G2, GROUP_ORDER, G, U, inverse, lagrange_at_zero, pairing_product_is_one
from tcss_chain.protocol.aggregate import SealedAggregate, aggregate_dealings
from tcss_chain.protocol.roster import Participant
from tcss_chain.protocol.trace_proof import TraceProof, prove, trace_statement
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode, derive_query
from tcss_chain.protocol.transcript import TranscriptClaim

QUALIFIED = 0b1


@dataclass(frozen=True)
class Sealed:
    """A session of four with one dealer, whose polynomials are ``Y`` and ``Z``."""

    known: KnownRoster
    aggregate: SealedAggregate

    @property
    def participants(self) -> tuple[Participant, ...]:
        return self.known.roster.participants

    def y(self, x: int) -> int:
        return self.known.polynomials[self.known.accounts[0]].share_at(x).y

    def z(self, x: int) -> int:
        return self.known.polynomials[self.known.accounts[0]].share_at(x).z

    def proof_against(self, accused: Participant) -> TraceProof:
        """A trace of one leak, as it stands on chain."""
        roster = self.known.roster
        challenge = QueryChallenge(QueryMode.FREE, bytes(32), 0)
        aggregate_hash = self.aggregate.hash(roster.sid, roster.roster_hash, QUALIFIED)
        statement = trace_statement(
            roster, self.known.accounts[1], (accused.account,), challenge,
            TranscriptClaim(bytes(32), bytes(32), 3, 2, 2), aggregate_hash,
        )  # fmt: skip
        query = derive_query(roster, aggregate_hash, challenge, (accused.account,))
        weight = lagrange_at_zero([accused.x, *query.used])[0]
        T = weight * self.y(accused.x) % GROUP_ORDER
        return prove(statement, roster, self.aggregate, QUALIFIED, alpha=self.known.alpha, T=T)


@pytest.fixture(scope="module")
def sealed() -> Sealed:
    known = known_roster()
    dealing = known.deal(known.accounts[0]).dealing
    return Sealed(known, aggregate_dealings([(dealing.B, dealing.C)]))


def passes_the_equations(sealed: Sealed, x: int, y: int, z: int) -> bool:
    """What a participant checks of a share, on the aggregate."""
    R, S = sealed.aggregate.encryption_at(x)
    return R == G * z and S == G * y + sealed.known.roster.A * z


def passes_a_pairing(sealed: Sealed, x: int, y: int, alpha_in_G2: G2) -> bool:
    """``S - y*G == alpha*R``, if somebody gives ``alpha`` away in G2."""
    R, S = sealed.aggregate.encryption_at(x)
    return pairing_product_is_one([(S + G * (GROUP_ORDER - y), U), (-R, alpha_in_G2)])


def test_a_box_cannot_test_a_share_without_its_blinding_half(sealed: Sealed) -> None:
    """Every value fits the sealed sum of the shares with some blinding half, as long as no half is known."""
    alpha = sealed.known.alpha
    for participant in sealed.participants:
        x = participant.x
        _, S = sealed.aggregate.encryption_at(x)
        for y in (0, 1, sealed.y(x) + 1, GROUP_ORDER - 1):
            z = (sealed.z(x) + (sealed.y(x) - y) * inverse(alpha)) % GROUP_ORDER
            assert S == G * y + sealed.known.roster.A * z
            assert not passes_the_equations(sealed, x, y, z)


def test_a_box_with_the_blinding_half_recognises_a_made_up_share(sealed: Sealed) -> None:
    """The limit, and why participants erase it: it tests the real value, and refuses every other one."""
    for participant in sealed.participants:
        x = participant.x
        assert passes_the_equations(sealed, x, sealed.y(x), sealed.z(x))
        for made_up in (0, sealed.y(x) + 1, sealed.y(x) * 2 % GROUP_ORDER):
            assert not passes_the_equations(sealed, x, made_up, sealed.z(x))


def test_a_box_cannot_use_the_proof_of_an_earlier_trace_to_test_shares(sealed: Sealed) -> None:
    """The commitment to the auditor's key in G2 is blinded; bare, it would tell every share by a pairing."""
    accused, other = sealed.participants[2], sealed.participants[3]
    proof = sealed.proof_against(accused)
    for participant in (accused, other):
        real = sealed.y(participant.x)
        assert passes_a_pairing(sealed, participant.x, real, U * sealed.known.alpha)
        assert not passes_a_pairing(sealed, participant.x, real + 1, U * sealed.known.alpha)
        for published in (proof.d1, proof.d2):
            assert not passes_a_pairing(sealed, participant.x, real, published)


def test_a_box_tells_free_points_from_registered_ones(sealed: Sealed) -> None:
    """The limit: evaluation points are public, so it may take registered points alone, or none of them."""
    roster, accused = sealed.known.roster, sealed.participants[0]
    aggregate_hash = sealed.aggregate.hash(roster.sid, roster.roster_hash, QUALIFIED)
    registered = {participant.x for participant in sealed.participants}

    def points(mode: QueryMode) -> set[int]:
        challenge = QueryChallenge(mode, bytes(32), 0)
        return set(derive_query(roster, aggregate_hash, challenge, (accused.account,)).used)

    assert points(QueryMode.REGISTERED) < registered - {accused.x}
    assert not points(QueryMode.FREE) & registered
