"""Nothing that the contract does costs more because it has many sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.devnet.anvil import AnvilDevnet
from tcss_chain.records.record_reads import RecordReads

from .crowd import EVERY, Crowd
from .questions import PAGE, gas_of_views, milliseconds_of_queries

FIRST_ENTRY = 17_100
"""A list's length costs so much more when it was zero: the contract's very first session pays for that."""


@pytest.mark.anvil
@pytest.mark.slow
@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("count", [80, pytest.param(1000, marks=pytest.mark.long_load)])
def test_cost_does_not_grow_with_the_number_of_sessions(anvil_binary: Path, count: int) -> None:
    with AnvilDevnet(binary=anvil_binary, account_count=8) as devnet:
        address, _ = deploy(devnet.rpc_url, devnet.accounts[-1])
        connection = Connection(devnet.rpc_url, address)
        crowd = Crowd(connection, devnet.accounts)
        gas, milliseconds = {}, {}
        for size in range(count // 4, count + 1, count // 4):
            crowd.grow(size)
            gas[size] = gas_of_views(connection, crowd)
            milliseconds[size] = milliseconds_of_queries(connection, crowd)
        show(crowd, gas, milliseconds)

        smallest = next(iter(gas))
        assert smallest >= PAGE
        for size, figures in gas.items():
            assert figures == gas[smallest], size
        first, *others = crowd.execution.pop("createSession")
        assert {first - FIRST_ENTRY} == set(others)
        for kind, figures in crowd.execution.items():
            assert len(set(figures)) == 1, kind

        records, reads = RecordReads(connection), SessionReads(connection)
        assert reads.session_ids(0, count) == tuple(crowd.sids)
        assert [record.sid for record in records.all()] == crowd.recorded
        assert len(crowd.recorded) == count // EVERY
        assert records.of_address(crowd.accused) == records.all()
        for sid in (crowd.recorded[0], crowd.recorded[-1]):
            (record,) = records.of_session(sid)
            assert record.accused == (crowd.accused,)
        assert records.of_session(crowd.sids[0]) == ()


def show(crowd: Crowd, gas: dict[int, dict[str, int]], milliseconds: dict[int, dict[str, float]]) -> None:
    """Print the figures, which are what the long form is for."""
    print("\nexecution gas of transactions: first session, then least and most of all later ones")  # noqa: T201
    for kind, (first, *others) in crowd.execution.items():
        print(f"  {kind:<24} {first:>9,} {min(others):>9,} {max(others):>9,}")  # noqa: T201
    for title, table in (("gas of views", gas), ("milliseconds of queries, median", milliseconds)):
        print(f"{title}, with so many sessions")  # noqa: T201
        print(f"  {'':<40}" + "".join(f"{size:>11,}" for size in table))  # noqa: T201
        for name in next(iter(table.values())):
            cells = (f"{figures[name]:>11,.{0 if table is gas else 1}f}" for figures in table.values())
            print(f"  {name:<40}" + "".join(cells))  # noqa: T201
