"""Multi-scalar multiplication by buckets, over groups where the answer is plain."""

from operator import add

from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.curve.bucket_method import multi_scalar_multiply
from tcss_chain.curve.constants import GROUP_ORDER

terms = st.lists(
    st.tuples(st.integers(-(2**64), 2**64), st.integers(min_value=0, max_value=GROUP_ORDER - 1)), max_size=80
)


@given(terms)
def test_sum_of_products_over_the_integers(pairs):
    points = [point for point, _ in pairs]
    scalars = [scalar for _, scalar in pairs]
    expected = sum(point * scalar for point, scalar in pairs)
    assert multi_scalar_multiply(points, scalars, identity=0, add=add) == expected


def test_no_terms_and_zero_scalars_give_the_identity():
    assert multi_scalar_multiply([], [], identity=0, add=add) == 0
    assert multi_scalar_multiply([5, 6], [0, 0], identity=0, add=add) == 0
