"""Lattices of solutions of congruences."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.decoding.congruences import Congruence, kernel


def unit_rows(size):
    return [[int(i == j) for j in range(size)] for i in range(size)]


def determinant(rows):
    if not rows:
        return 1
    return sum(
        (-1) ** j * rows[0][j] * determinant([row[:j] + row[j + 1 :] for row in rows[1:]])
        for j in range(len(rows))
    )


@given(st.lists(st.integers(0, 59), min_size=1, max_size=4), st.integers(1, 60))
def test_the_kernel_is_all_of_the_solutions(coefficients, modulus):
    congruence = Congruence(tuple(coefficients), modulus)
    rows, pivot = kernel(unit_rows(len(coefficients)), congruence)
    assert all(congruence.value(row) == 0 for row in rows)
    # Its index is the number of values that the form takes.
    assert abs(determinant(rows)) == modulus // pivot.divisor
    values = {congruence.value(vector) for vector in product(range(3), repeat=len(coefficients))}
    assert all(value % pivot.divisor == 0 for value in values)


@given(st.lists(st.integers(0, 59), min_size=1, max_size=5), st.integers(1, 60), st.integers(0, 59))
def test_the_pivot_takes_every_possible_value_and_no_other(coefficients, modulus, value):
    congruence = Congruence(tuple(coefficients), modulus)
    _, pivot = kernel(unit_rows(len(coefficients)), congruence)
    multiple = pivot.multiple(value % modulus)
    assert congruence.value(pivot.vector) == pivot.value
    if multiple is None:
        assert value % modulus % pivot.divisor
    else:
        assert congruence.value([multiple * entry for entry in pivot.vector]) == value % modulus


@given(st.lists(st.integers(-1, 1), min_size=1, max_size=6), st.integers(-3, 3))
def test_equations_over_the_integers(weights, value):
    equation = Congruence(tuple(weights), 0)
    rows, pivot = kernel(unit_rows(len(weights)), equation)
    assert all(equation.value(row) == 0 for row in rows)
    assert len(rows) == len(weights) - any(weights)
    multiple = pivot.multiple(value)
    if any(weights):
        assert equation.value([multiple * entry for entry in pivot.vector]) == value
    else:
        assert multiple == (None if value else 0)


def test_a_lattice_of_no_vectors_has_the_value_zero_alone():
    rows, pivot = kernel([], Congruence((), 7))
    assert rows == []
    assert pivot.multiple(0) == 0
    assert pivot.multiple(3) is None
