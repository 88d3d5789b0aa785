"""Subset product by lattices."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.curve import GROUP_ORDER, inverse, random_nonzero_scalar
from tcss_chain.decoding.errors import ZeroLogarithmError
from tcss_chain.decoding.smooth_logarithm import SMOOTH_ORDER, logarithm
from tcss_chain.decoding.subset_lattice import LogColumn, SubsetLattice, evaluations_needed


def columns_of(unknowns, evaluations, supplied=0):
    """Factors of `unknowns` participants, and of supplied points that may be dropped, at random points."""
    points = [random_nonzero_scalar() for _ in range(unknowns)]
    supplied_points = [random_nonzero_scalar() for _ in range(supplied)]
    columns = []
    for _ in range(evaluations):
        x = random_nonzero_scalar()
        used = [x_i * inverse(x_i - x) for x_i in points]
        dropped = [(x_j - x) * inverse(x_j) for x_j in supplied_points]
        columns.append(LogColumn.of([*used, *dropped]))
    return columns


def random_bits(size, weight):
    chosen = random.sample(range(size), weight)
    return tuple(int(place in chosen) for place in range(size))


def random_products(columns):
    return [random_nonzero_scalar() for _ in columns]


def products_of(columns, bits):
    return [column.product(bits) for column in columns]


def test_a_column_has_canonical_factors_and_their_logarithms():
    column = LogColumn.of([3, GROUP_ORDER + 4, -1])
    assert column.factors == (3, 4, GROUP_ORDER - 1)
    assert column.logarithms == (logarithm(3), logarithm(4), SMOOTH_ORDER // 2)
    assert column.product((1, 1, 1)) == GROUP_ORDER - 12
    assert column.product((0, 0, 0)) == 1
    with pytest.raises(ZeroLogarithmError):
        LogColumn.of([1, 0])


@pytest.mark.parametrize(
    ("unknowns", "weight", "evaluations"),
    [(8, 3, 1), (31, 10, 1), (40, 20, 1), (40, 20, 2), (60, 20, 2), (60, 30, 2)],
)
def test_right_products_tell_the_bits(unknowns, weight, evaluations):
    columns = columns_of(unknowns, evaluations)
    lattice = SubsetLattice(columns, weights=[1] * unknowns, densities=[weight / unknowns] * unknowns)
    for _ in range(10):
        bits = random_bits(unknowns, weight)
        assert lattice.subset(products_of(columns, bits), weight) == bits


@pytest.mark.parametrize("weight", [0, 1, 7, 20, 39, 40])
def test_the_weight_need_not_be_known(weight):
    columns = columns_of(40, 1)
    lattice = SubsetLattice(columns)
    bits = random_bits(40, weight)
    assert lattice.subset(products_of(columns, bits)) == bits


def test_random_products_tell_nothing():
    columns = columns_of(40, 1)
    lattice = SubsetLattice(columns, weights=[1] * 40, densities=[0.5] * 40)
    assert all(lattice.subset(random_products(columns), 20) is None for _ in range(10))


def test_one_wrong_product_of_several_tells_nothing():
    columns = columns_of(40, 2)
    lattice = SubsetLattice(columns)
    right, other = products_of(columns, random_bits(40, 12))
    assert lattice.subset([right, random_nonzero_scalar()]) is None
    assert lattice.subset([right, GROUP_ORDER - other]) is None
    assert lattice.subset([right, 0]) is None


def test_right_logarithms_of_a_wrong_product_do_not_count():
    columns = columns_of(31, 1)
    bits = random_bits(31, 10)
    (right,) = products_of(columns, bits)
    # An element whose order divides the cofactor has the logarithm 0.
    invisible = pow(5, SMOOTH_ORDER, GROUP_ORDER)
    assert logarithm(right * invisible) == logarithm(right)
    lattice = SubsetLattice(columns)
    assert lattice.subset([right]) == bits
    assert lattice.subset([right * invisible]) is None


def test_a_wrong_total_tells_nothing():
    columns = columns_of(31, 1)
    bits = random_bits(31, 10)
    lattice = SubsetLattice(columns, weights=[1] * 31, densities=[1 / 3] * 31)
    assert lattice.subset(products_of(columns, bits), 10) == bits
    assert lattice.subset(products_of(columns, bits), 11) is None
    with pytest.raises(TypeError):
        lattice.subset(products_of(columns, bits))


@pytest.mark.parametrize("dropped", [0, 1, 2, 4])
def test_dropped_points_are_found_with_the_leaked_ones(dropped):
    columns = columns_of(31, 3, supplied=22)
    weights = [1] * 31 + [-1] * 22
    lattice = SubsetLattice(columns, weights=weights, densities=[1 / 3] * 31 + [1 / 22] * 22)
    bits = random_bits(31, 8 + dropped) + random_bits(22, dropped)
    assert lattice.subset(products_of(columns, bits), 8) == bits


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_bits_of_few_unknowns_whatever_the_factors(data):
    # Small powers of -1, 2 and 3: the logarithms have common divisors, and many sets have equal products.
    factor = st.tuples(st.integers(0, 1), st.integers(-2, 2), st.integers(-2, 2)).map(
        lambda e: (-1) ** e[0] * pow(2, e[1], GROUP_ORDER) * pow(3, e[2], GROUP_ORDER) % GROUP_ORDER
    )
    size = data.draw(st.integers(0, 6))
    columns = [
        LogColumn.of(data.draw(st.lists(factor, min_size=size, max_size=size)))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    bits = data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    weights = data.draw(st.lists(st.integers(-1, 1), min_size=size, max_size=size))
    total = sum(weight * bit for weight, bit in zip(weights, bits, strict=True))
    for lattice, given_total in (
        (SubsetLattice(columns), None),
        (SubsetLattice(columns, weights=weights), total),
    ):
        found = lattice.subset(products_of(columns, bits), given_total)
        assert found is not None
        assert products_of(columns, found) == products_of(columns, bits)
        if given_total is not None:
            assert sum(weight * bit for weight, bit in zip(weights, found, strict=True)) == total


def test_unsolvable_congruences_tell_nothing():
    # Squares have even logarithms, so no product of them is 5.
    columns = [LogColumn.of([4, 9, 16])]
    assert SubsetLattice(columns).subset([5]) is None
    assert SubsetLattice(columns, weights=[0, 0, 0]).subset([36], total=1) is None
    assert SubsetLattice(columns, weights=[0, 0, 0]).subset([36], total=0) == (1, 1, 0)


def test_more_unknowns_need_more_evaluations():
    needed = [evaluations_needed(unknowns, None) for unknowns in range(1, 300)]
    assert needed == sorted(needed)
    assert needed[39] == 1
    assert needed[99] > 1
    for unknowns in range(1, 300, 7):
        for weight in range(unknowns + 1):
            assert 1 <= evaluations_needed(unknowns, weight) <= evaluations_needed(unknowns, None)


@pytest.mark.parametrize(("unknowns", "weight"), [(20, 10), (45, 22), (60, 20), (75, 37), (100, 33)])
def test_the_evaluations_needed_are_enough(unknowns, weight):
    columns = columns_of(unknowns, evaluations_needed(unknowns, weight))
    lattice = SubsetLattice(columns, weights=[1] * unknowns, densities=[weight / unknowns] * unknowns)
    bits = [random_bits(unknowns, weight) for _ in range(5)]
    # One of a hundred may be missed, not two of five.
    assert sum(lattice.subset(products_of(columns, each), weight) == each for each in bits) >= 4


@pytest.mark.slow
@pytest.mark.parametrize(("unknowns", "weight"), [(128, 40), (128, 60)])
def test_a_large_roster(unknowns, weight):
    columns = columns_of(unknowns, evaluations_needed(unknowns, weight))
    lattice = SubsetLattice(columns, weights=[1] * unknowns, densities=[weight / unknowns] * unknowns)
    bits = [random_bits(unknowns, weight) for _ in range(5)]
    assert sum(lattice.subset(products_of(columns, each), weight) == each for each in bits) >= 4
    assert lattice.subset(random_products(columns), weight) is None
