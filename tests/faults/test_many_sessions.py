"""Many sessions at once, in one process of each of four members."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.chain_faults import assert_faults, faulty_chain, kinds, start_each
from support.fleet import Fleet
from support.operators import PASSPHRASE, Operator

from tcss_chain.protocol.session import Phase
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

pytestmark = pytest.mark.anvil


@pytest.mark.parametrize("count", [5, pytest.param(20, marks=pytest.mark.long_faults)])
def test_sessions_at_once_become_active_with_nonces_without_gaps(
    anvil_binary: Path, tmp_path: Path, count: int
) -> None:
    with (
        faulty_chain(anvil_binary, tmp_path) as chain,
        chain.fleet(tmp_path, share_patience_seconds=600) as fleet,
    ):
        sids = [fleet.create_session(confirmed=False) for _ in range(count)]
        start_each(fleet)
        for operator in fleet.operators:
            fleet.wait_until(lambda operator=operator: runs(operator), "a start")
        begin = time.monotonic()
        for sid in sids:
            fleet.confirm(sid)
        for sid in sids:
            fleet.await_phase(sid, Phase.ACTIVE, 300)
        active = time.monotonic()
        for operator in fleet.operators:
            fleet.await_moment(operator, "package.saved", count, 120)
        end = time.monotonic()
        print(  # noqa: T201  # the figures are what this is for
            f"{count} sessions of 4: active after {active - begin:.1f} s, archived after {end - begin:.1f} s"
        )

        fleet.stop(fleet.operators)
        for sid in sids:
            fleet.assert_consistent(sid)
            assert_faults(fleet, sid, {})
        for operator in fleet.operators:
            assert_nonces_without_gaps(fleet, operator, count)


def runs(operator: Operator) -> bool:
    return operator.log.exists() and "participant runs" in operator.log.read_text(errors="replace")


def assert_nonces_without_gaps(fleet: Fleet, operator: Operator, sessions: int) -> None:
    """Everything that was signed was mined, once, and nothing else was."""
    eth = fleet.connection.w3.eth
    signed = len(kinds(operator))
    assert eth.get_transaction_count(operator.address) == signed
    assert eth.get_transaction_count(operator.address, "pending") == signed
    assert 2 * sessions <= signed <= 3 * sessions  # join, deal, and perhaps activate
    mined = [
        int(transaction["nonce"])
        for number in range(eth.block_number + 1)
        for transaction in eth.get_block(number, True)["transactions"]
        if transaction["from"] == operator.address
    ]
    assert mined == list(range(signed))
    with StateDatabase.open(operator.folder / "data", PASSPHRASE) as database:
        journal = SqliteTransactionJournal(database)
        nonces = [each.nonce for each in journal.unsettled(operator.address, fleet.connection.chain_id)]
        with database.reading() as connection:
            ((highest,),) = connection.execute(
                "SELECT max(nonce) FROM journal_entry WHERE account = ? AND chain_id = ?",
                (operator.address, str(fleet.connection.chain_id)),
            ).fetchall()
    assert len(set(nonces)) == len(nonces)
    assert highest == signed - 1
