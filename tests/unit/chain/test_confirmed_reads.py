"""States of sessions some blocks ago, compared between nodes."""

from __future__ import annotations

import pytest
from support.consortium import Consortium

from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, NodeError
from tcss_chain.protocol.session import Phase


@pytest.fixture
def several(proxies, consortium):
    """Three nodes; the session was created in the latest block."""
    three = proxies(3)
    consortium.run_to(Phase.CONFIRMING)
    return three, Connection([node.url for node in three], consortium.connection.contract_address)


def mine(consortium: Consortium, blocks):
    for _ in range(blocks):
        consortium.connection.w3.provider.make_request("evm_mine", [])


def test_a_state_counts_when_its_block_is_deep_enough(several, consortium):
    _, connection = several
    reads = ConfirmedReads(connection)
    assert reads.state(consortium.sid, 0) == consortium.reads.state(consortium.sid)
    assert reads.state(consortium.sid, 2) is None
    mine(consortium, 2)
    assert reads.state(consortium.sid, 2).phase is Phase.CONFIRMING
    assert reads.state(consortium.sid, 3) is None


def test_a_session_that_does_not_exist_has_no_state(several):
    reads = ConfirmedReads(several[1])
    assert reads.state(b"\1" * 32, 0) is None
    assert reads.state(b"\1" * 32, 1) is None


def test_before_the_contract_and_before_the_chain_there_is_no_state(several, consortium):
    _, connection = several
    head = connection.block_number()
    assert ConfirmedReads(connection).state(consortium.sid, head) is None
    assert ConfirmedReads(connection).state(consortium.sid, head + 1) is None


def test_the_final_block_is_the_one_that_the_node_names(several, consortium):
    (node, *_), connection = several
    assert ConfirmedReads(connection).state(consortium.sid, "finalized").phase is Phase.CONFIRMING
    node.changes["eth_getBlockByNumber"] = lambda params, truth: (
        {"result": truth()["result"] | {"number": hex(1)}} if params[0] == "finalized" else truth()
    )
    assert ConfirmedReads(connection).state(consortium.sid, "finalized") is None


def test_all_nodes_are_asked_about_the_same_block(several, consortium):
    nodes, connection = several
    mine(consortium, 3)
    for node in nodes:
        node.requests.clear()
    ConfirmedReads(connection).state(consortium.sid, 2)
    blocks = [[params[1] for method, params in node.requests if method == "eth_call"] for node in nodes]
    assert blocks == [[hex(connection.block_number() - 2)]] * 3


@pytest.mark.parametrize("liar", range(3))
@pytest.mark.parametrize("confirmations", [0, 1, "finalized"])
def test_a_node_that_says_something_else_is_a_contradiction(several, consortium, liar, confirmations):
    nodes, connection = several
    mine(consortium, 1)

    def lie(_params, truth):
        words = bytearray.fromhex(truth()["result"][2:])
        words[31] = int(Phase.JOINING)
        return {"result": "0x" + words.hex()}

    nodes[liar].changes["eth_call"] = lie
    with pytest.raises(ChainContradictionError, match="the nodes disagree about session 0x"):
        ConfirmedReads(connection).state(consortium.sid, confirmations)


def test_a_node_that_denies_the_session_is_a_contradiction(several, consortium):
    nodes, connection = several
    nodes[1].says("eth_call", "0x")
    with pytest.raises(ChainContradictionError):
        ConfirmedReads(connection).state(consortium.sid, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda node: setattr(node, "failure", 500),
        lambda node: node.refuses("eth_call", "header not found"),
        lambda node: node.says("eth_call", "0x1234"),
    ],
    ids=["down", "without the block", "nonsense"],
)
@pytest.mark.parametrize("place", range(3))
def test_a_node_that_cannot_be_asked_is_left_out(several, consortium, change, place):
    nodes, connection = several
    change(nodes[place])
    assert ConfirmedReads(connection).state(consortium.sid, 0).phase is Phase.CONFIRMING


def test_without_any_node_there_is_no_answer(several, consortium):
    nodes, connection = several
    for node in nodes:
        node.refuses("eth_call", "header not found")
    with pytest.raises(NodeError):
        ConfirmedReads(connection).state(consortium.sid, 0)


def test_one_node_and_the_latest_block_are_one_call(proxies, consortium):
    consortium.run_to(Phase.CONFIRMING)
    (node,) = proxies(1)
    connection = Connection(node.url, consortium.connection.contract_address)
    node.requests.clear()
    assert ConfirmedReads(connection).state(consortium.sid, 0).phase is Phase.CONFIRMING
    assert [method for method, _ in node.requests] == ["eth_call"]
