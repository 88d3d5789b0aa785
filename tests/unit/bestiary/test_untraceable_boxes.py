"""Boxes that notice made-up shares, and boxes that hold none."""

import pytest

from tcss_chain.bestiary import (
    Constant,
    Guessing,
    RecognisesSecret,
    Reconstruction,
    SelfChecking,
    Silent,
    SimulationSettingError,
    SuppliedOnly,
    simulate_session,
)
from tcss_chain.curve import G, evaluate, interpolate_at_zero


@pytest.mark.parametrize(("n", "t", "f"), [(3, 2, 1), (8, 5, 2), (8, 5, 4), (7, 6, 1)])
def test_a_self_checking_box_answers_real_shares_only(made_up, n, t, f):
    session = simulate_session(n, t)
    box = SelfChecking(session.shares[:f], t)
    supplied = session.shares[f : t + 1]
    assert box.asks_for == len(supplied) == t - f + 1
    assert box.query(supplied) == session.secret
    for place, (x, y) in enumerate(supplied):
        assert box.query([*supplied[:place], (x, y + 1), *supplied[place + 1 :]]) is None
    assert all(box.query(made) is None for made in made_up(t - f + 1, 20))


def test_a_self_checking_box_refuses_a_made_up_polynomial_that_is_not_the_sessions(session, leaked):
    box = SelfChecking(leaked, 5)
    assert box.query([(x, evaluate((1, 2, 3, 4, 5), x)) for x in (5, 6, 7, 8)]) is None


def test_a_self_checking_box_refuses_other_numbers_and_equal_points(session, leaked):
    box = SelfChecking(leaked, 5)
    assert box.query(session.shares_at((0, 2, 3, 5))) == session.secret
    for places in ((0, 2, 3), (0, 2, 3, 5, 6), (0, 2, 3, 3), (0, 2, 3, 1)):
        assert box.query(session.shares_at(places)) is None
    with pytest.raises(SimulationSettingError):
        SelfChecking([], 5)


def test_a_box_that_recognises_the_secret_answers_real_shares_only(session, leaked, perfect, made_up):
    box = RecognisesSecret(perfect, session.traced.keys.PK)
    assert box.asks_for == 3
    assert box.query(session.shares_at((0, 2, 3))) == session.secret
    assert all(box.query(supplied) is None for supplied in made_up(3, 10))
    assert box.query([]) is None
    other = RecognisesSecret(Reconstruction(leaked, 5), G * 5)
    assert other.query(session.shares_at((0, 2, 3))) is None


def test_boxes_without_shares(made_up):
    first, second = made_up(3, 2)
    assert Silent(3).query(first) is None
    assert Constant(3, 77).query(first) == Constant(3, 77).query(second) == 77
    guesses = Guessing(3, 1)
    assert len({guesses.query(first), guesses.query(first), guesses.query(second)}) == 3
    assert Guessing(3, 1).query(first) == Guessing(3, 1).query(first) != Guessing(3, 2).query(first)
    expected = interpolate_at_zero([x for x, _ in first], [y for _, y in first])
    assert SuppliedOnly(3).query(first) == expected


@pytest.mark.parametrize("box", [Silent(3), Constant(3, 77), Guessing(3, 1), SuppliedOnly(3)])
def test_boxes_without_shares_want_their_number_of_them(made_up, box):
    assert box.asks_for == 3
    assert all(box.query(supplied) is None for size in (0, 1, 2, 4) for supplied in made_up(size, 3))
    assert SuppliedOnly(3).query([(1, 1), (1, 2), (3, 3)]) is None
    assert SuppliedOnly(3).query([(1, 1), (0, 2), (3, 3)]) is None
    with pytest.raises(SimulationSettingError):
        type(box)(0, *[1] * (len(vars(box)) - 1))
