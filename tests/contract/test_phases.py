"""The phase is a pure function of time, deadlines and what has been counted; intervals are half open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from support.consortium import Consortium
from support.refusals import refuses

from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.protocol.session import Fault, Phase


def phases_around(consortium: Consortium, deadline: str) -> tuple[Phase, Phase]:
    """The phase one second before a deadline and at it, without any transaction between."""
    second = getattr(consortium.configuration, deadline)
    consortium.travel_to(second - 1)
    before = consortium.reads.phase(consortium.sid)
    consortium.travel_to(second)
    return before, consortium.reads.phase(consortium.sid)


def join_and_deal(consortium: Consortium, *, joining: int, dealing: int) -> Consortium:
    consortium.run_to(Phase.JOINING)
    for member in consortium.members[:joining]:
        consortium.join(member)
    if dealing:
        consortium.travel_to(consortium.configuration.join_by)
    for member in consortium.members[:dealing]:
        consortium.deal(member)
    return consortium


def test_without_confirmation_the_session_aborts(confirming: Consortium) -> None:
    assert phases_around(confirming, "confirm_by") == (Phase.CONFIRMING, Phase.ABORTED)
    with refuses("WrongPhase", current=Phase.ABORTED):
        confirming.confirm()


def test_confirmation_is_possible_until_one_second_before_its_deadline(confirming: Consortium) -> None:
    confirming.pin(confirming.configuration.confirm_by - 1)
    confirming.confirm()
    assert confirming.reads.phase(confirming.sid) is Phase.JOINING


@pytest.mark.parametrize("joined", [0, 1, 2])
def test_too_few_participants_abort_the_session(fresh: Consortium, joined: int) -> None:
    join_and_deal(fresh, joining=joined, dealing=0)
    assert phases_around(fresh, "join_by") == (Phase.JOINING, Phase.ABORTED)
    with refuses("WrongPhase", current=Phase.ABORTED):
        fresh.join(fresh.members[3])


def test_enough_participants_go_on_without_the_others(fresh: Consortium) -> None:
    join_and_deal(fresh, joining=3, dealing=0)
    assert phases_around(fresh, "join_by") == (Phase.JOINING, Phase.DEALING)
    with refuses("WrongPhase", current=Phase.DEALING):
        fresh.join(fresh.members[3])


def test_joining_is_possible_until_one_second_before_its_deadline(fresh: Consortium) -> None:
    join_and_deal(fresh, joining=2, dealing=0)
    fresh.pin(fresh.configuration.join_by - 1)
    fresh.join(fresh.members[2])
    assert fresh.reads.phase(fresh.sid) is Phase.JOINING


def test_joining_and_dealing_end_early_when_everybody_has_acted(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members:
        assert fresh.reads.phase(fresh.sid) is Phase.JOINING
        fresh.join(member)
    for member in fresh.members:
        assert fresh.reads.phase(fresh.sid) is Phase.DEALING
        fresh.deal(member)
    assert fresh.reads.phase(fresh.sid) is Phase.COMPLAINING
    assert fresh.connection.chain_time() < fresh.configuration.confirm_by


def test_dealing_ends_early_when_all_who_joined_have_dealt(fresh: Consortium) -> None:
    join_and_deal(fresh, joining=3, dealing=3)
    assert fresh.connection.chain_time() < fresh.configuration.deal_by
    assert fresh.reads.phase(fresh.sid) is Phase.COMPLAINING


def test_dealing_closes_at_its_deadline(dealing: Consortium) -> None:
    dealing.deal(dealing.members[0])
    assert phases_around(dealing, "deal_by") == (Phase.DEALING, Phase.COMPLAINING)
    with refuses("WrongPhase", current=Phase.COMPLAINING):
        dealing.deal(dealing.members[1])


def test_dealing_is_possible_until_one_second_before_its_deadline(dealing: Consortium) -> None:
    dealing.pin(dealing.configuration.deal_by - 1)
    dealing.deal(dealing.members[0])
    assert dealing.reads.state(dealing.sid).dealt == 0b0001


def test_phases_after_dealing_follow_each_other_at_their_deadlines(complaining: Consortium) -> None:
    assert phases_around(complaining, "deal_by") == (Phase.COMPLAINING, Phase.COMPLAINING)
    assert phases_around(complaining, "complain_by") == (Phase.COMPLAINING, Phase.REVEALING)
    assert phases_around(complaining, "reveal_by") == (Phase.REVEALING, Phase.CHALLENGING)
    assert phases_around(complaining, "challenge_by") == (Phase.CHALLENGING, Phase.AGGREGATING)
    assert phases_around(complaining, "bond_release_time") == (Phase.AGGREGATING, Phase.AGGREGATING)


@pytest.mark.parametrize("dealt", [0, 2])
def test_too_few_dealers_abort_the_session_when_every_complaint_was_heard(
    fresh: Consortium, dealt: int
) -> None:
    join_and_deal(fresh, joining=4, dealing=dealt)
    assert phases_around(fresh, "deal_by") == (Phase.DEALING, Phase.COMPLAINING)
    assert phases_around(fresh, "complain_by") == (Phase.COMPLAINING, Phase.REVEALING)
    assert phases_around(fresh, "reveal_by") == (Phase.REVEALING, Phase.CHALLENGING)
    assert phases_around(fresh, "challenge_by") == (Phase.CHALLENGING, Phase.ABORTED)
    with refuses("WrongPhase", current=Phase.ABORTED):
        fresh.outsider.simulate(fresh.actions.aggregate(fresh.sid, 0, None, []))


def test_the_threshold_of_dealers_suffices(fresh: Consortium) -> None:
    join_and_deal(fresh, joining=4, dealing=3)
    fresh.travel_to(fresh.configuration.deal_by)
    assert fresh.reads.fault(fresh.sid, fresh.members[3].address) is Fault.NO_DEALING
    assert phases_around(fresh, "challenge_by") == (Phase.CHALLENGING, Phase.AGGREGATING)


def test_an_active_session_stays_active(active: Consortium) -> None:
    assert phases_around(active, "challenge_by") == (Phase.ACTIVE, Phase.ACTIVE)
    active.travel_to(active.configuration.bond_release_time + 10**9)
    assert active.reads.phase(active.sid) is Phase.ACTIVE


@dataclass(frozen=True)
class Action:
    """A call, the phases that it belongs to, and its refusal there; None when it is accepted."""

    call: Callable[[Consortium], Any]
    phases: set[Phase]
    refusal: str | None


_DIGEST = (bytes(32), bytes(32), bytes(32), (0, 0, 0))
_DEALING: Any = ([], [], bytes(32), (0, 0, 0))
_SHARE = (0, 0, [bytes(32)] * 7)


def action(
    sender: Callable[[Consortium], TransactionSender],
    name: str,
    *arguments: Any,
    phases: set[Phase],
    refusal: str,
) -> Action:
    """A call of the contract; arguments that are functions depend on the consortium."""

    def call(consortium: Consortium) -> Any:
        values = [value(consortium) if callable(value) else value for value in arguments]
        function = consortium.connection.contract.get_function_by_name(name)(consortium.sid, *values)
        return sender(consortium).simulate(function)

    return Action(call, phases, refusal)


def auditor(consortium: Consortium) -> TransactionSender:
    return consortium.auditor


def first(consortium: Consortium) -> str:
    return consortium.members[0].address


def last(consortium: Consortium) -> str:
    return consortium.members[3].address


def last_sender(consortium: Consortium) -> TransactionSender:
    return consortium.members[3].sender


ACTIONS = {
    "confirm": action(auditor, "confirm", (1, 3), (0, 0), phases={Phase.CONFIRMING}, refusal="NotOnCurve"),
    "join": Action(
        lambda c: last_sender(c).simulate(c.join_call(c.members[3]), c.configuration.bond),
        {Phase.JOINING},
        None,
    ),
    "deal": action(
        last_sender, "deal", bytes(32), _DEALING, phases={Phase.DEALING}, refusal="RosterChanged"
    ),
    "complainInvalidShare": action(
        last_sender, "complainInvalidShare", first, ((1, 2), (1, 2)), ((1, 2), (1, 2)), bytes(32), _DIGEST,
        _SHARE, ((1, 2), 0, 0), 0, [],
        phases={Phase.COMPLAINING, Phase.CHALLENGING}, refusal="DealingMismatch",
    ),
    "complainInvalidProof": action(
        last_sender, "complainInvalidProof", first, (bytes(32), _DEALING),
        phases={Phase.COMPLAINING}, refusal="DealingMismatch",
    ),
    "complainMissingShare": Action(
        lambda c: last_sender(c).simulate(c.actions.complain_missing_share(c.sid, c.members[0].address)),
        {Phase.COMPLAINING},
        None,
    ),
    "revealShare": action(
        last_sender, "revealShare", first, last, bytes(32), _DIGEST, _SHARE,
        phases={Phase.COMPLAINING, Phase.REVEALING}, refusal="NotReported",
    ),
    "activateUnanimously": action(
        auditor, "activateUnanimously", 0, bytes(32), [],
        phases={Phase.COMPLAINING, Phase.REVEALING, Phase.CHALLENGING, Phase.AGGREGATING},
        refusal="QualifiedSetChanged",
    ),
    "aggregate": action(
        auditor, "aggregate", 0, [], [], [], phases={Phase.AGGREGATING}, refusal="WrongDealingCount"
    ),
    "convict": action(
        auditor, "convict", [], (0, bytes(32), 0), (bytes(32), bytes(32), 0, 0, 0), [], [],
        ((0,) * 4, (0,) * 4, (0, 0)), phases={Phase.ACTIVE}, refusal="NoAccused",
    ),
}  # fmt: skip


def session_in(consortium: Consortium, phase: Phase) -> Consortium:
    if phase is not Phase.ABORTED:
        return consortium.run_to(phase)
    consortium.run_to(Phase.CONFIRMING)
    consortium.travel_to(consortium.configuration.confirm_by)
    return consortium


@pytest.mark.parametrize("phase", list(Phase)[1:], ids=lambda phase: phase.name)
def test_every_action_belongs_to_its_phases(fresh: Consortium, phase: Phase) -> None:
    session_in(fresh, phase)
    assert fresh.reads.phase(fresh.sid) is phase
    for each in ACTIONS.values():
        if phase not in each.phases:
            with refuses("WrongPhase", current=phase):
                each.call(fresh)
        elif each.refusal is None:
            each.call(fresh)
        else:
            with refuses(each.refusal):
                each.call(fresh)
