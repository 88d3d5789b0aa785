"""States of sessions some blocks ago, compared between nodes."""

from __future__ import annotations

import time

import pytest
from support.consortium import Consortium

from tcss_chain.chain import confirmed_reads
from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, NodeError, WitnessMissingError
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
        lambda node: node.says("eth_call", "0x1234"),
        lambda node: node.says("eth_blockNumber", "0xzz"),
    ],
    ids=["down", "nonsense", "nonsense about its blocks"],
)
@pytest.mark.parametrize("place", range(3))
def test_of_three_nodes_two_suffice(several, consortium, change, place):
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


def ahead(node, blocks):
    """Make a node claim other blocks than there are, and answer for them as for the latest one."""

    def number(params, truth):
        answer = truth()
        if params[0] in ("latest", "finalized"):
            answer["result"]["number"] = hex(int(answer["result"]["number"], 16) + blocks)
        return answer

    node.changes["eth_getBlockByNumber"] = number
    node.changes["eth_blockNumber"] = lambda _params, truth: {
        "result": hex(int(truth()["result"], 16) + blocks)
    }


def aborted(_params, truth):
    return {"result": "0x" + format(int(Phase.ABORTED), "064x") + truth()["result"][66:]}


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("confirmations", [0, 2, "finalized"])
@pytest.mark.parametrize("liar", [0, 1])
def test_a_node_with_an_absurd_head_is_compared_all_the_same(proxies, consortium, count, confirmations, liar):
    nodes = proxies(count)
    consortium.run_to(Phase.CONFIRMING)
    mine(consortium, 3)
    connection = Connection([node.url for node in nodes], consortium.connection.contract_address)
    ahead(nodes[liar], 1000)
    (name,) = [status.name for status in connection.check_nodes() if status.is_current]
    # Of two nobody can tell who lies; of three, the one that is alone with its head is not relied on.
    assert name == ("node 1", "node 2")[liar if count == 2 else 1 - liar]
    assert ConfirmedReads(connection).state(consortium.sid, confirmations).phase is Phase.CONFIRMING
    nodes[liar].changes["eth_call"] = aborted
    with pytest.raises(ChainContradictionError):
        ConfirmedReads(connection).state(consortium.sid, confirmations)


@pytest.mark.parametrize("place", range(3))
def test_a_node_that_is_stuck_holds_up_and_is_shown(several, consortium, place):
    nodes, connection = several
    mine(consortium, 4)
    ahead(nodes[place], -5)
    assert ConfirmedReads(connection).state(consortium.sid, 0) is None
    assert [status.lag_blocks for status in connection.check_nodes()] == [
        5 if index == place else 0 for index in range(3)
    ]


@pytest.mark.parametrize("method", ["eth_call", "eth_blockNumber"])
@pytest.mark.parametrize("place", range(3))
def test_a_node_that_answers_without_the_block_is_not_left_out_and_is_shown(
    several, consortium, place, method
):
    nodes, connection = several
    reads = ConfirmedReads(connection)
    nodes[place].refuses(method, "header not found")
    assert reads.state(consortium.sid, 0) is None
    assert [status.lacks_state for status in connection.check_nodes()] == [
        index == place for index in range(3)
    ]
    nodes[place].changes.clear()
    assert reads.state(consortium.sid, 0).phase is Phase.CONFIRMING
    assert not any(status.lacks_state for status in connection.check_nodes())


def test_a_contradiction_counts_more_than_a_node_without_the_block(several, consortium):
    nodes, connection = several
    nodes[0].refuses("eth_call", "header not found")
    nodes[1].changes["eth_call"] = aborted
    with pytest.raises(ChainContradictionError):
        ConfirmedReads(connection).state(consortium.sid, 0)


@pytest.mark.parametrize("liar", [0, 1])
def test_a_witness_that_rests_is_asked_all_the_same(proxies, consortium, liar):
    nodes = proxies(2)
    consortium.run_to(Phase.CONFIRMING)
    connection = Connection([node.url for node in nodes], consortium.connection.contract_address)
    reads, witness = ConfirmedReads(connection), nodes[1 - liar]
    nodes[liar].changes["eth_call"] = aborted
    witness.failure = 429
    with pytest.raises(WitnessMissingError) as caught:
        reads.state(consortium.sid, 0)
    assert (caught.value.answering, caught.value.configured) == (1, 2)
    assert "http" not in str(caught.value)
    connection.nodes[1 - liar].health.failed()
    witness.failure = None
    assert connection.nodes[1 - liar].health.rests
    with pytest.raises(ChainContradictionError):
        reads.state(consortium.sid, 0)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_one_node_of_several_is_not_enough(proxies, consortium, count):
    nodes = proxies(count)
    consortium.run_to(Phase.CONFIRMING)
    connection = Connection([node.url for node in nodes], consortium.connection.contract_address)
    for node in nodes[1:]:
        node.failure = 500
    with pytest.raises(WitnessMissingError):
        ConfirmedReads(connection).state(consortium.sid, 0)


def test_a_node_of_another_chain_is_no_witness(proxies, consortium):
    nodes = proxies(2)
    consortium.run_to(Phase.CONFIRMING)
    connection = Connection([node.url for node in nodes], consortium.connection.contract_address)
    nodes[1].says("eth_chainId", "0x1")
    connection.check_nodes()
    with pytest.raises(WitnessMissingError):
        ConfirmedReads(connection).state(consortium.sid, 0)


def test_a_silent_node_costs_little_time(several, consortium, monkeypatch):
    monkeypatch.setattr(confirmed_reads, "WITNESS_SECONDS", 1.0)
    nodes, connection = several
    nodes[2].silent = True
    started = time.monotonic()
    assert ConfirmedReads(connection).state(consortium.sid, 0).phase is Phase.CONFIRMING
    assert time.monotonic() - started < 4
