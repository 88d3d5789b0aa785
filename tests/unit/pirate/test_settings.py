"""Settings of a pirate process."""

import json

import pytest

from tcss_chain.pirate import Accepts
from tcss_chain.pirate.errors import PirateSettingsError
from tcss_chain.pirate.settings import decode_settings, encode_settings

WORD = "0x" + "0" * 56 + "12345678"


def test_settings_survive_the_way(sealed_session):
    session = sealed_session(6, 4)
    points = tuple(participant.x for participant in session.roster.participants)
    line = encode_settings(
        session.shares((0, 2)),
        4,
        success_rate=1.0,
        accepts=Accepts.REGISTERED,
        registered_points=points,
        unused_supplied=1,
        seed=3,
    )
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    box = decode_settings(line)
    assert box.asks_for == 3
    assert box.query(session.shares((1, 4, 5))) == session.secret
    assert box.query([*session.shares((1, 4)), (7, 8)]) is None


def test_threshold_and_shares_are_enough(sealed_session):
    session = sealed_session(6, 4)
    leaked = [[f"0x{x:064x}", f"0x{y:064x}"] for x, y in session.shares((0, 2))]
    box = decode_settings(json.dumps({"threshold": 4, "leaked": leaked}).encode())
    assert box.query(session.shares((1, 4))) == session.secret


@pytest.mark.parametrize(
    "settings",
    [
        [],
        {},
        {"threshold": 3},
        {"leaked": [[WORD, WORD]]},
        {"threshold": "3", "leaked": [[WORD, WORD]]},
        {"threshold": True, "leaked": [[WORD, WORD]]},
        {"threshold": 3, "leaked": WORD},
        {"threshold": 3, "leaked": [WORD]},
        {"threshold": 3, "leaked": [[WORD]]},
        {"threshold": 3, "leaked": [[WORD, 5]]},
        {"threshold": 3, "leaked": [[WORD, WORD]], "success_rate": "high"},
        {"threshold": 3, "leaked": [[WORD, WORD]], "accepts": "nothing"},
        {"threshold": 3, "leaked": [[WORD, WORD]], "accepts": ["anything"]},
        {"threshold": 3, "leaked": [[WORD, WORD]], "registered_points": [5]},
        {"threshold": 3, "leaked": [[WORD, WORD]], "unused_supplied": 0.5},
        {"threshold": 3, "leaked": [[WORD, WORD]], "seed": "x"},
    ],
)
def test_wrong_settings_are_refused_without_showing_a_share(settings):
    with pytest.raises(PirateSettingsError) as caught:
        decode_settings(json.dumps(settings).encode())
    assert "12345678" not in str(caught.value)


@pytest.mark.parametrize("line", [b"", b"{", b"[" * 5000, b"\xff"])
def test_what_is_no_json_is_refused(line):
    with pytest.raises(PirateSettingsError):
        decode_settings(line)
