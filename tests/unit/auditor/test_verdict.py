"""What a trace that found nobody says: why, what remains open, and what it would take."""

import pytest

from tcss_chain.auditor import (
    AnswerRate,
    CallableBox,
    NotTracedReason,
    StrategyName,
    TracePlan,
    trace_box,
)
from tcss_chain.auditor.box import AnswerProblem
from tcss_chain.auditor.verdict import not_traced
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.protocol.trace_query import QueryMode

EVERYTHING = {"searched": True, "identified": False, "thorough": True}


@pytest.fixture
def verdict(scene):
    """A function that sums up a trace whose box gave these things."""

    def sum_up(*given, found_known=False, **how):
        stage = scene(6, 4)
        answers = iter(given)
        state = stage.state(lambda _: next(answers))
        state.found_known = found_known
        for number in range(len(given)):
            state.query(((number + 1, 5),), QueryMode.FREE)
        return not_traced(state, [], **{**EVERYTHING, **how})

    return sum_up


REASON = NotTracedReason


@pytest.mark.parametrize(
    ("given", "how", "reason"),
    [
        ((None, None), {}, REASON.OVER_DETERMINED),
        ((None, None), {"left_open": 0.2}, REASON.OVER_DETERMINED_OR_RARE),
        ((None, None), {"thorough": False}, REASON.NO_ANSWER),
        ((), {"searched": False}, REASON.TOO_LARGE),
        ((5,), {"identified": True}, REASON.NOT_CONFIRMED_AGAIN),
        ((5,), {"found_known": True}, REASON.ALREADY_CONVICTED),
        ((5,), {"found_known": True, "identified": True}, REASON.NOT_CONFIRMED_AGAIN),
        ((None, 5), {}, REASON.NO_RIGHT_ANSWER),
        ((None, GROUP_ORDER), {}, REASON.NO_VALID_ANSWER),
        ((None, "5"), {}, REASON.NO_VALID_ANSWER),
        ((GROUP_ORDER, 5), {}, REASON.NO_RIGHT_ANSWER),
    ],
)
def test_the_reason_is_the_first_thing_that_stood_in_the_way(verdict, given, how, reason):
    assert verdict(*given, **how).reason is reason


def test_figures_are_those_of_the_queries(verdict):
    outcome = verdict(None, 5, GROUP_ORDER, None)
    assert (outcome.queries, outcome.answered) == (4, 1)
    assert outcome.problems == ((AnswerProblem.SILENT, 2), (AnswerProblem.NOT_CANONICAL, 1))
    assert outcome.rate == AnswerRate(0, 4)
    assert outcome.remaining is None
    assert len(outcome.transcript) == 4


def test_a_crash_is_no_silence(scene):
    stage = scene(4, 3)
    outcome = trace_box(CallableBox(lambda _: 1 // 0), stage.traced, plan=TracePlan(query_budget=200))
    assert outcome.reason is REASON.NO_ANSWER
    assert outcome.problems == ((AnswerProblem.CRASHED, 200),)


def test_a_box_that_never_errs_leaves_nothing_open(scene):
    # All that it takes is there, but it says nothing new: the accused are known.
    stage = scene(7, 5)
    plan = TracePlan(arities=(3,), modes=(QueryMode.FREE,), query_budget=6)
    outcome = stage.trace(stage.pirate((1, 2)), plan=plan, known=stage.accounts((1, 2)))
    assert outcome.reason is REASON.ALREADY_CONVICTED
    assert outcome.remaining.sets == 21
    assert outcome.remaining.more_queries is None
    # Single answers at two further places are not certified by another one.
    assert outcome.rate == AnswerRate(4, 6)


def test_what_is_missing_is_extrapolated_from_what_was_right(scene):
    # List decoding needs four evaluations, that is six right answers; two in three are wrong.
    stage = scene(12, 8)
    leaked = (1, 4, 8)

    def box(shares):
        number = len(stage.asked)
        return stage.right(leaked, shares) if number % 3 == 1 else number

    plan = TracePlan(
        arities=(5,), modes=(QueryMode.FREE,), strategies=(StrategyName.LIST_DECODING,), query_budget=9
    )
    outcome = stage.trace(box, plan=plan)
    assert outcome.reason is REASON.NO_RIGHT_ANSWER
    assert outcome.rate == AnswerRate(3, 9)
    assert outcome.remaining.sets == 220
    # Three of six in nine queries: nine more.
    assert outcome.remaining.more_queries == 9


def test_wrong_answers_alone_tell_nothing_of_what_is_missing(scene):
    stage = scene(7, 5)
    numbers = iter(range(1000, 2000))
    plan = TracePlan(arities=(3,), modes=(QueryMode.FREE,), query_budget=10)
    outcome = stage.trace(lambda _: next(numbers) ** 3, plan=plan)
    assert outcome.rate == AnswerRate(0, 10)
    assert outcome.remaining.sets == 21
    assert outcome.remaining.more_queries is None
