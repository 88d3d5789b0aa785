"""The choice of multiplicities, list sizes and guesses."""

from math import comb

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tcss_chain.decoding.decoding_plan import (
    ConstantPlan,
    Figures,
    GuessPlan,
    InterpolationPlan,
    NothingPlan,
    UniquePlan,
    make_plan,
)


@st.composite
def all_figures(draw):
    length = draw(st.integers(1, 40))
    dimension = draw(st.integers(1, length))
    return Figures(length, dimension, draw(st.integers(dimension, length + 1)))


def leaves(figures, plan):
    if isinstance(plan, GuessPlan):
        return leaves(figures.if_right(), plan.if_right) + leaves(figures.if_wrong(), plan.if_wrong)
    return [(figures, plan)]


@given(all_figures())
@settings(deadline=None)
def test_every_part_of_a_plan_is_certain_to_be_complete(figures):
    plan = make_plan(figures, 6)
    # Dearer plans have too many parts to look at each.
    assume(plan is not None and plan.work < 1_000_000)
    parts = leaves(figures, plan)
    assert plan.work >= sum(part.work for _, part in parts)
    for part_of, part in parts:
        length, dimension, agreement = part_of.length, part_of.dimension, part_of.agreement
        match part:
            case NothingPlan():
                assert agreement > length
            case ConstantPlan():
                assert dimension == 1
            case UniquePlan():
                # Two solutions would share this many points, more than their difference has roots.
                assert agreement + agreement - length > dimension - 1
            case InterpolationPlan(multiplicity=s, list_size=size):
                assert s <= 6
                coefficients = [s * agreement - j * (dimension - 1) for j in range(size + 1)]
                assert min(coefficients) > 0
                assert sum(coefficients) > length * comb(s + 1, 2)


@given(all_figures())
@settings(deadline=None)
def test_without_guesses_a_plan_exists_inside_the_radius_only(figures):
    length, dimension, agreement = figures.length, figures.dimension, figures.agreement
    plan = make_plan(figures, 60, guesses=0)
    inside = agreement**2 > length * (dimension - 1)
    # 60 is enough unless the agreement is very near the radius.
    well_inside = agreement**2 > 1.02 * length * (dimension - 1) + 2 * dimension
    if plan is None:
        assert not well_inside
    elif isinstance(plan, InterpolationPlan):
        assert inside


@pytest.mark.parametrize(
    ("figures", "multiplicity"),
    [((31, 11, 20), 2), ((31, 11, 19), 3), ((31, 11, 18), 10), ((128, 33, 75), 1)],
)
def test_the_least_multiplicity_is_that_of_the_inequality(figures, multiplicity):
    assert make_plan(Figures(*figures), multiplicity - 1, guesses=0) is None
    assert make_plan(Figures(*figures), multiplicity, guesses=0).multiplicity == multiplicity


def test_guessing_replaces_a_high_multiplicity_by_low_ones():
    figures = Figures(31, 11, 18)
    plan = make_plan(figures, 10)
    assert plan.work < make_plan(figures, 10, guesses=0).work / 5
    assert max(part.multiplicity for _, part in leaves(figures, plan)) <= 3


def test_nothing_is_guessed_where_interpolation_is_cheap():
    assert isinstance(make_plan(Figures(31, 11, 20), 8), InterpolationPlan)
    assert isinstance(make_plan(Figures(31, 11, 21), 8), UniquePlan)
