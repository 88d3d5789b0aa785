"""Places that tenants share."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.gateway.http_answers import ErrorCode, RefusedError
from tcss_chain.gateway.places import Places


def take_all(places, running, tenant):
    """Take places until there is none for this tenant; say how many it got."""
    try:
        running.enter_context(places.hold(tenant))
    except RefusedError as refused:
        refusal = refused
    else:
        return 1 + take_all(places, running, tenant)
    assert refusal.code is ErrorCode.BUSY
    assert refusal.retry_after
    return 0


def test_a_single_tenant_may_have_all():
    with ExitStack() as running:
        assert take_all(Places(7, 1), running, "a") == 7


@pytest.mark.parametrize(("most", "taken"), [(1, 1), (2, 1), (3, 2), (8, 4), (128, 64)])
def test_one_of_several_has_half(most, taken):
    with ExitStack() as running:
        assert take_all(Places(most, tenants=2), running, "a") == taken


@given(st.integers(1, 200), st.data())
def test_who_holds_none_gets_one_whatever_the_others_do(most, data):
    tenants = data.draw(st.integers(1, most // 4 + 1))
    places = Places(most, tenants)
    greedy = data.draw(st.lists(st.integers(0, tenants - 1), max_size=30))
    with ExitStack() as running:
        for number in greedy:
            take_all(places, running, f"{number}")
        for number in set(range(tenants)) - set(greedy):
            running.enter_context(places.hold(f"{number}"))


@given(st.integers(1, 60), st.integers(1, 100), st.lists(st.integers(0, 99), max_size=200))
def test_never_more_places_are_held_than_there_are(most, tenants, wishes):
    places = Places(most, tenants)
    with ExitStack() as running:
        assert sum(take_all(places, running, f"{number % tenants}") for number in wishes) <= most


def test_places_are_given_back():
    places = Places(4, tenants=2)
    for _ in range(10):
        with ExitStack() as running:
            assert take_all(places, running, "a") == 2
    with pytest.raises(ValueError, match="it failed"), places.hold("a"):
        raise ValueError("it failed")
    with ExitStack() as running:
        assert take_all(places, running, "b") == 2
