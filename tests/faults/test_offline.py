"""Members who are away: never there, gone half-way, back late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.chain_faults import FaultyChain, faulty_chain, finish, kinds, start_each
from support.fleet import Fleet
from support.operators import Operator

from tcss_chain.protocol.session import Configuration, Fault, Phase

pytestmark = pytest.mark.anvil


@pytest.fixture
def chain(anvil_binary: Path, tmp_path: Path) -> Iterator[FaultyChain]:
    with faulty_chain(anvil_binary, tmp_path) as chain:
        yield chain


@pytest.fixture
def fleet(chain: FaultyChain, tmp_path: Path) -> Iterator[Fleet]:
    with chain.fleet(tmp_path) as fleet:
        yield fleet


def configuration(fleet: Fleet, sid: bytes) -> Configuration:
    return fleet.reads.configuration(sid)


def stop_for_ever_at(fleet: Fleet, operator: Operator, moment: str) -> bytes:
    """Create a session in which one member dies at a moment."""
    operator.kill_at.write_text(moment)
    start_each(fleet)
    sid = fleet.create_session()
    fleet.await_death(operator)
    return sid


def await_complaints(fleet: Fleet, sid: bytes, dealer: Operator, count: int) -> None:
    def raised() -> bool:
        complaints, _ = fleet.reads.missing_shares(sid, dealer.address)
        return complaints.bit_count() == count

    fleet.wait_until(raised, f"{count} complaints")


@pytest.mark.long_faults
def test_a_session_goes_on_without_a_member_that_never_starts(fleet: Fleet, chain: FaultyChain) -> None:
    *present, absent = fleet.operators
    start_each(fleet, present)
    sid = fleet.create_session()
    fleet.wait_until(lambda: fleet.state(sid).joined == 0b111, "three joins")
    assert fleet.state(sid).phase is Phase.JOINING

    chain.move_to(configuration(fleet, sid).join_by)

    fleet.await_phase(sid, Phase.ACTIVE)
    finish(fleet, sid, holders=present, absent=[absent])


@pytest.mark.long_faults
def test_a_session_with_too_few_members_aborts_and_pays_the_bonds_back(
    fleet: Fleet, chain: FaultyChain
) -> None:
    present, absent = fleet.operators[:2], fleet.operators[2:]
    start_each(fleet, present)
    sid = fleet.create_session()
    fleet.wait_until(lambda: fleet.state(sid).joined == 0b11, "two joins")
    assert [fleet.reads.bond(sid, each.address) for each in fleet.operators] == [1000, 1000, 0, 0]

    chain.move_to(configuration(fleet, sid).join_by)

    for operator in present:
        fleet.await_moment(operator, "withdrawBond.recorded")
    assert fleet.state(sid).phase is Phase.ABORTED
    assert [fleet.reads.bond(sid, each.address) for each in fleet.operators] == [0] * 4
    assert fleet.connection.w3.eth.get_balance(fleet.connection.contract_address) == 0
    assert [kinds(each) for each in present] == [["join", "withdrawBond"]] * 2

    # Who comes now has nothing to do with it any more, and the next session has all members.
    start_each(fleet, absent)
    following = fleet.create_session()
    finish(fleet, following, erased={each.address: 2 for each in present})
    assert fleet.state(sid).joined == 0b11
    assert not any(each.has_secrets(sid) for each in fleet.operators)
    assert fleet.faults(sid) == [Fault.NONE] * 4


@pytest.mark.long_faults
def test_a_member_that_joins_and_does_not_deal_is_at_fault_and_still_gets_its_share(
    fleet: Fleet, chain: FaultyChain
) -> None:
    *others, lazy = fleet.operators
    sid = stop_for_ever_at(fleet, lazy, "join.recorded")
    fleet.wait_until(lambda: fleet.state(sid).dealt == 0b111, "three dealings")

    chain.move_to(configuration(fleet, sid).deal_by)
    for operator in others:
        fleet.await_moment(operator, "acceptance.published")
    assert fleet.state(sid).phase is Phase.COMPLAINING
    chain.move_to(configuration(fleet, sid).challenge_by)
    fleet.await_phase(sid, Phase.ACTIVE)
    assert "aggregate" in kinds(others[0])
    fleet.start(lazy)

    finish(fleet, sid, faults={lazy.address: Fault.NO_DEALING})
    assert others[0].reached().count("recordFault.mined") == 1


@pytest.mark.long_faults
def test_a_member_that_deals_and_is_gone_for_good_is_disqualified(fleet: Fleet, chain: FaultyChain) -> None:
    *others, gone = fleet.operators
    sid = stop_for_ever_at(fleet, gone, "deal.recorded")
    await_complaints(fleet, sid, gone, 3)

    chain.move_to(configuration(fleet, sid).complain_by)
    chain.move_to(configuration(fleet, sid).reveal_by)
    assert fleet.state(sid).qualified == 0b111
    fleet.await_moment(others[0], "recordFault.mined")
    chain.move_to(configuration(fleet, sid).challenge_by)

    fleet.await_phase(sid, Phase.ACTIVE)
    finish(fleet, sid, holders=others, faults={gone.address: Fault.MISSING_SHARE})
    assert all(each.reached().count("complainMissingShare.mined") == 1 for each in others)


@pytest.mark.long_faults
def test_a_member_that_is_away_during_the_activation_gets_its_share_months_later(
    chain: FaultyChain, tmp_path: Path
) -> None:
    with chain.fleet(tmp_path, share_patience_seconds=600) as fleet:
        *others, late = fleet.operators
        late.hold_at.write_text("acceptance.signed")
        start_each(fleet)
        sid = fleet.create_session()
        for operator in others:
            fleet.await_moment(operator, "acceptance.published")
        fleet.await_moment(late, "received.saved")
        fleet.kill([late])
        assert fleet.state(sid).phase is Phase.COMPLAINING
        late.hold_at.unlink()

        chain.move_to(configuration(fleet, sid).challenge_by)
        for operator in others:
            fleet.await_moment(operator, "package.saved")
        fleet.stop(others)
        assert late.has_secrets(sid)
        release = configuration(fleet, sid).bond_release_time
        chain.move_to(release - 1000)
        start_each(fleet, [*others, late])
        for operator in fleet.operators:
            fleet.await_moment(operator, "secrets.erased")
        fleet.stop(fleet.operators)
        fleet.assert_consistent(sid)
        assert fleet.faults(sid) == [Fault.NONE] * 4
        assert [fleet.reads.bond(sid, each.address) for each in fleet.operators] == [1000] * 4

        chain.move_to(release)
        start_each(fleet)
        for operator in fleet.operators:
            fleet.await_moment(operator, "withdrawBond.recorded")
        fleet.stop(fleet.operators)
        assert fleet.connection.w3.eth.get_balance(fleet.connection.contract_address) == 0
        fleet.assert_consistent(sid)


def test_a_dealer_that_comes_back_before_the_reveal_deadline_answers_complaints_by_itself(
    fleet: Fleet, chain: FaultyChain
) -> None:
    *others, away = fleet.operators
    sid = stop_for_ever_at(fleet, away, "deal.recorded")
    await_complaints(fleet, sid, away, 3)
    chain.move_to(configuration(fleet, sid).complain_by)
    assert fleet.state(sid).phase is Phase.REVEALING

    fleet.start(away)

    fleet.await_phase(sid, Phase.ACTIVE)
    finish(fleet, sid)
    assert away.reached().count("revealShare.mined") == 3
    assert all(each.reached().count("complainMissingShare.mined") == 1 for each in others)
