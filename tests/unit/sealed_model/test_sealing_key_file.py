"""Files with sealing keys: private, exact, and silent about their secret."""

from __future__ import annotations

import json
import os
import stat

import pytest
from support.sealed_models import CHAIN_ID, CONTRACT, SEALING_KEY

from tcss_chain.curve import FIELD_MODULUS, GROUP_ORDER
from tcss_chain.private_file import PrivateFileError
from tcss_chain.sealed_model import KeptSealingKey, read_sealing_key, write_sealing_key
from tcss_chain.sealed_model.errors import SealingKeyFileError

X, Y = SEALING_KEY.PK.words()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "session.key"
    write_sealing_key(path, SEALING_KEY, CHAIN_ID, CONTRACT)
    return path


def word(number):
    return f"0x{number:064x}"


def test_what_is_written_is_read(path):
    assert read_sealing_key(path) == KeptSealingKey(CHAIN_ID, CONTRACT, SEALING_KEY)


def test_the_file_is_one_line_of_json_in_a_fixed_order(path):
    text = path.read_text()
    assert list(json.loads(text)) == [
        "format", "chain_id", "contract", "session", "aggregate_hash", "PK", "challenge", "response",
    ]  # fmt: skip
    assert text.startswith('{"format":"tcss-sealing-key-1","chain_id":31337,')
    assert text.endswith("}\n")


def test_only_its_owner_can_read_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(PrivateFileError, match="others can read"):
        read_sealing_key(path)


def test_nothing_is_overwritten(path):
    before = path.read_bytes()
    with pytest.raises(PrivateFileError, match="already"):
        write_sealing_key(path, SEALING_KEY, CHAIN_ID, CONTRACT)
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(PrivateFileError, match="cannot be written"):
        write_sealing_key(tmp_path / "nowhere" / "key", SEALING_KEY, CHAIN_ID, CONTRACT)
    with pytest.raises(PrivateFileError, match="cannot be opened"):
        read_sealing_key(tmp_path / "nowhere")


def test_half_a_file_is_not_left_behind(tmp_path, monkeypatch):
    def fail(_descriptor):
        raise OSError

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(PrivateFileError, match="written"):
        write_sealing_key(tmp_path / "key", SEALING_KEY, CHAIN_ID, CONTRACT)
    assert not (tmp_path / "key").exists()


def test_the_key_is_not_shown(path):
    shown = repr(read_sealing_key(path)) + repr(SEALING_KEY) + str(read_sealing_key(path))
    assert not any(str(each) in shown or f"{each:x}" in shown for each in (X, Y))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "tcss-sealing-key-2"),
        ("chain_id", -1),
        ("chain_id", "1"),
        ("contract", CONTRACT.lower()),
        ("session", "0x12"),
        ("aggregate_hash", None),
        ("PK", [word(0), word(0)]),
        ("PK", [word(X), word(Y + 1)]),
        ("PK", [word(X + FIELD_MODULUS), word(Y)]),
        ("PK", [word(X)]),
        ("PK", word(X)),
        ("challenge", word(GROUP_ORDER)),
        ("response", 5),
        ("more", 5),
    ],
)
def test_other_values_are_refused_without_being_told(path, name, value):
    values = json.loads(path.read_text()) | {name: value}
    path.write_text(json.dumps(values, separators=(",", ":")) + "\n")
    with pytest.raises(SealingKeyFileError) as caught:
        read_sealing_key(path)
    assert f"{X:x}"[:8] not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: text.replace(":", ": "),
        lambda text: text + " " * 5000,
        lambda text: "",
        lambda text: "no key",
    ],
)
def test_a_key_has_one_spelling(path, change):
    path.write_text(change(path.read_text()))
    with pytest.raises(SealingKeyFileError):
        read_sealing_key(path)
