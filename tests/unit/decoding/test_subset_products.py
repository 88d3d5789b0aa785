"""Subset product by meeting in the middle."""

import random
from itertools import combinations
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.curve import GROUP_ORDER, random_nonzero_scalar
from tcss_chain.curve.errors import ZeroInverseError
from tcss_chain.decoding.subset_products import (
    HalvedProducts,
    MedianProducts,
    products_needed,
    subset_products,
)


def random_factors(count):
    return [random_nonzero_scalar() for _ in range(count)]


def product_of(factors, places):
    return prod(factors[place] for place in places) % GROUP_ORDER


def sets_by_definition(factors, product, sizes):
    return sorted(
        places
        for size in sizes
        for places in combinations(range(len(factors)), size)
        if product_of(factors, places) == product % GROUP_ORDER
    )


# Powers of 2 with small exponents of either sign have many sets with equal products.
colliding_factors = st.lists(
    st.integers(-3, 3).map(lambda exponent: pow(2, exponent, GROUP_ORDER)), max_size=8
)


@settings(deadline=None)
@given(colliding_factors, st.integers(-6, 6), st.sets(st.integers(0, 9)))
def test_halves_find_exactly_the_sets_of_the_definition(factors, exponent, sizes):
    product = pow(2, exponent, GROUP_ORDER)
    table = HalvedProducts(factors, len(factors))
    assert sorted(table.subsets(product, sizes)) == sets_by_definition(factors, product, sizes)


@settings(deadline=None)
@given(colliding_factors, st.integers(-6, 6), st.integers(0, 9))
def test_halves_of_the_set_find_exactly_the_sets_of_the_definition(factors, exponent, weight):
    product = pow(2, exponent, GROUP_ORDER)
    table = MedianProducts(factors, weight)
    assert sorted(table.subsets(product, [weight])) == sets_by_definition(factors, product, [weight])


@pytest.mark.parametrize("split", [HalvedProducts, MedianProducts])
@pytest.mark.parametrize(
    ("unknowns", "weight"), [(9, 0), (9, 1), (9, 2), (9, 5), (10, 3), (10, 10), (7, 7), (1, 1)]
)
def test_every_set_of_a_size_is_found(split, unknowns, weight):
    factors = random_factors(unknowns)
    table = split(factors, weight)
    for places in combinations(range(unknowns), weight):
        assert list(table.subsets(product_of(factors, places), [weight])) == [places]


@pytest.mark.parametrize("split", [HalvedProducts, MedianProducts])
def test_a_random_product_is_of_no_set(split):
    table = split(random_factors(16), 6)
    assert all(list(table.subsets(random_nonzero_scalar(), [6])) == [] for _ in range(5))


def test_sets_of_other_sizes_than_asked_for_are_not_told():
    factors = random_factors(12)
    product = product_of(factors, (1, 5, 7, 8))
    table = HalvedProducts(factors, 6)
    assert list(table.subsets(product, [3, 5])) == []
    assert list(table.subsets(product, range(7))) == [(1, 5, 7, 8)]
    assert list(table.subsets(product, [])) == []
    assert list(MedianProducts(factors, 4).subsets(product, [3, 5])) == []


def test_products_are_taken_modulo_the_group_order():
    factors = [value - GROUP_ORDER for value in random_factors(6)]
    product = product_of(factors, (0, 3))
    assert list(HalvedProducts(factors, 6).subsets(product + GROUP_ORDER, [2])) == [(0, 3)]
    assert list(MedianProducts(factors, 2).subsets(product - GROUP_ORDER, [2])) == [(0, 3)]


@pytest.mark.parametrize("split", [HalvedProducts, MedianProducts])
def test_zero_is_the_product_of_no_set_and_no_factor(split):
    assert list(split(random_factors(6), 3).subsets(0, [0, 1, 2, 3])) == []
    with pytest.raises(ZeroInverseError):
        split([5, GROUP_ORDER, 6], 2)


def test_no_factors_have_the_empty_set_alone():
    assert list(subset_products([], None).subsets(1, [0])) == [()]
    assert list(subset_products([], 0).subsets(1, [0])) == [()]
    assert list(subset_products([], None).subsets(2, [0])) == []


@pytest.mark.parametrize(
    ("unknowns", "weight", "split"),
    [
        (31, 10, HalvedProducts),
        (40, None, HalvedProducts),
        (40, 20, HalvedProducts),
        (128, 6, MedianProducts),
    ],
)
def test_the_cheaper_way_is_taken(unknowns, weight, split, monkeypatch):
    chosen = []
    monkeypatch.setattr(split, "__init__", lambda table, factors, size: chosen.append((type(table), size)))
    subset_products(random_factors(unknowns), weight)
    assert chosen == [(split, unknowns if weight is None else weight)]


def test_the_products_needed_are_those_that_are_made():
    # All sets of 3 and of 4 factors; halves of 5 from one half of 10, of 4 from all 20.
    assert products_needed(7, None) == 2**3 + 2**4
    assert products_needed(40, 20) == products_needed(40, None) == 2**21
    assert products_needed(128, 6) == 2 * 41664 + 341376
    assert products_needed(0, None) == 2
    assert products_needed(100, 8) < 2**23 < products_needed(100, 20)


def test_six_of_a_hundred_and_twenty_eight():
    factors = random_factors(128)
    places = tuple(sorted(random.sample(range(128), 6)))
    assert list(subset_products(factors, 6).subsets(product_of(factors, places), [6])) == [places]


def test_ten_of_thirty_one_of_unknown_number():
    factors = random_factors(31)
    places = tuple(sorted(random.sample(range(31), 10)))
    assert list(subset_products(factors, None).subsets(product_of(factors, places), range(32))) == [places]


@pytest.mark.slow
@pytest.mark.parametrize(("unknowns", "size", "weight"), [(40, 20, None), (64, 10, 10), (100, 8, 8)])
def test_large_searches(unknowns, size, weight):
    factors = random_factors(unknowns)
    places = tuple(sorted(random.sample(range(unknowns), size)))
    assert list(subset_products(factors, weight).subsets(product_of(factors, places), [size])) == [places]
