"""Where the demonstration plays."""

from __future__ import annotations

import pytest
from eth_account import Account
from support.raw_server import unused_port

from tcss_chain.chain.connection import connect
from tcss_chain.chain.errors import NodeError
from tcss_chain.demo.errors import DemoError, FunderError
from tcss_chain.demo.organisations import Organisation, ascending, fresh_account
from tcss_chain.demo.stage import GAS_ALLOWANCE, ChainKind, Stage, open_stage
from tcss_chain.errors import TcssError

KEY = "0x" + "12" * 32
URL = "http://127.0.0.1:1/hunter2"


@pytest.mark.parametrize("key", [None, "", "hunter2", "0x12", "0x" + "00" * 32, "0x" + "ff" * 32])
def test_a_given_chain_needs_a_usable_key_that_is_not_repeated(key):
    with pytest.raises(FunderError) as caught, open_stage(ChainKind.EMBEDDED, URL, key):
        pass
    assert "TCSS_FUNDER_KEY" in str(caught.value)
    assert not key or key not in str(caught.value)
    assert caught.value.__suppress_context__
    assert isinstance(caught.value, TcssError)


def test_a_given_chain_is_taken_as_it_is_and_its_clock_left_alone():
    with open_stage(ChainKind.ANVIL, URL, KEY) as stage:
        assert (stage.rpc_url, stage.can_travel) == (URL, False)
        assert stage.funder.address == Account.from_key(KEY).address
        assert "hunter2" not in repr(stage) + stage.description
        assert "12" * 32 not in repr(stage)


def test_the_embedded_chain_runs_while_the_stage_is_open():
    with open_stage(ChainKind.EMBEDDED, None, None) as stage:
        w3 = connect(stage.rpc_url)
        assert stage.can_travel
        assert w3.eth.get_balance(stage.funder.address) > 10**18
        then = w3.eth.get_block("latest")["timestamp"] + 5000
        stage.travel_to(then)
        assert w3.eth.get_block("latest")["timestamp"] == then
        url = stage.rpc_url
    with pytest.raises(NodeError):
        Stage("gone", url, stage.funder, can_travel=True).travel_to(then)


@pytest.mark.anvil
def test_anvil_runs_while_the_stage_is_open(anvil_binary, monkeypatch):
    monkeypatch.setenv("PATH", str(anvil_binary.parent), prepend=":")
    with open_stage(ChainKind.ANVIL, None, None) as stage:
        w3 = connect(stage.rpc_url)
        assert stage.can_travel
        assert w3.eth.get_balance(stage.funder.address) > 10**18
        then = w3.eth.get_block("latest")["timestamp"] + 5000
        stage.travel_to(then)
        assert w3.eth.get_block("latest")["timestamp"] == then


@pytest.fixture
def stage(connection, embedded_devnet):
    """The shared chain, whose state is restored afterwards."""
    return Stage("a chain", embedded_devnet.rpc_url, embedded_devnet.accounts[-3], can_travel=True)


def test_everybody_gets_the_bond_and_gas(stage, connection):
    accounts = [fresh_account().address for _ in range(3)]
    stage.fund(accounts, 10**18)
    balances = {connection.w3.eth.get_balance(account) for account in accounts}
    (balance,) = balances
    base_fee = connection.w3.eth.get_block("latest")["baseFeePerGas"]
    assert balance >= 10**18 + GAS_ALLOWANCE * base_fee
    stage.fund([], 10**18)


def test_a_funder_with_too_little_is_a_failure(stage):
    poor = Stage("a chain", stage.rpc_url, fresh_account(), can_travel=False)
    with pytest.raises(NodeError):
        poor.fund([fresh_account().address], 10**18)


def test_a_chain_that_is_away_is_a_failure_without_its_url(stage):
    url = f"http://127.0.0.1:{unused_port()}/hunter2"
    away = Stage("a chain", url, stage.funder, can_travel=True)
    for ask in (lambda: away.fund([], 0), lambda: away.travel_to(1)):
        with pytest.raises(NodeError) as caught:
            ask()
        assert "hunter2" not in str(caught.value)


def test_an_organisation_without_share_cannot_leak():
    organisation = Organisation("North", fresh_account())
    assert not organisation.is_finished
    with pytest.raises(DemoError, match="North holds no share"):
        organisation.share()
    assert bytes(organisation.account.key).hex() not in repr(organisation)


def test_addresses_ascend_as_numbers():
    low, high = "0x0B" + "00" * 19, "0xa0" + "00" * 19
    assert ascending([high, low]) == (low, high)
