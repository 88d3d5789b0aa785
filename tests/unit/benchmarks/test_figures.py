"""Means, medians, percentiles, and the published number of queries."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from statistics import StatisticsError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.benchmarks.figures import Summary, percentile, published_queries


def test_a_summary_of_known_values():
    assert Summary.of([7, 1, 2, 2]) == Summary(mean=3, median=2, percentile_95=7, highest=7)


def test_there_is_no_summary_of_nothing():
    with pytest.raises(StatisticsError):
        Summary.of([])


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (19, 19), (20, 19), (21, 20), (100, 95), (200, 190)])
def test_the_95th_percentile_is_a_nearest_rank(count, expected):
    assert percentile(list(range(count, 0, -1)), Fraction(95, 100)) == expected


@given(st.lists(st.integers(0, 50), min_size=1), st.fractions(Fraction(1, 100), 1))
def test_a_percentile_is_the_smallest_value_that_the_share_does_not_exceed(values, share):
    found = percentile(values, share)
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


@pytest.mark.parametrize(
    ("accused", "rate", "expected"),
    [(10, 0.6, 62), (10, 1.0, 22), (3, 0.2, 200), (33, 0.4, 426), (1, 0.8, 8), (15, 0.8, 50)],
)
def test_the_published_number_of_queries(accused, rate, expected):
    assert published_queries(accused, rate) == expected


@given(st.integers(1, 100), st.integers(1, 100))
def test_the_published_number_is_not_rounded_by_binary_fractions(accused, percent):
    exact = 2 * ceil(Fraction((accused + 1) * 100**2, percent**2))
    assert published_queries(accused, percent / 100) == exact
