"""What the auditor's key opens."""

import pytest

from tcss_chain.auditor.sealed_keys import open_sealed_keys
from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.errors import AuditorKeyMismatchError


def test_the_key_opens_the_public_keys_of_all_shares_and_of_the_secret(sealed_session):
    session = sealed_session(7, 4)
    keys = open_sealed_keys(session.alpha, session.roster, session.aggregate)
    assert keys.Y == tuple(G * session.share(index)[1] for index in range(7))
    assert keys.PK == G * session.secret


@pytest.mark.parametrize("offset", [1, -1])
def test_another_key_is_refused_without_showing_it(sealed_session, offset):
    session = sealed_session(4, 3)
    wrong = (session.alpha + offset) % GROUP_ORDER
    with pytest.raises(AuditorKeyMismatchError) as caught:
        open_sealed_keys(wrong, session.roster, session.aggregate)
    assert str(wrong) not in f"{caught.value!r} {vars(caught.value)}"


def test_no_coordinate_is_shown(sealed_session):
    session = sealed_session(4, 3)
    keys = open_sealed_keys(session.alpha, session.roster, session.aggregate)
    assert not any(str(word) in repr(keys) for point in (*keys.Y, keys.PK) for word in point.words())
