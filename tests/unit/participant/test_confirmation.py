"""What cannot be undone follows the confirmed state, whatever the current node says meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tcss_chain.participant.confirmation import Confirmation
from tcss_chain.participant.events import Happening
from tcss_chain.protocol.session import Phase


class Reads:
    """Says of every session and depth what the test says."""

    def __init__(self, state):
        self.answer = state

    def state(self, sid, confirmations):
        assert confirmations == 3
        return self.answer


@pytest.fixture
def confirmation(dealt):
    made = Confirmation(dealt.consortium.connection, 3)
    made._reads = Reads(dealt.state)
    return made


CHANGES = {
    "roster_hash": b"\1" * 32,
    "joined": 0b0111,
    "dealings_hash": b"\2" * 32,
    "dealt": 0b0111,
    "qualified": 0b0111,
    "aggregate_hash": b"\3" * 32,
}


@pytest.mark.parametrize(
    ("phase", "compared"),
    [
        (Phase.DEALING, {"roster_hash", "joined"}),
        (Phase.COMPLAINING, {"roster_hash", "joined", "dealings_hash", "dealt"}),
        (Phase.ACTIVE, set(CHANGES)),
    ],
)
@pytest.mark.parametrize("field", CHANGES)
def test_a_state_counts_only_if_the_confirmed_one_says_the_same(confirmation, dealt, phase, compared, field):
    confirmed = replace(dealt.state, phase=phase)
    confirmation._reads.answer = confirmed
    sid = dealt.consortium.sid
    assert confirmation.of(phase, sid, confirmed) is confirmed
    lie = replace(confirmed, **{field: CHANGES[field]})
    assert confirmation.of(phase, sid, lie) is (None if field in compared else confirmed)


@pytest.mark.parametrize("phase", [Phase.COMPLAINING, Phase.ACTIVE, Phase.ABORTED])
def test_a_phase_that_has_not_begun_in_the_confirmed_block_does_not_count(confirmation, dealt, phase):
    state = dealt.state
    confirmation._reads.answer = replace(state, phase=Phase.DEALING)
    assert confirmation.of(phase, dealt.consortium.sid, replace(state, phase=phase)) is None
    confirmation._reads.answer = None
    assert confirmation.of(phase, dealt.consortium.sid, replace(state, phase=phase)) is None


def test_a_lie_about_the_qualified_set_neither_makes_a_wrong_share_nor_erases_anything(dealt, monkeypatch):
    dealt.step()
    dealt.step(2, 1, 0)
    assert dealt.phase is Phase.ACTIVE
    fellow, sid = dealt.fellows[1], dealt.consortium.sid
    truth = dealt.state
    participant = fellow.participant
    monkeypatch.setattr(participant._confirmation, "_reads", Reads(truth))
    monkeypatch.setattr(participant._confirmation, "_confirmations", 3)
    with monkeypatch.context() as lying:
        lying.setattr(participant._reads, "state", lambda sid: replace(truth, qualified=0b0111))
        participant.step()
        assert participant.final_share is None
        lying.setattr(participant._reads, "state", lambda sid: replace(truth, joined=0b1101))
        participant.step()
    assert fellow.store.load(sid) is not None
    assert not participant.is_over
    participant.step()
    assert participant.final_share.y == dealt.expected_share(1)


def test_lies_between_two_reads_of_one_step_have_no_effect(dealt, monkeypatch):
    """The aggregate is checked against the confirmed hash, not against whatever is read then."""
    dealt.step()
    dealt.step(2, 1, 0)
    fellow = dealt.fellows[1]
    truth, answers = dealt.state, []

    def state(sid):
        answers.append(sid)
        return truth if len(answers) == 1 else replace(truth, qualified=0b0111, aggregate_hash=b"\4" * 32)

    monkeypatch.setattr(fellow.participant._reads, "state", state)
    fellow.participant.step()
    assert fellow.participant.final_share.y == dealt.expected_share(1)
    assert fellow.happened(Happening.ERASED) == [None]
