"""The reference pirate box."""

import pytest

from tcss_chain.curve import GROUP_ORDER, random_nonzero_scalar, random_scalar
from tcss_chain.pirate import Accepts, PirateBox
from tcss_chain.pirate.errors import PirateSettingsError


def test_real_shares_bring_the_secret(sealed_session):
    session = sealed_session(6, 4)
    box = PirateBox(session.shares((0, 2)), 4)
    assert box.asks_for == 2
    assert box.query(session.shares((1, 5))) == session.secret


def test_made_up_shares_bring_something_else(sealed_session):
    session = sealed_session(6, 4)
    box = PirateBox(session.shares((0, 2)), 4)
    answer = box.query([(random_nonzero_scalar(), random_scalar()) for _ in range(2)])
    assert answer not in (None, session.secret)


def test_what_does_not_suit_the_box_brings_nothing(sealed_session):
    session = sealed_session(6, 4)
    box = PirateBox(session.shares((0, 2)), 4)
    share = session.share(1)
    for shares in (
        [],
        [share],
        session.shares((1, 3, 5)),
        [share, share],
        [share, session.share(0)],
        [share, (0, 5)],
        [share, (GROUP_ORDER + 1, 5)],
    ):
        assert box.query(shares) is None


def test_a_box_may_insist_on_registered_points(sealed_session):
    session = sealed_session(6, 4)
    points = [participant.x for participant in session.roster.participants]
    box = PirateBox(session.shares((0, 2)), 4, accepts=Accepts.REGISTERED, registered_points=points)
    assert box.query(session.shares((1, 5))) == session.secret
    assert box.query([session.share(1), (123, 5)]) is None


def test_a_box_may_ask_for_more_than_it_uses(sealed_session):
    session = sealed_session(6, 4)
    box = PirateBox(session.shares((0, 2)), 4, unused_supplied=1)
    assert box.asks_for == 3
    assert box.query(session.shares((1, 5))) is None
    assert box.query([*session.shares((1, 5)), (77, 88)]) == session.secret


def test_the_success_rate_is_kept_and_errors_repeat_with_the_seed(sealed_session):
    session = sealed_session(4, 3)

    def answers(seed):
        box = PirateBox(session.shares((0, 1)), 3, success_rate=0.6, seed=seed)
        return [box.query(session.shares((3,))) for _ in range(1000)]

    right = answers(1).count(session.secret)
    # 600 expected, standard deviation 15.5: seven of them either way.
    assert 490 < right < 710
    assert answers(1) == answers(1)
    assert answers(1) != answers(2)
    assert answers(None) != answers(None)


@pytest.mark.parametrize(("rate", "right"), [(0.0, 0), (1.0, 50)])
def test_never_and_always_right(sealed_session, rate, right):
    session = sealed_session(4, 3)
    box = PirateBox(session.shares((0, 1)), 3, success_rate=rate)
    assert [box.query(session.shares((3,))) for _ in range(50)].count(session.secret) == right


@pytest.mark.parametrize(
    ("leaked", "kwargs"),
    [
        ([], {}),
        ([(1, 2), (2, 3), (3, 4)], {}),
        ([(1, 2), (1, 3)], {}),
        ([(0, 2)], {}),
        ([(GROUP_ORDER, 2)], {}),
        ([(1, GROUP_ORDER)], {}),
        ([(1, 2)], {"success_rate": 1.5}),
        ([(1, 2)], {"success_rate": float("nan")}),
        ([(1, 2)], {"unused_supplied": -1}),
    ],
)
def test_contradictory_settings_are_refused(leaked, kwargs):
    with pytest.raises(PirateSettingsError):
        PirateBox(leaked, 3, **kwargs)


def test_leaked_shares_are_not_shown():
    assert "987654321" not in repr(PirateBox([(1, 987654321)], 3))
