"""A participant that starts anew, at any moment of the end of a session, loses nothing and finishes."""

from __future__ import annotations

import pytest
from support.crew import NOWHERE

from tcss_chain.chain.errors import NodeError
from tcss_chain.participant.errors import InconsistentShareError, UnknownSecretsError
from tcss_chain.participant.events import Happening
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.protocol.session import Phase


class DeadError(BaseException):
    """The process died here."""


def dies_at(fellow, moment):
    """Let a participant die when it reaches a moment; gives the moments that it reached."""
    reached = []

    def hook(name):
        reached.append(name)
        if name == moment:
            raise DeadError

    participant = fellow.participant
    for part in (participant, participant._keeper, participant._dealer, participant._builder):
        part._reached = hook
    return reached


def moments(fellow):
    return dies_at(fellow, None)


@pytest.fixture
def active(dealt):
    """A session that has just become active; nobody has its final share yet."""
    dealt.step()
    dealt.step(2, 1, 0)
    assert dealt.phase is Phase.ACTIVE
    assert all(fellow.participant.final_share is None for fellow in dealt.fellows)
    return dealt


def recipients(crew, seat):
    outbox, sid = crew.fellows[seat].outbox, crew.consortium.sid
    return [each.address for each in crew.fellows if outbox.share(sid, each.address) is not None]


def empty(outbox, sid):
    """A process that starts anew hands out nothing at first."""
    outbox.withdraw(sid)


def test_own_shares_are_kept_before_they_are_handed_out(dealt):
    fellow, sid = dealt.fellows[0], dealt.consortium.sid
    reached = dies_at(fellow, "shares.kept")
    with pytest.raises(DeadError):
        dealt.step(0)
    assert recipients(dealt, 0) == []
    assert fellow.store.load_handed_out(sid) == fellow.secrets.dealt.shares
    reached = moments(dealt.restart(0))
    dealt.step(0)
    assert "shares.kept" not in reached
    assert reached.index("shares.published") < reached.index("received.verified")
    assert len(recipients(dealt, 0)) == 4


def test_received_shares_are_kept_before_an_acceptance_is_signed(dealt):
    fellow, sid = dealt.fellows[0], dealt.consortium.sid
    dealt.step(1, 2, 3)
    reached = dies_at(fellow, "acceptance.signed")
    with pytest.raises(DeadError):
        dealt.step(0)
    assert reached.index("received.saved") < reached.index("acceptance.signed")
    assert set(fellow.store.load_received(sid)) == {each.address for each in dealt.fellows}
    assert fellow.outbox.acceptance(sid) is None
    for other in dealt.fellows[1:]:
        dealt.urls[other.address] = NOWHERE
    restarted = dealt.restart(0)
    dealt.step(0)
    assert restarted.outbox.acceptance(sid).qualified == 0b1111
    assert restarted.happened(Happening.ACCEPTED) == [None]


def test_a_share_that_cannot_be_kept_is_not_signed_for(dealt, monkeypatch):
    dealt.step(1, 2, 3)
    fellow, sid = dealt.fellows[0], dealt.consortium.sid

    def full(_sid, _shares):
        raise OSError("disk")

    with monkeypatch.context() as patched:
        patched.setattr(fellow.store, "save_received", full)
        with pytest.raises(OSError, match="disk"):
            dealt.step(0)
    assert fellow.outbox.acceptance(sid) is None
    dealt.step(0)
    assert fellow.outbox.acceptance(sid) is not None
    assert fellow.store.load_received(sid)


def test_shares_are_kept_for_recipients_that_come_late_before_secrets_are_erased(active):
    """Also by a participant that was away from dealing to activation."""
    late, sid = active.restart(2), active.consortium.sid
    empty(late.outbox, sid)
    late.store._handed_out.clear()
    reached = moments(late)
    active.step(2)
    assert late.participant.is_finished
    assert reached.index("shares.kept") < reached.index("secrets.erased")
    assert len(late.store.load_handed_out(sid)) == 4
    assert len(recipients(active, 2)) == 4


@pytest.mark.parametrize(
    "moment", ["shares.published", "share.computed", "share.saved", "share.verified", "secrets.erased"]
)
def test_a_participant_that_dies_at_the_end_finishes_after_a_restart(active, moment):
    fellow, sid = active.restart(1), active.consortium.sid
    expected = active.expected_share(1)
    dies_at(fellow, moment)
    with pytest.raises(DeadError):
        active.step(1)
    assert (fellow.store.load_share(sid) is not None) == (
        moment in ("share.saved", "share.verified", "secrets.erased")
    )
    assert (fellow.store.load(sid) is None) == (moment == "secrets.erased")
    empty(fellow.outbox, sid)
    restarted = active.restart(1)
    active.step(1)
    assert restarted.participant.is_finished
    assert restarted.participant.final_share.y == expected
    assert restarted.store.log.count("save share") == 1
    assert restarted.store.log.count("erase") == 1
    assert len(recipients(active, 1)) == 4


def test_a_share_in_the_store_that_is_another_one_is_replaced_while_the_secrets_are_there(active):
    fellow, sid = active.restart(1), active.consortium.sid
    x = active.consortium.roster().participant(fellow.address).x
    fellow.store.save_share(sid, FinalShare(x, 5))
    active.step(1)
    assert fellow.participant.final_share.y == active.expected_share(1)


def test_nothing_is_erased_if_the_store_does_not_give_the_share_back(active, monkeypatch):
    fellow, sid = active.restart(1), active.consortium.sid
    monkeypatch.setattr(fellow.store, "save_share", lambda _sid, _share: None)
    with pytest.raises(InconsistentShareError):
        active.step(1)
    assert fellow.store.load(sid) is not None
    assert "erase" not in fellow.store.log


def test_after_erasure_a_restart_hands_out_again_and_needs_no_peer(active):
    active.step(1)
    sid = active.consortium.sid
    for seat in (0, 1):
        active.step(seat)
        assert active.fellows[seat].participant.is_finished
        empty(active.fellows[seat].outbox, sid)
    active.restart(1)
    for fellow in active.fellows:
        active.urls[fellow.address] = NOWHERE
    assert recipients(active, 1) == []
    active.step(1)
    assert len(recipients(active, 1)) == 4
    assert active.fellows[1].happened(Happening.HOLDS_SHARE) == []


def test_a_share_that_was_handed_out_after_a_restart_still_verifies(active):
    """The last one gets its shares from those that have erased everything and started anew."""
    active.run(2, seats=(0, 1, 2))
    sid = active.consortium.sid
    for seat in (0, 1, 2):
        assert active.fellows[seat].participant.is_finished
        empty(active.fellows[seat].outbox, sid)
        active.restart(seat)
        active.step(seat)
    late = active.restart(3)
    late.store._received.clear()
    active.step(3)
    assert late.participant.final_share.y == active.expected_share(3)


def test_share_and_secrets_both_lost_is_said(active):
    fellow = active.restart(1, lose_secrets=True)
    with pytest.raises(UnknownSecretsError):
        active.step(1)
    assert fellow.participant.is_over is False
    assert fellow.sent == []


def test_a_final_share_is_kept_only_when_all_shares_are_there(active):
    fellow = active.restart(1)
    fellow.store._received.clear()
    active.urls[active.fellows[2].address] = NOWHERE
    active.step(1)
    assert fellow.participant.final_share is None
    assert fellow.store.load(active.consortium.sid) is not None
    assert not fellow.participant.is_over


def test_a_joiner_that_dies_after_drawing_its_keys_draws_others_and_after_saving_them_does_not(crew):
    crew.consortium.run_to(Phase.JOINING)
    fellow, sid = crew.fellows[0], crew.consortium.sid

    for dying, saved in (("keys.drawn", 0), ("keys.saved", 1)):

        def hook(moment, dying=dying):
            if moment == dying:
                raise DeadError

        fellow = crew.restart(0)
        fellow.participant._joiner._reached = hook
        with pytest.raises(DeadError):
            crew.step(0)
        assert fellow.store.log.count("save") == saved
        assert not crew.consortium.reads.member(sid, fellow.address).joined
    kept = fellow.secrets.keys
    crew.restart(0)
    crew.step(0)
    assert crew.fellows[0].secrets.keys == kept
    assert crew.fellows[0].store.log.count("save") == 1


@pytest.mark.parametrize(("moment", "drawn"), [("dealing.made", 0), ("dealing.saved", 1)])
def test_a_dealer_that_dies_deals_once(joined, moment, drawn):
    fellow = joined.fellows[0]
    dies_at(fellow, moment)
    with pytest.raises(DeadError):
        joined.step(0)
    assert len(fellow.store.drawn) == drawn
    restarted = joined.restart(0)
    joined.step(0)
    assert len(restarted.store.drawn) == 1
    assert restarted.sent == ["deal"]
    assert joined.consortium.view.dealings()[restarted.address] == restarted.secrets.dealt.dealing


def test_a_failure_between_steps_of_the_end_is_tried_again(active, monkeypatch):
    fellow = active.restart(1)
    failures = [NodeError("reading", "ConnectionError")]
    original = Participant._collect_bond

    def collect(participant, phase):
        if failures:
            raise failures.pop()
        original(participant, phase)

    monkeypatch.setattr(Participant, "_collect_bond", collect)
    with pytest.raises(NodeError):
        active.step(1)
    assert fellow.participant.is_finished
    active.step(1)
    assert not fellow.participant.is_over
