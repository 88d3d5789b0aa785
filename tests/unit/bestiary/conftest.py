"""A session, made-up queries, and what a right box makes of them."""

import random

import pytest

from tcss_chain.bestiary import Reconstruction, simulate_session
from tcss_chain.curve import GROUP_ORDER, lagrange_at_zero


@pytest.fixture(scope="session")
def session():
    """Eight participants with threshold five."""
    return simulate_session(8, 5)


@pytest.fixture(scope="session")
def leaked(session):
    """The shares of the participants 1 and 4."""
    return session.shares_at((1, 4))


@pytest.fixture
def perfect(leaked):
    """A box that always reconstructs; it asks for three shares."""
    return Reconstruction(leaked, 5)


@pytest.fixture(scope="session")
def made_up():
    """A function that makes queries of a number of shares, repeatable."""

    def queries(size, count, seed=0, points=None):
        rng = random.Random(f"made up {size} {seed}")
        return [
            [
                (x, rng.randrange(GROUP_ORDER))
                for x in (points or [rng.randrange(1, GROUP_ORDER) for _ in range(size)])
            ]
            for _ in range(count)
        ]

    return queries


@pytest.fixture(scope="session")
def right():
    """The right answer of protocol section 7, computed from its definition."""

    def answer(leaked, supplied):
        weights = lagrange_at_zero([x for x, _ in (*supplied, *leaked)])
        from_supplied = sum(L * y for L, (_, y) in zip(weights, supplied, strict=False))
        from_leaked = sum(L * y for L, (_, y) in zip(weights[len(supplied) :], leaked, strict=True))
        return (from_supplied + from_leaked) % GROUP_ORDER

    return answer
