"""A participant's process is killed at every moment of a session, started again, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.fleet import Fleet
from support.kept_state import (
    assert_each_purpose_once,
    assert_nothing_lost_or_made_twice,
    read_kept,
    transactions_of,
)
from support.moments import UNDISTURBED, short_and_long
from support.operators import PASSPHRASE, Operator

from tcss_chain.protocol.session import Fault, Phase

pytestmark = [pytest.mark.faults, pytest.mark.anvil]

SHORT = UNDISTURBED[4::8]
TRANSACTIONS = ["join", "deal", "activateUnanimously"]
RUNS = "participant runs"
FAILS = "will try again"
PATIENCE_SECONDS = 1.5


@pytest.fixture(scope="module")
def crew(make_fleet: Callable[..., Fleet]) -> Fleet:
    """Nobody complains about shares that come late, and only the first activates: it comes back."""
    fleet = make_fleet(share_patience_seconds=3600, activation_stagger_seconds=3600)
    fleet.start(*fleet.operators[1:])
    return fleet


@pytest.fixture
def fleet(crew: Fleet) -> Fleet:
    first = crew.operators[0]
    first.kill_at.unlink(missing_ok=True)
    first.hold_at.unlink(missing_ok=True)
    if first.process is None:
        crew.start(first)
    return crew


def assert_as_if_undisturbed(fleet: Fleet, sid: bytes, transactions_before: int) -> None:
    first = fleet.operators[0]
    assert fleet.state(sid).phase is Phase.ACTIVE
    assert fleet.state(sid).qualified == 0b1111
    assert fleet.faults(sid) == [Fault.NONE] * 4
    fleet.assert_consistent(sid)
    assert_each_purpose_once(fleet.connection, first.public, sid)
    assert [entry.purpose.kind for entry in transactions_of(first.public, sid)] == TRANSACTIONS
    assert fleet.nonce(first) - transactions_before == len(TRANSACTIONS)


def test_an_undisturbed_session_goes_through_all_these_moments(fleet: Fleet) -> None:
    first, nonce, seen = (
        fleet.operators[0],
        fleet.nonce(fleet.operators[0]),
        len(fleet.operators[0].reached()),
    )
    sid = fleet.create_session()
    fleet.await_finish(sid)
    moments = first.reached()[seen:]
    assert tuple(dict.fromkeys(moments)) == UNDISTURBED
    assert len(UNDISTURBED) >= 25
    assert_as_if_undisturbed(fleet, sid, nonce)


@pytest.mark.parametrize(
    "moment", short_and_long([(each,) for each in UNDISTURBED], [(each,) for each in SHORT])
)
def test_killed_once(fleet: Fleet, moment: str) -> None:
    first, nonce = fleet.operators[0], fleet.nonce(fleet.operators[0])
    fleet.kill_at(first, moment)
    with fleet.reviving(first) as deaths:
        sid = fleet.create_session()
        fleet.await_finish(sid)
        fleet.wait_until(lambda: bool(deaths), f"death at {moment}")
        fleet.await_journal(first, sid)
    (before,) = deaths
    assert_nothing_lost_or_made_twice(fleet.connection, first.address, sid, before, first.public)
    assert_as_if_undisturbed(fleet, sid, nonce)


WAITING = [(f"{kind}.{stage}",) for kind in TRANSACTIONS for stage in ("journalled", "broadcast")]


@pytest.mark.parametrize("moment", short_and_long(WAITING, [("deal.broadcast",)]))
def test_killed_while_no_block_takes_its_transaction(fleet: Fleet, moment: str) -> None:
    """The process that follows waits for the transaction that it finds, and makes no other."""
    first, nonce = fleet.operators[0], fleet.nonce(fleet.operators[0])
    kind = moment.partition(".")[0]
    seen = first.reached().count(f"{kind}.simulated")
    first.hold_at.write_text(f"{kind}.simulated")
    fleet.kill_at(first, moment)
    sid = fleet.create_session()
    fleet.wait_until(lambda: first.reached().count(f"{kind}.simulated") > seen, "the transaction")
    log = first.log.read_text()
    with blocks_on_demand(fleet):
        first.hold_at.unlink()
        fleet.await_death(first)
        before = read_kept(first.data, PASSPHRASE)
        fleet.start(first)
        fleet.wait_until(lambda: first.log.read_text().count(RUNS) > log.count(RUNS), "the next process")
        fleet.wait_until(lambda: len(waiting(fleet, first)) == 1, "the transaction in the pool")
        enough = time.monotonic() + PATIENCE_SECONDS
        fleet.wait_until(lambda: time.monotonic() > enough, "a pause for mistakes")
        (transaction,) = waiting(fleet, first)
        # A node that simulates on what is pending would refuse another one, which then goes unnoticed.
        assert FAILS not in first.log.read_text()[len(log) :]
    fleet.await_finish(sid)
    fleet.await_journal(first, sid)
    assert before.transactions(sid)[-1].variants[-1].transaction_hash == transaction
    assert_nothing_lost_or_made_twice(fleet.connection, first.address, sid, before, first.public)
    assert_as_if_undisturbed(fleet, sid, nonce)


@contextmanager
def blocks_on_demand(fleet: Fleet) -> Iterator[None]:
    ask(fleet, "evm_setAutomine", False)
    try:
        yield
    finally:
        ask(fleet, "evm_setAutomine", True)
        ask(fleet, "evm_mine")


def waiting(fleet: Fleet, operator: Operator) -> list[str]:
    """The hashes of an operator's transactions that no block has."""
    content = ask(fleet, "txpool_content")
    return [
        transaction["hash"]
        for part in ("pending", "queued")
        for account, by_nonce in content[part].items()
        for transaction in by_nonce.values()
        if account.lower() == operator.address.lower()
    ]


def ask(fleet: Fleet, method: str, *arguments: object) -> Any:
    answer = fleet.connection.w3.provider.make_request(method, list(arguments))  # type: ignore[arg-type]
    assert "error" not in answer, answer
    return answer["result"]
