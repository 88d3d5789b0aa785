"""An auditor's service: the gate, one key a session, archives, and what a death in between leaves."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest
from support.audit_desk import confirmed, own
from support.consortium import Consortium
from support.moments import of_transaction

from tcss_chain.chain.errors import NodeError
from tcss_chain.chain.transaction_journal import Purpose
from tcss_chain.chain.transactions import TransactionSettings
from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.protocol.session import Phase
from tcss_chain.session_package import check_against_chain, decode_package
from tcss_chain.store.session_table import SessionTable, Standing


@pytest.fixture
def another(connection, embedded_devnet):
    """A function that makes another session of the same members."""
    return lambda **changes: Consortium(connection, embedded_devnet.accounts, n=3, t=2, **changes)


def complete(session: Consortium) -> None:
    """What the members do after the confirmation."""
    for member in session.members:
        session.join(member)
    for member in session.members:
        session.deal(member)
    session.activate_unanimously()


def test_a_session_is_confirmed_followed_and_archived(desk, three, logged):
    three.create()
    with desk.open() as run:
        service = run.service()
        service.turn()
        assert confirmed(three)
        assert service.open_sessions == (three.sid,)
        row = run.row(three.sid)
        assert (row.standing, row.phase, run.raised()) == (Standing.FOLLOWED, Phase.JOINING, [])
        complete(three)
        service.turn()
        assert run.row(three.sid).standing is Standing.FINISHED
        assert service.open_sessions == ()
        package = decode_package(run.table.load_package(three.sid))
        check_against_chain(package, three.connection)
        service._state_check._checked_at = float("-inf")
        service.turn()
        assert b'tcss_sessions{standing="finished"} 1.0' in run.metrics.text()
        assert b'tcss_transactions_mined_total{kind="confirm"} 1.0' in run.metrics.text()
        assert run.keys.load(three.sid) is not None
    assert own(three, desk)
    (mined,) = logged.of("transaction mined")
    assert mined["kind"] == "confirm"


def test_several_sessions_each_get_their_own_key_and_one_transaction(desk, three, another):
    sessions = [three, another(), another()]
    for session in sessions:
        session.create()
    before = desk.nonce()
    with desk.open() as run:
        run.service().turn()
    assert all(own(session, desk) for session in sessions)
    assert len({desk.key(session.sid).alpha for session in sessions}) == 3
    assert desk.nonce() == before + 3


def test_sessions_of_another_auditor_are_nothing_to_it(desk, another, embedded_devnet):
    foreign = another(auditor=embedded_devnet.accounts[9].address)
    foreign.create()
    with desk.open() as run:
        run.service().turn()
        assert run.table.all() == ()


def test_without_creators_nothing_is_confirmed_and_the_operator_is_called(desk, three):
    three.create()
    before = desk.nonce()
    with desk.open() as run:
        service = run.service(creators=())
        service.turn()
        row = run.row(three.sid)
        assert row.standing is Standing.DECLINED
        assert three.creator.address in row.note
        assert run.raised() == [Alarm.SESSION_WAITS]
        assert run.keys.load(three.sid) is None
        three.travel_to(three.configuration.confirm_by)
        service.turn()
        assert run.raised() == []
    assert not confirmed(three)
    assert desk.nonce() == before


def test_a_stranger_s_session_is_not_confirmed_and_calls_nobody(desk, three, logged):
    three.create()
    with desk.open() as run:
        run.service(creators=[three.outsider.address]).turn()
        assert run.row(three.sid) is None
        assert run.raised() == []
    assert not confirmed(three)
    assert len(logged.of("does not confirm a session")) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda c: {"bond": c.bond + 1},
        lambda c: {"threshold": 3},
        lambda c: {"confirm_by": c.confirm_by + 50_000},
        lambda c: {"bond_release_time": c.bond_release_time + 1},
        lambda c: {"members": c.members[:2]},
    ],
)
def test_an_admitted_creator_s_session_with_other_terms_is_an_alarm(desk, three, another, change):
    other = another(**change(three.configuration))
    other.create()
    with desk.open() as run:
        run.service().turn()
        assert run.row(other.sid).standing is Standing.DECLINED
        assert run.raised() == [Alarm.SESSION_DECLINED]
        assert run.keys.all_sids() == ()
    assert not confirmed(other)


def test_what_was_declined_is_decided_anew_after_a_restart(desk, three):
    three.create()
    with desk.open() as run:
        service = run.service(creators=())
        service.turn()
        service.turn()
        assert not confirmed(three)
    with desk.open() as run:
        run.service().turn()
        assert run.row(three.sid).standing is Standing.FOLLOWED
    assert own(three, desk)


def test_a_decision_stands_once_the_key_is_kept(desk, three):
    three.create()
    desk.dies("auditor_key.saved", lambda run: run.service().turn())
    with desk.open() as run:
        # The key is there: the decision was made, and a transaction may be under way.
        run.service(creators=[three.outsider.address]).turn()
    assert own(three, desk)


def test_a_session_that_was_too_late_is_left_alone(desk, three):
    three.create()
    three.travel_to(three.configuration.confirm_by)
    with desk.open() as run:
        service = run.service()
        service.turn()
        assert (run.row(three.sid), service.open_sessions) == (None, ())
        assert run.keys.all_sids() == ()
        assert run.raised() == []


def test_a_session_that_aborts_is_over(desk, three):
    three.create()
    with desk.open() as run:
        service = run.service()
        service.turn()
        three.travel_to(three.configuration.join_by)
        service.turn()
        assert run.row(three.sid).standing is Standing.ABORTED
        assert Alarm.SESSION_ABORTED in run.raised()
        assert service.open_sessions == ()
        assert run.keys.load(three.sid) is not None
    with desk.open() as run:
        service = run.service()
        service.turn()
        assert service.open_sessions == ()


@pytest.mark.parametrize("moment", ["auditor_key.saved", *of_transaction("confirm")])
def test_the_service_dies_while_it_confirms(desk, three, moment):
    three.create()
    before = desk.nonce()
    desk.dies(moment, lambda run: run.service().turn())
    key = desk.key(three.sid)
    with desk.open() as run:
        purpose = Purpose(three.sid, "confirm")
        signed = [variant.transaction_hash for entry in run.entries(purpose) for variant in entry.variants]
        service = run.service()
        service.turn()
        (entry,) = run.entries(purpose)
        assert [variant.transaction_hash for variant in entry.variants][: len(signed)] == signed
        complete(three)
        service.turn()
        assert run.row(three.sid).standing is Standing.FINISHED
        assert run.keys.load(three.sid) == key
    assert own(three, desk)
    assert desk.nonce() == before + 1


def test_the_service_dies_after_it_archived(desk, three):
    three.create()

    def work(run):
        service = run.service()
        service.turn()
        complete(three)
        service.turn()

    assert desk.dies("package.saved", work)[-1] == "package.saved"
    with desk.open() as run:
        kept = run.table.load_package(three.sid)
        assert run.row(three.sid).standing is Standing.FOLLOWED
        run.service().turn()
        assert run.row(three.sid).standing is Standing.FINISHED
        assert run.table.load_package(three.sid) == kept
    with desk.open() as run:
        service = run.service()
        service.turn()
        assert service.open_sessions == ()


def test_archiving_waits_for_confirmations(desk, three):
    three.create()
    with desk.open() as run:
        service = run.service(confirmations=3)
        service.turn()
        assert confirmed(three)
        complete(three)
        service.turn()
        assert run.table.load_package(three.sid) is None
        for _ in range(3):
            three.connection.w3.provider.make_request("evm_mine", [])
        service.turn()
        assert run.table.load_package(three.sid) is not None


def test_a_session_confirmed_with_a_key_of_elsewhere_is_trouble(desk, three):
    three.create()
    three.confirm()
    with desk.open() as run:
        service = run.service()
        service.turn()
        assert Alarm.SECRETS_MISSING in run.raised()
        row = run.row(three.sid)
        assert row.standing is Standing.TROUBLED
        assert service.open_sessions == ()
        assert run.keys.all_sids() == ()


def test_a_node_that_fails_in_between_costs_a_turn_and_no_session(desk, three, another, monkeypatch):
    other = another()
    three.create()
    other.create()
    with desk.open() as run:
        service = run.service()
        real, failures = service._consider, [three.sid]

        def consider(sid):
            if failures and sid == failures[0]:
                failures.clear()
                raise NodeError("reading stateOf", "it is gone")
            real(sid)

        monkeypatch.setattr(service, "_consider", consider)
        service.turn()
        assert (confirmed(three), confirmed(other)) == (False, True)
        service.turn()
        assert confirmed(three)


def test_a_transaction_that_is_not_mined_soon_does_not_hold_up_the_service(desk, three, another, monkeypatch):
    other = another()
    three.create()
    other.create()
    with desk.open() as run:
        patient = TransactionSettings(receipt_seconds=0.05, look_seconds=100)
        service = run.service(transactions=patient)
        with monkeypatch.context() as patch:
            patch.setattr(type(three.connection), "broadcast", lambda _self, _raw: None)
            service.turn()
            assert not confirmed(three)
            assert len(run.sender().pending()) == 2
            assert Alarm.STEP_FAILING not in run.raised()
    with desk.open() as run:
        run.service().turn()
    assert own(three, desk)
    assert own(other, desk)


def test_it_runs_until_it_is_stopped(desk, three):
    three.create()
    stopping = Event()
    with desk.open() as run:
        service = run.service()
        turns = []

        real = service.turn

        def turn(event):
            real(event)
            turns.append(1)
            if len(turns) == 2:
                stopping.set()

        service.turn = turn
        service.run(stopping)
    assert confirmed(three)
    assert len(turns) == 2


def test_a_package_of_another_branch_is_not_archived(desk, three, monkeypatch):
    three.create()
    with desk.open() as run:
        service = run.service()
        service.turn()
        complete(three)
        real = service._deep.state
        with monkeypatch.context() as patch:
            patch.setattr(
                service._deep, "state", lambda *given: replace(real(*given), aggregate_hash=bytes(32))
            )
            service.turn()
            assert SessionTable(run.database).load_package(three.sid) is None
        service.turn()
        assert run.row(three.sid).standing is Standing.FINISHED


def test_a_session_that_was_let_through_but_not_confirmed_in_time_is_over(desk, three):
    three.create()
    desk.dies("auditor_key.saved", lambda run: run.service().turn())
    with desk.open() as run:
        # As if the death had come before the key was kept.
        with run.database.transaction() as connection:
            connection.execute("DELETE FROM auditor_key")
        three.travel_to(three.configuration.confirm_by)
        service = run.service()
        service.turn()
        row = run.row(three.sid)
        assert (row.standing, row.note) == (Standing.ABORTED, "it was not confirmed in time")
        assert service.open_sessions == ()
