"""Several nodes, one of which dies, lags or lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support.chain_faults import (
    FaultyChain,
    alarms,
    faulty_chain,
    finish,
    kinds,
    lags_at,
    lies_about_a_join,
    lies_about_the_roster,
    start_each,
)
from support.fleet import Fleet
from support.proxy_node import ProxyNode, proxy_node

from tcss_chain.protocol.session import Phase

pytestmark = pytest.mark.anvil


@pytest.fixture
def chain(anvil_binary: Path, tmp_path: Path) -> Iterator[FaultyChain]:
    with faulty_chain(anvil_binary, tmp_path, block_interval=0.3) as chain:
        yield chain


@pytest.mark.parametrize("victim", [0, pytest.param(2, marks=pytest.mark.long_faults)])
def test_one_of_three_nodes_that_dies_is_replaced_by_the_others(
    chain: FaultyChain, tmp_path: Path, victim: int
) -> None:
    with nodes(chain, tmp_path, victim, count=3) as (fleet, dying):
        start_each(fleet)
        sid = fleet.create_session()
        fleet.await_moment(fleet.operators[0], "join.recorded")
        dying.is_gone = True

        fleet.await_phase(sid, Phase.ACTIVE)
        await_everywhere(fleet, "node_unreachable")
        finish(fleet, sid)


@pytest.mark.long_faults
@pytest.mark.parametrize("victim", [0, 1])
def test_with_one_of_two_nodes_left_nothing_irreversible_is_done(
    chain: FaultyChain, tmp_path: Path, victim: int
) -> None:
    with nodes(chain, tmp_path, victim) as (fleet, dying):
        for operator in fleet.operators:
            operator.hold_at.write_text("join.simulated")
        start_each(fleet)
        sid = fleet.create_session()
        for operator in fleet.operators:
            fleet.await_moment(operator, "join.simulated")
        dying.is_gone = True
        for operator in fleet.operators:
            operator.hold_at.unlink()

        fleet.wait_until(lambda: joins(fleet, sid) == 4, "four joins")
        await_everywhere(fleet, "node_unreachable")
        head = chain.head
        fleet.wait_until(lambda: chain.head >= head + 10, "ten blocks")
        assert not any("dealing.made" in each.reached() for each in fleet.operators)

        dying.is_gone = False
        fleet.await_phase(sid, Phase.ACTIVE, 120)
        finish(fleet, sid)


@pytest.mark.long_faults
def test_a_node_that_is_stuck_is_not_relied_on_but_holds_up_what_cannot_be_undone(
    chain: FaultyChain, tmp_path: Path
) -> None:
    with nodes(chain, tmp_path, 0, count=3) as (fleet, stuck):
        for operator in fleet.operators:
            operator.hold_at.write_text("join.simulated")
        start_each(fleet)
        sid = fleet.create_session()
        for operator in fleet.operators:
            fleet.await_moment(operator, "join.simulated")
        lags_at(stuck, chain.head)
        for operator in fleet.operators:
            operator.hold_at.unlink()

        fleet.wait_until(lambda: joins(fleet, sid) == 4, "four joins through the others")
        await_everywhere(fleet, "node_lags")
        head = chain.head
        fleet.wait_until(lambda: chain.head >= head + 10, "ten blocks")
        assert not any("dealing.made" in each.reached() for each in fleet.operators)

        stuck.changes.clear()
        fleet.await_phase(sid, Phase.ACTIVE, 120)
        finish(fleet, sid)


@pytest.mark.long_faults
@pytest.mark.parametrize("liar", [0, 1])
def test_nothing_irreversible_is_done_while_nodes_disagree(
    chain: FaultyChain, tmp_path: Path, liar: int
) -> None:
    with nodes(chain, tmp_path, liar) as (fleet, lying):
        lies_about_the_roster(lying)
        start_each(fleet)
        sid = fleet.create_session()
        fleet.wait_until(lambda: joins(fleet, sid) == 4, "four joins")

        await_everywhere(fleet, "nodes_disagree")
        honest_head = chain.head
        fleet.wait_until(lambda: chain.head >= honest_head + 10, "ten blocks")
        assert [kinds(each) for each in fleet.operators] == [["join"]] * 4
        assert not any("dealing.made" in each.reached() for each in fleet.operators)

        lying.changes.clear()
        fleet.await_phase(sid, Phase.ACTIVE)
        fleet.wait_until(lambda: all("nodes_disagree" not in alarms(each) for each in fleet.operators), "")
        finish(fleet, sid)


@pytest.mark.long_faults
def test_nothing_is_kept_or_erased_while_nodes_disagree(chain: FaultyChain, tmp_path: Path) -> None:
    with nodes(chain, tmp_path, 0) as (fleet, lying):
        first, *_ = fleet.operators
        first.hold_at.write_text("activateUnanimously.simulated")
        start_each(fleet)
        sid = fleet.create_session()
        fleet.await_moment(first, "activateUnanimously.simulated")
        lies_about_the_roster(lying)
        first.hold_at.unlink()

        # Signatures that were made before it lied activate the session, but nobody relies on that.
        fleet.await_phase(sid, Phase.ACTIVE)
        await_everywhere(fleet, "nodes_disagree")
        head = chain.head
        fleet.wait_until(lambda: chain.head >= head + 10, "ten blocks")
        reached = {moment for each in fleet.operators for moment in each.reached()}
        assert not reached & {"share.computed", "share.saved", "secrets.erased"}

        lying.changes.clear()
        finish(fleet, sid)


@pytest.mark.long_faults
def test_a_join_that_a_node_changes_is_not_dealt_for(chain: FaultyChain, tmp_path: Path) -> None:
    with nodes(chain, tmp_path, 0) as (fleet, lying):
        lies_about_a_join(lying, fleet.connection.contract.events.Joined().topic)
        start_each(fleet)
        sid = fleet.create_session()
        fleet.wait_until(lambda: fleet.state(sid).phase is Phase.DEALING, "the dealing phase")
        head = chain.head
        fleet.wait_until(lambda: chain.head >= head + 15, "fifteen blocks")
        assert not any("dealing.made" in each.reached() for each in fleet.operators)
        assert all(
            "the joins do not hash to the roster hash" in each.log.read_text() for each in fleet.operators
        )

        lying.changes.clear()
        finish(fleet, sid)


@contextmanager
def nodes(
    chain: FaultyChain, folder: Path, victim: int, *, count: int = 2
) -> Iterator[tuple[Fleet, ProxyNode]]:
    """A fleet with several nodes, one of them the victim; the test's own reads do not go through them."""
    with ExitStack() as stack:
        proxies = [stack.enter_context(proxy_node(chain.url)) for _ in range(count)]
        fleet = chain.fleet(folder, rpc=[each.url for each in proxies], confirmations=2)
        yield stack.enter_context(fleet), proxies[victim]


def joins(fleet: Fleet, sid: bytes) -> int:
    return fleet.state(sid).joined.bit_count()


def await_everywhere(fleet: Fleet, alarm: str) -> None:
    holds: Callable[[], bool] = lambda: all(alarm in alarms(each) for each in fleet.operators)  # noqa: E731
    fleet.wait_until(holds, alarm, 30)
