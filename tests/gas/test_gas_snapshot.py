"""Every transaction costs what gas-snapshot.json says, to the unit of gas."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcss_chain.devnet.anvil import AnvilDevnet

from .meter import GasMeter
from .seeded_randomness import seeded_randomness
from .snapshot import HOW_TO_UPDATE, SIZELESS, Figures, differences, read_snapshot, write_group
from .targets import LARGEST_TRANSACTION, is_one_transaction
from .whole_session import SIZES, Size, measure


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-gas-snapshot", default=False))


def require(group: str, measured: Figures, *, updating: bool) -> None:
    """Compare with what is written down, or write it down."""
    if updating:
        write_group(group, measured)
    table = differences(read_snapshot().get(group, {}), measured)
    assert not table, "\n".join([f"gas of {group} differs from gas-snapshot.json", *table, HOW_TO_UPDATE])


def test_deploying_costs_what_is_written_down(meter: GasMeter, updating: bool) -> None:
    require(SIZELESS, {"deployment": meter.deployment}, updating=updating)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_transaction_costs_what_is_written_down(meter: GasMeter, size: Size, updating: bool) -> None:
    require(str(size), measure(meter, size), updating=updating)


def test_what_was_measured_before_changes_nothing(meter: GasMeter) -> None:
    smallest = SIZES[0]
    require(str(smallest), measure(meter, smallest), updating=False)


@pytest.mark.anvil
def test_another_virtual_machine_charges_the_same(anvil_binary: Path) -> None:
    smallest = SIZES[0]
    accounts = smallest.n + 4
    with (
        seeded_randomness() as randomness,
        AnvilDevnet(binary=anvil_binary, account_count=accounts) as devnet,
    ):
        measured = measure(GasMeter(devnet.rpc_url, devnet.accounts, randomness), smallest)
    require(str(smallest), measured, updating=False)


@pytest.mark.parametrize("group", [SIZELESS, *map(str, SIZES)])
def test_no_transaction_comes_near_the_cap(group: str) -> None:
    costs = {kind: gas for kind, gas in read_snapshot()[group].items() if is_one_transaction(kind)}
    assert max(costs.values()) <= LARGEST_TRANSACTION, max(costs, key=lambda kind: costs[kind])
