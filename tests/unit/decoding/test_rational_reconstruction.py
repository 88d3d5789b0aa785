"""The poles of a rational function from its values, some of them wrong or fewer than usual."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.codewords import distinct_scalars

from tcss_chain.curve import GROUP_ORDER, evaluate, lagrange_at_zero
from tcss_chain.decoding.errors import (
    DecodingEffortError,
    DecodingParameterError,
    DuplicateAbscissaError,
)
from tcss_chain.decoding.polynomials import PolynomialRing
from tcss_chain.decoding.rational_reconstruction import recover_poles, recover_sparse

seeds = st.integers(0, 2**32)


def sum_of_poles(rng, roster, size, count, wrong=0):
    """Draw poles and weights; evaluate at fresh places, some of the values changed."""
    support = tuple(sorted(rng.sample(range(len(roster)), size)))
    weights = [rng.randrange(1, GROUP_ORDER) for _ in support]
    evaluations = []
    for z in distinct_scalars(rng, count):
        value = sum(
            weight * z * pow(z - roster[i], -1, GROUP_ORDER)
            for i, weight in zip(support, weights, strict=True)
        )
        evaluations.append((z, value % GROUP_ORDER))
    for index in rng.sample(range(count), wrong):
        z, value = evaluations[index]
        evaluations[index] = (z, value + rng.randrange(1, GROUP_ORDER))
    return support, evaluations


@given(st.integers(1, 128), st.integers(0, 12), st.integers(0, 5), st.integers(0, 3), seeds)
@settings(deadline=None, max_examples=60)
def test_twice_as_many_evaluations_as_poles_and_errors_suffice(n, size, wrong, spare, seed):
    rng = random.Random(seed)
    size = min(size, n)
    roster = distinct_scalars(rng, n)
    support, evaluations = sum_of_poles(rng, roster, size, 2 * (size + wrong) + spare, wrong)
    assert recover_poles(evaluations, roster, size, maximum_errors=wrong) == support
    assert recover_poles(evaluations, roster, n, maximum_errors=len(evaluations)) == support


@pytest.mark.parametrize(("size", "wrong"), [(5, 0), (4, 2), (1, 1), (0, 1)])
def test_one_evaluation_less_does_not(size, wrong):
    rng = random.Random(size)
    roster = distinct_scalars(rng, 31)
    _, evaluations = sum_of_poles(rng, roster, size, 2 * (size + wrong) - 1, wrong)
    assert recover_poles(evaluations, roster, 31, maximum_errors=31) is None


def test_more_poles_or_errors_than_allowed_are_not_accepted():
    rng = random.Random(2)
    roster = distinct_scalars(rng, 20)
    support, evaluations = sum_of_poles(rng, roster, 5, 20, 3)
    assert recover_poles(evaluations, roster, 5, maximum_errors=3) == support
    assert recover_poles(evaluations, roster, 4, maximum_errors=3) is None
    assert recover_poles(evaluations, roster, 5, maximum_errors=2) is None
    assert recover_poles(evaluations, roster, 5) is None


def test_a_pole_outside_the_candidates_is_not_accepted():
    rng = random.Random(3)
    roster = distinct_scalars(rng, 20)
    support, evaluations = sum_of_poles(rng, roster, 6, 14)
    known = [x for index, x in enumerate(roster) if index != support[2]]
    assert recover_poles(evaluations, known, 20) is None
    assert recover_poles(evaluations, roster, 20) == support


def test_a_double_pole_is_not_accepted():
    roster = [3, 5, 7]
    evaluations = [(z, z * pow((z - 5) ** 2, -1, GROUP_ORDER) % GROUP_ORDER) for z in range(10, 20)]
    assert recover_poles(evaluations, roster, 3) is None


def test_no_poles_are_found_where_all_values_are_zero():
    assert recover_poles([(z, 0) for z in range(10, 16)], [1, 2, 3], 2) == ()
    assert recover_poles([], [1, 2, 3], 2) == ()
    assert recover_sparse([(z, 0) for z in range(10, 12)], [1, 2, 3, 4, 5], 1) == ((),)


def test_the_answers_of_a_box_that_remembers_its_inputs_reveal_the_leaked_set():
    rng = random.Random(7)
    t = 16
    roster = list(range(1, 32))
    shares = [rng.randrange(GROUP_ORDER) for _ in roster]
    leaked = (2, 3, 11, 17, 30)
    made_up = [rng.randrange(GROUP_ORDER) for _ in range(t)]
    base = distinct_scalars(rng, t - len(leaked) - 1)
    evaluations = []
    for z in distinct_scalars(rng, 10):
        supplied = [*base, z]
        points = supplied + [roster[i] for i in leaked]
        values = [evaluate(made_up, x) for x in supplied] + [shares[i] for i in leaked]
        answer = sum(a * y for a, y in zip(lagrange_at_zero(points), values, strict=True)) % GROUP_ORDER
        evaluations.append((z, answer - made_up[0]))
    assert recover_poles(evaluations, roster, t - 1) == leaked
    assert recover_sparse(evaluations[:8], roster, 5) == (leaked,)


@given(st.integers(1, 31), st.integers(0, 8), seeds)
@settings(deadline=None, max_examples=40)
def test_sparse_recovery_with_twice_as_many_evaluations_as_poles_is_unique(n, size, seed):
    rng = random.Random(seed)
    size = min(size, n)
    roster = distinct_scalars(rng, n)
    support, evaluations = sum_of_poles(rng, roster, size, 2 * size)
    assert recover_sparse(evaluations, roster, size) == (support,)


@pytest.mark.parametrize(
    ("n", "size", "count"), [(31, 10, 17), (31, 10, 16), (31, 5, 8), (64, 16, 29), (20, 8, 13), (128, 30, 56)]
)
def test_sparse_recovery_needs_fewer_evaluations(n, size, count):
    assert count < 2 * size
    rng = random.Random(n + count)
    roster = distinct_scalars(rng, n)
    support, evaluations = sum_of_poles(rng, roster, size, count)
    assert recover_sparse(evaluations, roster, size) == (support,)
    assert recover_sparse(evaluations, roster, size, first_only=True) == (support,)
    assert recover_sparse(evaluations, roster, size - 1) == ()


def test_all_supports_are_found_where_there_are_several():
    # Over a small field one evaluation has many explanations; each pair of poles is checked by solving for
    # it.
    ring = PolynomialRing(29)
    roster = [1, 2, 3, 4, 5, 6]
    several = 0
    for value_a in range(0, 29, 4):
        for value_b in range(29):
            evaluations = [(10, value_a), (20, value_b), (25, 3)]
            expected = set()
            for i in range(6):
                for j in range(i):
                    for w_i in range(29):
                        for w_j in _only_weights(evaluations, roster[i], roster[j], w_i):
                            pair = [(i, w_i), (j, w_j)]
                            expected.add(tuple(sorted(index for index, weight in pair if weight)))
            found = recover_sparse(evaluations, roster, 2, ring=ring)
            assert set(found) == expected
            assert len(found) == len(expected)
            several += len(found) > 1
    assert several > 0


def _only_weights(evaluations, x_i, x_j, w_i):
    """Solve the first equation for the other weight, and check the others."""
    (z, value), *others = evaluations
    w_j = (value * pow(z, -1, 29) - w_i * pow(z - x_i, -1, 29)) * (z - x_j) % 29
    fits = all(
        (w_i * u * pow(u - x_i, -1, 29) + w_j * u * pow(u - x_j, -1, 29) - b) % 29 == 0 for u, b in others
    )
    return [w_j] if fits else []


def test_as_many_evaluations_as_candidates_leave_one_solution():
    rng = random.Random(9)
    roster = distinct_scalars(rng, 7)
    for count in (7, 9):
        support, evaluations = sum_of_poles(rng, roster, 5, count)
        assert recover_sparse(evaluations, roster, 5) == (support,)
        assert recover_sparse(evaluations, roster, 4) == ()
    _, wrong = sum_of_poles(rng, roster, 5, 9, 1)
    assert recover_sparse(wrong, roster, 7) == ()


def test_senseless_figures_are_refused():
    with pytest.raises(DecodingParameterError, match="the number of poles is -1"):
        recover_poles([(5, 1)], [1, 2], -1)
    with pytest.raises(DecodingParameterError, match="the number of errors is -1"):
        recover_poles([(5, 1)], [1, 2], 1, maximum_errors=-1)
    with pytest.raises(DecodingParameterError, match="from 0 to 1"):
        recover_sparse([(5, 1)], [1, 2], 2)
    for recover in (recover_poles, recover_sparse):
        for z in (0, 2, GROUP_ORDER + 2):
            with pytest.raises(DecodingParameterError, match="neither 0 nor a candidate"):
                recover([(z, 1)], [1, 2], 1)
        with pytest.raises(DuplicateAbscissaError):
            recover([(5, 1)], [2, 2 + GROUP_ORDER], 1)
        with pytest.raises(DuplicateAbscissaError):
            recover([(5, 1), (5, 1)], [1, 2], 1)


def test_too_few_evaluations_are_refused():
    rng = random.Random(10)
    roster = distinct_scalars(rng, 60)
    _, evaluations = sum_of_poles(rng, roster, 20, 25)
    with pytest.raises(DecodingEffortError):
        recover_sparse(evaluations, roster, 20)
