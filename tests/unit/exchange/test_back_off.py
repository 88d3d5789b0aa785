"""When a peer that failed may be asked again."""

from __future__ import annotations

import pytest

from tcss_chain.exchange.back_off import BackOff, PauseTable

SETTINGS = BackOff(first_seconds=1, factor=2, highest_seconds=10, not_yet_seconds=0.5, jitter=0.5)
PEER, OTHER = "0xA", "0xB"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def table(clock):
    return PauseTable(SETTINGS, clock, lambda: 0.0)


def pause(table, clock, peer=PEER, question="q"):
    """How long the peer is left alone from now on, in tenths of a second."""
    start = clock.now
    while not table.may_ask(peer, question):
        clock.now = round(clock.now + 0.1, 6)
    return round(clock.now - start, 6)


def test_a_peer_is_asked_at_first(table):
    assert table.may_ask(PEER, "q")


def test_the_pause_grows_with_each_failure_up_to_the_highest(table, clock):
    pauses = []
    for _ in range(7):
        table.failed(PEER, clock.now)
        pauses.append(pause(table, clock))
    assert pauses == [1, 2, 4, 8, 10, 10, 10]


def test_failures_of_a_year_do_no_harm(table, clock):
    for _ in range(5000):
        table.failed(PEER, clock.now)
        clock.now += 10
    table.failed(PEER, clock.now)
    assert pause(table, clock) == 10


def test_a_failure_holds_for_every_question_but_for_this_peer_only(table, clock):
    table.failed(PEER, clock.now)
    assert not table.may_ask(PEER, "q")
    assert not table.may_ask(PEER, "another")
    assert table.may_ask(OTHER, "q")


def test_an_answer_ends_the_growth(table, clock):
    for _ in range(4):
        table.failed(PEER, clock.now)
        pause(table, clock)
    table.answered(PEER)
    assert table.may_ask(PEER, "q")
    table.failed(PEER, clock.now)
    assert pause(table, clock) == 1


def test_failures_of_questions_asked_at_the_same_time_count_once(table, clock):
    asked_at = clock.now
    clock.now += 0.3
    table.failed(PEER, asked_at)
    table.failed(PEER, asked_at)
    assert pause(table, clock) == 1
    table.failed(PEER, clock.now)
    assert pause(table, clock) == 2


def test_not_yet_is_a_short_constant_pause_for_one_question(table, clock):
    for _ in range(5):
        table.not_yet(PEER, "q")
        assert table.may_ask(PEER, "another")
        assert pause(table, clock) == 0.5


def test_not_yet_forgets_failures(table, clock):
    for _ in range(3):
        table.failed(PEER, clock.now)
        pause(table, clock)
    table.not_yet(PEER, "q")
    pause(table, clock)
    table.failed(PEER, clock.now)
    assert pause(table, clock) == 1


def test_old_questions_do_not_pile_up(table, clock):
    for number in range(1000):
        table.not_yet(PEER, number)
        clock.now += 1
    assert len(table._not_yet) <= 1


def test_forgetting_a_peer_lets_it_be_asked_at_once_and_no_other(table, clock):
    for peer in (PEER, OTHER):
        table.failed(peer, clock.now)
    table.forget(PEER)
    assert table.may_ask(PEER, "q")
    assert not table.may_ask(OTHER, "q")
    table.not_yet(PEER, "q")
    table.not_yet(OTHER, "q")
    table.forget(PEER)
    assert table.may_ask(PEER, "q")
    assert not table.may_ask(OTHER, "q")


def test_chance_shortens_a_pause_by_its_part_at_most(clock):
    for chance, expected in ((0.0, 1.0), (0.4, 0.8), (1.0, 0.5)):
        table = PauseTable(SETTINGS, clock, lambda chance=chance: chance)
        table.failed(PEER, clock.now)
        assert pause(table, clock) == expected


def test_the_usual_chance_differs():
    pauses = set()
    for _ in range(5):
        clock = Clock()
        table = PauseTable(BackOff(first_seconds=1000, highest_seconds=1000), clock)
        table.failed(PEER, clock.now)
        pauses.add(pause(table, clock))
    assert len(pauses) > 1
    assert all(750 <= each <= 1000.1 for each in pauses)
