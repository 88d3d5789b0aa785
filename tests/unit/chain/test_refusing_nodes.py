"""Errors of JSON-RPC: which are answers, and which are asked of the next node."""

from __future__ import annotations

import pytest

from tcss_chain.chain.errors import ContractRefusedError
from tcss_chain.chain.session_reads import SessionReads


def forget(*nodes):
    for node in nodes:
        node.requests.clear()


def test_a_refusal_by_the_contract_is_an_answer(two):
    first, second, connection = two
    forget(first, second)
    with pytest.raises(ContractRefusedError):
        SessionReads(connection).state(b"\1" * 32)
    assert second.requests == []


REVERTS = [
    {"code": 3, "message": "no"},
    {"code": -32000, "message": "execution reverted"},
    {"code": -32015, "message": "VM execution error.", "data": "Reverted 0x"},
    {"code": -32603, "message": "Internal error", "data": "0xdeadbeef"},
    {"code": -32603, "message": "Internal error", "data": {"data": "0xdeadbeef"}},
]


@pytest.mark.parametrize("error", REVERTS, ids=repr)
def test_every_kind_of_revert_is_an_answer(two, error):
    first, second, connection = two
    first.changes["eth_call"] = lambda _params, _truth: {"error": error}
    forget(first, second)
    answer = connection.w3.provider.make_request("eth_call", [{}, "latest"])
    assert answer["error"] == error
    assert second.requests == []


@pytest.mark.parametrize("code", [-32000, -32005, -32601])
def test_what_a_node_refuses_to_tell_is_asked_of_the_next(two, code):
    first, second, connection = two
    expected = connection.block_number()
    first.refuses("eth_blockNumber", "rate limit exceeded", code)
    forget(first, second)
    for _ in range(2):
        assert connection.block_number() == expected
    assert (first.asked("eth_blockNumber"), second.asked("eth_blockNumber")) == (2, 2)
    assert connection.w3.eth.chain_id == connection.chain_id
    assert second.asked("eth_chainId") == 0  # what the first one does not refuse, it is still asked


@pytest.mark.parametrize("other", ["refuses", "is down"])
def test_when_all_refuse_the_first_refusal_counts(two, other):
    first, second, connection = two
    first.refuses("eth_blockNumber", "the first")
    if other == "refuses":
        second.refuses("eth_blockNumber", "the second")
    else:
        second.failure = 500
    answer = connection.w3.provider.make_request("eth_blockNumber", [])
    assert answer["error"]["message"] == "the first"


@pytest.mark.parametrize("method", ["eth_sendRawTransaction", "evm_mine"])
def test_what_is_to_be_done_goes_to_one_node_only(two, method):
    first, second, connection = two
    first.refuses(method, "not today")
    forget(first, second)
    assert "error" in connection.w3.provider.make_request(method, [])
    assert second.requests == []
