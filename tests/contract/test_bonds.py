"""Bonds: every way out of the contract, and that money in is money out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_typing import ChecksumAddress
from support.complaints import complain_missing, share_complaint
from support.consortium import BOND, Consortium, TestMember
from support.events import events_of
from support.refusals import refuses
from support.tracing import trace

from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.session import Fault, Phase

HALF = BOND // 2
ACCEPT, REFUSE, CALL_BACK = range(3)
Balance = Callable[[ChecksumAddress], int]


def new_address() -> ChecksumAddress:
    return Account.create().address


def withdraw(consortium: Consortium, member: TestMember, recipient: ChecksumAddress | None = None) -> Any:
    call = consortium.actions.withdraw_bond(consortium.sid, recipient or new_address())
    return member.sender.send(call)


def withdraw_forfeits(consortium: Consortium) -> Any:
    return consortium.outsider.send(consortium.actions.withdraw_forfeits(consortium.sid))


def release(consortium: Consortium) -> None:
    consortium.travel_to(consortium.configuration.bond_release_time)


# ---------------------------------------------------------------- release


@pytest.mark.parametrize("phase", [Phase.JOINING, Phase.DEALING, Phase.COMPLAINING, Phase.REVEALING,
                                   Phase.CHALLENGING, Phase.AGGREGATING, Phase.ACTIVE])  # fmt: skip
def test_bonds_are_locked_until_the_release_time(fresh: Consortium, phase: Phase) -> None:
    fresh.run_to(phase)
    if phase is Phase.JOINING:
        fresh.join(fresh.members[0])
    with refuses("BondLocked", releaseTime=fresh.configuration.bond_release_time):
        withdraw(fresh, fresh.members[0])
    assert fresh.reads.bond(fresh.sid, fresh.members[0].address) == BOND


def test_bonds_are_released_at_the_very_second(active: Consortium) -> None:
    second = active.configuration.bond_release_time
    active.travel_to(second - 1)
    call = active.actions.withdraw_bond(active.sid, new_address())
    with refuses("BondLocked", releaseTime=second):
        active.members[0].sender.simulate(call)
    active.pin(second)
    active.members[0].sender.send(call)


def test_the_faultless_get_everything_back_once(active: Consortium, balance_of: Balance) -> None:
    release(active)
    for member in active.members:
        recipient = new_address()
        mined = withdraw(active, member, recipient)
        assert balance_of(recipient) == BOND
        (event,) = events_of(active, mined, "BondWithdrawn")
        assert event == {
            "sid": active.sid, "account": member.address, "recipient": recipient, "amount": BOND,
        }  # fmt: skip
        assert active.reads.member(active.sid, member.address).withdrawn
        assert active.reads.bond(active.sid, member.address) == 0
        with refuses("NothingToWithdraw", account=member.address):
            withdraw(active, member)


def test_bonds_of_a_session_without_enough_participants_are_free_at_once(
    fresh: Consortium, balance_of: Balance
) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[:2]:
        fresh.join(member)
    fresh.pin(fresh.configuration.join_by)
    recipient = new_address()
    for member in fresh.members[:2]:
        withdraw(fresh, member, recipient)
    assert balance_of(recipient) == 2 * BOND


def test_bonds_of_a_session_without_enough_dealers_are_free_after_the_last_deadline(
    dealing: Consortium, balance_of: Balance
) -> None:
    for member in dealing.members[:2]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.challenge_by - 1)
    with refuses("BondLocked"):
        withdraw(dealing, dealing.members[0])
    dealing.travel_to(dealing.configuration.challenge_by)
    recipients = [new_address() for _ in dealing.members]
    for member, recipient in zip(dealing.members, recipients, strict=True):
        withdraw(dealing, member, recipient)
    assert [balance_of(recipient) for recipient in recipients] == [BOND, BOND, BOND - HALF, BOND - HALF]


def test_bonds_of_a_session_that_nobody_aggregates_are_released_too(
    complaining: Consortium, balance_of: Balance
) -> None:
    release(complaining)
    assert complaining.reads.phase(complaining.sid) is Phase.AGGREGATING
    recipient = new_address()
    for member in complaining.members:
        withdraw(complaining, member, recipient)
    assert balance_of(recipient) == 4 * BOND
    complaining.activate_computed()
    assert complaining.reads.phase(complaining.sid) is Phase.ACTIVE


def test_who_paid_nothing_gets_nothing(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    fresh.join(fresh.members[0])
    fresh.travel_to(fresh.configuration.join_by)
    absent = fresh.members[1]
    with refuses("NothingToWithdraw", account=absent.address):
        withdraw(fresh, absent)
    stranger = TestMember(fresh.outsider.account, fresh.outsider)
    with refuses("NothingToWithdraw", account=stranger.address):
        withdraw(fresh, stranger)


def test_a_bond_of_zero_is_nothing_to_withdraw(make_consortium: Callable[..., Consortium]) -> None:
    consortium = make_consortium(bond=0).run_to(Phase.DEALING)
    for member in consortium.members[:3]:
        consortium.deal(member)
    release(consortium)
    for member in consortium.members:
        with refuses("NothingToWithdraw", account=member.address):
            withdraw(consortium, member)
    late = consortium.members[3].address
    consortium.outsider.send(consortium.actions.record_fault(consortium.sid, late))
    assert consortium.reads.fault(consortium.sid, late) is Fault.NO_DEALING
    with refuses("NothingToWithdraw", account=consortium.configuration.beneficiary):
        withdraw_forfeits(consortium)


# ---------------------------------------------------------------- forfeits


def test_misdealing_costs_half(misdealt: Consortium, balance_of: Balance) -> None:
    cheat = misdealt.members[0]
    share_complaint(misdealt, cheat, misdealt.members[1], ShareEquation.C).send()
    beneficiary = misdealt.configuration.beneficiary
    before = balance_of(beneficiary)
    mined = withdraw_forfeits(misdealt)
    assert balance_of(beneficiary) == before + HALF
    (event,) = events_of(misdealt, mined, "ForfeitsWithdrawn")
    assert (event["beneficiary"], event["amount"]) == (beneficiary, HALF)
    with refuses("NothingToWithdraw", account=beneficiary):
        withdraw_forfeits(misdealt)
    release(misdealt)
    recipient = new_address()
    withdraw(misdealt, cheat, recipient)
    assert balance_of(recipient) == BOND - HALF
    assert misdealt.reads.state(misdealt.sid).forfeits == 0


def test_a_withdrawal_records_the_fault_of_a_passed_deadline(
    dealing: Consortium, balance_of: Balance
) -> None:
    """Else the half that it costs would stay in the contract for ever."""
    for member in dealing.members[1:]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.deal_by)
    release(dealing)
    late, recipient = dealing.members[0], new_address()
    mined = withdraw(dealing, late, recipient)
    (event,) = events_of(dealing, mined, "FaultRecorded")
    assert event["fault"] == Fault.NO_DEALING
    assert balance_of(recipient) == BOND - HALF
    assert dealing.reads.state(dealing.sid).forfeits == HALF
    with refuses("NoFaultToRecord", account=late.address):
        dealing.outsider.send(dealing.actions.record_fault(dealing.sid, late.address))


@pytest.mark.parametrize("bond", [1, 7, 10**18 + 1])
def test_of_an_odd_bond_the_larger_half_stays_with_its_owner(
    make_consortium: Callable[..., Consortium], balance_of: Balance, bond: int
) -> None:
    consortium = make_consortium(bond=bond, n=2, t=2).run_to(Phase.DEALING)
    consortium.deal(consortium.members[0])
    consortium.travel_to(consortium.configuration.challenge_by)
    before = balance_of(consortium.configuration.beneficiary)
    recipient = new_address()
    withdraw(consortium, consortium.members[1], recipient)
    assert balance_of(recipient) == bond - bond // 2
    if bond > 1:
        withdraw_forfeits(consortium)
    assert balance_of(consortium.configuration.beneficiary) == before + bond // 2


def test_a_conviction_costs_everything(active: Consortium, balance_of: Balance) -> None:
    trace(active, [1]).send()
    assert active.reads.state(active.sid).forfeits == BOND
    assert active.reads.bond(active.sid, active.members[1].address) == 0
    release(active)
    with refuses("NothingToWithdraw", account=active.members[1].address):
        withdraw(active, active.members[1])
    beneficiary = active.configuration.beneficiary
    before = balance_of(beneficiary)
    withdraw_forfeits(active)
    assert balance_of(beneficiary) == before + BOND


def test_a_conviction_after_misdealing_costs_the_rest(misdealt: Consortium) -> None:
    cheat = misdealt.members[0]
    share_complaint(misdealt, cheat, misdealt.members[1], ShareEquation.C).send()
    misdealt.activate_unanimously()
    trace(misdealt, [0]).send()
    assert misdealt.reads.state(misdealt.sid).forfeits == BOND
    assert misdealt.reads.bond(misdealt.sid, cheat.address) == 0


def test_a_conviction_collects_the_half_of_an_unrecorded_fault_too(dealing: Consortium) -> None:
    for member in dealing.members[:3]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.deal_by)
    dealing.activate_unanimously()
    trace(dealing, [3]).send()
    assert dealing.reads.state(dealing.sid).forfeits == BOND
    with refuses("NoFaultToRecord", account=dealing.members[3].address):
        dealing.outsider.send(dealing.actions.record_fault(dealing.sid, dealing.members[3].address))


def test_a_withdrawn_bond_does_not_hinder_a_conviction(active: Consortium) -> None:
    release(active)
    withdraw(active, active.members[1])
    trace(active, [1, 2]).send()
    assert active.reads.member(active.sid, active.members[1].address).convicted
    assert active.reads.state(active.sid).forfeits == BOND
    with refuses("NothingToWithdraw", account=active.members[1].address):
        withdraw(active, active.members[1])


# ---------------------------------------------------------------- accounts


def drain(consortium: Consortium) -> int:
    """Take everything out that can be taken, with a payee for each."""
    paid = 0
    w3 = consortium.connection.w3
    for member in consortium.members:
        if consortium.reads.bond(consortium.sid, member.address):
            recipient = new_address()
            withdraw(consortium, member, recipient)
            paid += w3.eth.get_balance(recipient)
    if consortium.reads.state(consortium.sid).forfeits:
        before = w3.eth.get_balance(consortium.configuration.beneficiary)
        withdraw_forfeits(consortium)
        paid += w3.eth.get_balance(consortium.configuration.beneficiary) - before
    return paid


def end_unrecorded_faults(consortium: Consortium) -> None:
    complain_missing(consortium, consortium.members[1], consortium.members[2])
    share_complaint(consortium, consortium.members[0], consortium.members[1], ShareEquation.C).send()


def end_active_with_convictions(consortium: Consortium) -> None:
    share_complaint(consortium, consortium.members[0], consortium.members[1], ShareEquation.C).send()
    consortium.activate_unanimously()
    trace(consortium, [0]).send()
    trace(consortium, [0, 2]).send()


@pytest.mark.parametrize("end", [end_unrecorded_faults, end_active_with_convictions])
def test_money_in_is_money_out(
    misdealt: Consortium, balance_of: Balance, end: Callable[[Consortium], None]
) -> None:
    contract = misdealt.connection.contract_address
    before = balance_of(contract)
    end(misdealt)
    release(misdealt)
    assert drain(misdealt) == 4 * BOND
    assert balance_of(contract) == before - 4 * BOND
    for member in misdealt.members:
        with refuses("NothingToWithdraw"):
            withdraw(misdealt, member)
    with refuses("NothingToWithdraw"):
        withdraw_forfeits(misdealt)


def test_convictions_after_withdrawals_take_only_what_is_left(
    active: Consortium, balance_of: Balance
) -> None:
    contract = active.connection.contract_address
    before = balance_of(contract)
    release(active)
    withdraw(active, active.members[0])
    withdraw(active, active.members[1])
    trace(active, [1, 3]).send()
    assert active.reads.state(active.sid).forfeits == BOND
    assert drain(active) == 2 * BOND
    assert balance_of(contract) == before - 4 * BOND
