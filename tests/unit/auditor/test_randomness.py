"""All random values of a trace follow from its seed."""

from itertools import pairwise

from tcss_chain.auditor import TraceRandomness
from tcss_chain.auditor.made_up_polynomial import MadeUpPolynomial
from tcss_chain.auditor.randomness import SEED_BYTES
from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero

SEED = bytes(range(SEED_BYTES))


def drawn(randomness, count=20):
    return [draw() for _ in range(count) for draw in (randomness.nonce, randomness.scalar)]


def test_the_same_seed_draws_the_same_and_another_one_something_else():
    assert drawn(TraceRandomness(SEED)) == drawn(TraceRandomness(SEED))
    assert not set(drawn(TraceRandomness(SEED))) & set(drawn(TraceRandomness(bytes(SEED_BYTES))))


def test_no_value_comes_twice():
    values = drawn(TraceRandomness(SEED), 200)
    assert len(set(values)) == len(values)


def test_nonces_are_32_bytes_and_scalars_are_below_r():
    randomness = TraceRandomness(SEED)
    assert all(len(randomness.nonce()) == 32 for _ in range(5))
    scalars = [randomness.scalar() for _ in range(60)]
    assert all(0 <= scalar < GROUP_ORDER for scalar in scalars)
    # They fill the range.
    assert min(scalars) < GROUP_ORDER // 8
    assert max(scalars) > GROUP_ORDER * 7 // 8


def test_fresh_randomness_is_another_one_every_time():
    seeds = [TraceRandomness.fresh().nonce() for _ in range(5)]
    assert len(set(seeds)) == 5


def test_a_salt_belongs_to_the_place_of_its_query_alone():
    one, other = TraceRandomness(SEED), TraceRandomness(SEED)
    drawn(other)
    assert [one.salt(number) for number in range(4)] == [other.salt(number) for number in range(4)]
    assert len({one.salt(number) for number in range(50)}) == 50
    # Asking for it draws nothing.
    assert drawn(one) == drawn(TraceRandomness(SEED))


def test_generators_are_repeatable_and_differ():
    one, other = TraceRandomness(SEED), TraceRandomness(SEED)
    first, second = (one.generator().random() for _ in range(2))
    assert first != second
    assert other.generator().random() == first


def test_the_seed_is_not_shown():
    assert repr(SEED)[2:-1] not in repr(TraceRandomness(SEED))
    assert SEED.hex() not in repr(TraceRandomness(SEED))


def test_any_t_made_up_shares_bring_the_same_secret():
    made_up = MadeUpPolynomial(TraceRandomness(SEED), 4)
    shares = made_up.shares(range(1, 10))
    for start in range(6):
        part = shares[start : start + 4]
        assert interpolate_at_zero([x for x, _ in part], [y for _, y in part]) == made_up.at_zero
    three = [
        interpolate_at_zero([a, b], [made_up.value(a), made_up.value(b)]) for a, b in pairwise(range(1, 9))
    ]
    assert made_up.at_zero not in three
    assert made_up.value(0) == made_up.at_zero
    assert MadeUpPolynomial(TraceRandomness(SEED), 4).shares([7]) == made_up.shares([7])
