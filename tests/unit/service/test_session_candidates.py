"""The queue of sessions that wait: bounded, fair, and nobody in it makes room for a stranger."""

from __future__ import annotations

import pytest

from tcss_chain.service import session_candidates
from tcss_chain.service.session_candidates import CANDIDATES_A_LOOK, SessionCandidates


def sid(number):
    return number.to_bytes(32, "big")


@pytest.fixture
def candidates():
    return SessionCandidates()


def look(candidates, now=0):
    """Look at those whose turn it is; none of them is confirmed."""
    taken = candidates.next_ones(now)
    for each in taken:
        candidates.put_back(each)
    return taken


def test_each_is_looked_at_once_the_newest_first_and_then_in_turn(candidates):
    count = 2 * CANDIDATES_A_LOOK
    for number in range(count):
        assert candidates.add(sid(number))
    first, second = look(candidates), look(candidates)
    assert first + second == tuple(sid(number) for number in reversed(range(count)))
    assert (look(candidates), look(candidates)) == (first, second)
    assert len(candidates) == count


def test_a_new_one_is_looked_at_before_those_that_wait(candidates):
    for number in range(200):
        candidates.add(sid(number))
    for _ in range(10):
        look(candidates)
    candidates.add(sid(999))
    assert look(candidates)[0] == sid(999)


def test_one_that_is_not_put_back_is_gone(candidates):
    candidates.add(sid(1))
    assert candidates.next_ones() == (sid(1),)
    assert candidates.next_ones() == ()
    assert len(candidates) == 0


def test_what_seems_to_be_confirmed_is_looked_at_first(candidates):
    for number in range(500):
        candidates.add(sid(number))
    look(candidates)
    candidates.add(sid(1000))
    candidates.hurry(sid(3))
    candidates.hurry(sid(499))
    candidates.hurry(sid(77_777))
    assert look(candidates)[:3] == (sid(3), sid(499), sid(1000))
    assert sid(77_777) not in candidates
    assert len(candidates) == 501


def test_what_waits_for_nothing_any_more_comes_before_what_still_waits(candidates):
    for number in range(300):
        candidates.add(sid(number), confirm_by=1000 + (number if number < 200 else -500))
    for _ in range(6):
        look(candidates, now=0)
    over = {sid(number) for number in range(200, 300)}
    assert {*candidates.next_ones(600), *candidates.next_ones(600)} == over
    assert not {*candidates.next_ones(600)} & over


def test_nothing_is_added_twice(candidates):
    for _ in range(2):
        assert candidates.add(sid(1))
    look(candidates)
    assert candidates.add(sid(1))
    candidates.hurry(sid(1))
    assert candidates.add(sid(1), urgent=True)
    assert len(candidates) == 1


def test_a_full_queue_refuses_and_loses_nobody(candidates, monkeypatch):
    monkeypatch.setattr(session_candidates, "MAX_CANDIDATES", 120)
    for number in range(120):
        assert candidates.add(sid(number))
    for _ in range(5):
        assert not candidates.add(sid(500))
        look(candidates)
    assert len(candidates) == 120
    assert all(sid(number) in candidates for number in range(120))
    assert candidates.add(sid(3))


def test_what_seems_to_be_confirmed_gets_into_a_full_queue(candidates, monkeypatch):
    monkeypatch.setattr(session_candidates, "MAX_CANDIDATES", 120)
    for number in range(120):
        candidates.add(sid(number))
    assert candidates.add(sid(500), urgent=True)
    assert look(candidates)[0] == sid(500)
