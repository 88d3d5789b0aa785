"""Fees of transactions and of their replacements."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.chain.fee_policy import Fees, first_fees, raised_fees, suggested_fees

amounts = st.integers(0, 10**13)
fees = st.builds(lambda most, priority: Fees(max(most, priority), min(most, priority)), amounts, amounts)
caps = st.none() | amounts


def test_the_suggestion_has_room_for_the_base_fee_to_double(connection):
    block = connection.w3.eth.get_block("latest")
    suggestion = suggested_fees(connection.w3)
    assert suggestion.max_priority_fee_per_gas == connection.w3.eth.max_priority_fee
    assert suggestion.max_fee_per_gas == 2 * block["baseFeePerGas"] + suggestion.max_priority_fee_per_gas


def test_the_cap_limits_both_fees():
    assert first_fees(Fees(100, 10), None) == Fees(100, 10)
    assert first_fees(Fees(100, 10), 100) == Fees(100, 10)
    assert first_fees(Fees(100, 10), 50) == Fees(50, 10)
    assert first_fees(Fees(100, 10), 5) == Fees(5, 5)


def test_a_replacement_pays_a_quarter_more_or_what_is_suggested():
    assert raised_fees(Fees(100, 8), Fees(100, 8), None) == Fees(125, 10)
    assert raised_fees(Fees(100, 8), Fees(300, 9), None) == Fees(300, 10)
    assert raised_fees(Fees(100, 8), Fees(50, 80), None) == Fees(125, 80)


def test_a_replacement_keeps_to_the_cap_or_does_not_happen():
    assert raised_fees(Fees(100, 8), Fees(100, 8), 110) == Fees(110, 10)
    assert raised_fees(Fees(100, 8), Fees(100, 8), 109) is None
    assert raised_fees(Fees(10, 10), Fees(10, 10), 10) is None


def test_what_pays_several_times_the_suggestion_is_not_stuck_for_its_fees():
    assert raised_fees(Fees(400, 8), Fees(100, 8), None) is not None
    assert raised_fees(Fees(401, 8), Fees(100, 8), None) is None


@given(old=fees, suggestion=fees, cap=caps)
def test_every_replacement_is_one_that_nodes_take(old, suggestion, cap):
    raised = raised_fees(old, suggestion, cap)
    if raised is None:
        return
    assert raised.max_priority_fee_per_gas <= raised.max_fee_per_gas
    assert cap is None or raised.max_fee_per_gas <= cap
    for new, former in (
        (raised.max_fee_per_gas, old.max_fee_per_gas),
        (raised.max_priority_fee_per_gas, old.max_priority_fee_per_gas),
    ):
        assert new > former
        assert 10 * new >= 11 * former
