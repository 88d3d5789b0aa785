"""Plans: what is tried in which order, and what is refused."""

import pytest

from tcss_chain.auditor import StrategyName, TracePlan
from tcss_chain.auditor.errors import TracePlanError
from tcss_chain.protocol.trace_query import QueryMode

FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED


def test_every_number_of_shares_is_tried_with_free_points_first():
    schedule = TracePlan(max_dropped=1).schedule(3, 5)
    assert schedule == (
        (FREE, 1, 0),
        (FREE, 2, 0),
        (FREE, 3, 2),
        (REGISTERED, 1, 1),
        (REGISTERED, 2, 1),
        (REGISTERED, 3, 3),
    )


def test_named_numbers_of_shares_are_not_put_off_and_keep_their_order():
    assert TracePlan(arities=(5, 1, 5)).schedule(3, 9) == (
        (FREE, 5, 0),
        (FREE, 1, 0),
        (REGISTERED, 5, 1),
        (REGISTERED, 1, 1),
    )


def test_registered_points_leave_somebody_to_accuse():
    schedule = TracePlan(arities=(2, 3, 4)).schedule(4, 4)
    assert [arity for mode, arity, _ in schedule if mode == REGISTERED] == [2, 3]
    assert [arity for mode, arity, _ in schedule if mode == FREE] == [2, 3, 4]


def test_the_order_of_the_modes_does_not_matter():
    assert TracePlan(modes=(REGISTERED, FREE)).schedule(4, 6) == TracePlan().schedule(4, 6)


def test_no_named_strategy_allows_all():
    assert all(TracePlan().allows(name) for name in StrategyName)
    plan = TracePlan(strategies=(StrategyName.LATTICE,))
    assert [name for name in StrategyName if plan.allows(name)] == [StrategyName.LATTICE]


def test_one_agreeing_evaluation_is_wanted_unless_told_otherwise():
    assert TracePlan().agreeing_wanted == 1


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (TracePlan(arities=(0,)), "arities"),
        (TracePlan(arities=(11,)), "arities"),
        (TracePlan(arities=(3,), max_dropped=0), "arities"),
        (TracePlan(modes=()), "modes"),
        (TracePlan(query_budget=0), "query_budget"),
        (TracePlan(query_budget=2**24), "query_budget"),
        (TracePlan(queries_per_round=0), "rounds"),
        (TracePlan(patience=0), "rounds"),
        (TracePlan(time_limit=0), "time_limit"),
        (TracePlan(time_limit=-1.0), "time_limit"),
        (TracePlan(max_dropped=9), "figures"),
        (TracePlan(max_dropped=-1), "figures"),
        (TracePlan(agreeing_wanted=-1), "figures"),
        (TracePlan(arities=(4,), modes=(REGISTERED,)), "modes"),
    ],
)
def test_plans_that_cannot_work_are_refused(plan, field):
    with pytest.raises(TracePlanError) as caught:
        plan.schedule(3, 4)
    assert caught.value.field == field
