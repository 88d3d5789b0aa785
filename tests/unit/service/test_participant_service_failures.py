"""An organisation's service when its state fails, when a session stumbles, and what it leaves behind."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from eth_utils.address import to_checksum_address
from support.consortium import Consortium
from support.states import PASSPHRASE, made_up_shares

from tcss_chain.chain.errors import NodeError
from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.participant.errors import (
    InconsistentShareError,
    UnagreedConfigurationError,
    UnknownSecretsError,
)
from tcss_chain.participant.participant import Participant
from tcss_chain.protocol.session import Phase
from tcss_chain.service import participant_service, session_worker
from tcss_chain.service.session_worker import SessionWorker
from tcss_chain.store.errors import StateFullError
from tcss_chain.store.session_table import MAX_NOTE_CHARACTERS, SessionTable, Standing
from tcss_chain.store.state_database import StateDatabase


@pytest.fixture
def another(connection, embedded_devnet):
    """A function that makes another session of the same members, perhaps with other terms."""
    return lambda **changes: Consortium(connection, embedded_devnet.accounts, n=3, t=2, **changes)


@pytest.fixture(autouse=True)
def short_pause(monkeypatch):
    monkeypatch.setattr(session_worker, "UNEXPECTED_PAUSE_SECONDS", 0.02)


def strangers(count):
    return tuple(to_checksum_address(bytes([9]) * 18 + number.to_bytes(2, "big")) for number in range(count))


class Idle(Participant):
    """Does nothing."""

    def step(self):
        return Phase.NONE


def fail(monkeypatch, name, times, **only):
    """Make the table's writes or reads fail for so many times."""
    original, left = getattr(SessionTable, name), [StateFullError() for _ in range(times)]

    def method(table, argument):
        wanted = all(getattr(argument, key) == value for key, value in only.items())
        if left and wanted:
            raise left.pop()
        return original(table, argument)

    monkeypatch.setattr(SessionTable, name, method)
    return left


def test_a_state_that_fails_while_sessions_are_considered_makes_nobody_forget_one(
    office, three, another, monkeypatch
):
    other = another()
    three.run_to(Phase.JOINING)
    other.run_to(Phase.JOINING)
    left = fail(monkeypatch, "get", 3)
    with office.open() as running:
        running.until(lambda: office.has_joined() and office.has_joined(other))
    assert left == []


@pytest.mark.parametrize(
    ("raised", "standing", "alarm"),
    [
        (UnknownSecretsError, Standing.TROUBLED, Alarm.SECRETS_MISSING),
        (lambda sid: UnagreedConfigurationError(sid, ("why",)), Standing.DECLINED, Alarm.SESSION_DECLINED),
    ],
)
def test_an_end_that_cannot_be_written_down_is_an_alarm_at_once_and_written_later(
    office, three, monkeypatch, raised, standing, alarm
):
    class Ending(Idle):
        def step(self):
            raise raised(self.sid)

    left = fail(monkeypatch, "put", 10**6, standing=standing)
    three.run_to(Phase.JOINING)
    with office.open(kind=Ending) as running:
        running.until(lambda: alarm in running.raised())
        running.turn()
        assert running.row(three.sid).standing is Standing.FOLLOWED
        assert running.running() == 1
        left.clear()
        running.until(lambda: running.row(three.sid).standing is standing)
        running.until(lambda: running.running() == 0)
        assert running.raised() == [alarm]


def test_a_share_that_does_not_fit_is_an_alarm_and_is_tried_again(office, three):
    class Doubting(Participant):
        failures = 20

        def step(self):
            if self.failures:
                self.failures -= 1
                raise InconsistentShareError(self.sid)
            return super().step()

    three.run_to(Phase.JOINING)
    with office.open(kind=Doubting) as running:
        running.until(lambda: running.raised() == [Alarm.STEP_FAILING])
        assert "do not add up" in running.note(Alarm.STEP_FAILING)
        assert running.row(three.sid).standing is Standing.FOLLOWED
        running.until(office.has_joined)
        running.until(lambda: running.raised() == [])


def test_what_is_handed_out_is_kept_until_the_session_is_over_and_not_longer(office, three):
    three.run_to(Phase.JOINING)
    with office.open() as running:
        running.until(office.has_joined)
        running.store.save_handed_out(three.sid, made_up_shares(3))
        running.store.save_handed_out(b"\7" * 32, made_up_shares(3))
        three.travel_to(three.configuration.join_by)
        running.until(lambda: running.row(three.sid).standing is Standing.ABORTED)
        assert running.store.load_handed_out(three.sid) == {}
        assert len(running.store.load_handed_out(b"\7" * 32)) == 3


def test_an_end_that_cannot_be_kept_is_tried_again(office, three, monkeypatch):
    three.run_to(Phase.JOINING)
    left = fail(monkeypatch, "put", 3, standing=Standing.ABORTED)
    with office.open() as running:
        running.until(office.has_joined)
        three.travel_to(three.configuration.join_by)
        running.until(lambda: running.row(three.sid).standing is Standing.ABORTED)
        running.until(lambda: running.running() == 0)
        running.turn()
        assert Alarm.STEP_FAILING not in running.raised()
    assert left == []


def test_sessions_that_are_over_take_no_room(office, three):
    three.run_to(Phase.JOINING)
    with office.open() as running:
        running.until(office.has_joined)
        assert isinstance(running.service._workers[three.sid], SessionWorker)
        three.travel_to(three.configuration.join_by)
        running.until(lambda: running.row(three.sid).standing is Standing.ABORTED)
        running.until(lambda: running.running() == 0)
        running.turn()
        assert running.service._workers == {}
        assert running.row(three.sid).standing is Standing.ABORTED


def test_a_session_that_nobody_confirmed_in_time_is_left_with_few_questions(office, three, logged):
    three.run_to(Phase.CONFIRMING)
    with office.open() as running:
        running.turn()
        three.travel_to(three.configuration.confirm_by)
        running.until(lambda: logged.of("was not confirmed in time"))
        assert len(running.service._intake) == 0
        assert running.table.all() == ()


def test_all_sessions_of_a_service_share_the_turns_for_exchanges(office, three, another, monkeypatch):
    given = []
    original = participant_service.PeerFetcher

    def fetcher(*arguments, turns, **options):
        given.append(turns)
        return original(*arguments, turns=turns, **options)

    monkeypatch.setattr(participant_service, "PeerFetcher", fetcher)
    other = another()
    three.run_to(Phase.JOINING)
    other.run_to(Phase.JOINING)
    with office.open(kind=Idle) as running:
        running.until(lambda: running.running() == 2)
    assert len(given) == 2
    assert given[0] is given[1]


def failing_once(service, name, error):
    """Make a method of a service fail at its first call."""
    original, failures = getattr(service, name), [error]

    def method(*arguments):
        if failures:
            raise failures.pop()
        return original(*arguments)

    setattr(service, name, method)


def test_no_session_is_forgotten_when_a_node_fails_while_they_are_looked_at(office, three, another):
    other = another()
    three.run_to(Phase.JOINING)
    other.run_to(Phase.JOINING)
    with office.open() as running:
        failing_once(running.service, "_consider", NodeError("reading", "ConnectionError"))
        running.until(lambda: office.has_joined() and office.has_joined(other))


def test_one_session_that_cannot_be_looked_at_does_not_hide_the_next(office, three, another):
    other = another()
    three.run_to(Phase.JOINING)
    other.run_to(Phase.JOINING)
    with office.open() as running:
        consider = running.service._consider

        def stuck(sid):
            if sid == three.sid:
                raise NodeError("reading", "ConnectionError")
            consider(sid)

        running.service._consider = stuck
        running.until(lambda: office.has_joined(other))
        running.service._consider = consider
        running.until(office.has_joined)


def test_a_session_that_a_reorganisation_took_away_does_not_keep_others_from_being_taken_up(
    office, three, another, connection
):
    gone = another()
    snapshot = connection.w3.provider.make_request("evm_snapshot", [])["result"]
    gone.run_to(Phase.JOINING)
    with office.open(kind=Idle) as running:
        running.until(lambda: running.row(gone.sid) is not None)
    assert connection.w3.provider.make_request("evm_revert", [snapshot])["result"] is True
    three.run_to(Phase.JOINING)
    with office.open(kind=Idle) as running:
        running.until(lambda: running.row(three.sid) is not None)
    for sids in ((gone.sid, three.sid), (three.sid, gone.sid)):
        with office.open() as running:
            running.service._to_resume = {sid: running.row(sid) for sid in sids}
            running.until(lambda: office.has_joined() and running.running() == 1)


def test_a_session_full_of_strangers_is_declined_however_long_the_reasons_are(office, three, another):
    """Anybody may create sessions that name this account."""
    members = tuple(sorted([office.me.address, *strangers(127)], key=str.lower))
    flood = another(members=members).run_to(Phase.JOINING)
    with office.open() as running:
        running.until(lambda: Alarm.SESSION_DECLINED in running.raised())
        assert "is admitted, but is no member" in running.note(Alarm.SESSION_DECLINED)
        three.run_to(Phase.JOINING)
        running.until(office.has_joined)
        assert running.row(flood.sid) is None


def test_reasons_that_are_too_long_to_be_kept_are_cut(office, three):
    """The participant judges the terms itself, and tells all reasons."""

    class Choosy(Idle):
        def step(self):
            raise UnagreedConfigurationError(self.sid, ("a reason",) * 1000)

    three.run_to(Phase.JOINING)
    with office.open(kind=Choosy) as running:
        running.until(lambda: Alarm.SESSION_DECLINED in running.raised())
        running.until(lambda: running.row(three.sid).standing is Standing.DECLINED)
        assert len(running.row(three.sid).note) == MAX_NOTE_CHARACTERS


@pytest.mark.parametrize("name", ["_resume", "_look"])
def test_what_nobody_foresaw_is_survived_and_its_text_not_shown(office, three, logged, name):
    three.run_to(Phase.JOINING)
    with office.open() as running:
        failing_once(running.service, name, ZeroDivisionError("hunter2"))
        running.until(office.has_joined)
        shown = repr(running.alarms.active()) + logged.text
    assert "hunter2" not in shown
    assert [line["error"] for line in logged.lines if line["level"] == "error"] == ["ZeroDivisionError"]


def test_a_participant_that_stumbles_raises_an_alarm_and_the_other_session_goes_on(office, three, another):
    other = another()

    class Stumbling(Participant):
        def step(self):
            if self.sid == three.sid:
                raise ZeroDivisionError("hunter2")
            return super().step()

    three.run_to(Phase.JOINING)
    other.run_to(Phase.JOINING)
    with office.open(kind=Stumbling) as running:
        running.until(lambda: office.has_joined(other))
        running.until(lambda: Alarm.STEP_FAILING in running.raised())
        assert running.note(Alarm.STEP_FAILING) == "unexpected ZeroDivisionError"
        assert running.running() == 2


def test_lost_secrets_stop_the_session_with_an_alarm_and_are_not_drawn_anew(office, three, logged):
    three.run_to(Phase.JOINING)
    with office.open() as running:
        running.until(office.has_joined)
    with StateDatabase.open(office.folder, PASSPHRASE) as database, database.transaction() as connection:
        connection.execute("DELETE FROM session_secrets")
    office.let_others_join()
    for _ in range(2):
        with office.open() as running:
            running.until(lambda: running.raised() == [Alarm.SECRETS_MISSING])
            running.until(lambda: running.running() == 0)
            assert running.row(three.sid).standing is Standing.TROUBLED
            assert running.note(Alarm.SECRETS_MISSING) == running.row(three.sid).note
            assert running.store.load(three.sid) is None
    assert office.nonce() == 1
    assert logged.of("cannot go on")


def test_a_session_that_became_active_without_this_account_is_no_abort(office, three):
    """It did not join, for want of money say: nothing is kept, and nothing was lost."""
    three.run_to(Phase.JOINING)
    with office.open() as running:
        running.service._alarms.raise_(Alarm.STEP_FAILING, f"0x{three.sid.hex()}", "no money")
        stranger = SimpleNamespace(sid=three.sid, final_share=None, phase=Phase.ACTIVE)
        running.service._end(stranger)
        row = running.row(three.sid)
        assert (row.standing, row.phase) == (Standing.DECLINED, Phase.ACTIVE)
        assert row.note == "it became active without this account"
        assert Alarm.STEP_FAILING not in running.raised()


@pytest.mark.parametrize(
    ("raised", "standing", "alarm"),
    [
        (UnknownSecretsError, Standing.TROUBLED, Alarm.SECRETS_MISSING),
        (lambda sid: UnagreedConfigurationError(sid, ("why",)), Standing.DECLINED, Alarm.SESSION_DECLINED),
    ],
)
def test_a_session_that_is_left_takes_along_what_was_raised_about_it(office, three, raised, standing, alarm):
    class Ending(Idle):
        def step(self):
            for each in (Alarm.NODES_DISAGREE, Alarm.SHARE_WITHHELD, Alarm.COMPLAINED_ABOUT):
                running.alarms.raise_(each, f"0x{self.sid.hex()}")
            raise raised(self.sid)

    three.run_to(Phase.JOINING)
    with office.open(kind=Ending) as running:
        running.service._checked_at = float("inf")  # it is left before the first check
        running.until(lambda: running.running() == 0 and running.row(three.sid) is not None)
        assert running.row(three.sid).standing is standing
        assert running.raised() == [alarm]
