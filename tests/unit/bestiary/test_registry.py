"""The registry: every box can be made, answers as it should and is repeatable."""

from itertools import combinations

import pytest

from tcss_chain.bestiary import BESTIARY, Expected, SimulationSettingError, simulate_session
from tcss_chain.curve import GROUP_ORDER

PLACES = (1, 4, 6)
NEVER_RIGHT = {"framing always", "silent", "guessing", "supplied only"}
HOLDS_NO_SHARE = {"framing always", "silent", "constant", "guessing", "supplied only"}
NOTICES = {"self-checking", "recognises secret"}


def outcomes(box, queries):
    results = []
    for supplied in queries:
        try:
            answer = box.query(supplied)
        except Exception as error:  # noqa: BLE001 - that is what some boxes are for
            answer = type(error)
        results.append(answer if type(answer) in (int, type(None), type) else type(answer))
    return results


@pytest.mark.parametrize("name", BESTIARY)
@pytest.mark.parametrize(("n", "t", "f"), [(4, 2, 1), (8, 5, 3), (8, 6, 5), (8, 6, 1), (9, 3, 2)])
def test_real_shares_bring_the_secret_unless_the_box_cannot_know_it(name, n, t, f):
    session = simulate_session(n, t)
    box = BESTIARY[name].make(session, range(f))
    answer = box.query(session.shares[f : f + box.asks_for])
    assert (answer == session.secret) == (name not in NEVER_RIGHT)


@pytest.mark.parametrize("name", BESTIARY)
def test_answers_are_equation_1_for_some_leaked_and_some_supplied_shares(session, made_up, right, name):
    box = BESTIARY[name].make(session, PLACES)
    leaked = session.shares_at(PLACES)
    registered = [session.points[place] for place in (0, 2, 3, 5, 7)][: box.asks_for]
    supplied = made_up(box.asks_for, 1, points=registered if "registered" in name else None)[0]
    answer = box.query(supplied)
    possible = {
        right(used, rest)
        for f in (1, 2, 3)
        if 5 - f <= len(supplied)
        for used in combinations(leaked, f)
        for rest in combinations(supplied, 5 - f)
    }
    assert (answer in possible) == (name not in HOLDS_NO_SHARE | NOTICES)
    assert (answer is None) == (name in NOTICES | {"silent"})


@pytest.mark.parametrize("name", BESTIARY)
def test_the_same_seed_makes_the_same_box(session, made_up, name):
    entry = BESTIARY[name]
    arity = entry.make(session, PLACES).asks_for
    points = [session.points[place] for place in (0, 2, 3, 5, 7)][:arity]
    queries = made_up(arity, 30) + made_up(arity, 30, points=points)

    def run(seed, error_rate):
        return outcomes(entry.make(session, PLACES, seed=seed, error_rate=error_rate), queries)

    assert run(1, 0.5) == run(1, 0.5)
    assert (run(1, 0.5) != run(1, 0.0)) == entry.uses_error_rate
    if entry.uses_error_rate:
        assert run(1, 0.5) != run(2, 0.5)


@pytest.mark.parametrize("name", BESTIARY)
def test_the_number_of_shares_that_a_box_asks_for(session, name):
    asked = BESTIARY[name].make(session, PLACES).asks_for
    special = {
        "over-provisioned by one": 3,
        "over-provisioned twice": 3,
        "drops last": 4,
        "drops fixed": 4,
        "drops varying": 4,
        "own share first": 4,
        "own share first registered": 4,
        "self-checking": 3,
    }
    assert asked == special.get(name, 2)


def test_every_box_says_what_to_expect():
    assert {entry.expected for entry in BESTIARY.values()} == set(Expected)
    for entry in BESTIARY.values():
        assert entry.why.endswith(".")
        assert ". " not in entry.why
    assert {name for name, entry in BESTIARY.items() if entry.expected is Expected.NOT_TRACEABLE} == (
        HOLDS_NO_SHARE | NOTICES
    )


def test_the_registry_cannot_be_changed():
    with pytest.raises(TypeError):
        BESTIARY["another"] = BESTIARY["perfect"]
    with pytest.raises(AttributeError):
        BESTIARY["perfect"].why = "no"


@pytest.mark.parametrize("f", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [5, 6, 12])
def test_the_framed_are_others(made_up, right, n, f):
    session = simulate_session(n, 5)
    leaked = tuple(range(f))
    box = BESTIARY["framing always"].make(session, leaked)
    assert box.asks_for == 5 - f
    first, second = made_up(5 - f, 2, points=range(5, 10 - f))
    # Two answers to the same points: their difference depends on the framed set alone.
    difference = (box.query(first) - box.query(second)) % GROUP_ORDER
    fitting = [
        places
        for places in combinations(range(n), f)
        if (right(session.shares_at(places), first) - right(session.shares_at(places), second)) % GROUP_ORDER
        == difference
    ]
    assert len(fitting) == 1
    assert fitting[0] != leaked
    assert len(set(fitting[0]) - set(leaked)) == min(f, n - f)
    assert right(session.shares_at(fitting[0]), first) != box.query(first)


@pytest.mark.parametrize(
    ("leaked", "error_rate"),
    [((), 0), ((0, 0), 0), ((8,), 0), ((-1,), 0), ((0, 1, 2, 3, 4), 0), ((0,), 1.5), ((0,), float("nan"))],
)
@pytest.mark.parametrize("name", ["perfect", "self-checking", "silent"])
def test_settings_that_do_not_fit_are_refused(session, name, leaked, error_rate):
    with pytest.raises(SimulationSettingError):
        BESTIARY[name].make(session, leaked, error_rate=error_rate)
