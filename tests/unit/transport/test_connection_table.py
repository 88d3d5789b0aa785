"""Which connections stay when there are too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.transport.connection_table import ConnectionTable, origin_of


def test_as_many_as_are_allowed_stay():
    table = ConnectionTable(4, 2)
    assert [table.admit(name, address) for name, address in ("ax", "bx", "cy", "dy")] == [None] * 4
    assert len(table) == 4


def test_an_address_with_too_many_makes_room_with_its_oldest():
    table = ConnectionTable(10, 2)
    for name in "abc":
        table.admit(name, "x")
    assert len(table) == 2
    assert [table.admit(name, "x") for name in "de"] == ["b", "c"]
    assert table.admit("f", "y") is None


def test_in_total_the_address_with_the_most_makes_room():
    table = ConnectionTable(4, 4)
    table.admit("honest", "y")
    for name in "abc":
        table.admit(name, "x")
    assert table.admit("other", "z") == "a"
    assert table.admit("another", "w") == "b"


def test_among_equals_the_oldest_goes_and_never_the_new_one():
    table = ConnectionTable(2, 2)
    table.admit("a", "x")
    table.admit("b", "y")
    assert table.admit("c", "z") == "a"
    assert table.admit("d", "x") == "b"


def test_what_is_released_makes_room():
    table = ConnectionTable(2, 1)
    table.admit("a", "x")
    table.release("a")
    table.release("a")
    table.release("never there")
    assert len(table) == 0
    assert table.admit("b", "x") is None
    assert table.admit("b2", "y") is None


@given(
    total=st.integers(1, 6),
    per_address=st.integers(1, 4),
    steps=st.lists(st.tuples(st.booleans(), st.sampled_from("xyz")), max_size=40),
)
def test_the_limits_hold_after_every_step_and_the_new_connection_stays(total, per_address, steps):
    table: ConnectionTable[int] = ConnectionTable(total, per_address)
    present: dict[int, str] = {}
    for number, (admits, address) in enumerate(steps):
        if admits:
            present[number] = address
            gone = table.admit(number, address)
            if gone is not None:
                assert gone != number
                del present[gone]
        elif present:
            oldest = next(iter(present))
            table.release(oldest)
            del present[oldest]
        assert len(table) == len(present) <= total
        assert all(list(present.values()).count(each) <= per_address for each in "xyz")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("", "", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_what_counts_as_one_address(one, other, same):
    assert (origin_of(one) == origin_of(other)) is same
