"""Which node is relied on, and which head is not believed."""

from __future__ import annotations

import pytest

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import NodeError
from tcss_chain.chain.node_status import MAX_LAG_BLOCKS, NodeProbe, best_head, best_node, doubted_node

CHAIN = 5
FAR = 10**18
DOWN = NodeError("connecting", "Timeout")


def says(head, *, chain=CHAIN, contract=True):
    return NodeProbe(chain, head, 1_800_000_000, contract)


def judged(probes, rests=None):
    """The node that is relied on, the best head, and the node that is not believed."""
    rests = [False] * len(probes) if rests is None else rests
    return best_node(probes, CHAIN, rests), best_head(probes, CHAIN), doubted_node(probes, CHAIN)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_three_nodes_one_that_is_far_ahead_is_not_believed(place):
    probes = [says(100), says(101)]
    probes.insert(place, says(FAR))
    assert judged(probes) == (1 if place == 0 else 0, 101, place)


@pytest.mark.parametrize("count", [3, 4, 7])
def test_a_node_may_be_as_far_ahead_as_another_may_lag(count):
    others = [says(100)] * (count - 1)
    assert judged([says(100 + MAX_LAG_BLOCKS), *others]) == (0, 100 + MAX_LAG_BLOCKS, None)
    assert judged([says(101 + MAX_LAG_BLOCKS), *others]) == (1, 100, 0)


@pytest.mark.parametrize(
    "third", [DOWN, says(100, chain=CHAIN + 1), says(100, contract=False)], ids=["down", "chain", "contract"]
)
def test_two_nodes_that_can_be_used_cannot_be_told_apart(third):
    assert judged([says(100), says(FAR)]) == (1, FAR, None)
    assert judged([says(100), says(FAR), third]) == (1, FAR, None)


def test_one_node_is_believed():
    assert judged([says(FAR)]) == (0, FAR, None)
    assert judged([DOWN, says(FAR), DOWN]) == (1, FAR, None)


def test_without_a_node_there_is_no_head():
    assert judged([DOWN, DOWN, DOWN]) == (None, None, None)


def test_two_that_say_the_same_are_believed():
    assert judged([says(100), says(FAR), says(FAR)]) == (1, FAR, None)


def test_a_node_that_rests_is_relied_on_rather_than_one_that_is_not_believed():
    assert judged([says(FAR), says(100), says(100)], [False, True, True])[0] == 1


def test_one_that_lags_is_passed_over_also_when_another_is_not_believed():
    assert judged([says(100 - MAX_LAG_BLOCKS - 1), says(FAR), says(100)]) == (2, 100, 1)


def overstate(node, number):
    """Make a node claim a head."""
    node.changes["eth_getBlockByNumber"] = lambda _params, truth: {
        "result": truth()["result"] | {"number": hex(number)}
    }
    node.says("eth_blockNumber", hex(number))


def test_a_liar_among_three_is_shown_and_asked_last(proxies, connection):
    liar, second, third = proxies(3)
    overstate(liar, FAR)
    found = Connection([each.url for each in (liar, second, third)], connection.contract_address)
    truth = connection.block_number()
    assert found.block_number() == truth
    statuses = found.check_nodes()
    assert [status.head_doubted for status in statuses] == [True, False, False]
    assert [status.is_current for status in statuses] == [False, True, False]
    assert [status.lag_blocks for status in statuses] == [0, 0, 0]
    second.failure = 500
    assert found.block_number() == truth
    third.failure = 500
    assert found.block_number() == FAR  # there is nobody else
    second.failure = third.failure = None
    liar.changes.clear()
    assert not any(status.head_doubted for status in found.check_nodes())


@pytest.mark.parametrize("figure", ["number", "timestamp"])
def test_figures_that_nobody_could_reckon_with_are_no_answer(proxies, connection, figure):
    liar, honest = proxies(2)
    liar.changes["eth_getBlockByNumber"] = lambda _params, truth: {
        "result": truth()["result"] | {figure: hex(2**64)}
    }
    liar.says("eth_blockNumber", hex(2**64))
    found = Connection([liar.url, honest.url], connection.contract_address)
    statuses = found.check_nodes()
    assert [status.reachable for status in statuses] == [False, True]
    assert [status.lag_blocks for status in statuses] == [None, 0]
    alone = Connection(honest.url, connection.contract_address)
    honest.changes |= liar.changes
    with pytest.raises(NodeError):
        alone.block_number()
