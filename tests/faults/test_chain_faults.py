"""Nodes that die and come back, and transactions that get lost or stuck."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.chain_faults import FaultyChain, alarms, faulty_chain, finish, kinds, start_each

from tcss_chain.protocol.session import Phase

pytestmark = pytest.mark.anvil

DEPTH = 3


@pytest.fixture
def chain(anvil_binary: Path, tmp_path: Path) -> Iterator[FaultyChain]:
    """A chain with blocks of its own, so that everything gets deep."""
    with faulty_chain(anvil_binary, tmp_path, block_interval=0.3) as chain:
        yield chain


@pytest.fixture
def still_chain(anvil_binary: Path, tmp_path: Path) -> Iterator[FaultyChain]:
    """A chain that mines for transactions only."""
    with faulty_chain(anvil_binary, tmp_path) as chain:
        yield chain


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("join.broadcast", marks=pytest.mark.long_faults),
        "deal.broadcast",
        pytest.param("complainMissingShare.broadcast", marks=pytest.mark.long_faults),
    ],
)
def test_services_wait_for_a_node_that_was_killed_and_go_on(
    chain: FaultyChain, tmp_path: Path, moment: str
) -> None:
    with chain.fleet(tmp_path, confirmations=DEPTH) as fleet:
        first, *_, last = fleet.operators
        complaints = moment.startswith("complain")
        if complaints:
            last.kill_at.write_text("deal.recorded")
        start_each(fleet)
        sid = fleet.create_session()
        if complaints:
            fleet.await_death(last)
        fleet.await_moment(first, moment)

        chain.kill()
        going = [each for each in fleet.operators if each.process is not None]
        fleet.wait_until(lambda: all("node_unreachable" in alarms(each) for each in going), "alarms")
        chain.start_again()
        if complaints:
            fleet.start(last)

        fleet.await_phase(sid, Phase.ACTIVE, 120)
        finish(fleet, sid)
        for operator in fleet.operators:
            assert kinds(operator).count("join") == kinds(operator).count("deal") == 1
        assert not complaints or last.reached().count("revealShare.mined") == 3


@pytest.mark.long_faults
@pytest.mark.parametrize("kind", ["join", "deal"])
def test_transactions_that_nodes_forget_are_sent_again_as_they_were(
    still_chain: FaultyChain, tmp_path: Path, kind: str
) -> None:
    with still_chain.fleet(tmp_path) as fleet:
        sid = fleet.create_session()
        for operator in fleet.operators:
            operator.hold_at.write_text(f"{kind}.journalled")
        start_each(fleet)
        for operator in fleet.operators:
            fleet.await_moment(operator, f"{kind}.journalled")
        still_chain.rpc("evm_setAutomine", False)
        for operator in fleet.operators:
            operator.hold_at.unlink()
        fleet.wait_until(lambda: len(still_chain.waiting()) == 4, "four transactions in the pool")
        sent = {each["hash"] for each in still_chain.waiting()}

        for _ in range(2):
            still_chain.rpc("anvil_dropAllTransactions")
            assert not still_chain.waiting()
            fleet.wait_until(lambda: len(still_chain.waiting()) == 4, "the same transactions again")
            assert {each["hash"] for each in still_chain.waiting()} == sent
        still_chain.rpc("anvil_dropTransaction", min(sent))
        fleet.wait_until(lambda: len(still_chain.waiting()) == 4, "all four again")
        still_chain.rpc("evm_setAutomine", True)
        still_chain.mine()

        fleet.await_phase(sid, Phase.ACTIVE)
        finish(fleet, sid)
        assert all(still_chain.block_of(each) for each in sent)
        assert all(kinds(each).count(kind) == 1 for each in fleet.operators)


@pytest.mark.long_faults
def test_stuck_transactions_are_replaced_by_themselves_with_higher_fees(
    still_chain: FaultyChain, tmp_path: Path
) -> None:
    with still_chain.fleet(tmp_path) as fleet:
        sid = fleet.create_session()
        still_chain.rpc("evm_setAutomine", False)
        start_each(fleet)
        fleet.wait_until(lambda: len(still_chain.waiting()) == 4, "four joins in the pool")
        before = {each["from"]: each for each in still_chain.waiting()}

        def all_replaced() -> bool:
            now = {each["from"]: each["hash"] for each in still_chain.waiting()}
            return len(now) == 4 and all(now[each] != before[each]["hash"] for each in now)

        fleet.wait_until(all_replaced, "replacements", 120)
        after = {each["from"]: each for each in still_chain.waiting()}
        for sender, old in before.items():
            new = after[sender]
            for same in ("nonce", "to", "input", "value", "gas"):
                assert new[same] == old[same]
            for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
                assert int(new[fee], 16) * 10 >= int(old[fee], 16) * 11
        assert fleet.state(sid).joined == 0
        still_chain.rpc("evm_setAutomine", True)
        still_chain.mine()

        fleet.await_phase(sid, Phase.ACTIVE)
        finish(fleet, sid)
        mined = [each["hash"] for each in still_chain.transactions() if each["from"] in before]
        assert {each["hash"] for each in after.values()} <= set(mined)
