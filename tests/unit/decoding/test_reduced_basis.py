"""Reduced bases, near lattice points, and stronger reduction."""

import random
from itertools import product
from math import log, prod

import pytest
from flint import fmpz_mat

from tcss_chain.decoding.block_reduction import block_reduced
from tcss_chain.decoding.reduced_basis import Orthogonalised, ReducedBasis, StepBudget, lll_reduced


def random_basis(seed, size, modulus):
    """A basis of the vectors whose product with a random vector vanishes modulo a number."""
    generator = random.Random(seed)
    rows = [[int(i == j) for j in range(size)] for i in range(size)]
    for i in range(1, size):
        rows[i][0] = generator.randrange(modulus)
    rows[0][0] = modulus
    return rows


def squared_length(vector, scales):
    return sum((entry * scale) ** 2 for entry, scale in zip(vector, scales, strict=True))


def same_lattice(one, other):
    return fmpz_mat(one).hnf() == fmpz_mat(other).hnf()


@pytest.mark.parametrize("scales", [[1] * 12, [1, 3] * 6])
def test_reduction_keeps_the_lattice_and_shortens(scales):
    rows = random_basis(1, 12, 10**18 + 9)
    reduced = lll_reduced(rows, scales)
    assert same_lattice(rows, reduced)
    assert max(squared_length(row, scales) for row in reduced) < 10**6
    assert lll_reduced([], scales) == []


@pytest.mark.parametrize("scales", [[1] * 12, [2, 1] * 6])
def test_orthogonal_lengths_multiply_to_the_determinant(scales):
    reduced = lll_reduced(random_basis(2, 12, 10**18 + 9), scales)
    expected = ((10**18 + 9) * prod(scales)) ** 2
    assert prod(Orthogonalised(reduced, scales).norms) == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
def test_orthogonal_lengths_stay_exact_in_many_dimensions():
    modulus = 2**880 + 7
    reduced = lll_reduced(random_basis(4, 165, modulus), [1] * 165)
    expected = 2 * log(modulus)
    assert sum(map(log, Orthogonalised(reduced, [1] * 165).norms)) == pytest.approx(expected, abs=1e-6)


def test_block_reduction_keeps_the_lattice_and_shortens_further():
    scales = [1] * 50
    reduced = lll_reduced(random_basis(3, 50, 10**60 + 7), scales)
    further = block_reduced(reduced, scales, 16, 4)
    assert same_lattice(reduced, further)
    shortest = min(squared_length(row, scales) for row in reduced)
    assert min(squared_length(row, scales) for row in further) < shortest
    norms, further_norms = Orthogonalised(reduced, scales).norms, Orthogonalised(further, scales).norms
    # The basis is flatter: its last orthogonal vectors are longer.
    assert prod(further_norms[-25:]) > 1.5 * prod(norms[-25:])


def test_block_reduction_of_one_window_finds_a_shortest_vector():
    for seed in range(10):
        rows = lll_reduced(random_basis(seed, 5, 3001), [1] * 5)
        first = block_reduced(rows, [1] * 5, 5, 10)[0]
        lengths = [
            squared_length(
                [sum(m * row[j] for m, row in zip(multiples, rows, strict=True)) for j in range(5)], [1] * 5
            )
            for multiples in product(range(-3, 4), repeat=5)
            if any(multiples)
        ]
        assert squared_length(first, [1] * 5) <= min(lengths) / 0.99


def test_the_search_finds_exactly_the_near_representatives():
    rows = lll_reduced(random_basis(5, 4, 211), [1] * 4)
    basis = ReducedBasis(rows, [1] * 4)
    centre = [0.3, 0.4, 0.5, 0.2]
    vector = [100, -50, 17, 3]
    radius = 60.0
    found = list(basis.short_representatives(vector, centre, [radius] * 4, StepBudget(10_000)))
    near = []
    for candidate in product(range(-9, 10), repeat=4):
        distance = sum((entry - middle) ** 2 for entry, middle in zip(candidate, centre, strict=True))
        if distance <= radius:
            difference = [a - b for a, b in zip(candidate, vector, strict=True)]
            multiples = fmpz_mat(rows).transpose().solve(fmpz_mat([[entry] for entry in difference]))
            if all(entry.denom() == 1 for entry in multiples.entries()):
                near.append(candidate)
    assert near
    assert sorted(tuple(row) for row in found) == sorted(near)


def test_the_search_ends_with_its_budget():
    basis = ReducedBasis(lll_reduced(random_basis(6, 20, 10**9 + 7), [1] * 20), [1] * 20)
    budget = StepBudget(500)
    assert list(basis.short_representatives([5] * 20, [0.5] * 20, [1e9] * 20, budget))
    assert budget.remaining == -1


def test_large_vectors_are_reduced():
    basis = ReducedBasis(lll_reduced(random_basis(7, 20, 10**9 + 7), [1] * 20), [1] * 20)
    vector = [0] * 20
    vector[3] = 10**12
    reduced = basis.reduce(vector)
    assert squared_length(reduced, [1] * 20) < 400
    again = list(basis.short_representatives(vector, [0.0] * 20, [500.0] * 20, StepBudget(100_000)))
    assert reduced in again
    assert ReducedBasis([], [1, 1]).reduce([4, 5]) == [4, 5]


def test_the_estimate_of_a_search_is_near_its_length():
    basis = ReducedBasis(lll_reduced(random_basis(8, 20, 10**12 + 39), [1] * 20), [1] * 20)
    bounds = [60.0] * 20
    budget = StepBudget(10**6)
    list(basis.short_representatives([0] * 20, [random.random() * 9 for _ in range(20)], bounds, budget))
    assert basis.expected_steps(bounds) == pytest.approx(10**6 - budget.remaining, rel=0.5)
