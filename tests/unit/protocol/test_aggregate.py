"""The sealed aggregate."""

from __future__ import annotations

import pytest
from support.independent import abi_hash, abi_point, combine, polynomial_at, times_generator
from support.known_roster import known_roster

from tcss_chain.curve import G1, GROUP_ORDER, G
from tcss_chain.protocol.aggregate import SealedAggregate, aggregate_dealings

KNOWN = known_roster(t=3)
ROSTER = KNOWN.roster
DEALERS = KNOWN.accounts[:3]
DEALINGS = [KNOWN.deal(dealer).dealing for dealer in DEALERS]
AGGREGATE = aggregate_dealings([(dealing.B, dealing.C) for dealing in DEALINGS])


def summed(half, x):
    return sum(polynomial_at(getattr(KNOWN.polynomials[dealer], half), x) for dealer in DEALERS) % GROUP_ORDER


def test_the_aggregate_is_the_sum_of_the_encryptions():
    for m in range(3):
        assert AGGREGATE.B[m].words() == combine((dealing.B[m], 1) for dealing in DEALINGS)
        assert AGGREGATE.C[m].words() == combine((dealing.C[m], 1) for dealing in DEALINGS)


@pytest.mark.parametrize("x", [0, 1, 2**200 + 3, *(each.x for each in ROSTER.participants)])
def test_the_encryption_at_x_decrypts_to_the_public_key_of_the_share_there(x):
    R, S = AGGREGATE.encryption_at(x)
    assert R.words() == times_generator(summed("b", x))
    assert combine([(S, 1), (R, -KNOWN.alpha)]) == times_generator(summed("a", x))


def test_another_key_does_not_open_it():
    R, S = AGGREGATE.encryption_at(5)
    assert S - R * (KNOWN.alpha + 1) != G * summed("a", 5)


def test_combinations_are_linear():
    coefficients = [3, 0, GROUP_ORDER - 1]
    for combined, vector in zip(AGGREGATE.combination(coefficients), (AGGREGATE.B, AGGREGATE.C), strict=True):
        assert combined.words() == combine(zip(vector, coefficients, strict=True))


def test_one_dealing_is_its_own_aggregate():
    only = DEALINGS[0]
    assert aggregate_dealings([(only.B, only.C)]) == SealedAggregate(only.B, only.C)


def test_sums_that_are_the_identity_are_kept():
    negative = ([-point for point in DEALINGS[0].B], [-point for point in DEALINGS[0].C])
    zero = aggregate_dealings([(DEALINGS[0].B, DEALINGS[0].C), negative])
    assert zero == SealedAggregate((G1.identity(),) * 3, (G1.identity(),) * 3)
    assert zero.encryption_at(9) == (G1.identity(), G1.identity())


def test_vectors_of_different_lengths_are_not_added():
    with pytest.raises(ValueError):
        aggregate_dealings([(DEALINGS[0].B, DEALINGS[0].C), (DEALINGS[1].B[:2], DEALINGS[1].C)])


def test_the_hash_binds_session_roster_qualified_set_and_both_vectors():
    def by_hand(sid, roster_hash, qualified, B, C):
        vectors = [
            ("bytes32", abi_hash("tcss.v1.commitments", ("bytes32", sid), *map(abi_point, vector)))
            for vector in (B, C)
        ]
        return abi_hash(
            "tcss.v1.aggregate",
            ("bytes32", sid),
            ("bytes32", roster_hash),
            ("uint128", qualified),
            *vectors,
        )

    expected = by_hand(ROSTER.sid, ROSTER.roster_hash, 0b111, AGGREGATE.B, AGGREGATE.C)
    assert AGGREGATE.hash(ROSTER.sid, ROSTER.roster_hash, 0b111) == expected
    others = {
        AGGREGATE.hash(bytes(32), ROSTER.roster_hash, 0b111),
        AGGREGATE.hash(ROSTER.sid, bytes(32), 0b111),
        AGGREGATE.hash(ROSTER.sid, ROSTER.roster_hash, 0b110),
        SealedAggregate(AGGREGATE.C, AGGREGATE.B).hash(ROSTER.sid, ROSTER.roster_hash, 0b111),
        SealedAggregate(AGGREGATE.B[::-1], AGGREGATE.C).hash(ROSTER.sid, ROSTER.roster_hash, 0b111),
        expected,
    }
    assert len(others) == 6
