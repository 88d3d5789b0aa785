"""Tracing boxes of many kinds. Whatever they do, nobody who leaked nothing is accused."""

import random

import pytest

from tcss_chain.auditor import (
    AnswerProblem,
    CallableBox,
    CandidateConfirmed,
    CandidateRefuted,
    NotTraced,
    NotTracedReason,
    QueryMade,
    RoundStarted,
    Trace,
    TracePlan,
    trace_box,
)
from tcss_chain.auditor.errors import TracePlanError
from tcss_chain.auditor.exponent_check import ExponentCheck
from tcss_chain.auditor.subset_product import SubsetProductSearch
from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero, lagrange_at_zero
from tcss_chain.pirate import Accepts, PirateBox
from tcss_chain.protocol.trace_proof import prove, trace_statement, verify
from tcss_chain.protocol.trace_query import QueryMode, derive_query
from tcss_chain.protocol.transcript import claim_of


class Scene:
    """A session, its auditor's view, and a record of what the box was asked."""

    def __init__(self, session, traced):
        self.session = session
        self.traced = traced
        self.events = []
        self.asked = []

    def right(self, leaked, shares):
        used = [*self.session.shares(leaked), *shares]
        return interpolate_at_zero([x for x, _ in used], [y for _, y in used])

    def trace(self, function, **kwargs):
        def recorded(shares):
            self.asked.append(shares)
            return function(shares)

        return trace_box(CallableBox(recorded), self.traced, on_event=self.events.append, **kwargs)

    def accounts(self, indices):
        return self.session.accounts(indices)

    def proves(self, trace):
        session = self.session
        statement = trace_statement(
            session.roster,
            session.auditor,
            trace.accused,
            trace.challenge,
            trace.claim,
            session.aggregate_hash,
        )
        proof = prove(
            statement, session.roster, session.aggregate, session.qualified, alpha=session.alpha, T=trace.T
        )
        return verify(statement, proof, session.roster, session.aggregate, session.qualified)

    def of_kind(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def scene(sealed_session, traced_session):
    def make(n, t, seed=0):
        session = sealed_session(n, t, seed)
        return Scene(session, traced_session(session))

    return make


def pirate(scene, leaked, seed=None, **kwargs):
    roster = scene.session.roster
    points = [participant.x for participant in roster.participants]
    return PirateBox(
        scene.session.shares(leaked), roster.threshold, registered_points=points, seed=seed, **kwargs
    ).query


@pytest.mark.parametrize("seed", range(25))
def test_a_box_that_is_right_in_60_percent_is_traced_and_proven(scene, seed):
    stage = scene(4, 3)
    trace = stage.trace(pirate(stage, (0, 2), seed, success_rate=0.6))
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
        pirate(stage, leaked, 5, success_rate=0.6, accepts=accepts), plan=TracePlan(query_budget=1000)
    )
    assert trace.accused == stage.accounts(leaked)
    assert trace.challenge.mode == (QueryMode.REGISTERED if accepts is Accepts.REGISTERED else QueryMode.FREE)
    assert stage.proves(trace)


def test_the_evidence_is_an_answer_to_the_points_that_the_contract_derives(scene):
    stage = scene(8, 5)
    for accepts in Accepts:
        trace = stage.trace(pirate(stage, (2, 6), 1, accepts=accepts), plan=TracePlan(query_budget=1000))
        derived = derive_query(
            stage.session.roster, stage.session.aggregate_hash, trace.challenge, trace.accused
        )
        entry = trace.transcript[trace.evidence]
        assert tuple(x for x, _ in entry.shares) == derived.supplied
        assert entry.answer == stage.right((2, 6), entry.shares)


def test_transcript_claim_and_evaluations_fit_each_other(scene):
    stage = scene(6, 4)
    trace = stage.trace(pirate(stage, (2, 5), 3, success_rate=0.6))
    assert tuple(entry.shares for entry in trace.transcript) == tuple(stage.asked)
    points = [stage.session.share(index)[0] for index in (2, 5)]
    assert trace.claim == claim_of(stage.session.roster.sid, trace.transcript, trace.evaluations, points)
    assert trace.claim.queries == len(stage.asked)
    assert trace.claim.agreeing >= 2


def test_only_one_value_varies_within_a_round_and_all_are_fresh(scene):
    stage = scene(6, 4)
    stage.trace(lambda _: None, plan=TracePlan(arities=(3,), query_budget=12))
    values = [tuple(y for _, y in shares) for shares in stage.asked]
    by_points = {}
    for shares in stage.asked:
        by_points.setdefault(tuple(x for x, _ in shares), []).append([y for _, y in shares])
    assert len(by_points) > 1
    for asked in by_points.values():
        changed = [place for place in range(3) if len({y[place] for y in asked}) > 1]
        assert len(changed) == 1
        assert len({y[changed[0]] for y in asked}) == len(asked)
    assert len(set(values)) == len(values)
    assert len({row[0][0] for row in by_points.values()}) == len(by_points)


def test_one_right_answer_is_enough(scene):
    stage = scene(5, 4)
    answers = iter([None, "right"])

    def box(shares):
        return stage.right((1, 3), shares) if next(answers, None) and len(shares) == 2 else None

    trace = stage.trace(box, plan=TracePlan(arities=(2,)))
    assert trace.accused == stage.accounts((1, 3))
    assert trace.evaluations == ()
    assert stage.proves(trace)


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


@pytest.mark.parametrize("strategy", [ExponentCheck, SubsetProductSearch])
def test_errors_that_depend_on_the_input_alone_do_not_help_a_box(scene, strategy):
    stage = scene(6, 4)

    def box(shares):
        rng = random.Random(repr(shares))
        if len(shares) != 2:
            return None
        return stage.right((1, 3), shares) if rng.random() < 0.6 else rng.randrange(GROUP_ORDER)

    trace = stage.trace(box, strategies=[strategy.for_problem])
    assert trace.accused == stage.accounts((1, 3))
    assert trace.strategy == strategy.name


def framing_answer(stage, victims, shares):
    """Answer linearly in the supplied values, with the coefficients that the victims' shares would cause."""
    points = [x for x, _ in shares]
    weights = lagrange_at_zero([*points, *(x for x, _ in stage.session.shares(victims))])
    return (sum(weight * y for weight, (_, y) in zip(weights, shares, strict=False)) + 4711) % GROUP_ORDER


@pytest.mark.parametrize("strategies", [None, [SubsetProductSearch.for_problem]])
def test_a_box_that_frames_others_convicts_only_itself(scene, strategies):
    kwargs = {} if strategies is None else {"strategies": strategies}
    framed = 0
    for seed in range(8):
        stage = scene(6, 4)
        rng = random.Random(seed)

        def box(shares, stage=stage, rng=rng):
            if len(shares) != 2:
                return None
            if rng.random() < 0.6:
                return framing_answer(stage, (4, 5), shares)
            return stage.right((0, 1), shares)

        trace = stage.trace(box, **kwargs)
        assert trace.accused == stage.accounts((0, 1))
        framed += any(event.accounts == stage.accounts((4, 5)) for event in stage.of_kind(CandidateRefuted))
    # The framing was really tried: the slopes pointed to the victims, and the confirmation refuted it.
    assert framed > 0


def test_a_box_that_only_frames_convicts_nobody(scene):
    stage = scene(6, 4)
    outcome = stage.trace(
        lambda shares: framing_answer(stage, (4, 5), shares) if len(shares) == 2 else None,
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

    trace = stage.trace(box, strategies=[SubsetProductSearch.for_problem], plan=TracePlan(arities=(2,)))
    assert trace.accused == stage.accounts((0, 5))
    assert trace.evidence == 4
    assert trace.claim.agreeing >= 2 or trace.claim.evaluations >= 4


@pytest.mark.parametrize("unused", [1, 2])
@pytest.mark.parametrize("accepts", list(Accepts))
def test_dropped_points_are_found_and_proven(scene, unused, accepts):
    stage = scene(8, 5)
    trace = stage.trace(
        pirate(stage, (2, 6), 9, success_rate=0.6, unused_supplied=unused, accepts=accepts),
        plan=TracePlan(arities=(3 + unused,), query_budget=1000),
    )
    assert trace.accused == stage.accounts((2, 6))
    assert trace.challenge.dropped_count == unused
    assert stage.proves(trace)
    assert trace.claim.agreeing >= 2


def test_if_the_varied_point_is_dropped_another_one_is_evaluated(scene):
    stage = scene(7, 5)

    def box(shares):
        # Drops the first point, the one that the first round varies.
        return stage.right((2, 6), shares[1:]) if len(shares) == 4 else None

    trace = stage.trace(box, plan=TracePlan(arities=(4,)))
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
    rng = random.Random(3)

    def box(shares):
        # Holds three shares, uses two of them at a time.
        return stage.right(rng.sample((1, 2, 6), 2), shares) if len(shares) == 3 else None

    first = stage.trace(box)
    assert set(first.accused) < set(stage.accounts((1, 2, 6)))
    second = stage.trace(box, known=first.accused)
    assert set(first.accused) | set(second.accused) == set(stage.accounts((1, 2, 6)))
    assert stage.proves(second)
    nothing_new = stage.trace(
        box, known=stage.accounts((1, 2, 6)), plan=TracePlan(arities=(3,), query_budget=20)
    )
    assert isinstance(nothing_new, NotTraced)


@pytest.mark.parametrize("seed", range(5))
def test_a_box_that_prefers_its_own_shares_is_asked_for_evidence_once_more(scene, seed):
    # The four points of a query cannot avoid the leaked ones: 5 participants, 2 of them in the box. The box
    # takes its own value at such a point, which no derived query contains.
    stage = scene(5, 4, seed)
    registered = {participant.x for participant in stage.session.roster.participants}
    own = dict(stage.session.shares((0, 3)))

    def box(shares):
        if len(shares) != 3 or not registered.issuperset(x for x, _ in shares):
            return None
        others = [share for share in shares if share[0] not in own]
        return stage.right((0, 3), others[:2]) if len(others) >= 2 else None

    trace = stage.trace(box, plan=TracePlan(query_budget=500))
    assert trace.accused == stage.accounts((0, 3))
    assert trace.challenge.mode == QueryMode.REGISTERED
    assert trace.challenge.dropped_count == 1
    assert stage.proves(trace)
    if any(event.for_evidence for event in stage.of_kind(RoundStarted)):
        assert trace.strategy == "known accused"


def test_the_round_for_evidence_is_really_needed_by_some_boxes(scene):
    stage = scene(5, 4)
    registered = {participant.x for participant in stage.session.roster.participants}
    own = dict(stage.session.shares((0, 3)))

    def box(shares):
        if len(shares) != 3 or not registered.issuperset(x for x, _ in shares):
            return None
        others = [share for share in shares if share[0] not in own]
        return stage.right((0, 3), others[:2]) if len(others) >= 2 else None

    rounds = []
    for _ in range(10):
        stage.events.clear()
        trace = stage.trace(box, plan=TracePlan(arities=(3,), modes=(QueryMode.REGISTERED,)))
        assert stage.proves(trace)
        rounds.append(stage.of_kind(RoundStarted)[-1].for_evidence)
    # One query in ten avoids both leaked points by chance, and needs no further round.
    assert rounds.count(True) >= 2


def test_identification_without_provable_evidence_accuses_nobody(scene):
    stage = scene(5, 4)
    own = dict(stage.session.shares((0, 3)))
    registered = {participant.x for participant in stage.session.roster.participants}

    def box(shares):
        others = [share for share in shares if share[0] not in own]
        # Only answers with one of its own points among the supplied ones, which a challenge never contains.
        if len(shares) != 3 or len(others) != 2 or not registered.issuperset(x for x, _ in shares):
            return None
        return stage.right((0, 3), others)

    outcome = stage.trace(box, plan=TracePlan(arities=(3,), modes=(QueryMode.REGISTERED,), query_budget=60))
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
    plan = TracePlan(query_budget=30)
    silent = stage.trace(lambda _: None, plan=plan)
    assert (silent.reason, silent.queries, silent.answered) == (NotTracedReason.NO_ANSWER, 30, 0)
    rng = random.Random(1)
    garbage = stage.trace(lambda _: rng.randrange(GROUP_ORDER), plan=plan)
    assert (garbage.reason, garbage.queries, garbage.answered) == (NotTracedReason.NO_RIGHT_ANSWER, 30, 30)


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
    victims = tuple(index for index in range(n) if index not in leaked)

    def box(shares):
        kind = rng.random()
        if kind < 0.3:
            return rng.randrange(GROUP_ORDER)
        if kind < 0.6 and victims:
            return framing_answer(stage, victims[: max(1, t - len(shares))], shares)
        held = rng.sample(leaked, rng.randrange(1, len(leaked) + 1))
        wanted = t - len(held)
        if len(shares) < wanted or {x for x, _ in shares} & {x for x, _ in stage.session.shares(held)}:
            return None
        return stage.right(held, rng.sample(shares, wanted))

    outcome = stage.trace(box, plan=TracePlan(query_budget=60))
    if isinstance(outcome, Trace):
        assert set(outcome.accused) <= set(stage.accounts(leaked))
        assert stage.proves(outcome)


@pytest.mark.parametrize("budget", [1, 7, 33])
def test_the_budget_is_kept(scene, budget):
    stage = scene(5, 4)
    outcome = stage.trace(lambda _: None, plan=TracePlan(query_budget=budget))
    assert outcome.queries == len(stage.asked) == budget
    assert len(stage.of_kind(QueryMade)) == budget


def test_events_tell_the_story_in_order(scene):
    stage = scene(4, 3)
    trace = stage.trace(pirate(stage, (0, 2)))
    assert isinstance(stage.events[0], RoundStarted)
    assert [event.number for event in stage.of_kind(QueryMade)] == list(range(trace.claim.queries))
    (confirmed,) = stage.of_kind(CandidateConfirmed)
    assert confirmed.accounts == trace.accused
    assert confirmed.query == trace.evidence


def test_outcomes_and_events_show_no_secret(scene):
    stage = scene(5, 4)
    trace = stage.trace(pirate(stage, (0, 2), 4, success_rate=0.6))
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
    stage = scene(6, 4)
    outcome = stage.trace(lambda _: 5, strategies=[lambda problem: None])
    assert (outcome.reason, outcome.queries) == (NotTracedReason.TOO_LARGE, 0)


def test_twenty_participants_take_the_subset_product(scene):
    stage = scene(20, 11)
    trace = stage.trace(pirate(stage, (1, 3, 5, 9, 12), 1, success_rate=0.6), plan=TracePlan(arities=(6,)))
    assert trace.accused == stage.accounts((1, 3, 5, 9, 12))
    assert trace.strategy == SubsetProductSearch.name
    assert stage.proves(trace)


@pytest.mark.slow
def test_forty_participants_are_traced(scene):
    stage = scene(40, 21)
    leaked = (1, 3, 5, 9, 12, 17, 20, 31, 38, 39)
    trace = stage.trace(pirate(stage, leaked, 1, success_rate=0.6), plan=TracePlan(arities=(11,)))
    assert trace.accused == stage.accounts(leaked)
    assert stage.proves(trace)


@pytest.mark.parametrize(
    "plan",
    [
        TracePlan(arities=(0,)),
        TracePlan(arities=(11,)),
        TracePlan(modes=()),
        TracePlan(query_budget=0),
        TracePlan(query_budget=2**24),
        TracePlan(queries_per_round=0),
        TracePlan(patience=0),
        TracePlan(registered_rounds=0),
        TracePlan(max_dropped=9),
        TracePlan(agreeing_wanted=-1),
        TracePlan(arities=(4,), modes=(QueryMode.REGISTERED,)),
    ],
)
def test_plans_that_cannot_work_are_refused(scene, plan):
    stage = scene(4, 3)
    with pytest.raises(TracePlanError):
        stage.trace(lambda _: None, plan=plan)
    assert stage.asked == []


def test_nobody_is_accused_who_joined_another_session(scene):
    # A box of one session, traced as if it were one of another: nothing is confirmed.
    stage, other = scene(5, 3), scene(5, 3, seed=1)
    box = pirate(other, (0, 1))
    assert isinstance(stage.trace(box, plan=TracePlan(query_budget=40)), NotTraced)
