"""
The tracer against every box of the bestiary.

Each comes out as the registry says. Nobody outside the leaked set is accused, whatever is combined.
"""

import random

import pytest

from tcss_chain.auditor import (
    CallableBox,
    NotTraced,
    NotTracedReason,
    StrategyName,
    Trace,
    TracePlan,
    TraceRandomness,
    trace_box,
)
from tcss_chain.bestiary import (
    BESTIARY,
    Crashing,
    Dropping,
    EarlyStop,
    Expected,
    FixedInputErrors,
    Framing,
    KeyedOn,
    Malformed,
    NonCanonical,
    OverAsking,
    RandomErrors,
    RefusesChangedAnswers,
    RegisteredOnly,
    RemembersInputs,
    SilentErrors,
    SimulatedSession,
    simulate_session,
)
from tcss_chain.bestiary.box_setting import BoxSetting
from tcss_chain.protocol.trace_query import MAX_DROPPED, QueryMode, derive_query

TRACEABLE = [name for name, entry in BESTIARY.items() if entry.expected is not Expected.NOT_TRACEABLE]
REASONS = {
    "framing always": NotTracedReason.NO_RIGHT_ANSWER,
    "self-checking": NotTracedReason.OVER_DETERMINED,
    "recognises secret": NotTracedReason.OVER_DETERMINED,
    "silent": NotTracedReason.OVER_DETERMINED,
    "constant": NotTracedReason.NO_RIGHT_ANSWER,
    "guessing": NotTracedReason.NO_RIGHT_ANSWER,
    "supplied only": NotTracedReason.NO_RIGHT_ANSWER,
}
GUESSING = tuple(name for name in StrategyName if name is not StrategyName.EXPONENT_CHECK)
"""Those that conclude from differences of answers, which a box that frames others can choose."""

SIZES = [(4, 2, 1), (6, 4, 2), (8, 5, 3), (10, 7, 2)]


def run(session, box, seed=0, **plan):
    return trace_box(
        CallableBox(box.query),
        session.traced,
        plan=TracePlan(**plan),
        randomness=TraceRandomness(seed.to_bytes(32, "big")),
    )


def check_accusation(session, leaked, trace):
    """Only who leaked is accused, with an answer that the contract's own points brought."""
    assert trace.accused
    assert set(trace.accused) <= set(session.accounts_at(leaked))
    roster = session.traced.roster
    derived = derive_query(roster, session.traced.aggregate_hash, trace.challenge, trace.accused)
    assert tuple(x for x, _ in trace.transcript[trace.evidence].shares) == derived.supplied


@pytest.mark.parametrize("name", TRACEABLE)
@pytest.mark.parametrize(("n", "t", "f"), SIZES)
def test_a_traceable_box_is_traced(name, n, t, f):
    session = simulate_session(n, t)
    leaked = tuple(sorted(random.Random(f"{name} {n}").sample(range(n), f)))
    entry = BESTIARY[name]
    # Few boxes that remember, refuse or stop tell more after they erred once.
    for error_rate in (0.0, 0.3) if entry.uses_error_rate else (0.0,):
        box = entry.make(session, leaked, seed=n, error_rate=error_rate)
        outcome = run(session, box, arities=(box.asks_for,))
        assert isinstance(outcome, Trace), outcome
        check_accusation(session, leaked, outcome)


@pytest.mark.parametrize("name", REASONS)
@pytest.mark.parametrize(("n", "t", "f"), SIZES)
def test_a_box_that_cannot_be_traced_accuses_nobody_and_the_reason_is_told(name, n, t, f):
    session = simulate_session(n, t)
    box = BESTIARY[name].make(session, range(f), seed=n)
    # Silence has to be tried more than once; every wrong answer costs a search.
    budget = 80 if REASONS[name] is NotTracedReason.OVER_DETERMINED else 16
    outcome = run(session, box, arities=(box.asks_for,), query_budget=budget)
    assert isinstance(outcome, NotTraced)
    assert outcome.reason is REASONS[name]


def test_every_untraceable_box_has_its_reason():
    assert set(REASONS) == set(BESTIARY) - set(TRACEABLE)


@pytest.mark.parametrize(("n", "t", "f"), [(8, 5, 3), (10, 7, 2)])
@pytest.mark.parametrize("dropping", [Dropping.LAST, Dropping.FIXED])
def test_a_box_that_ignores_more_points_than_a_challenge_can_drop_is_not_traced(n, t, f, dropping):
    session = simulate_session(n, t)

    def traced(dropped):
        box = OverAsking(BESTIARY["perfect"].make(session, range(f)), dropped, dropping, seed=n)
        return run(session, box, arities=(box.asks_for,), query_budget=40)

    check_accusation(session, range(f), traced(MAX_DROPPED))
    outcome = traced(MAX_DROPPED + 1)
    assert isinstance(outcome, NotTraced)
    assert outcome.reason is NotTracedReason.NO_RIGHT_ANSWER


def test_registered_points_that_cannot_all_miss_the_leaked_prove_nothing():
    # Four participants, and the box asks for the points of all: no challenge excludes the one who leaked.
    session = simulate_session(4, 3)
    box = BESTIARY["own share first registered"].make(session, (2,))
    assert box.asks_for == 4
    outcome = run(session, box, arities=(4,), query_budget=60)
    assert isinstance(outcome, NotTraced)
    assert outcome.reason is NotTracedReason.NO_ANSWER


@pytest.mark.parametrize(
    "name",
    [
        "random errors",
        "framing",
        "registered only",
        "over-provisioned by one",
        "drops varying",
        "own share first registered",
        "remembers inputs",
        "remembers inputs registered",
        "stops after one",
        "malformed",
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_what_the_tracer_finds_can_be_proven(scene, name, seed):
    stage = scene(7, 5, seed)
    session = SimulatedSession(
        traced=stage.traced, shares=stage.session.shares(range(7)), secret=stage.session.secret
    )
    leaked = (1, 3, 6)
    box = BESTIARY[name].make(session, leaked, seed=seed, error_rate=0.2)
    trace = run(session, box, seed, arities=(box.asks_for,))
    check_accusation(session, leaked, trace)
    assert stage.proves(trace)


def wrapped(rng, box, session, leaked, seed):
    """Put up to three more layers around a box."""
    framed = BoxSetting(session, leaked, seed, 0.0).framed
    layers = [
        lambda box: RandomErrors(box, rng.random(), rng),
        lambda box: SilentErrors(box, rng.random(), rng),
        lambda box: FixedInputErrors(box, rng.random(), seed, rng.choice(list(KeyedOn))),
        lambda box: Framing(box, framed(), rng.random(), rng),
        lambda box: RegisteredOnly(box, session.points),
        lambda box: OverAsking(box, rng.randrange(3), rng.choice(list(Dropping)), seed),
        RemembersInputs,
        RefusesChangedAnswers,
        lambda box: EarlyStop(box, rng.randrange(1, 9)),
        lambda box: Crashing(box, rng.random(), rng),
        lambda box: Malformed(box, rng.random(), rng),
        lambda box: NonCanonical(box, rng.random(), rng),
    ]
    for layer in rng.sample(layers, rng.randrange(4)):
        box = layer(box)
    return box


def random_case(number):
    """Trace one random box with few queries; say whether anybody was accused."""
    rng = random.Random(f"case {number}")
    n = rng.randrange(3, 9)
    t = rng.randrange(2, n + 1)
    session = simulate_session(n, t, number)
    leaked = tuple(sorted(rng.sample(range(n), rng.randrange(1, t))))
    # Boxes that frame others are the ones that could bring a false accusation about.
    name = rng.choice([name for name in BESTIARY if name != "slow"] + ["framing", "framing always"] * 4)
    rate = rng.choice([0.0, 0.2, 0.5, 0.9])
    box = BESTIARY[name].make(session, leaked, seed=number, error_rate=rate)
    box = wrapped(rng, box, session, leaked, number)
    # Now and then the number of shares is not known, or thought to be another one.
    arities = rng.choice([(box.asks_for,), (box.asks_for,), (), (rng.randrange(1, t + 2),)])
    outcome = run(
        session,
        box,
        number,
        arities=arities if all(arity < t + 8 for arity in arities) else (),
        modes=rng.choice([tuple(QueryMode), tuple(QueryMode), (QueryMode.FREE,)]),
        strategies=rng.choice([(), GUESSING]),
        query_budget=rng.randrange(12, 26),
        patience=rng.randrange(2, 7),
        agreeing_wanted=rng.randrange(3),
    )
    if isinstance(outcome, NotTraced):
        return False
    check_accusation(session, leaked, outcome)
    return True


@pytest.mark.parametrize("hundreds", range(3))
def test_nobody_outside_the_leaked_set_is_ever_accused(hundreds):
    traced = sum(random_case(100 * hundreds + number) for number in range(50))
    # A fair part of them is really traced, so that the check has something to say.
    assert traced >= 10


@pytest.mark.slow
@pytest.mark.parametrize("thousands", range(1, 11))
def test_nobody_outside_the_leaked_set_is_accused_in_thousands_of_cases(thousands):
    traced = sum(random_case(1000 * thousands + number) for number in range(250))
    assert traced >= 50
