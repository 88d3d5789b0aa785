"""The core: right answers to what suits it, and nothing to the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.bestiary import Reconstruction, SimulationSettingError, simulate_session
from tcss_chain.curve import GROUP_ORDER


@given(st.data())
def test_real_shares_bring_the_secret(data):
    n = data.draw(st.integers(2, 7))
    t = data.draw(st.integers(2, n))
    order = data.draw(st.permutations(range(n)))
    f = data.draw(st.integers(1, t - 1))
    session = simulate_session(n, t)
    box = Reconstruction(session.shares_at(order[:f]), t)
    assert box.asks_for == t - f
    assert box.query(session.shares_at(order[f:t])) == session.secret


def test_made_up_shares_bring_what_the_equation_says(perfect, leaked, made_up, right):
    for supplied in made_up(3, 20):
        assert perfect.query(supplied) == right(leaked, supplied)


def test_registered_points_with_made_up_values_bring_what_the_equation_says(
    session, perfect, leaked, made_up, right
):
    points = [session.points[place] for place in (0, 3, 6)]
    for supplied in made_up(3, 5, points=points):
        assert perfect.query(supplied) == right(leaked, supplied)


def test_what_does_not_suit_brings_nothing(session, perfect, leaked):
    a, b, c, d = session.shares_at((0, 2, 3, 5))
    assert perfect.query([a, b, c]) == session.secret
    for supplied in (
        [],
        [a, b],
        [a, b, c, d],
        [a, b, b],
        [a, b, (b[0], 5)],
        [a, b, leaked[0]],
        [a, b, (leaked[1][0], 7)],
        [a, b, (0, 5)],
        [a, b, (GROUP_ORDER, 5)],
        [a, b, (GROUP_ORDER + c[0], c[1])],
        [a, b, (-c[0], c[1])],
    ):
        assert perfect.query(supplied) is None


def test_values_are_taken_modulo_r(session, perfect):
    a, b, (x, y) = session.shares_at((0, 2, 3))
    assert perfect.query([a, b, (x, y + GROUP_ORDER)]) == session.secret
    assert perfect.query([a, b, (x, y - GROUP_ORDER)]) == session.secret


@pytest.mark.parametrize(
    "leaked",
    [
        [],
        [(1, 2), (2, 3), (3, 4)],
        [(1, 2), (1, 3)],
        [(0, 2)],
        [(GROUP_ORDER, 2)],
        [(1, GROUP_ORDER)],
        [(1, -1)],
    ],
)
def test_leaked_shares_that_do_not_fit_are_refused(leaked):
    with pytest.raises(SimulationSettingError):
        Reconstruction(leaked, 3)


def test_leaked_shares_are_not_shown():
    assert "987654321" not in repr(Reconstruction([(1, 987654321)], 3))
    with pytest.raises(SimulationSettingError) as caught:
        Reconstruction([(1, 987654321), (1, 987654321)], 3)
    assert "987654321" not in str(caught.value)
