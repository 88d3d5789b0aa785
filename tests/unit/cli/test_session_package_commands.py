"""``tcss session export`` and ``check``, and ``--package`` where a node has dropped its logs."""

from __future__ import annotations

import json
import os

import pytest
from support.consortium import Consortium
from support.pruned_node import pruned_node
from support.session_packages import make_package
from support.tracing import trace

from tcss_chain.pirate import PirateBox
from tcss_chain.pirate.server import PirateServer
from tcss_chain.protocol.session import Phase
from tcss_chain.session_package import write_package


@pytest.fixture
def pruned(active, embedded_devnet):
    """The options for a node that has dropped its logs."""
    with pruned_node(embedded_devnet.rpc_url) as node:
        yield ("--rpc", node.rpc_url, "--contract", active.connection.contract_address)


@pytest.fixture
def exported(tcss, active, chain, tmp_path):
    path = tmp_path / "session.json"
    finished = tcss("session", "export", active.sid.hex(), "-o", path, *chain)
    assert finished.status == 0, finished.err
    return path


def test_an_exported_package_is_checked_with_and_without_a_chain(tcss, active, chain, pruned, exported):
    alone = tcss("session", "check", exported)
    assert alone.status == 0
    assert f"session      0x{active.sid.hex()}\n" in alone.out
    assert "3 of 3 members joined, 3 dealt, 3 qualified; threshold 2" in alone.out
    assert "NOT COMPARED" in alone.out
    for options in (chain, pruned):
        compared = tcss("session", "check", exported, *options)
        assert compared.status == 0
        assert "is what the contract keeps" in compared.out
        assert "NOT COMPARED" not in compared.out


def test_exporting_again_leaves_the_file_and_another_file_is_kept(tcss, active, chain, exported, tmp_path):
    content = exported.read_bytes()
    again = tcss("session", "export", active.sid.hex(), "-o", exported, *chain)
    assert again.status == 0
    assert exported.read_bytes() == content
    exported.write_text("something else")
    refused = tcss("session", "export", active.sid.hex(), "-o", exported, *chain)
    assert refused.status == 1
    assert "another one is there already" in refused.err
    assert exported.read_text() == "something else"
    assert [each.name for each in tmp_path.iterdir()] == ["session.json"]


def test_a_session_that_is_not_active_is_not_exported(tcss, active, chain, embedded_devnet, tmp_path):
    young = Consortium(active.connection, embedded_devnet.accounts, n=3, t=2).run_to(Phase.DEALING)
    finished = tcss("session", "export", young.sid.hex(), "-o", tmp_path / "file", *chain)
    assert finished.status == 1
    assert "in phase dealing" in finished.err
    assert list(tmp_path.iterdir()) == []


def test_false_packages_are_refused(tcss, chain, exported, tmp_path):
    made_up = tmp_path / "made_up.json"
    write_package(made_up, make_package(3, 2))
    assert tcss("session", "check", made_up).status == 0
    refused = tcss("session", "check", made_up, *chain)
    assert refused.status == 1
    assert "not what the contract keeps" in refused.err
    damaged = tmp_path / "damaged.json"
    damaged.write_bytes(exported.read_bytes()[:-100])
    for options in ((), chain):
        refused = tcss("session", "check", damaged, *options)
        assert refused.status == 1
        assert "no session package" in refused.err


def test_node_and_contract_belong_together(tcss, chain, exported):
    for options in (chain[:2], chain[2:]):
        assert tcss("session", "check", exported, *options).status == 2


def test_a_box_is_traced_at_a_node_without_logs(tcss, active, pruned, exported, tmp_path):
    leaker = active.members[1]
    key = tmp_path / "auditor.key"
    os.close(os.open(key, os.O_CREAT | os.O_WRONLY, 0o600))
    key.write_text(f"{active.alpha:064x}\n")
    share = (active.roster().participant(leaker.address).x, active.final_share(leaker))
    with PirateServer(PirateBox([share], 2)) as server:
        arguments = (
            "trace",
            "--box",
            server.url,
            "--session",
            active.sid.hex(),
            "--auditor-key",
            key,
            *pruned,
        )
        without = tcss(*arguments)
        assert without.status == 1
        assert "the node failed" in without.err
        traced = tcss(*arguments, "--package", exported)
        assert traced.status == 0, traced.err
        assert leaker.address in traced.out
        stranger = tmp_path / "made_up.json"
        write_package(stranger, make_package(3, 2))
        refused = tcss(*arguments, "--package", exported, "--package", stranger)
        assert refused.status == 1
        assert "not what the contract keeps" in refused.err


def test_a_package_of_another_session_does_not_stand_in(tcss, active, chain, exported, tmp_path):
    key = tmp_path / "auditor.key"
    os.close(os.open(key, os.O_CREAT | os.O_WRONLY, 0o600))
    key.write_text(f"{active.alpha:064x}\n")
    finished = tcss(
        "trace", "--box", "http://127.0.0.1:9/", "--session", "11" * 32, "--auditor-key", key, *chain,
        "--package", exported,
    )  # fmt: skip
    assert finished.status == 1
    assert "no package given is of session" in finished.err


def test_records_are_verified_with_packages_where_the_sessions_events_are_gone(
    tcss, active, exported, embedded_devnet
):
    trace(active, [0]).send()
    latest = active.connection.block_number()
    with pruned_node(embedded_devnet.rpc_url, latest) as node:
        arguments = (
            "records", "--rpc", node.rpc_url, "--contract", active.connection.contract_address,
            "--session", active.sid.hex(), "--first-block", latest, "--json",
        )  # fmt: skip
        (alone,) = json.loads(tcss(*arguments).out)
        assert alone["verified"] not in (True, None)
        (packaged,) = json.loads(tcss(*arguments, "--package", exported).out)
        assert packaged["verified"] is True
        node.first_kept = latest + 1
        (gone,) = json.loads(tcss(*arguments, "--package", exported).out)
        assert "dropped its old history" in gone["verified"]
