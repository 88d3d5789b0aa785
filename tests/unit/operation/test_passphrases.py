"""Where passphrases come from, and that they are never shown."""

from __future__ import annotations

import copy
import pickle

import pytest

from tcss_chain.operation.errors import PassphraseError
from tcss_chain.operation.passphrases import (
    MAX_BYTES,
    PASSPHRASE_VARIABLE,
    Passphrase,
    find_passphrase,
    read_passphrase_file,
)
from tcss_chain.private_file import PrivateFileError

SECRET = "correct horse battery"


@pytest.fixture
def write(tmp_path):
    def write(content, mode=0o600):
        path = tmp_path / "passphrase"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return write


def never():
    pytest.fail("nobody is asked")


def test_a_passphrase_is_shown_nowhere():
    passphrase = Passphrase(SECRET)
    assert SECRET not in f"{passphrase} {passphrase!r} {[passphrase]}"
    assert not hasattr(passphrase, "__dict__")
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(passphrase)
    with pytest.raises(TypeError):
        hash(passphrase)


def test_passphrases_are_compared_by_their_bytes():
    assert Passphrase(SECRET) == Passphrase(SECRET)
    assert Passphrase(SECRET) != Passphrase(SECRET + " ")
    assert Passphrase(SECRET) != SECRET
    assert Passphrase("ä").encoded == b"\xc3\xa4"
    assert Passphrase("ä").text == "ä"


@pytest.mark.parametrize("text", ["", "\ud800", "x" * (MAX_BYTES + 1), "ä" * (MAX_BYTES // 2 + 1)])
def test_what_is_empty_too_long_or_no_text_is_refused(text):
    with pytest.raises(PassphraseError):
        Passphrase(text)


@pytest.mark.parametrize("text", ["x", "1234567", "aaaaaaaaaaaa"])
def test_something_new_needs_a_passphrase_that_is_not_guessed_at_once(text):
    with pytest.raises(PassphraseError) as caught:
        Passphrase(text).require_for_new()
    assert text not in str(caught.value) or len(text) == 1
    Passphrase("12345678").require_for_new()


def test_a_file_goes_before_the_environment_and_that_before_the_operator(write):
    environment = {PASSPHRASE_VARIABLE: "from the environment"}
    assert find_passphrase(write("from the file"), environment, never) == Passphrase("from the file")
    assert find_passphrase(None, environment, never) == Passphrase("from the environment")
    assert find_passphrase(None, {}, lambda: "from the operator") == Passphrase("from the operator")


def test_an_empty_variable_is_no_reason_to_ask():
    with pytest.raises(PassphraseError):
        find_passphrase(None, {PASSPHRASE_VARIABLE: ""}, never)


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("secret", "secret"),
        ("secret\n", "secret"),
        ("secret\r\n", "secret"),
        (" secret  \n", " secret  "),
        ("a\tb", "a\tb"),
    ],
)
def test_one_newline_at_the_end_is_no_part_of_it(write, content, kept):
    assert read_passphrase_file(write(content)).text == kept


@pytest.mark.parametrize("content", ["", "\n", "a\n\n", "a\nb", "a\rb", "a\0b", b"\xff", "x" * 2000])
def test_a_file_without_a_passphrase_is_refused(write, content):
    with pytest.raises(PassphraseError):
        read_passphrase_file(write(content))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(write, mode):
    with pytest.raises(PrivateFileError, match="chmod 600"):
        read_passphrase_file(write(SECRET, mode))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(PrivateFileError):
            read_passphrase_file(path)
