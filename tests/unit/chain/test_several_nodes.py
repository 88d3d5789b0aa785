"""Several nodes: who is asked, who is left alone, and who is not believed."""

from __future__ import annotations

import threading
import time

import pytest
from support.raw_server import unused_port

from tcss_chain.chain import rpc_node
from tcss_chain.chain.connection import Connection, connect
from tcss_chain.chain.errors import NoContractError, NodeError, WrongChainError
from tcss_chain.chain.node_status import MAX_LAG_BLOCKS


def nowhere():
    return f"http://127.0.0.1:{unused_port()}"


def current(statuses):
    (name,) = [status.name for status in statuses if status.is_current]
    return name


def forget(*nodes):
    for node in nodes:
        node.requests.clear()


def eventually(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


FAILURES = [
    500,
    429,
    404,
    b"",
    b"{",
    b"[]",
    b"{}",
    b'{"jsonrpc": "2.0", "id": 0}',
    b'{"jsonrpc": "1.0", "id": 0, "result": "0x1"}',
    b'{"jsonrpc": "2.0", "result": "0x1"}',
    b'{"jsonrpc": "2.0", "id": 0, "error": "no"}',
    b'{"jsonrpc": "2.0", "id": 0, "error": {"code": "x", "message": "no"}}',
    b'{"jsonrpc": "2.0", "id": 0, "result": "0x1", "error": {"code": 1, "message": "no"}}',
    b"[" * 1000,
]


def test_requests_go_to_the_first_node(two):
    first, second, connection = two
    forget(first, second)
    connection.block_number()
    assert (len(first.requests), len(second.requests)) == (1, 0)


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_failing_node_is_replaced_within_the_same_request(two, failure):
    first, second, connection = two
    expected = connection.block_number()
    forget(first, second)
    first.failure = failure
    assert connection.block_number() == expected
    assert (first.asked("eth_blockNumber"), second.asked("eth_blockNumber")) == (1, 1)


def test_a_failed_node_is_left_alone_and_the_next_one_stays(two, monkeypatch):
    first, second, connection = two
    monkeypatch.setattr(rpc_node, "FIRST_REST_SECONDS", 1.5)
    first.failure = 500
    connection.block_number()
    first.failure = None
    forget(first, second)
    for _ in range(3):
        connection.block_number()
    assert (len(first.requests), second.asked("eth_blockNumber")) == (0, 3)
    assert current(connection.check_nodes()) == "node 2"
    eventually(lambda: current(connection.check_nodes()) == "node 1")
    connection.block_number()
    assert first.asked("eth_blockNumber") == 1


def test_a_node_that_only_says_how_it_is_rests_all_the_same(proxies, connection):
    """Answers to probes do not make up for requests that hang."""
    first, second = proxies(2)
    patient = Connection([first.url, second.url], connection.contract_address, request_seconds=0.4)
    first.changes["eth_gasPrice"] = lambda _params, truth: (time.sleep(1), truth())[1]
    for expected in ("node 1", "node 2", "node 2"):
        assert current(patient.check_nodes()) == expected
        started = time.monotonic()
        patient.ask("asking", lambda: patient.w3.eth.gas_price)
        assert (time.monotonic() - started > 0.35) is (expected == "node 1")
    assert first.asked("eth_gasPrice") == 1


def test_a_node_that_was_down_for_probes_only_is_used_as_soon_as_it_is_back(two):
    first, _second, connection = two
    first.failure = 500
    assert current(connection.check_nodes()) == "node 2"
    first.failure = None
    assert current(connection.check_nodes()) == "node 1"


def test_without_another_node_one_that_rests_stays_current(proxies, connection):
    (node,) = proxies(1)
    alone = Connection(node.url, connection.contract_address)
    node.failure = 500
    with pytest.raises(NodeError):
        alone.block_number()
    node.failure = None
    assert current(alone.check_nodes()) == "node 1"
    assert alone.block_number() >= 0


def test_each_node_is_asked_once_when_all_fail(two):
    first, second, connection = two
    first.failure = second.failure = 500
    forget(first, second)
    with pytest.raises(NodeError) as caught:
        connection.block_number()
    assert caught.value.reason == "HTTPError"
    assert (first.asked("eth_blockNumber"), second.asked("eth_blockNumber")) == (1, 1)
    first.failure = second.failure = None
    assert connection.block_number() >= 0  # rest or not: there is nobody else


def test_rests_grow_to_a_limit_and_end_with_an_answer(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(rpc_node.time, "monotonic", lambda: now[0])
    health = rpc_node.NodeHealth()
    rests = []
    for _ in range(12):
        health.failed()
        health.failed()  # a request that was under way at the same time
        start = now[0]
        while health.rests:
            now[0] += 1
        rests.append(now[0] - start)
    assert rests[:4] == [5, 10, 20, 40]
    assert max(rests) == rests[-1] == rpc_node.LONGEST_REST_SECONDS
    health.answered()
    health.failed()
    now[0] += 4
    health.probed(fits=True)
    assert health.rests
    now[0] += 1
    assert not health.rests
    health.probed(fits=False)
    assert health.rests
    health.probed(fits=True)
    assert not health.rests


def test_a_silent_node_costs_one_time_limit(proxies, connection):
    first, second = proxies(2)
    patient = Connection([first.url, second.url], connection.contract_address, request_seconds=0.4)
    first.silent = True
    started = time.monotonic()
    patient.block_number()
    assert 0.3 < time.monotonic() - started < 2
    started = time.monotonic()
    patient.block_number()
    assert time.monotonic() - started < 0.3


def test_nodes_that_are_down_do_not_hinder_connecting(proxies, connection):
    (node,) = proxies(1)
    found = Connection([nowhere(), node.url, nowhere()], connection.contract_address)
    assert found.chain_id == connection.chain_id
    forget(node)
    found.block_number()
    assert node.asked("eth_blockNumber") == 1
    statuses = found.check_nodes()
    assert [status.reachable for status in statuses] == [False, True, False]
    assert current(statuses) == "node 2"


def test_silent_nodes_hinder_connecting_at_the_same_time_only(proxies, connection, monkeypatch):
    monkeypatch.setattr(rpc_node, "PROBE_SECONDS", 0.5)
    *silent, node = proxies(4)
    for each in silent:
        each.silent = True
    started = time.monotonic()
    Connection([*(each.url for each in silent), node.url], connection.contract_address)
    assert time.monotonic() - started < 1.4


@pytest.mark.parametrize("urls", [[], [nowhere(), nowhere()]])
def test_without_any_node_there_is_no_connection(urls, connection):
    with pytest.raises(NodeError):
        Connection(urls, connection.contract_address)


def test_nodes_of_different_chains_are_refused(proxies, connection):
    first, second = proxies(2)
    second.says("eth_chainId", "0x1")
    with pytest.raises(WrongChainError) as caught:
        Connection([first.url, second.url], connection.contract_address)
    assert (caught.value.node, caught.value.chain_id) == ("node 2", 1)
    assert "http" not in str(caught.value)


def test_a_node_of_another_chain_than_expected_is_refused(proxies, connection):
    (node,) = proxies(1)
    with pytest.raises(WrongChainError):
        Connection(node.url, connection.contract_address, chain_id=1)
    found = Connection(node.url, connection.contract_address, chain_id=connection.chain_id)
    assert found.chain_id == connection.chain_id


def test_a_contract_that_no_node_knows_is_missing(proxies, connection):
    first, second = proxies(2)
    first.says("eth_getCode", "0x")
    found = Connection([first.url, second.url], connection.contract_address)
    statuses = found.check_nodes()
    assert [status.has_contract for status in statuses] == [False, True]
    assert current(statuses) == "node 2"
    second.says("eth_getCode", "0x")
    with pytest.raises(NoContractError):
        Connection([first.url, second.url], connection.contract_address)


@pytest.mark.parametrize(("method", "lie"), [("eth_chainId", "0x1"), ("eth_getCode", "0x")])
def test_a_node_that_comes_back_as_another_is_not_asked(two, method, lie):
    first, second, connection = two
    second.failure = 500
    connection.check_nodes()
    second.failure = None
    second.says(method, lie)
    first.failure = 500
    forget(first, second)
    with pytest.raises(NodeError):
        connection.block_number()
    assert second.asked(method) == 1
    assert second.asked("eth_blockNumber") == 0
    del second.changes[method]
    assert connection.block_number() >= 0


def test_a_node_that_failed_a_request_is_looked_at_before_it_is_asked_again(two):
    first, second, connection = two
    first.failure = second.failure = 500
    with pytest.raises(NodeError):
        connection.block_number()
    second.failure = None
    second.says("eth_chainId", "0x1")
    forget(second)
    with pytest.raises(NodeError):
        connection.block_number()
    assert second.asked("eth_blockNumber") == 0


def test_a_node_that_was_down_at_first_is_looked_at_before_it_is_asked(proxies, connection):
    first, second = proxies(2)
    second.failure = 500
    found = Connection([first.url, second.url], connection.contract_address)
    second.failure = None
    first.failure = 500
    forget(second)
    found.block_number()
    methods = [method for method, _ in second.requests]
    assert methods == ["eth_chainId", "eth_getBlockByNumber", "eth_getCode", "eth_blockNumber"]


def test_the_state_of_every_node_is_told(two):
    _first, second, connection = two
    second.failure = 500
    head = connection.w3.eth.get_block("latest")
    one, other = connection.check_nodes()
    assert (one.name, one.reachable, one.right_chain, one.has_contract) == ("node 1", True, True, True)
    assert (one.head_number, one.head_time, one.lag_blocks) == (head["number"], head["timestamp"], 0)
    assert (other.name, other.reachable, other.head_number, other.lag_blocks) == ("node 2", False, None, None)
    assert (one.is_current, other.is_current) == (True, False)
    second.failure = None
    second.says("eth_chainId", "0x1")
    _, other = connection.check_nodes()
    assert (other.reachable, other.right_chain, other.lag_blocks) == (True, False, None)


def test_a_node_that_lags_is_left_until_it_has_caught_up(two):
    first, second, connection = two

    def behind(blocks):
        def change(_params, truth):
            answer = truth()
            number = int(answer["result"]["number"], 16) - blocks
            return {"result": answer["result"] | {"number": hex(number)}}

        return change

    for _ in range(MAX_LAG_BLOCKS + 1):
        connection.w3.provider.make_request("evm_mine", [])
    first.changes["eth_getBlockByNumber"] = behind(MAX_LAG_BLOCKS)
    assert current(connection.check_nodes()) == "node 1"
    first.changes["eth_getBlockByNumber"] = behind(MAX_LAG_BLOCKS + 1)
    statuses = connection.check_nodes()
    assert current(statuses) == "node 2"
    assert [status.lag_blocks for status in statuses] == [MAX_LAG_BLOCKS + 1, 0]
    forget(first, second)
    connection.block_number()
    assert (first.requests, second.asked("eth_blockNumber")) == ([], 1)
    first.changes.clear()
    assert current(connection.check_nodes()) == "node 1"


def test_heads_of_other_chains_make_nobody_lag(two):
    _first, second, connection = two
    second.says("eth_chainId", "0x1")
    second.changes["eth_getBlockByNumber"] = lambda _params, truth: {
        "result": truth()["result"] | {"number": "0xffffff"}
    }
    assert current(connection.check_nodes()) == "node 1"


def test_checking_raises_nothing_when_all_nodes_are_down(two):
    first, second, connection = two
    first.failure = second.failure = 500
    assert [status.reachable for status in connection.check_nodes()] == [False, False]


def test_many_threads_share_the_nodes_while_they_fail_in_turn(two):
    first, second, connection = two
    expected, failures = connection.block_number(), []
    stop = threading.Event()

    def read():
        try:
            while not stop.is_set():
                assert connection.block_number() == expected
        except Exception as failure:  # noqa: BLE001  # shown by the assertion
            failures.append(failure)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for node in (first, second, first, second):
        node.failure = 500
        time.sleep(0.15)
        node.failure = None
        connection.check_nodes()
    stop.set()
    for thread in threads:
        thread.join(20)
    assert failures == []


def test_no_url_is_shown(two):
    _first, _second, connection = two
    shown = repr(connection) + repr(connection.check_nodes()) + repr(connection.usable_nodes())
    assert "http" not in shown
    assert "127.0.0.1" not in shown
    assert "127.0.0.1" not in "".join(
        str(node.provider) + repr(node.w3) for node in connection.usable_nodes()
    )


def test_a_client_without_contract_fails_over_too(proxies):
    first, second = proxies(2)
    first.failure = 500
    assert connect([first.url, second.url]).eth.block_number >= 0
