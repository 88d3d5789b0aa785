"""G1 and G2 as values: group laws, scalars of any size, immutability, agreement with py_ecc."""

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as bn128

from tcss_chain.curve import G1, G2, G, U, V, pairing_product_is_one
from tcss_chain.curve.constants import GROUP_ORDER as R
from tcss_chain.curve.constants import V_WORDS
from tcss_chain.curve.errors import LengthMismatchError, NotInSubgroupError

few = settings(max_examples=8, deadline=None)
scalars = st.integers(min_value=-(2**260), max_value=2**260)
groups = pytest.mark.parametrize(("group", "base"), [(G1, G), (G2, U), (G2, V)], ids=["G1", "G2-U", "G2-V"])


def reference_g1_words(scalar):
    point = bn128.multiply(bn128.G1, scalar % R)
    return (0, 0) if bn128.is_inf(point) else tuple(int(c) for c in bn128.normalize(point))


def reference_g2_words(scalar):
    point = bn128.multiply(bn128.G2, scalar % R)
    if bn128.is_inf(point):
        return (0, 0, 0, 0)
    x, y = bn128.normalize(point)
    return (*map(int, x.coeffs[::-1]), *map(int, y.coeffs[::-1]))


@few
@given(scalars)
def test_multiples_of_the_generators_match_the_reference(scalar):
    assert (G * scalar).words() == reference_g1_words(scalar)
    assert (U * scalar).words() == reference_g2_words(scalar)


@groups
@few
@given(left=scalars, right=scalars)
def test_multiplication_distributes(group, base, left, right):
    assert base * left + base * right == base * (left + right)
    assert base * left - base * right == base * (left - right)
    assert (base * left) * right == base * (left * right)
    assert -(base * left) == base * -left
    assert left * base == base * left


@groups
@pytest.mark.parametrize("scalar", [0, 1, 2, -1, R - 1, R, R + 1, -R, 2**300, -(2**300), True])
def test_scalars_are_taken_modulo_r(group, base, scalar):
    assert base * scalar == base * (scalar % R)
    assert group.msm([base], [scalar]) == base * scalar


@groups
def test_identity_is_neutral(group, base):
    identity = group.identity()
    assert identity.is_identity()
    assert not base.is_identity()
    assert not any(identity.words())
    assert base + identity == identity + base == base - identity == base
    assert identity - base == -base
    assert -identity == identity + identity == identity * 5 == base * 0 == base - base == identity
    assert base != identity


@groups
def test_addition_of_equal_and_opposite_points(group, base):
    assert base + base == base * 2
    assert (base + -base).is_identity()
    assert (base * (R - 1)) == -base


@groups
@few
@given(factors=st.lists(st.tuples(scalars, scalars), max_size=6))
def test_msm_and_sum_match_single_operations(group, base, factors):
    points = [base * factor for factor, _ in factors]
    expected = group.identity()
    plain_sum = group.identity()
    for point, (_, scalar) in zip(points, factors, strict=True):
        expected += point * scalar
        plain_sum += point
    assert group.msm(points, [scalar for _, scalar in factors]) == expected
    assert group.sum(iter(points)) == plain_sum


@groups
def test_msm_of_a_hundred_points(group, base):
    points = [base * (index + 1) for index in range(100)]
    factors = [pow(7, index, R) for index in range(100)]
    expected = sum((index + 1) * factor for index, factor in enumerate(factors))
    assert group.msm(points, factors) == base * expected


@groups
def test_msm_with_identities_zeros_and_nothing(group, base):
    assert group.msm([], []) == group.sum([]) == group.identity()
    assert group.msm([group.identity(), base], [9, 0]).is_identity()
    assert group.msm([base, group.identity(), -base], [3, 4, 1]) == base * 2


@groups
def test_msm_needs_one_scalar_for_each_point(group, base):
    with pytest.raises(LengthMismatchError) as caught:
        group.msm([base, base], [1])
    assert (caught.value.left, caught.value.right) == (2, 1)
    with pytest.raises(LengthMismatchError):
        group.msm([], [1])


@groups
def test_equal_points_computed_differently_have_equal_hashes(group, base):
    assert len({base * 6, base * 2 + base * 4, base * (6 - R)}) == 1
    assert len({base, -base, group.identity()}) == 3


def test_groups_do_not_mix():
    assert G != U
    assert G1.identity() != G2.identity()
    assert G != 1
    for operation in (
        lambda: G + U,
        lambda: U - G,
        lambda: G * G,
        lambda: G * 1.5,
        lambda: U * "2",
        lambda: G + 1,
        lambda: 1 - U,
    ):
        with pytest.raises(TypeError):
            operation()


@groups
def test_points_are_immutable(group, base):
    for name in ("_native", "words", "anything"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(base, name, None)
    with pytest.raises(AttributeError, match="immutable"):
        del base._native
    with pytest.raises(TypeError, match="decoding"):
        group(base.words())
    total = base
    total += base
    assert total != base


@groups
def test_copies_are_the_point_itself_and_pickles_are_refused(group, base):
    assert copy.copy(base) is copy.deepcopy(base) is base
    with pytest.raises(TypeError, match="bytes"):
        pickle.dumps(base)


@groups
def test_representation_shows_no_coordinates(group, base):
    point = base * 123456789
    assert repr(point) == str(point) == f"<{group.__name__} point>"
    assert repr(group.identity()) == f"<{group.__name__} identity>"


def test_generators_are_the_constants():
    assert G1.generator() == G
    assert G2.generator() == U
    assert V.words() == V_WORDS
    assert G.words() == (1, 2)


def test_unchecked_construction_still_refuses_points_outside_the_subgroup():
    with pytest.raises(NotInSubgroupError):
        G2.from_checked_words(
            (
                0,
                1,
                5912654199736721486680175016176231956195085055698687135131307249486702594212,
                18278151005453108793778860132295291098363647455926340152056652516292830556603,
            )
        )


class TestPairing:
    def test_bilinearity_in_both_arguments(self):
        a, b = 0x1234567890ABCDEF, R - 98765
        assert pairing_product_is_one([(G * a, U * b), (-G * (a * b), U)])
        assert pairing_product_is_one([(G * a, V), (G, V * -a)])

    def test_wrong_products_are_not_one(self):
        assert not pairing_product_is_one([(G, U)])
        assert not pairing_product_is_one([(G * 2, U), (-G, U * 3)])

    def test_the_product_of_none_and_pairs_with_an_identity_are_one(self):
        assert pairing_product_is_one([])
        assert pairing_product_is_one([(G1.identity(), U), (G, G2.identity())])
        assert not pairing_product_is_one([(G1.identity(), U), (G, U)])

    def test_four_pairs(self):
        pairs = [(G * 3, U), (G * 5, V), (G * -3, U), (G * -5, V)]
        assert pairing_product_is_one(pairs)
        assert not pairing_product_is_one([*pairs[:3], (G * -5, U)])
