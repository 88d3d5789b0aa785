"""Boxes that remember their inputs, asked with shares of one made-up polynomial."""

import random

import pytest

from tcss_chain.auditor import CandidateRefuted, RoundStarted, StrategyName, TracePlan
from tcss_chain.auditor.remembering_avenue import RememberingAvenue
from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero
from tcss_chain.protocol.trace_query import QueryMode

LEAKED = (1, 4, 5)


def remembering(stage, leaked=LEAKED, *, dropped=0, rng=None, rate=1.0):
    """Refuse a point with a second value; drop the last points; now and then be wrong."""
    seen = {}
    arity = stage.session.roster.threshold - len(leaked) + dropped

    def box(shares):
        if len(shares) != arity or any(seen.setdefault(x, y) != y for x, y in shares):
            return None
        if rng is not None and rng.random() > rate:
            return rng.randrange(GROUP_ORDER)
        return stage.right(leaked, shares[: arity - dropped])

    return box


def steps(avenue, count, known=()):
    for number in range(1, count + 1):
        finding = avenue.step(known)
        if finding is not None:
            return number, finding
    return count, None


def test_all_shares_lie_on_one_polynomial_and_one_point_changes(scene, values_by_points):
    stage = scene(9, 6)
    avenue = RememberingAvenue(stage.state(remembering(stage)), 3)
    steps(avenue, 4)
    (first, *others) = stage.asked
    for shares in others:
        assert shares[0] != first[0]
        assert shares[1:] == first[1:]
    shares = dict(share for query in stage.asked for share in query)
    # Six of them, any six, determine the polynomial of degree five.
    points = list(shares)[:6]
    assert len(values_by_points(stage.asked)) == len(stage.asked)
    assert interpolate_at_zero(points, [shares[x] for x in points]) == avenue._state.made_up.at_zero


def test_a_box_that_remembers_is_traced_from_few_answers(scene):
    stage = scene(9, 6)
    avenue = RememberingAvenue(stage.state(remembering(stage)), 3)
    assert not avenue.settled
    asked, finding = steps(avenue, 20)
    assert finding.candidate.accused == LEAKED
    assert finding.strategy is StrategyName.FIXED_POLYNOMIAL
    # Three poles with three weights.
    assert asked <= 7
    assert avenue.settled
    assert stage.of_kind(CandidateRefuted) == []


@pytest.mark.parametrize("dropped", [1, 2])
def test_dropped_points_do_not_help_it(scene, dropped):
    stage = scene(9, 6)
    avenue = RememberingAvenue(stage.state(remembering(stage, dropped=dropped)), 3 + dropped)
    _, finding = steps(avenue, 30)
    assert finding.candidate.accused == LEAKED
    assert finding.candidate.dropped == sum(1 << 2 + place for place in range(1, dropped + 1))


def test_if_the_point_that_changes_is_dropped_another_one_is_changed(scene):
    stage = scene(9, 6)

    def box(shares):
        # Drops the first point.
        return stage.right(LEAKED, shares[1:]) if len(shares) == 4 else None

    avenue = RememberingAvenue(stage.state(box), 4)
    _, finding = steps(avenue, 30)
    assert finding.candidate.accused == LEAKED
    assert finding.candidate.dropped == 0b0001
    assert stage.asked[0][0] != stage.asked[1][0]
    assert stage.asked[1][1] == stage.asked[0][1]
    assert stage.asked[3][1] != stage.asked[4][1]


def test_wrong_answers_among_right_ones_are_survived(scene):
    stage = scene(9, 6)
    box = remembering(stage, rng=random.Random(1), rate=0.8)
    _, finding = steps(RememberingAvenue(stage.state(box), 3), 60)
    assert finding.candidate.accused == LEAKED
    assert finding.answered.answer == stage.right(LEAKED, finding.answered.shares)


def test_random_answers_are_nobodys(scene):
    stage = scene(9, 6)
    rng = random.Random(2)
    avenue = RememberingAvenue(stage.state(lambda _: rng.randrange(GROUP_ORDER)), 3)
    assert steps(avenue, 25) == (25, None)


def test_the_box_of_another_session_accuses_nobody(scene):
    stage, other = scene(9, 6), scene(9, 6, seed=1)
    avenue = RememberingAvenue(stage.state(remembering(other)), 3)
    assert steps(avenue, 20) == (20, None)


def test_who_is_known_is_no_finding(scene):
    stage = scene(9, 6)
    avenue = RememberingAvenue(stage.state(remembering(stage)), 3)
    assert steps(avenue, 12, known=LEAKED) == (12, None)
    assert stage.of_kind(CandidateRefuted) == []
    assert avenue.step(known=LEAKED[1:]).candidate.accused == LEAKED


def test_a_constant_error_accuses_nobody(scene):
    # It is one more coefficient of the rational function, and no public key fits the answers.
    stage = scene(9, 6)
    right = remembering(stage)

    def box(shares):
        answer = right(shares)
        return None if answer is None else (answer + 1) % GROUP_ORDER

    assert steps(RememberingAvenue(stage.state(box), 3), 15) == (15, None)


def test_a_trace_asks_for_evidence_on_the_same_polynomial(scene):
    stage = scene(20, 14)
    leaked = (0, 2, 3, 7, 11, 15, 18)
    box = remembering(stage, leaked)
    plan = TracePlan(arities=(7,), strategies=(StrategyName.LIST_DECODING, StrategyName.FIXED_POLYNOMIAL))
    trace = stage.trace(box, plan=plan)
    assert trace.accused == stage.accounts(leaked)
    assert trace.strategy is StrategyName.FIXED_POLYNOMIAL
    assert trace.challenge.mode == QueryMode.FREE
    assert stage.of_kind(RoundStarted)[-1].for_evidence
    assert trace.evaluations == ()
    assert trace.rate.right == 1
    assert stage.proves(trace)


def test_a_plan_that_names_nothing_else_uses_it_at_once(scene):
    stage = scene(9, 6)
    plan = TracePlan(arities=(3,), strategies=(StrategyName.FIXED_POLYNOMIAL,))
    trace = stage.trace(remembering(stage), plan=plan)
    assert trace.accused == stage.accounts(LEAKED)
    assert len(stage.asked) <= 8
    assert stage.proves(trace)


def test_other_strategies_named_alone_do_not_use_it(scene):
    stage = scene(20, 14)
    leaked = (0, 2, 3, 7, 11, 15, 18)
    plan = TracePlan(arities=(7,), strategies=(StrategyName.LIST_DECODING,), query_budget=60)
    outcome = stage.trace(remembering(stage, leaked), plan=plan)
    assert outcome.queries == 60
