"""Passphrases on the command line: from a file, the environment or the operator, never as an argument."""

from __future__ import annotations

import sys

import click
import pytest

from tcss_chain.cli import passphrase_option
from tcss_chain.cli.passphrase_option import passphrase_from
from tcss_chain.operation.errors import PassphraseError
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE, Passphrase


class Terminal:
    """Standard input, with or without somebody in front of it."""

    def __init__(self, manned):
        self.manned = manned

    def isatty(self):
        return self.manned


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)


@pytest.fixture
def asked(monkeypatch):
    """How the operator is asked, who answers."""
    questions = []

    def prompt(text, **how):
        questions.append(how)
        return "typed by hand"

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr(sys, "stdin", Terminal(True))
    return questions


def test_a_file_is_read(tmp_path, asked):
    path = tmp_path / "passphrase"
    path.write_text("from a file\n")
    path.chmod(0o600)
    assert passphrase_from(path) == Passphrase("from a file")
    assert asked == []


def test_the_environment_is_read(monkeypatch, asked):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "from the environment")
    assert passphrase_from(None) == Passphrase("from the environment")
    assert asked == []


@pytest.mark.parametrize("creating", [False, True])
def test_the_operator_is_asked_unseen_and_twice_for_something_new(asked, creating):
    assert passphrase_from(None, creating=creating) == Passphrase("typed by hand")
    (how,) = asked
    assert how["hide_input"] is True
    assert how["confirmation_prompt"] is creating
    assert how["err"] is True


def test_nobody_to_ask_is_said(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(False))
    with pytest.raises(PassphraseError, match="--passphrase-file"):
        passphrase_from(None)


def test_something_new_needs_a_passphrase_that_is_not_guessed_at_once(monkeypatch, asked):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "short")
    assert passphrase_from(None) == Passphrase("short")
    with pytest.raises(PassphraseError):
        passphrase_from(None, creating=True)


def test_it_cannot_be_given_as_an_argument():
    @click.command()
    @passphrase_option.passphrase_option
    def command(passphrase_file):
        pass

    assert [parameter.opts for parameter in command.params] == [["--passphrase-file"]]
