"""The search for registered points that miss everybody who leaked."""

import random
from statistics import mean

import pytest

from tcss_chain.auditor.registered_search import RegisteredSearch
from tcss_chain.protocol.trace_query import registered_order


@pytest.fixture
def search(scene):
    """A function that begins a search in a session of 12, nine of whom reconstruct."""

    def begin(arity=6, seed=0):
        stage = scene(12, 9)
        return stage, RegisteredSearch(stage.state(seed=seed.to_bytes(32, "big")), arity)

    return begin


def test_the_points_are_the_first_of_the_nonces_order(search):
    stage, chosen = search()
    for _ in range(3):
        nonce, points = chosen.next_points()
        order = registered_order(stage.session.roster, stage.session.aggregate_hash, nonce)
        assert points == tuple(member.x for member in order[:6])


def test_points_that_miss_the_accused_are_those_of_the_contract(search):
    stage, chosen = search()
    nonce, points = chosen.next_points()
    missed = [member.account for member in stage.session.roster.participants if member.x not in points]
    order = registered_order(stage.session.roster, stage.session.aggregate_hash, nonce, missed[:3])
    assert tuple(member.x for member in order[:6]) == points


def test_choices_are_repeatable_and_change(search):
    (_, one), (_, other), (_, third) = search(), search(), search(seed=1)
    first, second = one.next_points(), one.next_points()
    assert first != second
    assert other.next_points() == first
    assert third.next_points() != first


def queries_until_missed(search, seed):
    """Count the sets of points until one misses three leaked participants of twelve."""
    stage, chosen = search(seed=seed)
    leaked = {x for x, _ in stage.session.shares(random.Random(seed).sample(range(12), 3))}
    for number in range(1, 200):
        _, points = chosen.next_points()
        if leaked.isdisjoint(points):
            return number
        chosen.learn_silent(points)
    raise AssertionError("never missed")


def test_what_brought_no_answer_is_learned(search):
    # By chance one set in eleven misses three of twelve with six points.
    assert mean(queries_until_missed(search, seed) for seed in range(30)) < 9


def test_sets_that_brought_no_answer_are_avoided(search):
    _, chosen = search(arity=9)
    _, silent = chosen.next_points()
    for _ in range(8):
        chosen.learn_silent(silent)
    _, points = chosen.next_points()
    assert set(points) != set(silent)


def test_one_point_of_two_participants_suffices(scene):
    stage = scene(2, 2)
    chosen = RegisteredSearch(stage.state(), 1)
    seen = set()
    for _ in range(6):
        _, points = chosen.next_points()
        seen.add(points)
        chosen.learn_silent(points)
    assert len(seen) == 2
