"""Handing a transaction to all nodes, and what their answers mean."""

from __future__ import annotations

import time

import pytest

from tcss_chain.chain import broadcast as broadcast_module
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import BroadcastRefusedError, NodeError, NonceConsumedError
from tcss_chain.chain.rpc_node import MAX_IN_FLIGHT

RAW = b"\2signed"
KNOWN = ["already known", "transaction already imported", "known transaction: 0x1", "AlreadyKnown"]
CONSUMED = ["nonce too low", "nonce too low: address 0x1, tx: 0 state: 1", "Nonce is too low"]
URL_AND_KEY = "see https://node.invalid/hunter2"


@pytest.fixture
def nodes(proxies, connection):
    three = proxies(3)
    return three, Connection([node.url for node in three], connection.contract_address)


def answer(node, message):
    if message is None:
        node.says("eth_sendRawTransaction", "0x" + "11" * 32)
    elif message == "down":
        node.failure = 500
    else:
        node.refuses("eth_sendRawTransaction", message)


def broadcast(nodes, *messages):
    proxies, connection = nodes
    for node, message in zip(proxies, messages, strict=True):
        answer(node, message)
    connection.broadcast(RAW)


def eventually(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_every_node_gets_the_transaction(nodes):
    broadcast(nodes, None, None, None)
    for node in nodes[0]:
        eventually(lambda node=node: node.asked("eth_sendRawTransaction") == 1)
        assert [params for method, params in node.requests if method == "eth_sendRawTransaction"] == [
            ["0x" + RAW.hex()]
        ]


@pytest.mark.parametrize("message", KNOWN)
def test_one_that_knows_it_is_enough(nodes, message):
    broadcast(nodes, "down", "nonce too low", message)


def test_one_that_takes_it_is_enough(nodes):
    broadcast(nodes, "insufficient funds for gas", "nonce too low", None)


@pytest.mark.parametrize("message", CONSUMED)
def test_a_consumed_nonce_is_told_as_such(nodes, message):
    with pytest.raises(NonceConsumedError):
        broadcast(nodes, "down", message, "insufficient funds")


def test_a_refusal_by_all_has_a_reason_that_repeats_nothing(nodes):
    with pytest.raises(BroadcastRefusedError) as caught:
        broadcast(nodes, URL_AND_KEY, URL_AND_KEY, f"insufficient funds, {URL_AND_KEY}")
    assert caught.value.reason == "the account cannot pay for it"
    assert "hunter2" not in str(caught.value)


def test_a_node_that_cannot_be_asked_may_have_it(nodes):
    with pytest.raises(NodeError) as caught:
        broadcast(nodes, "insufficient funds", "down", "insufficient funds")
    assert not isinstance(caught.value, BroadcastRefusedError)


def test_a_node_that_rests_is_left_out(nodes):
    proxies, connection = nodes
    proxies[1].failure = 500
    connection.check_nodes()
    for node in proxies:
        node.requests.clear()
        answer(node, None)
    connection.broadcast(RAW)
    eventually(lambda: [node.asked("eth_sendRawTransaction") for node in proxies] == [1, 0, 1])


@pytest.mark.parametrize("place", range(3))
def test_a_silent_node_holds_up_nobody(nodes, place):
    proxies, connection = nodes
    proxies[place].changes["eth_sendRawTransaction"] = lambda _params, truth: (time.sleep(2), truth())[1]
    for node in proxies:
        if node is not proxies[place]:
            answer(node, None)
    started = time.monotonic()
    connection.broadcast(RAW)
    assert time.monotonic() - started < 1.5
    eventually(lambda: proxies[place].asked("eth_sendRawTransaction") == 1)


def test_one_that_takes_it_late_counts_more_than_those_that_refuse_at_once(nodes):
    proxies, connection = nodes
    late = {"result": "0x" + "11" * 32}
    proxies[2].changes["eth_sendRawTransaction"] = lambda _params, _truth: (time.sleep(0.5), late)[1]
    answer(proxies[0], "nonce too low")
    answer(proxies[1], "insufficient funds")
    connection.broadcast(RAW)


def test_waiting_for_silent_nodes_ends_and_they_may_have_it(nodes, monkeypatch):
    proxies, connection = nodes
    monkeypatch.setattr(broadcast_module, "BROADCAST_SECONDS", 0.3)
    for node in proxies:
        node.changes["eth_sendRawTransaction"] = lambda _params, truth: (time.sleep(1), truth())[1]
    started = time.monotonic()
    with pytest.raises(NodeError) as caught:
        connection.broadcast(RAW)
    assert time.monotonic() - started < 0.9
    assert not isinstance(caught.value, BroadcastRefusedError)


def test_a_node_with_too_much_under_way_is_not_asked_for_more(nodes):
    proxies, connection = nodes
    busy = connection.nodes[1]
    for _ in range(MAX_IN_FLIGHT):
        assert busy.in_flight.acquire(blocking=False)
    broadcast(nodes, None, None, None)
    eventually(lambda: [node.asked("eth_sendRawTransaction") for node in proxies] == [1, 0, 1])
    busy.in_flight.release()
    connection.broadcast(RAW)
    eventually(lambda: proxies[1].asked("eth_sendRawTransaction") == 1)
