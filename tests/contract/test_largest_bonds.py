"""Bonds of 2^88 - 1 wei: those of all participants fit the 96 bits in which forfeits are added up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eth_account import Account
from support.complaints import complain_missing, posted
from support.consortium import Consortium
from support.misdealing import with_invalid_proof
from support.tracing import trace

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.devnet import embedded_devnet as devnet_module
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.session import MAX_BOND, Fault, Phase

LARGEST = 2**88 - 1


@pytest.fixture(scope="module")
def rich_devnet() -> Iterator[EmbeddedDevnet]:
    """A chain whose accounts can pay such bonds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(devnet_module, "DEV_BALANCE", 2**96)
        with EmbeddedDevnet() as devnet:
            yield devnet


@pytest.fixture
def rich(rich_devnet: EmbeddedDevnet) -> Consortium:
    """Eight members with threshold seven, so that six of them may be convicted. Everybody has joined."""
    accounts = rich_devnet.accounts
    address, _ = deploy(rich_devnet.rpc_url, accounts[-1])
    connection = Connection(rich_devnet.rpc_url, address)
    return Consortium(connection, accounts, n=8, t=7, bond=LARGEST).run_to(Phase.DEALING)


def balance(consortium: Consortium, account: str | None = None) -> int:
    """What an account has, the contract when none is named."""
    return int(consortium.connection.w3.eth.get_balance(account or consortium.connection.contract_address))


def forfeits(consortium: Consortium) -> int:
    return consortium.reads.state(consortium.sid).forfeits


def drain(consortium: Consortium) -> tuple[list[int], int]:
    """Withdraw everything: what each member gets, and the beneficiary."""
    paid = []
    for member in consortium.members:
        recipient = Account.create().address
        if consortium.reads.bond(consortium.sid, member.address):
            member.sender.send(consortium.actions.withdraw_bond(consortium.sid, recipient))
        paid.append(balance(consortium, recipient))
    beneficiary = consortium.configuration.beneficiary
    before = balance(consortium, beneficiary)
    if forfeits(consortium):
        consortium.outsider.send(consortium.actions.withdraw_forfeits(consortium.sid))
    return paid, balance(consortium, beneficiary) - before


def test_the_clients_know_the_largest_bond() -> None:
    assert MAX_BOND == LARGEST
    assert 128 * LARGEST < 2**96 - 1


def test_halves_of_the_largest_bonds_are_forfeit_and_the_rest_comes_back(rich: Consortium) -> None:
    """Seat 6 gives no valid proof and seat 7 does not deal, so the session aborts."""
    assert rich.reads.configuration(rich.sid).bond == LARGEST
    assert balance(rich) == 8 * LARGEST
    for member in rich.members:
        assert rich.reads.bond(rich.sid, member.address) == LARGEST
    cheat, late = rich.members[6], rich.members[7]
    half, rest = LARGEST // 2, LARGEST - LARGEST // 2
    rich.deal(cheat, with_invalid_proof(rich.prepare_dealing(cheat)))
    for member in rich.members[:6]:
        rich.deal(member)
    rich.travel_to(rich.configuration.deal_by)
    rich.outsider.send(rich.actions.record_fault(rich.sid, late.address))
    assert forfeits(rich) == half
    rich.outsider.send(rich.actions.complain_invalid_proof(rich.sid, cheat.address, posted(rich, cheat)))
    assert forfeits(rich) == 2 * half
    assert rich.reads.fault(rich.sid, cheat.address) is Fault.INVALID_PROOF
    rich.travel_to(rich.configuration.challenge_by)
    assert rich.reads.phase(rich.sid) is Phase.ABORTED
    assert drain(rich) == ([LARGEST] * 6 + [rest] * 2, 2 * half)
    assert (forfeits(rich), balance(rich)) == (0, 0)


def test_forfeits_of_all_that_may_be_convicted_do_not_overflow(rich: Consortium) -> None:
    """Six whole bonds, over 2^90 wei; seat 7 has not dealt, and seat 0 left a complaint unanswered."""
    silent, late = rich.members[0], rich.members[7]
    for member in rich.members[:7]:
        rich.deal(member)
    rich.travel_to(rich.configuration.deal_by)
    complain_missing(rich, silent, rich.members[1])
    rich.activate_unanimously()
    trace(rich, [0, 1, 7]).send()
    assert rich.reads.fault(rich.sid, late.address) is Fault.NO_DEALING
    assert forfeits(rich) == 3 * LARGEST
    trace(rich, [1, 2, 3, 4]).send()
    assert forfeits(rich) == 6 * LARGEST > 2**90
    for member in rich.members:
        kept = LARGEST if member in rich.members[5:7] else 0
        assert rich.reads.bond(rich.sid, member.address) == kept
    rich.travel_to(rich.configuration.bond_release_time)
    assert drain(rich) == ([0] * 5 + [LARGEST] * 2 + [0], 6 * LARGEST)
    assert (forfeits(rich), balance(rich)) == (0, 0)
