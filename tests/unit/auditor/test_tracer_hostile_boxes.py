"""Boxes that err, frame, drop, refuse or talk nonsense. Nobody who leaked nothing is accused."""

import random

import pytest

from tcss_chain.auditor import (
    AnswerProblem,
    CandidateRefuted,
    NotTraced,
    NotTracedReason,
    RoundStarted,
    StrategyName,
    Trace,
    TracePlan,
)
from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero
from tcss_chain.pirate import Accepts
from tcss_chain.protocol.trace_query import QueryMode


def test_a_box_that_refuses_a_point_with_a_second_value_is_traced(scene):
    stage = scene(6, 4)
    seen = {}

    def box(shares):
        if len(shares) != 2 or any(seen.setdefault(x, y) != y for x, y in shares):
            return None
        return stage.right((1, 3), shares) if hash(shares) % 2 else None

    trace = stage.trace(box, plan=TracePlan(arities=(2,), modes=(QueryMode.FREE,)))
    assert trace.accused == stage.accounts((1, 3))
    assert stage.proves(trace)


@pytest.mark.parametrize("strategy", [StrategyName.EXPONENT_CHECK, StrategyName.SUBSET_PRODUCT])
def test_errors_that_depend_on_the_input_alone_do_not_help_a_box(scene, strategy):
    stage = scene(6, 4)

    def box(shares):
        rng = random.Random(repr(shares))
        if len(shares) != 2:
            return None
        return stage.right((1, 3), shares) if rng.random() < 0.6 else rng.randrange(GROUP_ORDER)

    trace = stage.trace(box, plan=TracePlan(strategies=(strategy,)))
    assert trace.accused == stage.accounts((1, 3))
    assert trace.strategy is strategy


@pytest.mark.parametrize("strategies", [(), (StrategyName.SUBSET_PRODUCT,), (StrategyName.LATTICE,)])
def test_a_box_that_frames_others_convicts_only_itself(scene, strategies):
    framed = 0
    for seed in range(8):
        stage = scene(6, 4)
        rng = random.Random(seed)

        def box(shares, stage=stage, rng=rng):
            if len(shares) != 2:
                return None
            if rng.random() < 0.6:
                return stage.framing_answer((4, 5), shares)
            return stage.right((0, 1), shares)

        trace = stage.trace(box, plan=TracePlan(strategies=strategies))
        assert trace.accused == stage.accounts((0, 1))
        framed += any(event.accounts == stage.accounts((4, 5)) for event in stage.of_kind(CandidateRefuted))
    # The framing was really tried: the slopes pointed to the victims, and the confirmation refuted it.
    assert framed > 0


@pytest.mark.parametrize("n", [6, 9])
def test_a_box_that_only_frames_convicts_nobody(scene, n):
    stage = scene(n, 4)
    outcome = stage.trace(
        lambda shares: stage.framing_answer((4, 5), shares) if len(shares) == 2 else None,
        plan=TracePlan(query_budget=60),
    )
    assert isinstance(outcome, NotTraced)
    assert outcome.reason is NotTracedReason.NO_RIGHT_ANSWER
    assert outcome.refuted > 0


def test_a_constant_error_hides_nobody_once_an_answer_is_right(scene):
    stage = scene(6, 4)
    count = 0

    def box(shares):
        nonlocal count
        if len(shares) != 2:
            return None
        count += 1
        # The slopes are right from the second answer on, the answers themselves from the fifth.
        return (stage.right((0, 5), shares) + (0 if count >= 5 else 1)) % GROUP_ORDER

    plan = TracePlan(arities=(2,), strategies=(StrategyName.SUBSET_PRODUCT,), agreeing_wanted=2)
    trace = stage.trace(box, plan=plan)
    assert trace.accused == stage.accounts((0, 5))
    # It was proposed and refuted before, and is confirmed by the first right answer.
    assert stage.of_kind(CandidateRefuted)[0].accounts == trace.accused
    assert trace.evidence == 4
    assert trace.claim.evaluations >= 4
    assert trace.claim.agreeing >= 2
    assert stage.proves(trace)


@pytest.mark.parametrize("unused", [1, 2])
@pytest.mark.parametrize("accepts", list(Accepts))
def test_dropped_points_are_found_and_proven(scene, unused, accepts):
    stage = scene(8, 5)
    trace = stage.trace(
        stage.pirate((2, 6), 9, success_rate=0.6, unused_supplied=unused, accepts=accepts),
        plan=TracePlan(arities=(3 + unused,), query_budget=1000, agreeing_wanted=2),
    )
    assert trace.accused == stage.accounts((2, 6))
    assert trace.challenge.dropped_count == unused
    assert stage.proves(trace)
    assert trace.claim.agreeing >= 2


def test_if_the_first_point_is_dropped_another_one_is_evaluated(scene):
    stage = scene(7, 5)

    def box(shares):
        # Drops the first point, the one that is varied first.
        return stage.right((2, 6), shares[1:]) if len(shares) == 4 else None

    trace = stage.trace(box, plan=TracePlan(arities=(4,), agreeing_wanted=2))
    assert trace.accused == stage.accounts((2, 6))
    assert trace.challenge.dropped == 0b0001
    assert trace.claim.agreeing == trace.claim.evaluations == 2
    assert {evaluation.x for evaluation in trace.evaluations} == {trace.transcript[0].shares[1][0]}
    assert stage.proves(trace)


def test_another_random_subset_every_time_is_traced(scene):
    stage = scene(7, 5)
    rng = random.Random(2)

    def box(shares):
        return stage.right((2, 6), rng.sample(shares, 3)) if len(shares) == 4 else None

    trace = stage.trace(box)
    assert trace.accused == stage.accounts((2, 6))
    assert trace.challenge.dropped_count == 1
    assert stage.proves(trace)


def test_who_is_known_already_is_not_enough(scene):
    stage = scene(7, 5)
    leaked = (1, 2, 6)
    rng = random.Random(3)

    def box(shares):
        # Holds three shares, uses two of them at a time.
        return stage.right(rng.sample(leaked, 2), shares) if len(shares) == 3 else None

    first = stage.trace(box)
    assert set(first.accused) < set(stage.accounts(leaked))
    second = stage.trace(box, known=first.accused)
    assert set(first.accused) | set(second.accused) == set(stage.accounts(leaked))
    assert stage.proves(second)
    plan = TracePlan(arities=(3,), query_budget=20)
    nothing_new = stage.trace(box, known=stage.accounts(leaked), plan=plan)
    assert isinstance(nothing_new, NotTraced)
    assert nothing_new.reason is NotTracedReason.ALREADY_CONVICTED
    assert nothing_new.refuted == 0


def prefers_its_own(stage, leaked, *, needs_own=False):
    """Registered points only; takes its own value at a point of its own, which no derived query contains."""
    own = dict(stage.session.shares(leaked))

    def box(shares):
        if len(shares) != 3 or not stage.registered.issuperset(x for x, _ in shares):
            return None
        others = [share for share in shares if share[0] not in own]
        if len(others) < 2 or (needs_own and len(others) != 2):
            return None
        return stage.right(leaked, others[:2])

    return box


@pytest.mark.parametrize("seed", range(5))
def test_a_box_that_prefers_its_own_shares_is_asked_for_evidence_once_more(scene, seed):
    # The four points of a query cannot avoid the leaked ones: 5 participants, 2 of them in the box.
    stage = scene(5, 4, seed)
    trace = stage.trace(prefers_its_own(stage, (0, 3)), plan=TracePlan(query_budget=500))
    assert trace.accused == stage.accounts((0, 3))
    assert trace.challenge.mode == QueryMode.REGISTERED
    assert trace.challenge.dropped_count == 1
    assert stage.proves(trace)
    # The one who found them is named, not the search for evidence.
    assert trace.strategy is StrategyName.EXPONENT_CHECK


def test_the_round_for_evidence_is_really_needed_by_some_boxes(scene):
    stage = scene(5, 4)
    rounds = []
    for _ in range(10):
        stage.events.clear()
        trace = stage.trace(
            prefers_its_own(stage, (0, 3)), plan=TracePlan(arities=(3,), modes=(QueryMode.REGISTERED,))
        )
        assert stage.proves(trace)
        rounds.append(stage.of_kind(RoundStarted)[-1].for_evidence)
    # One query in ten avoids both leaked points by chance, and needs no further round.
    assert rounds.count(True) >= 2


def test_identification_without_provable_evidence_accuses_nobody(scene):
    # Only answers with one of its own points among the supplied ones, which a challenge never contains.
    stage = scene(5, 4)
    outcome = stage.trace(
        prefers_its_own(stage, (0, 3), needs_own=True),
        plan=TracePlan(arities=(3,), modes=(QueryMode.REGISTERED,), query_budget=60),
    )
    assert isinstance(outcome, NotTraced)
    assert outcome.reason is NotTracedReason.NOT_CONFIRMED_AGAIN


def test_more_registered_points_than_the_accused_leave_accuse_nobody(scene):
    # Three points of four participants, two of whom leaked: no challenge has so many others.
    stage = scene(4, 3)
    own = dict(stage.session.shares((0, 3)))

    def box(shares):
        others = [share for share in shares if share[0] not in own]
        if len(shares) != 3 or not stage.registered.issuperset(x for x, _ in shares):
            return None
        return stage.right((0, 3), others[:1])

    outcome = stage.trace(box, plan=TracePlan(arities=(3,), query_budget=60))
    assert isinstance(outcome, NotTraced)
    assert outcome.reason is NotTracedReason.NOT_CONFIRMED_AGAIN


def test_answers_that_are_not_canonical_are_not_reduced(scene):
    stage = scene(5, 3)
    outcome = stage.trace(
        lambda shares: stage.right((1,), shares) + GROUP_ORDER,
        plan=TracePlan(query_budget=40, modes=(QueryMode.FREE,)),
    )
    assert isinstance(outcome, NotTraced)
    assert outcome.reason is NotTracedReason.NO_VALID_ANSWER
    assert outcome.problems == ((AnswerProblem.NOT_CANONICAL, 40),)
    assert outcome.answered == 0


def test_a_box_with_all_sorts_of_failures_is_traced(scene):
    stage = scene(5, 3)
    rng = random.Random(8)

    def box(shares):
        kind = rng.randrange(6)
        if kind == 0:
            raise ValueError("no")
        if kind == 1:
            return "0x5"
        if kind == 2:
            return GROUP_ORDER
        if kind == 3:
            return None
        return stage.right((1, 4), shares) if len(shares) == 1 else None

    trace = stage.trace(box)
    assert trace.accused == stage.accounts((1, 4))
    assert stage.proves(trace)


def test_silence_is_told_from_wrong_answers(scene):
    stage = scene(4, 3)
    plan = TracePlan(query_budget=30, modes=(QueryMode.FREE,))
    silent = stage.trace(lambda _: None, plan=plan)
    assert (silent.reason, silent.queries, silent.answered) == (NotTracedReason.NO_ANSWER, 30, 0)
    rng = random.Random(1)
    garbage = stage.trace(lambda _: rng.randrange(GROUP_ORDER), plan=plan)
    assert (garbage.reason, garbage.queries, garbage.answered) == (NotTracedReason.NO_RIGHT_ANSWER, 30, 30)


def test_silence_to_everything_is_called_over_determination_a_crash_is_not(scene):
    stage = scene(4, 3)
    plan = TracePlan(query_budget=300)
    assert stage.trace(lambda _: None, plan=plan).reason is NotTracedReason.OVER_DETERMINED
    crashes = iter([None] * 200)
    outcome = stage.trace(lambda _: next(crashes), plan=plan)
    assert outcome.reason is NotTracedReason.NO_ANSWER
    assert outcome.problems == ((AnswerProblem.SILENT, 200), (AnswerProblem.CRASHED, 100))


@pytest.mark.parametrize("seed", range(12))
def test_garbage_accuses_nobody(scene, seed):
    rng = random.Random(seed)
    n = rng.randrange(3, 8)
    t = rng.randrange(2, n + 1)
    stage = scene(n, t, seed)
    constant = rng.randrange(GROUP_ORDER)
    boxes = [
        lambda _: rng.randrange(GROUP_ORDER),
        lambda _: constant,
        lambda shares: sum(y for _, y in shares) % GROUP_ORDER,
        lambda shares: interpolate_at_zero([x for x, _ in shares], [y for _, y in shares]),
        lambda _: 0,
    ]
    for box in boxes:
        assert isinstance(stage.trace(box, plan=TracePlan(query_budget=25)), NotTraced)


@pytest.mark.parametrize("seed", range(30))
def test_nobody_outside_the_leaked_set_is_ever_accused(scene, seed):
    rng = random.Random(1000 + seed)
    n = rng.randrange(3, 8)
    t = rng.randrange(2, n + 1)
    stage = scene(n, t, seed)
    leaked = tuple(sorted(rng.sample(range(n), rng.randrange(1, t))))
    victims = tuple(place for place in range(n) if place not in leaked)

    def box(shares):
        kind = rng.random()
        if kind < 0.3:
            return rng.randrange(GROUP_ORDER)
        if kind < 0.6 and victims:
            return stage.framing_answer(victims[: max(1, t - len(shares))], shares)
        held = rng.sample(leaked, rng.randrange(1, len(leaked) + 1))
        wanted = t - len(held)
        if len(shares) < wanted or {x for x, _ in shares} & {x for x, _ in stage.session.shares(held)}:
            return None
        return stage.right(held, rng.sample(shares, wanted))

    outcome = stage.trace(box, plan=TracePlan(query_budget=60))
    if isinstance(outcome, Trace):
        assert set(outcome.accused) <= set(stage.accounts(leaked))
        assert stage.proves(outcome)


def test_nobody_is_accused_who_joined_another_session(scene):
    # A box of one session, traced as if it were one of another: nothing is confirmed.
    stage, other = scene(5, 3), scene(5, 3, seed=1)
    box = other.pirate((0, 1))
    assert isinstance(stage.trace(box, plan=TracePlan(query_budget=40)), NotTraced)
