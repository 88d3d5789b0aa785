"""An organisation's service: which sessions it joins, and that it takes up what it left."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import ClassVar

import pytest
from eth_utils.address import to_checksum_address
from support.consortium import BOND, Consortium
from support.office import LONG
from support.states import PASSPHRASE

from tcss_chain.chain.errors import NodeError
from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.participant.participant import Participant
from tcss_chain.protocol.session import Phase
from tcss_chain.service.participant_service import ParticipantService
from tcss_chain.session_package import decode_package
from tcss_chain.store.session_table import Standing
from tcss_chain.store.state_database import StateDatabase


def strangers(count):
    return tuple(to_checksum_address(bytes([9]) * 18 + number.to_bytes(2, "big")) for number in range(count))


@pytest.fixture
def another(connection, embedded_devnet):
    """A function that makes another session of the same members, perhaps with other terms."""
    return lambda **changes: Consortium(connection, embedded_devnet.accounts, n=3, t=2, **changes)


def test_a_session_with_the_agreed_terms_is_joined_once_it_is_confirmed(office, three, logged):
    three.run_to(Phase.CONFIRMING)
    with office.open() as running:
        running.turn()
        assert running.table.all() == ()
        assert running.running() == 0
        three.confirm()
        running.until(office.has_joined)
        assert running.row(three.sid).standing is Standing.FOLLOWED
        running.turn()
        assert (running.row(three.sid).note, running.raised()) == ("Group", [])
        assert office.bond() == BOND
        assert running.store.load(three.sid) is not None
    assert office.nonce() == 1
    (mined,) = logged.of("transaction mined")
    assert mined["kind"] == "join"


DEVIATIONS = {
    "threshold": lambda c: {"threshold": 3},
    "auditor": lambda c: {"auditor": c.outsider.address},
    "bond": lambda c: {"bond": c.bond + 1},
    "cheap bond": lambda c: {"bond": c.bond - 1},
    "beneficiary": lambda c: {"beneficiary": c.outsider.address},
    "long phase": lambda c: {"challenge_by": c.challenge_by + 1},
    "short phase": lambda c: {"join_by": c.join_by - 1},
    "begins late": lambda c: {"confirm_by": c.confirm_by + 50_000},
    "long release": lambda c: {"bond_release_time": c.bond_release_time + 1},
    "one member less": lambda c: {"members": c.members[:2]},
    "a stranger": lambda c: {"members": tuple(sorted([*c.members, *strangers(1)], key=str.lower))},
}


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_a_session_that_differs_in_anything_is_declined_and_no_bond_is_paid(
    office, three, another, deviation
):
    class Terms:
        def __getattr__(self, name):
            return getattr(three if name == "outsider" else three.configuration, name)

    other = another(**DEVIATIONS[deviation](Terms()))
    other.create()
    if deviation == "auditor":
        other.auditor = other.outsider
    other.confirm()
    with office.open() as running:
        running.until(lambda: running.raised() == [Alarm.SESSION_DECLINED])
        assert other.sid.hex() in running.note(Alarm.SESSION_DECLINED)
        running.turn()
        assert (running.running(), running.row(other.sid)) == (0, None)
    assert office.nonce() == 0
    assert office.bond(other) == 0


def test_a_declined_session_stays_declined_and_the_agreed_one_beside_it_is_joined(office, three, another):
    other = another(bond=BOND + 1)
    other.run_to(Phase.JOINING)
    three.run_to(Phase.JOINING)
    for _ in range(2):
        with office.open() as running:
            running.until(lambda: office.has_joined() and running.running() == 1)
            running.until(lambda: Alarm.SESSION_DECLINED in running.raised())
            assert [row.sid for row in running.table.all()] == [three.sid]
    assert not office.has_joined(other)
    assert office.nonce() == 1


def test_terms_that_changed_since_it_was_found_are_judged_again_before_the_bond_is_paid(office, three):
    """The participant itself asks its agreement too, whatever the service has decided."""
    three.run_to(Phase.JOINING)
    with office.open() as running:
        lax = office.file
        running.service._consortia = [lax]
        running.service._judge = lambda configuration: (replace(lax, bond=BOND - 1), ())
        running.until(lambda: Alarm.SESSION_DECLINED in running.raised())
        running.until(lambda: running.row(three.sid).standing is Standing.DECLINED)
    assert office.nonce() == 0


def test_without_a_consortium_file_nothing_is_joined(office, three):
    three.run_to(Phase.JOINING)
    with office.open(files=[]) as running:
        running.until(lambda: running.raised() == [Alarm.SESSION_DECLINED])
        assert "no consortium file" in running.note(Alarm.SESSION_DECLINED)
    assert office.nonce() == 0


def test_any_of_several_consortium_files_will_do(office, three):
    three.run_to(Phase.JOINING)
    other = replace(office.file, name="Other", threshold=3)
    with office.open(files=[other, office.file]) as running:
        running.until(office.has_joined)
        assert running.row(three.sid).note == "Group"


def test_a_session_of_others_is_none_of_its_business(office, connection, embedded_devnet):
    theirs = Consortium(connection, embedded_devnet.accounts[8:], n=3, t=2).run_to(Phase.JOINING)
    with office.open() as running:
        running.turn()
        assert running.table.all() == ()
        assert running.raised() == []
    assert theirs.reads.phase(theirs.sid) is Phase.JOINING


def test_a_session_whose_joining_had_closed_is_left_alone(office, three, logged):
    three.run_to(Phase.JOINING)
    office.let_others_join()
    three.travel_to(three.configuration.join_by)
    with office.open() as running:
        running.until(lambda: logged.of("joining had closed"))
        running.turn()
        assert (running.running(), running.raised(), running.table.all()) == (0, [], ())
    assert office.nonce() == 0


def test_bonds_are_paid_for_so_many_sessions_at_once_and_not_for_more(office, three, another):
    other = another()
    sessions = {three.sid: three, other.sid: other}
    for session in sessions.values():
        session.run_to(Phase.JOINING)
    with office.open(max_open_sessions=1) as running:
        running.until(lambda: any(map(office.has_joined, sessions.values())))
        (row,) = running.table.all()
        first = sessions.pop(row.sid)
        ((_, second),) = sessions.items()
        running.turn()
        assert running.raised() == [Alarm.SESSION_DECLINED]
        assert "too many" in running.note(Alarm.SESSION_DECLINED)
        assert second.sid.hex() in running.note(Alarm.SESSION_DECLINED)
    assert office.has_joined(first)
    assert not office.has_joined(second)
    assert office.nonce() == 1


def test_a_session_that_was_too_much_is_joined_when_another_has_ended(office, three, another):
    three.run_to(Phase.JOINING)
    with office.open(max_open_sessions=1) as running:
        running.until(office.has_joined)
        three.travel_to(three.configuration.join_by)
        other = another().run_to(Phase.JOINING)
        running.until(lambda: office.has_joined(other))
        assert running.row(three.sid).standing is Standing.ABORTED


def test_what_was_joined_is_taken_up_after_a_restart_with_the_same_secrets(office, three):
    three.run_to(Phase.JOINING)
    with office.open() as running:
        running.until(office.has_joined)
        kept = running.store.load(three.sid)
    office.let_others_join()
    with office.open() as running:
        running.until(office.has_dealt)
        assert running.store.load(three.sid).keys == kept.keys
        running.until(lambda: running.row(three.sid).phase is Phase.DEALING)
    with office.open() as running:
        office.let_others_deal()
        running.until(lambda: running.outbox.share(three.sid, three.members[1].address) is not None)
        running.until(lambda: running.row(three.sid).phase is Phase.COMPLAINING)
    assert office.nonce() == 2


def test_a_session_that_was_joined_is_taken_up_even_if_its_row_was_lost(office, three):
    """Another process may have died between the transaction and the row, or the node lied before."""
    three.run_to(Phase.JOINING)
    with office.open() as running:
        running.until(office.has_joined)
        office.let_others_join()
        running.until(office.has_dealt)
    with StateDatabase.open(office.folder, PASSPHRASE) as database, database.transaction() as connection:
        connection.execute("DELETE FROM session")
    office.let_others_deal()
    with office.open() as running:
        running.until(lambda: running.outbox.share(three.sid, three.members[1].address) is not None)
        assert running.row(three.sid).standing is Standing.FOLLOWED


class Idle(Participant):
    """Does nothing."""

    def step(self):
        return Phase.NONE


@pytest.mark.parametrize("joined", [False, True])
def test_a_consortium_file_that_no_longer_fits_is_an_alarm_and_nothing_is_sent(office, three, joined):
    three.run_to(Phase.JOINING)
    with office.open(kind=Participant if joined else Idle) as running:
        running.until(lambda: running.row(three.sid) is not None)
        if joined:
            running.until(office.has_joined)
    if joined:
        office.let_others_join()
    sent = office.nonce()
    with office.open(files=[replace(office.file, bond=BOND - 1)]) as running:
        running.turn(5)
        assert running.running() == 0
        assert running.raised() == [Alarm.STEP_FAILING]
        assert "no consortium file fits" in running.note(Alarm.STEP_FAILING)
        assert running.row(three.sid).standing is Standing.FOLLOWED
    assert office.nonce() == sent
    assert office.has_joined() is joined
    with office.open() as running:
        running.until(office.has_dealt if joined else office.has_joined)
        assert running.raised() == []


def test_an_alarm_about_a_file_that_did_not_fit_ends_when_it_does(office, three):
    """A node that is behind tells an earlier time, at which the session seems to begin too late."""
    three.run_to(Phase.JOINING)
    with office.open(kind=Idle) as running:
        running.until(lambda: running.row(three.sid) is not None)
    with office.open(kind=Idle) as running:
        judge = running.service._judge
        running.service._judge = lambda configuration: (None, ("it is too early",))
        running.turn(1)
        assert running.raised() == [Alarm.STEP_FAILING]
        running.service._judge = judge
        running.turn()
        assert (running.running(), running.raised()) == (1, [])


@pytest.fixture
def activated(office, three):
    """A function that runs the service until the session is active, and beyond."""

    def activate(running):
        three.run_to(Phase.JOINING)
        running.until(office.has_joined)
        office.let_others_join()
        running.until(office.has_dealt)
        office.let_others_deal()
        office.let_others_hand_out()
        running.until(lambda: running.outbox.acceptance(three.sid) is not None)
        three.activate_unanimously()
        running.until(lambda: running.table.load_package(three.sid) is not None)

    return activate


def test_a_session_from_joining_to_the_bonds_return(office, three, activated):
    recipient = three.members[1].address
    with office.open() as running:
        activated(running)
        share = running.store.load_share(three.sid)
        assert share is not None
        assert running.store.load(three.sid) is None
        running.until(lambda: running.row(three.sid).phase is Phase.ACTIVE)
        assert running.row(three.sid).standing is Standing.FOLLOWED
        package = decode_package(running.table.load_package(three.sid))
        assert package.sid == three.sid
        assert "package.saved" in running.moments
        assert office.bond() == BOND
    assert office.outboxes[0].share(three.sid, recipient) is None

    with office.open() as running:
        running.until(lambda: running.outbox.share(three.sid, recipient) is not None)
        assert running.store.load_share(three.sid) == share
        assert running.row(three.sid).standing is Standing.FOLLOWED
        three.travel_to(three.configuration.bond_release_time)
        running.until(lambda: running.row(three.sid).standing is Standing.FINISHED)
        running.until(lambda: running.running() == 0)
        assert office.bond() == 0
        assert running.outbox.share(three.sid, recipient) is None
        assert running.outbox.acceptance(three.sid) is None
        assert running.store.load_share(three.sid) == share
        assert running.raised() == []
    sent = office.nonce()

    with office.open() as running:
        running.turn()
        assert running.running() == 0
        assert running.row(three.sid).standing is Standing.FINISHED
        assert running.outbox.share(three.sid, recipient) is None
        assert running.store.load_share(three.sid) == share
        assert running.table.load_package(three.sid) is not None
    assert office.nonce() == sent == 3


def test_nothing_that_is_shown_holds_a_secret(office, three, activated, logged):
    class Curious(Participant):
        """Remembers the secrets that were there."""

        seen: ClassVar[list[int]] = []

        def _make_dealing(self, roster, dealing_key):
            polynomials, dealt = super()._make_dealing(roster, dealing_key)
            secrets = self._secrets()
            self.seen += [secrets.e, secrets.d, *polynomials.a, *polynomials.b]
            return polynomials, dealt

    with office.open(kind=Curious) as running:
        activated(running)
        shown = [logged.text, running.metrics.text().decode(), *map(repr, running.table.all())]
        shown += map(repr, (running.service, running.database, running.alarms.active(), running.moments))
        Curious.seen.append(running.store.load_share(three.sid).y)
        Curious.seen.append(int.from_bytes(bytes(office.me.account.key)))
    text = "".join(shown)
    assert len(Curious.seen) == 8
    for secret in Curious.seen:
        assert str(secret) not in text
        assert f"{secret:x}" not in text
    assert PASSPHRASE not in text


def test_an_archive_that_fails_is_tried_again(office, three, activated, monkeypatch):
    original, failures = ParticipantService._archive, [NodeError("reading logs", "ConnectionError")]

    def archive(service, sid, first_block):
        if failures:
            raise failures.pop()
        original(service, sid, first_block)

    monkeypatch.setattr(ParticipantService, "_archive", archive)
    with office.open() as running:
        activated(running)
    assert failures == []


def test_an_aborted_session_gives_the_bond_back_and_is_over(office, three):
    three.run_to(Phase.JOINING)
    with office.open() as running:
        running.until(office.has_joined)
        three.travel_to(three.configuration.join_by)
        running.until(lambda: running.row(three.sid).standing is Standing.ABORTED)
        assert running.row(three.sid).phase is Phase.ABORTED
        assert office.bond() == 0
        assert running.store.load(three.sid) is None
        assert running.table.load_package(three.sid) is None


def test_it_looks_and_checks_as_often_as_it_is_told(office, monkeypatch):
    with office.open(look_seconds=LONG, check_seconds=LONG) as running:
        done = []
        monkeypatch.setattr(running.service, "_look", lambda: done.append("look"))
        monkeypatch.setattr(running.service._housekeeper, "check", lambda _sids: done.append("check"))
        for _ in range(3):
            running.service.turn()
        assert done == ["check", "look"]


def test_it_runs_until_it_is_told_to_stop_and_ends_its_sessions(office, three):
    three.run_to(Phase.JOINING)
    stopping = threading.Event()
    with office.open(look_seconds=0.02, check_seconds=0.02) as running:
        thread = threading.Thread(target=running.service.run, args=(stopping,))
        thread.start()
        running.until(office.has_joined)
        stopping.set()
        thread.join(10)
        assert not thread.is_alive()
        workers = list(running.service._workers.values())
        assert [worker.is_running for worker in workers] == [True]
    assert [worker.is_running for worker in workers] == [False]
