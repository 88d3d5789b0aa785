"""Organisations on hosts of their own: separate network stacks, addresses and cables."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chain_faults import faulty_chain, finish, kinds, start_each
from support.namespaces import network
from support.proxy_node import proxy_node

pytestmark = pytest.mark.anvil


@pytest.mark.parametrize(
    ("patience_seconds", "complaints"), [(2, True), pytest.param(600, False, marks=pytest.mark.long_faults)]
)
def test_a_host_whose_link_fails_during_the_share_exchange_is_not_at_fault(
    anvil_binary: Path, tmp_path: Path, patience_seconds: float, complaints: bool
) -> None:
    with (
        network(4) as net,
        faulty_chain(anvil_binary, tmp_path) as chain,
        proxy_node(chain.url, net.gateway) as node,
        chain.fleet(
            tmp_path,
            hosts=[host.address for host in net.hosts],
            rpc=[node.url],
            share_patience_seconds=patience_seconds,
        ) as fleet,
    ):
        for operator, host in zip(fleet.operators, net.hosts, strict=True):
            operator.launcher = host.launcher
        *others, cut_off = fleet.operators
        cut_off.hold_at.write_text("shares.kept")
        start_each(fleet)
        sid = fleet.create_session()
        fleet.await_moment(cut_off, "shares.kept")
        net.hosts[-1].unplug()
        cut_off.hold_at.unlink()

        if complaints:
            fleet.wait_until(
                lambda: fleet.reads.missing_shares(sid, cut_off.address)[0].bit_count() == 3,
                "complaints",
                120,
            )
        else:
            failed = "will try again"
            fleet.wait_until(lambda: failed in cut_off.log.read_text(), "a failure", 120)
        assert fleet.state(sid).qualified == 0b1111
        net.hosts[-1].plug_in()

        finish(fleet, sid, seconds=120)
        complaint_counts = {kinds(each).count("complainMissingShare") for each in others}
        assert complaint_counts == ({1} if complaints else {0})
        assert kinds(cut_off).count("revealShare") == (3 if complaints else 0)
        assert "complainMissingShare" not in kinds(cut_off)
