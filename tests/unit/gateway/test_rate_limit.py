"""Token buckets, on a clock that the test moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.gateway.rate_limit import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_the_rate():
    clock = Clock()
    bucket = TokenBucket(60, 5, clock)
    assert [bucket.take() for _ in range(5)] == [0.0] * 5
    assert bucket.take() == 1.0
    clock.now += 0.5
    assert bucket.take() == 0.5
    clock.now += 0.5
    assert bucket.take() == 0.0
    assert bucket.take() == 1.0


def test_a_pause_fills_no_more_than_the_burst():
    clock = Clock()
    bucket = TokenBucket(600, 3, clock)
    clock.now += 1e6
    assert [bucket.take() == 0.0 for _ in range(5)] == [True, True, True, False, False]


def test_a_refused_request_costs_nothing():
    clock = Clock()
    bucket = TokenBucket(60, 1, clock)
    assert bucket.take() == 0.0
    for _ in range(100):
        assert bucket.take() > 0
    clock.now += 1
    assert bucket.take() == 0.0


@given(
    st.integers(1, 600),
    st.integers(1, 20),
    st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=60),
)
def test_never_more_than_burst_and_rate_allow(per_minute, burst, pauses):
    clock = Clock()
    bucket, taken = TokenBucket(per_minute, burst, clock), 0
    start = clock.now
    for pause in pauses:
        clock.now += pause
        while not bucket.take():
            taken += 1
    assert taken <= burst + (clock.now - start) * per_minute / 60 + 1e-6


@given(st.integers(1, 600), st.integers(1, 20))
def test_what_it_says_of_the_wait_is_enough(per_minute, burst):
    clock = Clock()
    bucket = TokenBucket(per_minute, burst, clock)
    while not (seconds := bucket.take()):
        pass
    clock.now += seconds + 1e-9 * clock.now
    assert bucket.take() == 0.0
