"""Finding sessions: every one once, none lost, however many there are and whatever the chain does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.chain.errors import ContractRefusedError, NodeError
from tcss_chain.service import session_finder
from tcss_chain.service.session_finder import (
    OVERLAP,
    PAGE,
    PAGES_A_LOOK,
    READS_A_LOOK,
    FoundSession,
    SessionFinder,
)


def sid(number):
    return number.to_bytes(32, "big")


class Contract:
    """The sessions of a contract; those with even numbers concern us. The node may fail at a request."""

    def __init__(self, count=0):
        self.ids = [sid(number) for number in range(count)]
        self.requests = 0
        self.pages = []
        self.reads = []
        self.fails_at = None
        self.fails_for = set()
        self.hidden = set()

    def _ask(self):
        self.requests += 1
        if self.requests == self.fails_at:
            raise NodeError("reading", "ConnectionError")

    def session_count(self):
        self._ask()
        return len(self.ids)

    def session_ids(self, start, limit):
        self._ask()
        self.pages.append((start, limit))
        return tuple(self.ids[start : start + limit])

    def configuration(self, sid):
        self._ask()
        self.reads.append(sid)
        if sid in self.fails_for:
            raise NodeError("reading", "ConnectionError")
        if sid not in self.ids or sid in self.hidden:
            raise ContractRefusedError("reading", "UnknownSession", {})
        return sid


def drained(finder, looks=40):
    """Look until nothing is found any more; give all ids in the order in which they were found."""
    found = []
    for _ in range(looks):
        found += finder.look()
    return tuple(each.sid for each in found)


@pytest.fixture
def watched(monkeypatch):
    """A function that makes a finder for a made-up contract."""

    def watch(contract):
        monkeypatch.setattr(session_finder, "SessionReads", lambda _connection: contract)
        return SessionFinder(None, lambda sid: sid[-1] % 2 == 0)

    return watch


def concerning(ids):
    return tuple(each for each in ids if each[-1] % 2 == 0)


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 7])
def test_every_session_that_concerns_is_found_once(watched, count):
    contract = Contract(count)
    finder = watched(contract)
    found = drained(finder, 8)
    assert tuple(sorted(found)) == concerning(contract.ids)
    assert len(contract.reads) == count
    assert finder.look() == ()


def test_what_is_found_tells_its_configuration_and_comes_in_the_order_of_the_chain(watched):
    found = watched(Contract(10)).look()
    assert [each.sid for each in found] == [each.configuration for each in found]
    assert [each.place for each in found] == [0, 2, 4, 6, 8]


def test_a_look_is_bounded_and_the_newest_sessions_come_first(watched):
    contract = Contract(5000)
    finder = watched(contract)
    assert [each.sid for each in finder.look()] == list(concerning(contract.ids[-READS_A_LOOK:]))
    assert len(contract.reads) == READS_A_LOOK
    assert len(contract.pages) == 50
    contract.ids.append(sid(5000))
    first, *rest = reversed(finder.look())
    assert first.sid == sid(5000)
    assert [each.sid for each in rest] == list(
        reversed(concerning(contract.ids[-2 * READS_A_LOOK : -READS_A_LOOK - 1]))
    )


def test_only_the_last_are_looked_at_again(watched):
    contract = Contract(150)
    finder = watched(contract)
    drained(finder, 3)
    contract.requests, contract.pages = 0, []
    contract.ids.append(sid(150))
    assert [each.sid for each in finder.look()] == [sid(150)]
    # The count, a page from the overlap on, and the configuration of the new one.
    assert contract.requests == 3
    assert contract.pages == [(150 - OVERLAP, OVERLAP + 1)]


def test_a_list_that_is_too_long_for_one_look_is_listed_from_its_end_and_whole_in_the_end(watched):
    contract = Contract((PAGES_A_LOOK + 20) * PAGE)
    finder = watched(contract)
    finder.look()
    assert len(contract.pages) == PAGES_A_LOOK
    assert min(start for start, _ in contract.pages) == 20 * PAGE
    contract.ids += [sid(len(contract.ids) + number) for number in range(10)]
    newest = contract.ids[-10:]
    assert {each.sid for each in finder.look()} >= set(concerning(newest))
    finder.look()
    assert set(finder._unread) | finder._read == set(contract.ids)
    assert len(contract.pages) <= PAGES_A_LOOK + 20 + 3


def test_what_is_urgent_is_read_before_all_others_if_it_is_new(watched):
    contract = Contract(5000)
    finder = watched(contract)
    urgent = [sid(7), sid(4), sid(8), sid(9_999), sid(4)]
    found = [each.sid for each in finder.look(urgent)]
    assert found[:2] == [sid(4), sid(8)]
    assert contract.reads[:3] == [sid(7), sid(4), sid(8)]
    assert len(contract.reads) == READS_A_LOOK
    contract.reads = []
    finder.look(urgent)
    assert not set(urgent) & set(contract.reads)


def test_what_did_not_fit_is_found_again(watched):
    contract = Contract(300)
    finder = watched(contract)
    drained(finder, 5)
    again = FoundSession(sid(20), sid(20), 20)
    finder.offer_again(again)
    assert finder.look() == (again,)
    assert finder.look() == ()


def test_new_sessions_are_found_between_looks(watched):
    contract = Contract(3)
    finder = watched(contract)
    found = [*finder.look()]
    for number in range(3, 300):
        contract.ids.append(sid(number))
        if number % 7 == 0:
            found += finder.look()
    found += finder.look()
    assert tuple(each.sid for each in found) == concerning(contract.ids)


def test_a_reorganisation_that_puts_other_sessions_into_their_places_is_noticed(watched):
    contract = Contract(200)
    finder = watched(contract)
    drained(finder, 3)
    replaced = [sid(1000 + number) for number in range(OVERLAP)]
    contract.ids[-OVERLAP:] = replaced
    assert drained(finder, 1) == concerning(replaced)
    assert finder.look() == ()


def test_a_reorganisation_that_shortens_the_list_loses_nothing_that_comes_after(watched):
    contract = Contract(200)
    finder = watched(contract)
    drained(finder, 3)
    del contract.ids[-30:]
    assert finder.look() == ()
    contract.ids += [sid(number) for number in range(2000, 2040)]
    assert drained(finder, 1) == concerning(sid(number) for number in range(2000, 2040))


def test_a_session_that_comes_back_after_a_reorganisation_is_not_new(watched):
    contract = Contract(10)
    finder = watched(contract)
    finder.look()
    taken = contract.ids.pop()
    finder.look()
    contract.ids.append(taken)
    assert finder.look() == ()


def test_a_session_that_was_listed_and_taken_away_before_it_was_read_is_not_asked_for_for_ever(watched):
    contract = Contract(300)
    finder = watched(contract)
    finder.look()
    gone = contract.ids[20:30]
    del contract.ids[20:30]
    assert not set(drained(finder, 6)) & set(gone)
    contract.reads = []
    assert finder.look() == ()
    assert contract.reads == []


def test_a_session_that_this_node_does_not_know_yet_is_found_when_it_does(watched):
    contract = Contract(300)
    finder = watched(contract)
    contract.hidden = {sid(4), sid(298)}
    found = set(drained(finder, 6))
    contract.hidden = set()
    found |= set(drained(finder, 2))
    assert found == set(concerning(contract.ids))


@given(fails_at=st.lists(st.integers(1, 40), max_size=6), count=st.integers(0, 260))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_or_found_twice_when_the_node_fails_in_the_middle(fails_at, count):
    contract = Contract(count)
    finder = SessionFinder(None, lambda sid: sid[-1] % 2 == 0)
    finder._reads = contract
    found = []
    for later in [*fails_at, None]:
        contract.requests, contract.fails_at = 0, later
        try:
            found += finder.look()
        except NodeError:
            assert later is not None
        contract.ids.append(sid(len(contract.ids)))
    contract.fails_at = None
    found = [each.sid for each in found] + list(drained(finder, 4))
    assert tuple(sorted(found)) == concerning(contract.ids)


def test_a_node_that_often_fails_shows_all_sessions_in_the_end(watched):
    contract = Contract(2000)
    finder, found, rng = watched(contract), [], random.Random(1)
    for _ in range(100):
        contract.requests, contract.fails_at = 0, rng.randrange(1, 200)
        try:
            found += finder.look()
        except NodeError:
            continue
    assert tuple(sorted(each.sid for each in found)) == concerning(contract.ids)


def test_a_session_that_always_fails_does_not_hide_the_others(watched):
    contract = Contract(30)
    finder = watched(contract)
    contract.fails_for = {sid(28), sid(10)}
    found = []
    for _ in range(10):
        try:
            found += finder.look()
        except NodeError:
            continue
    others = [each for each in concerning(contract.ids) if each not in contract.fails_for]
    assert sorted(each.sid for each in found) == others


def test_a_node_that_says_more_than_it_has_is_not_asked_for_ever(watched):
    contract = Contract(10)
    finder = watched(contract)
    contract.session_count = lambda: 10**9
    for _ in range(3):
        contract.requests = 0
        finder.look()
        assert contract.requests <= PAGES_A_LOOK + READS_A_LOOK
    contract.session_count = lambda: 1000
    assert drained(finder, 3) == concerning(contract.ids)
    contract.ids.append(sid(10))
    assert drained(finder, 1) == (sid(10),)
    del contract.session_count
    contract.ids.append(sid(12))
    contract.requests = 0
    assert drained(finder, 1) == (sid(12),)
    assert contract.requests == 3
