"""
The settings of a pirate process: one line of JSON on its standard input, never on its command line.

Fields: ``threshold``; ``leaked``, a list of ``["0x..", "0x.."]``; optionally ``success_rate``, ``accepts``,
``registered_points``, ``unused_supplied``, ``seed``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from tcss_chain.auditor.box_messages import decode_word, encode_word
from tcss_chain.bestiary import Share

from .errors import PirateSettingsError
from .pirate_box import Accepts, PirateBox

MAX_SETTINGS_BYTES: Final = 1 << 16


def encode_settings(
    leaked: tuple[Share, ...],
    threshold: int,
    *,
    success_rate: float,
    accepts: Accepts,
    registered_points: tuple[int, ...],
    unused_supplied: int,
    seed: int | None,
) -> bytes:
    """
    Write the settings of a box; see `PirateBox`.

    Returns
    -------
    bytes
        One line.
    """
    settings = {
        "threshold": threshold,
        "leaked": [[encode_word(x), encode_word(y)] for x, y in leaked],
        "success_rate": success_rate,
        "accepts": accepts.value,
        "registered_points": [encode_word(x) for x in registered_points],
        "unused_supplied": unused_supplied,
        "seed": seed,
    }
    return json.dumps(settings).encode() + b"\n"


def decode_settings(line: bytes) -> PirateBox:
    """
    Make a box from its settings.

    Parameters
    ----------
    line : bytes
        JSON from outside.

    Returns
    -------
    PirateBox
        The box.

    Raises
    ------
    PirateSettingsError
        If a setting is missing or wrong; the message holds no share.
    """
    try:
        settings = json.loads(line)
    except (ValueError, RecursionError):
        # The parser's own message could hold a share.
        raise PirateSettingsError("settings", "send one line of JSON") from None
    if not isinstance(settings, dict):
        raise PirateSettingsError("settings", "send one JSON object")
    accepts = settings.get("accepts", Accepts.ANYTHING.value)
    if accepts not in list(Accepts):
        raise PirateSettingsError("accepts", f"give {' or '.join(Accepts)}")
    seed = settings.get("seed")
    return PirateBox(
        [_share(pair) for pair in _list(settings, "leaked")],
        _integer(settings, "threshold", None),
        success_rate=_number(settings, "success_rate", 1.0),
        accepts=Accepts(accepts),
        registered_points=[_word(text) for text in _list(settings, "registered_points")],
        unused_supplied=_integer(settings, "unused_supplied", 0),
        seed=None if seed is None else _integer(settings, "seed", None),
    )


def _list(settings: Mapping[str, object], name: str) -> list[object]:
    value = settings.get(name, [])
    if not isinstance(value, list):
        raise PirateSettingsError(name, "give a list")
    return value


def _share(pair: object) -> Share:
    if not isinstance(pair, list) or len(pair) != 2:
        raise PirateSettingsError("leaked", "give pairs of 0x and 64 digits")
    return _word(pair[0]), _word(pair[1])


def _word(text: object) -> int:
    word = decode_word(text)
    if word is None:
        raise PirateSettingsError("leaked or registered_points", "give 0x and 64 digits for every word")
    return word


def _integer(settings: Mapping[str, object], name: str, default: int | None) -> int:
    value = settings.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PirateSettingsError(name, "give an integer")
    return value


def _number(settings: Mapping[str, object], name: str, default: float) -> float:
    value = settings.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise PirateSettingsError(name, "give a number")
    return float(value)
