"""Which sessions are looked at: agreed terms only, the confirmed ones first, whatever strangers create."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import structlog
from support.consortium import PHASE_SECONDS
from support.office import agreed_file

from tcss_chain.chain.errors import NodeError
from tcss_chain.protocol.session import Phase
from tcss_chain.service import session_candidates, session_intake
from tcss_chain.service.session_intake import SessionIntake

NOW = 1_000_000


def sid(number):
    return number.to_bytes(32, "big")


class Chain:
    """Sessions by their ids, and what is asked of the node that knows them."""

    def __init__(self, configuration):
        self.agreed = configuration
        self.other = replace(configuration, bond=configuration.bond + 1)
        self.sessions = {}
        self.phases = {}
        self.confirmations = []
        self.asked = Counter()
        self.now = configuration.confirm_by - PHASE_SECONDS
        self.fails = set()

    def create(self, count, configuration, first=0):
        new = [sid(first + number) for number in range(count)]
        self.sessions |= dict.fromkeys(new, configuration)
        self.phases |= dict.fromkeys(new, Phase.CONFIRMING)
        return new

    def confirm(self, session):
        self.phases[session] = Phase.JOINING
        self.confirmations.append(session)

    def _ask(self, what):
        self.asked[what] += 1
        if what in self.fails:
            raise NodeError(what, "ConnectionError")

    def chain_time(self):
        self._ask("time")
        return self.now

    def session_count(self):
        self._ask("count")
        return len(self.sessions)

    def session_ids(self, start, limit):
        self._ask("ids")
        return tuple(self.sessions)[start : start + limit]

    def configuration(self, session):
        self._ask("configuration")
        return self.sessions[session]

    def look(self):
        self._ask("confirmations")
        return tuple(self.confirmations)


class Watched:
    """An intake, the sessions that were taken up, and those that were declined."""

    def __init__(self, chain, consortia, me):
        self.chain = chain
        self.declined = []
        self.looked_at = []
        self.followed = []
        self.intake = SessionIntake(
            chain, me, consortia, 0, lambda *told: self.declined.append(told), structlog.get_logger()
        )

    def look(self, times=1):
        """What a service does at each look."""
        for _ in range(times):
            for session in self.intake.next_ones():
                self.looked_at.append(session)
                if self.chain.phases[session] is Phase.CONFIRMING:
                    self.intake.put_back(session)
                elif self.chain.phases[session] is Phase.JOINING:
                    self.followed.append(session)


@pytest.fixture
def chain(three):
    return Chain(three.configuration)


@pytest.fixture
def watched(chain, three, monkeypatch):
    monkeypatch.setattr(session_intake, "ConfirmationWatch", lambda _connection, _first_block: chain)
    monkeypatch.setattr("tcss_chain.service.session_finder.SessionReads", lambda _connection: chain)
    return lambda consortia=None: Watched(
        chain, [agreed_file(three)] if consortia is None else consortia, three.members[0].address
    )


def test_a_session_with_agreed_terms_waits_until_it_is_confirmed(chain, watched):
    (session,) = chain.create(1, chain.agreed)
    service = watched()
    service.look(3)
    assert service.followed == []
    assert len(service.intake) == 1
    chain.confirm(session)
    service.look()
    assert service.followed == [session]
    assert len(service.intake) == 0
    service.look(3)
    assert service.followed == [session]


def test_a_session_with_other_terms_is_declined_once_and_never_queued(chain, watched):
    (session,) = chain.create(1, chain.other)
    service = watched()
    chain.confirm(session)
    service.look(5)
    ((declined, reason),) = service.declined
    assert declined == session
    assert "bond" in reason
    assert service.looked_at == []
    assert chain.asked["configuration"] == 1


def test_a_session_that_would_wait_for_years_is_never_queued(chain, watched):
    late = replace(
        chain.agreed,
        **{
            name: getattr(chain.agreed, name) + 10**9
            for name in (
                *(f"{phase}_by" for phase in ("confirm", "join", "deal", "complain", "reveal", "challenge")),
                "bond_release_time",
            )
        },
    )
    chain.create(1, late)
    service = watched()
    service.look()
    assert len(service.declined) == 1
    assert len(service.intake) == 0


def test_a_session_that_seems_to_begin_too_late_on_a_node_that_lags_is_kept(chain, watched):
    (session,) = chain.create(1, chain.agreed)
    service = watched()
    chain.now -= 60
    service.look()
    assert service.declined == []
    assert service.looked_at == [session]
    assert service.intake.fits_soon(chain.agreed)
    assert not service.intake.fits_soon(chain.other)


def test_old_sessions_with_other_terms_are_no_alarm(chain, watched, logged):
    chain.create(3, chain.other)
    chain.now = chain.other.join_by
    service = watched()
    service.look()
    assert service.declined == []
    assert len(logged.of("joining had closed")) == 3


def test_the_agreed_session_is_taken_up_at_once_whatever_strangers_create(chain, watched):
    """10 000 sessions with other terms, 1000 with the same: before the service starts, and around ours."""
    chain.create(5000, chain.other)
    chain.create(500, chain.agreed, first=10_000)
    (ours,) = chain.create(1, chain.agreed, first=20_000)
    chain.create(500, chain.agreed, first=30_000)
    chain.create(5000, chain.other, first=40_000)
    service = watched()
    service.look(2)
    chain.confirm(ours)
    service.look(2)
    assert service.followed == [ours]
    most = 4 * (session_candidates.CANDIDATES_A_LOOK + 1)
    assert len(service.looked_at) <= most
    assert chain.asked["configuration"] <= 4 * 100
    service.look(110)
    assert service.followed == [ours]
    assert len(service.declined) == 10_000
    assert len(service.intake) == 1000
    # Those that nobody confirms leave when their time is over.
    chain.now = chain.agreed.confirm_by
    chain.phases = dict.fromkeys(chain.phases, Phase.ABORTED)
    service.look(1000 // session_candidates.CANDIDATES_A_LOOK)
    assert len(service.intake) == 0


def test_the_session_that_waited_longest_is_taken_up_as_soon_as_it_is_confirmed(chain, watched):
    created = chain.create(1000, chain.agreed)
    service = watched()
    service.look(40)
    for ours in (created[0], created[500], created[999]):
        chain.confirm(ours)
        service.look()
        assert service.followed[-1] == ours


def test_without_events_every_candidate_is_looked_at_in_turn(chain, watched, logged):
    chain.fails = {"confirmations"}
    first = chain.create(300, chain.agreed)
    service = watched()
    service.look(10)
    chain.phases[first[0]] = Phase.JOINING
    service.look(6)
    assert service.followed == [first[0]]
    assert logged.of("looking for confirmations failed, will be tried again")


def test_a_confirmed_session_is_taken_up_though_the_queue_is_full(chain, watched, monkeypatch):
    monkeypatch.setattr(session_candidates, "MAX_CANDIDATES", 30)
    chain.create(80, chain.agreed)
    service = watched()
    service.look(5)
    assert len(service.intake) == 30
    (ours,) = chain.create(1, chain.agreed, first=500)
    service.look(2)
    assert ours not in service.looked_at
    chain.confirm(ours)
    service.look()
    assert service.followed == [ours]


def test_what_did_not_fit_is_looked_at_when_there_is_room(chain, watched, monkeypatch):
    monkeypatch.setattr(session_candidates, "MAX_CANDIDATES", 30)
    created = chain.create(80, chain.agreed)
    service = watched()
    service.look(5)
    chain.phases = dict.fromkeys(chain.phases, Phase.ABORTED)
    service.look(5)
    assert set(service.looked_at) == set(created)
    assert len(service.intake) == 0


def test_a_node_that_does_not_tell_the_time_makes_nobody_forget_a_session(chain, watched):
    created = chain.create(40, chain.agreed)
    service = watched()
    for fails in ({"time"}, {"configuration"}, {"ids"}, {"count"}):
        chain.fails = fails
        if fails == {"time"}:
            with pytest.raises(NodeError):
                service.look()
        else:
            service.look()
    chain.fails = set()
    service.look()
    assert set(service.looked_at) == set(created)


def test_a_session_that_cannot_be_judged_is_found_again_and_hides_no_other(chain, watched):
    created = chain.create(10, chain.agreed)
    service = watched()
    sort, failures = service.intake._sort, [OSError("disk")] * 3

    def failing(found, now, *, urgent):
        if found.sid == created[4] and failures:
            raise failures.pop()
        sort(found, now, urgent=urgent)

    service.intake._sort = failing
    service.look()
    assert set(service.looked_at) == set(created) - {created[4]}
    service.look(3)
    assert set(service.looked_at) == set(created)
