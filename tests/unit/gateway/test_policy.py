"""When a session's models are served."""

from __future__ import annotations

import pytest
from support.gateways import SID, FakeFacts, session_state

from tcss_chain.chain.errors import ChainContradictionError, NodeError, WitnessMissingError
from tcss_chain.gateway.conviction_watch import ConvictionWatch
from tcss_chain.gateway.policy import GatewayPolicy, closure
from tcss_chain.protocol.session import Phase


def test_an_active_session_without_convictions_is_served():
    assert closure(session_state(), 3, GatewayPolicy()) is None


@pytest.mark.parametrize(
    ("convicted", "allowed", "is_closed"),
    [(0, 0, False), (1, 0, True), (1, 1, False), (2, 1, True), (2, 2, False)],
)
def test_more_convictions_than_allowed_close_it_for_good(convicted, allowed, is_closed):
    state = session_state(convicted=(1 << convicted) - 1)
    found = closure(state, 3, GatewayPolicy(most_convicted=allowed))
    assert (found is not None) == is_closed
    if found is not None:
        assert found.is_final
        assert f"convicted: {convicted}; the policy allows {allowed}" in found.reason


def test_too_few_who_are_not_convicted_close_it_for_good():
    policy = GatewayPolicy(most_convicted=5)
    assert closure(session_state(convicted=0b00011), 3, policy) is None
    found = closure(session_state(convicted=0b00111), 3, policy)
    assert found is not None
    assert found.is_final
    assert "not convicted: 2; its threshold is 3" in found.reason


def test_who_did_not_join_does_not_count():
    found = closure(session_state(joined=0b00111, convicted=0b00001), 3, GatewayPolicy(most_convicted=5))
    assert found is not None
    assert "not convicted: 2" in found.reason


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.ACTIVE])
def test_a_session_that_is_not_active_is_not_served_for_now(phase):
    found = closure(session_state(phase=phase), 3, GatewayPolicy())
    assert found is not None
    assert not found.is_final


def test_a_conviction_that_was_seen_counts_when_it_is_seen_no_more():
    facts = FakeFacts()
    watch = ConvictionWatch(facts, GatewayPolicy())
    assert watch.judge(SID) is None
    facts.now = session_state(convicted=1)
    assert watch.judge(SID).is_final
    facts.now = session_state()
    assert watch.judge(SID).is_final
    facts.error = NodeError("reading", "nobody answers")
    assert watch.judge(SID).is_final
    with pytest.raises(NodeError):
        watch.judge(b"\x08" * 32)


def test_a_contradiction_closes_nothing_for_good():
    facts = FakeFacts()
    watch = ConvictionWatch(facts, GatewayPolicy())
    assert watch.judge(SID) is None
    for error in (ChainContradictionError("the nodes disagree"), WitnessMissingError(1, 3)):
        facts.error = error
        with pytest.raises(type(error)):
            watch.judge(SID)
    facts.error = None
    assert watch.judge(SID) is None


def test_a_node_that_lags_closes_nothing_for_good():
    facts = FakeFacts()
    watch = ConvictionWatch(facts, GatewayPolicy())
    facts.now = session_state(phase=Phase.AGGREGATING)
    assert not watch.judge(SID).is_final
    facts.now = session_state()
    assert watch.judge(SID) is None
