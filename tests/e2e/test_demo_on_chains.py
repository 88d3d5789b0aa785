"""The whole demonstration on other chains than its own: on anvil, and on one that runs already."""

from __future__ import annotations

import json
import os

import pytest
from support.demo_play import assert_succeeded, play

from tcss_chain.chain.connection import Connection
from tcss_chain.demo.cheats import Cheat
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.records.record_reads import RecordReads


@pytest.fixture
def running_chain():
    """A chain with a block every half second, its clock left alone, and the key of an account that pays."""
    with EmbeddedDevnet(account_count=2, block_interval=0.5) as devnet:
        yield devnet.rpc_url, "0x" + bytes(devnet.accounts[1].key).hex()


@pytest.mark.anvil
@pytest.mark.parametrize("cheat", [None, *(pytest.param(cheat, marks=pytest.mark.slow) for cheat in Cheat)])
def test_the_demonstration_on_anvil_ends_alike(tmp_path, anvil_binary, cheat):
    path = f"{anvil_binary.parent}{os.pathsep}{os.environ['PATH']}"
    arguments = ["--cheat", cheat.value] if cheat else []
    played = play(tmp_path, "--chain", "anvil", "--seed", 4, *arguments, PATH=path)
    assert_succeeded(played, cheat)
    assert "anvil" in played.out


@pytest.mark.parametrize("cheat", [None, pytest.param(Cheat.BAD_PROOF, marks=pytest.mark.slow)])
def test_the_demonstration_plays_on_a_chain_that_runs_already(tmp_path, running_chain, cheat):
    rpc_url, key = running_chain
    arguments = ["--cheat", cheat.value] if cheat else []
    played = play(tmp_path, "--rpc", rpc_url, "--seed", 5, *arguments, TCSS_FUNDER_KEY=key)
    assert_succeeded(played, cheat)
    assert key[2:] not in played.out + played.err + json.dumps(played.report)
    assert rpc_url not in played.out
    connection = Connection(rpc_url, played.report["contract"])
    (record,) = RecordReads(connection).all()
    assert list(record.accused) == played.report["leaked"]


@pytest.mark.slow
def test_a_withheld_share_on_a_chain_whose_clock_is_left_alone_takes_its_phases(tmp_path, running_chain):
    rpc_url, key = running_chain
    arguments = ["--rpc", rpc_url, "--cheat", "withhold-share", "--phase-seconds", 8]
    played = play(tmp_path, *arguments, TCSS_FUNDER_KEY=key)
    assert_succeeded(played, Cheat.WITHHOLD_SHARE)
