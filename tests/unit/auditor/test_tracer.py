"""Tracing a box from beginning to end: what it is asked, when it ends, what is told and what is proven."""

import time

import pytest

from tcss_chain.auditor import (
    CandidateConfirmed,
    NotTraced,
    NotTracedReason,
    Progressed,
    QueryMade,
    RoundStarted,
    StrategyName,
    TracePlan,
)
from tcss_chain.auditor.errors import TracePlanError
from tcss_chain.pirate import Accepts
from tcss_chain.protocol.trace_query import QueryMode, derive_query
from tcss_chain.protocol.transcript import claim_of


@pytest.mark.parametrize("seed", range(25))
def test_a_box_that_is_right_in_60_percent_is_traced_and_proven(scene, seed):
    stage = scene(4, 3)
    trace = stage.trace(stage.pirate((0, 2), seed, success_rate=0.6))
    assert trace.accused == stage.accounts((0, 2))
    assert trace.challenge.mode == QueryMode.FREE
    assert stage.proves(trace)


@pytest.mark.parametrize(
    ("n", "t", "leaked"),
    [(4, 3, (1,)), (5, 2, (4,)), (6, 6, (0, 1, 2, 3, 4)), (10, 6, (1, 4, 8)), (7, 4, (0, 3)), (2, 2, (1,))],
)
@pytest.mark.parametrize("accepts", list(Accepts))
def test_the_number_of_leaked_shares_need_not_be_known(scene, n, t, leaked, accepts):
    stage = scene(n, t)
    trace = stage.trace(
        stage.pirate(leaked, 5, success_rate=0.6, accepts=accepts), plan=TracePlan(query_budget=1000)
    )
    assert trace.accused == stage.accounts(leaked)
    assert trace.challenge.mode == (QueryMode.REGISTERED if accepts is Accepts.REGISTERED else QueryMode.FREE)
    assert stage.proves(trace)


def test_the_evidence_is_an_answer_to_the_points_that_the_contract_derives(scene):
    stage = scene(8, 5)
    for accepts in Accepts:
        trace = stage.trace(stage.pirate((2, 6), 1, accepts=accepts), plan=TracePlan(query_budget=1000))
        derived = derive_query(
            stage.session.roster, stage.session.aggregate_hash, trace.challenge, trace.accused
        )
        entry = trace.transcript[trace.evidence]
        assert tuple(x for x, _ in entry.shares) == derived.supplied
        assert entry.answer == stage.right((2, 6), entry.shares)


@pytest.mark.parametrize("agreeing_wanted", [0, 1, 3])
def test_transcript_claim_and_evaluations_fit_each_other(scene, agreeing_wanted):
    stage = scene(6, 4)
    trace = stage.trace(
        stage.pirate((2, 5), 3, success_rate=0.6), plan=TracePlan(agreeing_wanted=agreeing_wanted)
    )
    assert tuple(entry.shares for entry in trace.transcript) == tuple(stage.asked)
    points = [stage.session.share(place)[0] for place in (2, 5)]
    assert trace.claim == claim_of(stage.session.roster.sid, trace.transcript, trace.evaluations, points)
    assert trace.claim.queries == len(stage.asked)
    assert trace.claim.agreeing >= agreeing_wanted


def test_the_rate_counts_the_right_answers_to_the_points_of_the_evidence(scene):
    stage = scene(6, 4)
    wrong = 0
    for seed in range(6):
        box = stage.pirate((2, 5), seed, success_rate=0.6)
        trace = stage.trace(box, plan=TracePlan(arities=(2,), agreeing_wanted=5))
        points = [x for x, _ in trace.transcript[trace.evidence].shares]
        same = [entry for entry in trace.transcript if [x for x, _ in entry.shares] == points]
        right = [entry for entry in same if entry.answer == stage.right((2, 5), entry.shares)]
        assert (trace.rate.right, trace.rate.asked) == (len(right), len(same))
        wrong += len(same) - len(right)
    assert wrong > 0


def test_points_without_an_answer_are_not_used_again(scene, values_by_points):
    stage = scene(6, 4)
    stage.trace(lambda _: None, plan=TracePlan(arities=(3,), modes=(QueryMode.FREE,), query_budget=20))
    assert len(values_by_points(stage.asked)) == len(stage.asked) == 20


def test_the_base_values_come_first_and_then_one_place_changes(scene, values_by_points, changed_place):
    stage = scene(6, 4)
    answers = iter(range(1000, 2000))
    stage.trace(
        lambda _: next(answers),
        plan=TracePlan(
            arities=(3,),
            modes=(QueryMode.FREE,),
            strategies=(StrategyName.SUBSET_PRODUCT,),
            queries_per_round=7,
            query_budget=28,
        ),
    )
    asked = values_by_points(stage.asked)
    assert [len(rows) for rows in asked.values()] == [7, 7, 7, 7]
    first_places = []
    for base, *others in asked.values():
        places = [changed_place(base, values) for values in others]
        assert len(set(places)) == 1
        first_places.append(places[0])
        assert len({values[places[0]] for values in (base, *others)}) == 7
    # Every set of points begins at another place: some of them may be dropped.
    assert first_places == [0, 1, 2, 0]
    # No value serves at two points.
    assert len({rows[0][place] for rows in asked.values() for place in range(3)}) == 12


def test_once_three_answers_certify_the_base_answer_other_places_are_varied(
    scene, values_by_points, changed_place
):
    stage = scene(20, 11)
    leaked = (0, 4, 9, 13, 17, 19)
    trace = stage.trace(
        stage.pirate(leaked),
        plan=TracePlan(arities=(5,), modes=(QueryMode.FREE,), strategies=(StrategyName.LIST_DECODING,)),
    )
    assert trace.accused == stage.accounts(leaked)
    base, *others = next(iter(values_by_points(stage.asked).values()))
    places = [changed_place(base, values) for values in others]
    assert places[:6] == [0, 0, 1, 2, 3, 4]
    assert stage.proves(trace)


def test_evaluations_at_earlier_points_count(scene, values_by_points):
    # List decoding of 6 leaked points needs 7 evaluations; 3 points are supplied.
    stage = scene(12, 9)
    leaked = (0, 2, 4, 6, 8, 10)
    trace = stage.trace(
        stage.pirate(leaked), plan=TracePlan(arities=(3,), strategies=(StrategyName.LIST_DECODING,))
    )
    assert trace.accused == stage.accounts(leaked)
    assert trace.strategy is StrategyName.LIST_DECODING
    assert len(values_by_points(stage.asked)) == 3
    assert stage.proves(trace)


def test_one_right_answer_is_enough(scene):
    stage = scene(5, 4)
    answers = iter([None, "right"])

    def box(shares):
        return stage.right((1, 3), shares) if next(answers, None) and len(shares) == 2 else None

    trace = stage.trace(box, plan=TracePlan(arities=(2,)))
    assert trace.accused == stage.accounts((1, 3))
    assert trace.strategy is StrategyName.EXPONENT_CHECK
    assert trace.evaluations == ()
    assert stage.proves(trace)


@pytest.mark.parametrize("name", [name for name in StrategyName if name is not StrategyName.KNOWN_ACCUSED])
def test_the_plan_says_which_strategy_finds_the_accused(scene, name):
    stage = scene(6, 4)
    trace = stage.trace(stage.pirate((1, 3)), plan=TracePlan(strategies=(name,), arities=(2,)))
    assert trace.strategy is name
    assert {event.strategy for event in stage.of_kind(CandidateConfirmed)} <= {
        name,
        StrategyName.KNOWN_ACCUSED,
    }
    assert trace.accused == stage.accounts((1, 3))
    assert stage.proves(trace)


@pytest.mark.parametrize("budget", [1, 7, 33])
def test_the_budget_is_kept(scene, budget):
    stage = scene(5, 4)
    outcome = stage.trace(lambda _: None, plan=TracePlan(query_budget=budget))
    assert outcome.queries == len(stage.asked) == budget
    assert len(stage.of_kind(QueryMade)) == budget


def test_the_time_limit_is_kept(scene):
    stage = scene(5, 4)
    started = time.monotonic()
    outcome = stage.trace(lambda _: time.sleep(0.02), plan=TracePlan(query_budget=10_000, time_limit=0.3))
    assert isinstance(outcome, NotTraced)
    assert 1 <= outcome.queries <= 15
    assert 0.3 <= time.monotonic() - started < 5


def test_the_search_ends_with_the_time_limit_too(scene):
    # Two thousand sets are tried in the exponent for every answer.
    stage = scene(12, 7)
    numbers = iter(range(5, 10_000))
    started = time.monotonic()
    plan = TracePlan(arities=(4,), modes=(QueryMode.FREE,), query_budget=10_000, time_limit=1.0)
    outcome = stage.trace(lambda _: next(numbers), plan=plan)
    assert isinstance(outcome, NotTraced)
    assert time.monotonic() - started < 20


def test_events_tell_the_story_in_order(scene):
    stage = scene(4, 3)
    trace = stage.trace(stage.pirate((0, 2)))
    assert isinstance(stage.events[0], RoundStarted)
    assert [event.number for event in stage.of_kind(QueryMade)] == list(range(trace.claim.queries))
    (confirmed,) = stage.of_kind(CandidateConfirmed)
    assert confirmed.accounts == trace.accused
    assert confirmed.query == trace.evidence
    assert confirmed.strategy is trace.strategy


def test_progress_is_told_after_every_query(scene):
    stage = scene(6, 4)
    plan = TracePlan(arities=(2,), modes=(QueryMode.FREE,), query_budget=12)
    stage.trace(lambda shares: sum(y for _, y in shares) % 2**200, plan=plan)
    told = stage.of_kind(Progressed)
    assert [event.queries for event in told] == list(range(1, 13))
    assert [event.answered for event in told] == list(range(1, 13))
    # 15 pairs of 6 participants with 4 - 2 leaked shares.
    assert {event.sets for event in told} == {15}


def test_outcomes_and_events_show_no_secret(scene):
    stage = scene(5, 4)
    trace = stage.trace(stage.pirate((0, 2), 4, success_rate=0.6))
    failed = stage.trace(lambda _: 12345678987654321, plan=TracePlan(query_budget=10))
    shown = f"{trace!r} {failed!r} {stage.events!r} {stage.traced!r}"
    secrets = [trace.T, 12345678987654321, stage.session.alpha]
    secrets += [word for entry in trace.transcript for share in entry.shares for word in share]
    secrets += [entry.answer for entry in trace.transcript if entry.answer is not None]
    # The points of published evaluations are in the transcript too, and public.
    public = {evaluation.x for evaluation in trace.evaluations}
    assert not any(str(secret) in shown for secret in secrets if secret not in public)
    assert repr(trace.challenge.nonce) not in shown


def test_too_many_participants_for_every_strategy_is_said_without_a_query(scene):
    stage = scene(30, 16)
    plan = TracePlan(arities=(8,), strategies=(StrategyName.EXPONENT_CHECK,))
    outcome = stage.trace(lambda _: 5, plan=plan)
    assert (outcome.reason, outcome.queries, outcome.remaining) == (NotTracedReason.TOO_LARGE, 0, None)


def test_twenty_participants_are_traced_from_few_answers(scene):
    stage = scene(20, 11)
    trace = stage.trace(
        stage.pirate((1, 3, 5, 9, 12), 1, success_rate=0.6), plan=TracePlan(arities=(6,), query_budget=20)
    )
    assert trace.accused == stage.accounts((1, 3, 5, 9, 12))
    assert trace.strategy is StrategyName.LATTICE
    assert stage.proves(trace)


@pytest.mark.slow
def test_forty_participants_are_traced(scene):
    stage = scene(40, 21)
    leaked = (1, 3, 5, 9, 12, 17, 20, 31, 38, 39)
    trace = stage.trace(stage.pirate(leaked, 1, success_rate=0.6), plan=TracePlan(arities=(11,)))
    assert trace.accused == stage.accounts(leaked)
    assert stage.proves(trace)


@pytest.mark.parametrize("plan", [TracePlan(arities=(0,)), TracePlan(patience=0)])
def test_plans_that_cannot_work_are_refused_before_the_first_query(scene, plan):
    stage = scene(4, 3)
    with pytest.raises(TracePlanError):
        stage.trace(lambda _: None, plan=plan)
    assert stage.asked == []
