"""Boxes that choose among the supplied shares, the points or their own shares."""

import random
from collections import Counter
from itertools import combinations

import pytest

from tcss_chain.bestiary import (
    Dropping,
    OverAsking,
    OverProvisioned,
    OwnShareFirst,
    Reconstruction,
    RefusedPoints,
    RegisteredOnly,
    SimulationSettingError,
)
from tcss_chain.curve import GROUP_ORDER


def test_registered_points_only(session, perfect, made_up):
    box = RegisteredOnly(perfect, session.points)
    assert box.asks_for == 3
    assert box.query(session.shares_at((0, 2, 7))) == session.secret
    assert all(box.query(supplied) is None for supplied in made_up(3, 5))
    assert box.query([*session.shares_at((0, 2)), (123, 5)]) is None
    # Registered points with other values are answered like any.
    supplied = made_up(3, 1, points=[session.points[place] for place in (0, 2, 7)])[0]
    assert box.query(supplied) == perfect.query(supplied)


def test_refused_points(session, perfect, leaked):
    box = RefusedPoints(OverAsking(perfect, 1, Dropping.LAST), perfect.points)
    assert box.query(session.shares_at((0, 2, 7, 3))) == session.secret
    assert box.query([*session.shares_at((0, 2, 7)), leaked[0]]) is None


@pytest.mark.parametrize("used", [1, 2, 3, 4])
def test_an_over_provisioned_box_is_right_with_some_of_its_shares(session, made_up, right, used):
    held = session.shares_at((0, 2, 3, 6))
    box = OverProvisioned(held, 5, used, seed=1)
    assert box.asks_for == 5 - used
    subsets = list(combinations(held, used))
    seen = Counter()
    for supplied in made_up(5 - used, 200):
        answer = box.query(supplied)
        fitting = [place for place, subset in enumerate(subsets) if right(subset, supplied) == answer]
        assert len(fitting) == 1
        assert box.query(supplied) == answer
        seen[fitting[0]] += 1
    # Each subset in its turn: with six of them and 200 queries, 33 expected and 5.3 their deviation.
    assert len(seen) == len(subsets)
    assert min(seen.values()) > 100 / len(subsets)


def test_an_over_provisioned_box_changes_its_shares_with_the_values(session, made_up, right):
    held = session.shares_at((0, 2, 3))
    box = OverProvisioned(held, 5, 2, seed=1)
    points = [5, 6, 7]
    used = {
        next(subset for subset in combinations(held, 2) if right(subset, supplied) == box.query(supplied))
        for supplied in made_up(3, 30, points=points)
    }
    assert len(used) == 3


def test_an_over_provisioned_box_avoids_its_shares_that_are_supplied(session):
    box = OverProvisioned(session.shares_at((0, 2, 3)), 5, 2, seed=1)
    for _ in range(5):
        assert box.query(session.shares_at((0, 5, 6))) == session.secret
    assert box.query(session.shares_at((0, 2, 6))) is None
    assert box.query(session.shares_at((5, 6))) is None


@pytest.mark.parametrize("used", [0, 3])
def test_an_over_provisioned_box_uses_what_it_has(session, used):
    with pytest.raises(SimulationSettingError):
        OverProvisioned(session.shares_at((0, 2)), 5, used, seed=1)


def dropped_places(perfect, supplied, answer):
    """Find the two places whose shares do not matter."""
    fitting = [
        places
        for places in combinations(range(len(supplied)), 2)
        if perfect.query([share for place, share in enumerate(supplied) if place not in places]) == answer
    ]
    assert len(fitting) == 1
    return fitting[0]


def test_over_asking_drops_the_last_places(perfect, made_up):
    box = OverAsking(perfect, 2, Dropping.LAST)
    assert box.asks_for == 5
    for supplied in made_up(5, 10):
        assert dropped_places(perfect, supplied, box.query(supplied)) == (3, 4)


def test_over_asking_drops_fixed_places(perfect, made_up):
    by_seed = set()
    for seed in range(20):
        box = OverAsking(perfect, 2, Dropping.FIXED, seed)
        places = {dropped_places(perfect, supplied, box.query(supplied)) for supplied in made_up(5, 5)}
        assert len(places) == 1
        by_seed |= places
    assert len(by_seed) > 4


def test_over_asking_drops_other_places_every_time(perfect, made_up):
    box = OverAsking(perfect, 2, Dropping.VARYING, 1)
    places = Counter()
    for supplied in made_up(5, 200, points=[5, 6, 7, 8, 9]):
        answer = box.query(supplied)
        assert box.query(supplied) == answer
        places[dropped_places(perfect, supplied, answer)] += 1
    assert len(places) == 10
    assert min(places.values()) >= 5


@pytest.mark.parametrize("dropping", list(Dropping))
def test_over_asking_is_right_with_real_shares_and_refuses_the_rest(session, perfect, dropping):
    box = OverAsking(perfect, 2, dropping, 1)
    assert box.query(session.shares_at((0, 2, 3, 5, 6))) == session.secret
    assert box.query(session.shares_at((0, 2, 3))) is None
    assert box.query(session.shares_at((0, 2, 3, 5, 5))) is None
    assert box.query([*session.shares_at((0, 2, 3, 5)), (0, 1)]) is None
    assert box.query([*session.shares_at((0, 2, 3, 5)), (GROUP_ORDER, 1)]) is None
    same = OverAsking(perfect, 0, dropping, 1)
    assert same.asks_for == 3
    assert same.query(session.shares_at((0, 2, 3))) == session.secret
    with pytest.raises(SimulationSettingError):
        OverAsking(perfect, -1, dropping)


def test_own_shares_replace_supplied_ones(session, leaked, made_up):
    box = OwnShareFirst(leaked, 5, 2)
    core = Reconstruction(leaked, 5)
    assert box.asks_for == 5
    for supplied in made_up(5, 5):
        assert box.query(supplied) == core.query(supplied[:3])
    others = made_up(4, 1)[0]
    for place in range(5):
        wrong_own = [*others[:place], (leaked[0][0], 99), *others[place:]]
        assert box.query(wrong_own) == core.query(others[:3])
    both = [(leaked[1][0], 1), *others[:3], (leaked[0][0], 2)]
    random.Random(1).shuffle(both)
    assert box.query(both) == core.query([share for share in both if share[0] not in core.points])
    assert box.query(session.shares_at((1, 4, 0, 2, 3))) == session.secret


def test_own_shares_leave_too_few_others(leaked, made_up):
    others = made_up(3, 1)[0]
    box = OwnShareFirst(leaked, 5, 1)
    assert box.query([*others, (leaked[0][0], 1)]) is not None
    assert box.query([*others[:2], (leaked[0][0], 1), (leaked[1][0], 1)]) is None
    assert box.query(others) is None
    assert box.query([*others, others[0]]) is None
    assert OwnShareFirst(leaked, 5, 0).query([*others[:2], (leaked[0][0], 1)]) is None
    with pytest.raises(SimulationSettingError):
        OwnShareFirst(leaked, 5, -1)
