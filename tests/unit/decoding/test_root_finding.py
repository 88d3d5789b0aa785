"""Power series that solve a bivariate equation."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.decoding.polynomials import SCALAR_RING, PolynomialRing
from tcss_chain.decoding.root_finding import series_roots

X = SCALAR_RING.polynomial.gen()


def times_linear(columns, factor, root):
    """Multiply ``sum_j columns_j * z^j`` by ``factor*z - root``."""
    zero = columns[0] * 0
    return [
        shifted * factor - kept * root
        for shifted, kept in zip([zero, *columns], [*columns, zero], strict=True)
    ]


def truncated(solutions, precision):
    return {tuple(int(c) for c in solution.truncate(precision).coeffs()) for solution in solutions}


@given(
    st.sampled_from([SCALAR_RING, PolynomialRing(7)]),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=4),
    st.integers(1, 9),
    st.integers(0, 3),
    st.integers(0, 2**32),
)
@settings(deadline=None, max_examples=120)
def test_every_planted_root_is_found_whatever_its_multiplicity(ring, shape, precision, power, seed):
    rng = random.Random(seed)
    start = [rng.randrange(ring.modulus) for _ in range(9)]
    columns = [ring.polynomial([0] * power + [1, 3])]
    roots = []
    for common, multiplicity in shape:
        # Roots that begin with the same coefficients meet at x = 0, and some stay together for longer.
        later = [rng.randrange(ring.modulus) for _ in range(9 - common)]
        root = ring.polynomial(start[:common] + later)
        roots.append(root)
        for _ in range(multiplicity):
            columns = times_linear(columns, ring.polynomial([1]), root)
    found = truncated(series_roots(ring, columns, precision), precision)
    assert found == truncated(roots, precision)


def test_a_series_that_is_no_polynomial_is_expanded():
    # (1 - x)*z - 1 = 0 has the solution 1 + x + x^2 + ...
    columns = times_linear([X**0], 1 - X, X**0)
    assert truncated(series_roots(SCALAR_RING, columns, 6), 6) == {(1,) * 6}


def test_a_square_root_that_is_no_series_is_not_found():
    # z^2 = x has a double root at x = 0 that splits into no power series.
    assert series_roots(SCALAR_RING, [-X, X * 0, X**0], 5) == []


def test_a_constant_in_z_has_no_roots():
    assert series_roots(SCALAR_RING, [X**2 + 1], 3) == []
    assert series_roots(SCALAR_RING, [X**2, X * 0], 3) == []
