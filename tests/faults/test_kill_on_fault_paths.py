"""A participant's process is killed while others misbehave: nothing is lost, and only they are at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.fault_paths import PATHS, FaultPath
from support.fleet import Fleet
from support.kept_state import assert_each_purpose_once, assert_nothing_lost_or_made_twice, transactions_of
from support.moments import SETTLING, of_transaction, short_and_long

from tcss_chain.protocol.session import Phase

pytestmark = [pytest.mark.faults, pytest.mark.anvil]

SHORT = [
    ("withheld share", "complainMissingShare.journalled"),
    ("accused dealer", "revealShare.broadcast"),
    ("invalid share", "complainInvalidShare.journalled"),
    ("bad proof", "complainInvalidProof.mined"),
    ("never signed", "aggregate.signed"),
    ("never dealt", "recordFault.broadcast"),
    ("aborted", "withdrawBond.journalled"),
    ("released bond", "withdrawBond.broadcast"),
]
CASES = [
    (name, moment)
    for name, path in PATHS.items()
    for moment in (
        *(each for kind in path.kinds for each in of_transaction(kind)),
        *(SETTLING if path.settles else ()),
        *(("secrets.erased",) if path.phase is Phase.ABORTED else ()),
    )
]


@pytest.fixture(scope="module")
def path(request: pytest.FixtureRequest, make_fleet: Callable[..., Fleet]) -> Iterator[FaultPath]:
    made = PATHS[request.param](make_fleet)
    yield made
    made.fleet.kill(made.fleet.operators)


@pytest.mark.parametrize(("path", "moment"), short_and_long(CASES, SHORT), indirect=["path"])
def test_killed_once(path: FaultPath, moment: str) -> None:
    path.ready()
    fleet, first = path.fleet, path.first
    nonce = fleet.nonce(first)
    fleet.kill_at(first, moment)
    with fleet.reviving(first) as deaths:
        sid = path.run()
        fleet.wait_until(lambda: bool(deaths), f"death at {moment}")
        fleet.await_journal(first, sid)
    (before,) = deaths
    assert_nothing_lost_or_made_twice(fleet.connection, first.address, sid, before, first.public)
    assert fleet.state(sid).phase is path.phase
    assert fleet.state(sid).qualified == path.qualified
    assert tuple(fleet.faults(sid)) == path.faults
    if path.phase is Phase.ACTIVE:
        fleet.assert_consistent(sid)
    else:
        assert not first.has_secrets(sid)
        assert first.share(sid) is None
    assert_each_purpose_once(fleet.connection, first.public, sid)
    assert tuple(entry.purpose.kind for entry in transactions_of(first.public, sid)) == path.transactions
    assert fleet.nonce(first) - nonce == len(path.transactions)
