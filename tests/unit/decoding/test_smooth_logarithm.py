"""Discrete logarithms modulo the smooth part of r - 1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.curve import GROUP_ORDER
from tcss_chain.decoding.errors import ZeroLogarithmError
from tcss_chain.decoding.smooth_logarithm import BASE, SMOOTH_FACTORS, SMOOTH_ORDER, logarithm, logarithms

COFACTOR = (GROUP_ORDER - 1) // SMOOTH_ORDER
COFACTOR_PRIMES = (1670836401704629, 13818364434197438864469338081)

nonzero = st.integers(1, GROUP_ORDER - 1)


def test_the_modulus_is_the_smooth_part_of_the_order():
    product = 1
    for prime, exponent in SMOOTH_FACTORS:
        assert all(prime % divisor for divisor in range(2, int(prime**0.5) + 1))
        product *= prime**exponent
    assert product == SMOOTH_ORDER
    assert COFACTOR * SMOOTH_ORDER == GROUP_ORDER - 1
    assert COFACTOR_PRIMES[0] * COFACTOR_PRIMES[1] == COFACTOR


def test_the_base_generates_the_whole_group():
    for prime in [*(prime for prime, _ in SMOOTH_FACTORS), *COFACTOR_PRIMES]:
        assert pow(BASE, (GROUP_ORDER - 1) // prime, GROUP_ORDER) != 1


@settings(deadline=None)
@given(nonzero)
def test_a_logarithm_satisfies_its_definition(value):
    exponent = logarithm(value)
    assert 0 <= exponent < SMOOTH_ORDER
    assert pow(value, COFACTOR, GROUP_ORDER) == pow(BASE, exponent * COFACTOR, GROUP_ORDER)


@settings(deadline=None)
@given(st.integers(0, GROUP_ORDER - 2))
def test_powers_of_the_base_have_their_exponents(exponent):
    assert logarithm(pow(BASE, exponent, GROUP_ORDER)) == exponent % SMOOTH_ORDER


@settings(deadline=None)
@given(nonzero, nonzero)
def test_products_have_the_sum_of_the_logarithms(one, other):
    assert logarithm(one * other) == (logarithm(one) + logarithm(other)) % SMOOTH_ORDER


@pytest.mark.parametrize(
    "exponent", [0, 1, SMOOTH_ORDER - 1, *(SMOOTH_ORDER // p for p, _ in SMOOTH_FACTORS)]
)
def test_the_edges_of_the_tables(exponent):
    assert logarithm(pow(BASE, exponent, GROUP_ORDER)) == exponent


def test_logarithms_of_several_values_keep_their_order():
    values = [7, 1, GROUP_ORDER - 1, 7 + GROUP_ORDER]
    assert logarithms(values) == [logarithm(7), 0, SMOOTH_ORDER // 2, logarithm(7)]
    assert logarithms([]) == []


@pytest.mark.parametrize("value", [0, GROUP_ORDER, -GROUP_ORDER])
def test_zero_has_no_logarithm(value):
    with pytest.raises(ZeroLogarithmError):
        logarithm(value)
