"""One node that lies closes no model, and convicts nobody on paper."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from types import SimpleNamespace

import pytest
from support.consortium import Consortium
from support.proxy_node import proxy_node
from web3 import Web3

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, ChainError, NodeError, WitnessMissingError
from tcss_chain.gateway.conviction_watch import AgreedFacts, ConvictionWatch
from tcss_chain.gateway.policy import GatewayPolicy
from tcss_chain.gateway.traced_sessions import TracedSessionAuditor
from tcss_chain.protocol.session import Phase
from tcss_chain.session_package import session_view

T = 3
WORD = 32
CONVICTED_WORD = 5


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts, n=4, t=T).run_to(Phase.ACTIVE)


@pytest.fixture
def nodes(embedded_devnet, connection):
    with ExitStack() as running:
        yield [running.enter_context(proxy_node(embedded_devnet.rpc_url)) for _ in range(3)]


@pytest.fixture
def active(prepared, connection) -> Consortium:
    return prepared.clone()


@pytest.fixture
def several(nodes, active) -> Connection:
    return Connection([node.url for node in nodes], active.connection.contract_address)


@pytest.fixture
def facts(several) -> AgreedFacts:
    return AgreedFacts(several, partial(session_view, several))


def lie_about_convictions(node, seats):
    selector = "0x" + Web3.keccak(text="stateOf(bytes32)")[:4].hex().removeprefix("0x")

    def lie(params, truth):
        told = truth()
        call = params[0]
        if not (call.get("data") or call.get("input")).startswith(selector):
            return told
        words = bytearray.fromhex(told["result"][2:])
        words[WORD * (CONVICTED_WORD + 1) - 1] = seats
        return {"result": "0x" + words.hex()}

    node.changes["eth_call"] = lie


def test_what_all_nodes_say_is_told(facts, active):
    assert facts.state(active.sid) == active.reads.state(active.sid)
    assert facts.configuration(active.sid).threshold == T


@pytest.mark.parametrize("liar", range(3))
def test_one_node_that_invents_convictions_closes_nothing(facts, active, nodes, liar):
    watch = ConvictionWatch(facts, GatewayPolicy())
    assert watch.judge(active.sid) is None
    lie_about_convictions(nodes[liar], 0b1111)
    with pytest.raises(ChainContradictionError):
        watch.judge(active.sid)
    nodes[liar].changes.clear()
    assert watch.judge(active.sid) is None


def test_convictions_that_all_nodes_tell_of_close_for_good(facts, active, nodes):
    watch = ConvictionWatch(facts, GatewayPolicy())
    for node in nodes:
        lie_about_convictions(node, 0b1)
    assert watch.judge(active.sid).is_final
    for node in nodes:
        node.changes.clear()
    assert watch.judge(active.sid).is_final


def test_too_few_witnesses_close_nothing(facts, active, nodes):
    for node in nodes[:2]:
        node.failure = 500
    with pytest.raises(WitnessMissingError):
        facts.state(active.sid)
    nodes[2].failure = 500
    with pytest.raises(NodeError):
        facts.state(active.sid)


def test_a_session_that_nobody_knows_is_no_closed_one(facts, active):
    with pytest.raises(NodeError):
        facts.state(b"\x01" * 32)


def test_an_invented_configuration_does_not_fit_the_session_id(facts, active, nodes):
    def lie(_params, truth):
        told = truth()
        for log in told["result"]:
            # The threshold is somewhere in there.
            log["data"] = log["data"].replace(f"{T:064x}", f"{T + 1:064x}")
        return told

    for node in nodes:
        node.changes["eth_getLogs"] = lie
    with pytest.raises(ChainContradictionError, match="hashes to the session id"):
        facts.configuration(active.sid)


@pytest.fixture
def traced(several, active) -> TracedSessionAuditor:
    tracer = SimpleNamespace(session=SimpleNamespace(roster=active.roster()))
    return TracedSessionAuditor(several, active.sid, SimpleNamespace(tracer=tracer), b"k" * 32)


def test_all_of_the_accused_must_be_convicted_at_all_nodes(traced, active, nodes):
    accused = tuple(active.members[seat].address for seat in (0, 2))
    assert not traced.are_convicted(accused)
    for node in nodes:
        lie_about_convictions(node, 0b0001)
    assert not traced.are_convicted(accused)
    for node in nodes:
        lie_about_convictions(node, 0b0111)
    assert traced.are_convicted(accused)


@pytest.mark.parametrize("liar", range(3))
def test_a_node_that_lies_keeps_no_proof_from_being_sent(traced, active, nodes, liar):
    accused = tuple(active.members[seat].address for seat in (0, 2))
    lie_about_convictions(nodes[liar], 0b1111)
    assert not traced.are_convicted(accused)
    nodes[(liar + 1) % 3].failure = nodes[(liar + 2) % 3].failure = 500
    assert not traced.are_convicted(accused)
    nodes[liar].failure = 500
    with pytest.raises(ChainError):
        traced.are_convicted(accused)
