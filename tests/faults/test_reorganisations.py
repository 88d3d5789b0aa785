"""Reorganisations that take joins, dealings and the activation away, and what comes in their place."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_utils import keccak
from support.chain_faults import FaultyChain, faulty_chain, finish, kinds, metric, start_each
from support.fleet import CHEAP, Fleet
from support.operators import PASSPHRASE, Operator

from tcss_chain.chain.session_view import SessionView
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.session import Phase
from tcss_chain.store.state_database import StateDatabase

pytestmark = pytest.mark.anvil

DEPTH = 3


@pytest.fixture
def chain(anvil_binary: Path, tmp_path: Path) -> Iterator[FaultyChain]:
    """A chain that mines for transactions and for the test only: nothing gets deep by itself."""
    with faulty_chain(anvil_binary, tmp_path) as chain:
        yield chain


@pytest.fixture
def fleet(chain: FaultyChain, tmp_path: Path) -> Iterator[Fleet]:
    with chain.fleet(tmp_path, confirmations=DEPTH) as fleet:
        yield fleet


@pytest.mark.long_faults
@pytest.mark.parametrize("lost", [1, 4])
def test_joins_that_disappear_are_sent_again_as_they_were(
    fleet: Fleet, chain: FaultyChain, lost: int
) -> None:
    start_each(fleet)
    sid = fleet.create_session()
    joins = await_sent(fleet, chain, sid, "join", Phase.DEALING)

    with chain.not_mining():
        chain.rewind_to(joins[-lost][1] - 1)
        assert fleet.state(sid).joined.bit_count() == 4 - lost
    fleet.wait_until(lambda: fleet.state(sid).joined == 0b1111, "the joins again")
    assert not any("dealing.made" in each.reached() for each in fleet.operators)

    assert all(chain.block_of(each) for each, _ in joins)
    chain.mine_until(fleet, lambda: fleet.state(sid).phase is Phase.ACTIVE, "activation")
    finish_deep(fleet, chain, sid)
    assert_sent_once(fleet, "join", "deal")


@pytest.mark.long_faults
@pytest.mark.parametrize("kind", ["join", "deal"])
def test_another_order_of_the_same_transactions_changes_nothing(
    fleet: Fleet, chain: FaultyChain, kind: str
) -> None:
    start_each(fleet)
    sid = fleet.create_session()
    if kind == "deal":
        chain.mine_until(fleet, lambda: fleet.state(sid).dealt != 0, "a dealing")
    sent = await_sent(fleet, chain, sid, kind, Phase.DEALING if kind == "join" else Phase.COMPLAINING)
    before = fleet.state(sid)

    raw = [chain.raw(each) for each, _ in sent]
    depth = chain.head - sent[0][1] + 1
    chain.rpc("anvil_reorg", depth, [[each, 0] for each in reversed(raw)])
    assert {chain.block_of(each) for each, _ in sent} == {sent[0][1]}
    assert (fleet.state(sid).joined, fleet.state(sid).dealt) == (before.joined, before.dealt)

    chain.mine_until(fleet, lambda: fleet.state(sid).phase is Phase.ACTIVE, "activation")
    finish_deep(fleet, chain, sid)
    assert_sent_once(fleet, "join", "deal")


def test_another_join_in_place_of_one_that_disappears_is_dealt_for_afresh(
    fleet: Fleet, chain: FaultyChain
) -> None:
    *others, last = fleet.operators
    last.hold_at.write_text("join.simulated")
    start_each(fleet)
    sid = fleet.create_session()
    fleet.wait_until(lambda: fleet.state(sid).joined == 0b0111, "three joins")
    parent = chain.head
    last.hold_at.write_text("dealing.saved")
    chain.mine_until(fleet, lambda: fleet.state(sid).joined == 0b1111, "all joins")
    first_roster = fleet.state(sid).roster_hash
    chain.mine_until(fleet, lambda: "dealing.saved" in last.reached(), "the last one's dealing")
    chain.mine_until(fleet, lambda: fleet.state(sid).dealt == 0b0111, "three dealings")
    for operator in others:
        fleet.await_moment(operator, "deal.recorded")
    first = dealings(fleet, sid)
    assert set(first) == {each.address for each in others}

    # Deeper than these members wait for, so they had dealt for a roster that goes away.
    fleet.kill([last])
    last.hold_at.unlink()
    lose_everything(last)
    chain.rewind_to(parent)
    assert fleet.state(sid).joined == 0b0111
    fleet.start(last)

    chain.mine_until(fleet, lambda: fleet.state(sid).phase is Phase.ACTIVE, "activation", 120)
    assert fleet.state(sid).roster_hash != first_roster
    second = SessionView(fleet.connection, sid).dealings()
    for operator in others:
        assert operator.reached().count("dealing.made") == 2
        assert_nothing_in_common(first[operator.address], second[operator.address])
    finish_deep(fleet, chain, sid)


@pytest.mark.long_faults
@pytest.mark.parametrize("lost", [1, 4])
def test_dealings_that_disappear_are_sent_again_as_they_were(
    fleet: Fleet, chain: FaultyChain, lost: int
) -> None:
    start_each(fleet)
    sid = fleet.create_session()
    chain.mine_until(fleet, lambda: fleet.state(sid).dealt != 0, "a dealing")
    sent = await_sent(fleet, chain, sid, "deal", Phase.COMPLAINING)
    before = SessionView(fleet.connection, sid).dealings()

    with chain.not_mining():
        chain.rewind_to(sent[-lost][1] - 1)
        assert fleet.state(sid).dealt.bit_count() == 4 - lost
        assert fleet.state(sid).phase is Phase.DEALING
    chain.mine_until(fleet, lambda: fleet.state(sid).dealt == 0b1111, "the dealings again")

    assert SessionView(fleet.connection, sid).dealings() == before
    assert all(chain.block_of(each) for each, _ in sent)
    chain.mine_until(fleet, lambda: fleet.state(sid).phase is Phase.ACTIVE, "activation")
    finish_deep(fleet, chain, sid)
    assert_sent_once(fleet, "join", "deal")


@pytest.mark.long_faults
@pytest.mark.parametrize("computed", [False, True])
def test_nothing_is_erased_for_an_activation_that_disappears(
    fleet: Fleet, chain: FaultyChain, computed: bool
) -> None:
    first, *_ = fleet.operators
    first.hold_at.write_text("activateUnanimously.simulated")
    others = fleet.operators[1:]
    for operator in others:
        operator.hold_at.write_text("acceptance.published")
    start_each(fleet)
    sid = fleet.create_session()
    chain.mine_until(fleet, lambda: "activateUnanimously.simulated" in first.reached(), "acceptances", 120)
    parent = chain.head
    first.hold_at.unlink()
    fleet.await_phase(sid, Phase.ACTIVE)
    chain.mine(DEPTH - 1)
    for operator in others:
        operator.hold_at.unlink()
    fleet.await_moment(first, "activateUnanimously.recorded")
    for operator in fleet.operators:
        await_steps(fleet, operator)
    nothing_is_kept(fleet)

    if computed:  # the transaction is late this time, and the deadlines pass
        fleet.kill([first])
        chain.rewind_to(parent)
        assert fleet.state(sid).aggregate_hash == bytes(32)
        chain.move_to(fleet.reads.configuration(sid).challenge_by)
        assert fleet.state(sid).phase is Phase.AGGREGATING
        chain.mine_until(fleet, lambda: fleet.state(sid).phase is Phase.ACTIVE, "activation")
        assert any("aggregate" in kinds(each) for each in others)
        fleet.start(first)
    else:
        with chain.not_mining():
            chain.rewind_to(parent)
            assert fleet.state(sid).aggregate_hash == bytes(32)
            for operator in fleet.operators[1:]:
                await_steps(fleet, operator)
            nothing_is_kept(fleet)
        fleet.await_phase(sid, Phase.ACTIVE)
        assert_sent_once(fleet, "join", "deal")
    nothing_is_kept(fleet)

    finish_deep(fleet, chain, sid)


def await_sent(
    fleet: Fleet, chain: FaultyChain, sid: bytes, kind: str, phase: Phase
) -> list[tuple[str, int]]:
    """Wait until all four have sent a transaction of this kind; give hashes and blocks, in order."""
    fleet.await_phase(sid, phase)
    for operator in fleet.operators:
        fleet.await_moment(operator, f"{kind}.recorded")
    members = {each.address.lower() for each in fleet.operators}
    signature = fleet.connection.contract.get_function_by_name(kind).signature
    selector = f"0x{keccak(text=signature)[:4].hex()}"
    sent = [
        (each["hash"], int(each["blockNumber"], 16))
        for each in chain.transactions()
        if each["from"] in members and each["input"].startswith(selector)
    ]
    assert len(sent) == 4
    return sent


def dealings(fleet: Fleet, sid: bytes) -> dict[str, Dealing]:
    return {event.dealer: event.dealing for event in SessionView(fleet.connection, sid).events.dealt(sid)}


def assert_nothing_in_common(first: Dealing, second: Dealing) -> None:
    for one, other in ((first.B, second.B), (first.C, second.C)):
        assert not set(one) & set(other)


def lose_everything(operator: Operator) -> None:
    """An organisation's disk is lost; only the wallet's file is left."""
    shutil.rmtree(operator.folder / "data")
    StateDatabase.create(operator.folder / "data", PASSPHRASE, kdf_cost=CHEAP).close()


def await_steps(fleet: Fleet, operator: Operator) -> None:
    """Wait until a step of the operator's participant has begun and ended after now."""
    for _ in range(2):
        now = time.monotonic()
        fleet.wait_until(
            lambda now=now: metric(operator, "tcss_last_step_age_seconds") < time.monotonic() - now, "a step"
        )


def nothing_is_kept(fleet: Fleet) -> None:
    reached = {moment for each in fleet.operators for moment in each.reached()}
    assert not reached & {"share.computed", "share.saved", "secrets.erased"}


def assert_sent_once(fleet: Fleet, *sent: str) -> None:
    for operator in fleet.operators:
        assert [kinds(operator).count(kind) for kind in sent] == [1] * len(sent)
        assert operator.reached().count("dealing.made") == 1


def finish_deep(fleet: Fleet, chain: FaultyChain, sid: bytes) -> None:
    def erased() -> bool:
        return all("secrets.erased" in each.reached() for each in fleet.operators)

    chain.mine_until(fleet, erased, "the erasure")
    finish(fleet, sid)
