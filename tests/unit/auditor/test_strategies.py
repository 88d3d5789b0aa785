"""Which strategies are used for a set of query points, and in which order."""

import pytest

from tcss_chain.auditor import StrategyName, TracePlan
from tcss_chain.auditor.strategies import make_strategies

EXPONENT, PRODUCT, LATTICE, LIST = (
    StrategyName.EXPONENT_CHECK,
    StrategyName.SUBSET_PRODUCT,
    StrategyName.LATTICE,
    StrategyName.LIST_DECODING,
)


@pytest.fixture
def names(sealed_session, problem_of, random_points):
    """A function that lists the strategies for so many points in a session."""

    def listed(n, t, size, plan=None, max_dropped=8):
        problem = problem_of(sealed_session(n, t), random_points(size), max_dropped)
        return [strategy.name for strategy in make_strategies(problem, plan or TracePlan())]

    return listed


def test_a_small_session_has_them_all(names):
    assert names(6, 4, 2, max_dropped=0) == [EXPONENT, LATTICE, PRODUCT, LIST]


def test_points_that_may_be_dropped_have_a_lattice_of_their_own(names):
    assert names(6, 4, 2) == [EXPONENT, LATTICE, PRODUCT, LATTICE, LIST]


def test_the_sets_of_a_larger_session_are_too_many_to_be_tried(names):
    chosen = names(40, 21, 11, max_dropped=0)
    assert chosen[0] is LATTICE
    assert chosen[-1] is LIST
    assert EXPONENT not in chosen


def test_more_shares_than_the_threshold_need_dropped_points(names):
    # All that know nothing of dropped points are left out.
    assert LIST not in names(6, 4, 5)
    assert EXPONENT in names(6, 4, 5)
    assert names(6, 4, 5, max_dropped=0) == []


@pytest.mark.parametrize("name", [EXPONENT, PRODUCT, LATTICE, LIST])
def test_the_plan_chooses(names, name):
    assert set(names(6, 4, 2, TracePlan(strategies=(name,)))) == {name}
    assert names(6, 4, 2, TracePlan(strategies=(StrategyName.FIXED_POLYNOMIAL,))) == []
