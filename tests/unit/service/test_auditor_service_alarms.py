"""An auditor's service: what is an alarm, and when an alarm ends."""

from __future__ import annotations

from contextlib import contextmanager

from support.audit_desk import confirmed, own

from tcss_chain.chain.errors import ChainContradictionError, NodeError
from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.store.errors import StateFullError
from tcss_chain.store.session_table import Standing


@contextmanager
def full_state(monkeypatch):
    """Let there be no room for keys."""

    def full(*_arguments):
        raise StateFullError

    with monkeypatch.context() as patch:
        patch.setattr("tcss_chain.store.auditor_key_table.AuditorKeyTable.save", full)
        yield


def test_a_state_that_cannot_be_written_sends_nothing_and_is_an_alarm(desk, three, monkeypatch):
    three.create()
    before = desk.nonce()
    with desk.open() as run:
        service = run.service()
        with full_state(monkeypatch):
            service.turn()
            assert Alarm.STATE_NOT_WRITABLE in run.raised()
            assert not confirmed(three)
            assert desk.nonce() == before
        service.turn()
        assert run.raised() == []
    assert own(three, desk)


def test_steps_that_fail_for_long_are_an_alarm(desk, three, monkeypatch):
    three.create()
    with desk.open() as run:
        service = run.service(failing_seconds=0)
        with monkeypatch.context() as patch:

            def fail(*_arguments):
                raise NodeError("confirm", "it is gone")

            patch.setattr("tcss_chain.service.session_confirmation.SessionConfirmer.confirm", fail)
            service.turn()
            assert run.raised() == [Alarm.STEP_FAILING]
        service.turn()
        assert run.raised() == []
    assert own(three, desk)


def test_a_state_that_cannot_be_written_is_found_out_without_sessions(desk, monkeypatch):
    with desk.open() as run:
        service = run.service()

        def full(_self):
            raise StateFullError

        with monkeypatch.context() as patch:
            patch.setattr(type(run.database), "check_writable", full)
            service.turn()
            assert run.raised() == [Alarm.STATE_NOT_WRITABLE]
        service._state_check._checked_at = float("-inf")
        service.turn()
        assert run.raised() == []


def test_that_nodes_disagreed_about_a_session_ends_with_the_session(desk, three, monkeypatch):
    three.create()
    with desk.open() as run:
        service = run.service()
        with monkeypatch.context() as patch:

            def disagree(*_arguments):
                raise ChainContradictionError("the nodes disagree")

            patch.setattr(service._housekeeper._confirmed_reads, "state", disagree)
            service.turn()
            service._checked_at = float("-inf")
            service.turn()
            assert run.raised() == [Alarm.NODES_DISAGREE]
        three.travel_to(three.configuration.join_by)
        service._checked_at = float("inf")  # it ends before the next check
        service.turn()
        assert run.row(three.sid).standing is Standing.ABORTED
        assert run.raised() == [Alarm.SESSION_ABORTED]


def test_that_a_session_could_not_be_kept_ends_when_it_is_left(desk, three, monkeypatch):
    three.create()
    with desk.open() as run:
        service = run.service()
        with full_state(monkeypatch):
            service.turn()
        assert run.raised() == [Alarm.STATE_NOT_WRITABLE]
        three.confirm()
        service._checked_at = float("inf")  # it is left before the next check
        service.turn()
        assert run.row(three.sid).standing is Standing.TROUBLED
        assert run.raised() == [Alarm.SECRETS_MISSING]
