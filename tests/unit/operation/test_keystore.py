"""Wallets: those of other programs are read, hostile ones are refused before they cost anything."""

from __future__ import annotations

import json
import os
import stat
import time
import tracemalloc

import pytest
from eth_account import Account

from tcss_chain.operation import keystore
from tcss_chain.operation.errors import (
    MalformedWalletError,
    PassphraseError,
    WalletError,
    WrongWalletPassphraseError,
)
from tcss_chain.operation.keystore import MAX_FILE_BYTES, read_wallet, wallet_address, write_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.private_file import PrivateFileError

from .conftest import CHEAP

# The test vectors of the Web3 Secret Storage definition.
VECTOR_PASSPHRASE = "testpassword"
VECTOR_KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
VECTOR_CIPHER = {
    "cipher": "aes-128-ctr",
    "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
}
PBKDF2_VECTOR = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
SCRYPT_VECTOR = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}


@pytest.fixture
def account():
    return Account.create()


@pytest.fixture
def write(tmp_path):
    """A function that writes a keystore file as it is."""

    def write(content, mode=0o600):
        path = tmp_path / "other.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        path.chmod(mode)
        return path

    return write


@pytest.fixture
def sound(tmp_path, account, passphrase):
    """The content of a good wallet."""
    path = tmp_path / "sound.json"
    write_wallet(path, account, passphrase, work_factor=CHEAP)
    return json.loads(path.read_bytes())


def test_a_wallet_is_read_as_it_was_written(tmp_path, account, passphrase):
    path = tmp_path / "wallet.json"
    write_wallet(path, account, passphrase, work_factor=CHEAP)
    assert read_wallet(path, passphrase).key == account.key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert bytes(account.key).hex() not in path.read_text()


def test_other_programs_can_open_it_and_the_other_way_round(tmp_path, write, account):
    passphrase = Passphrase("pässword wörd")
    path = tmp_path / "wallet.json"
    write_wallet(path, account, passphrase, work_factor=CHEAP)
    assert Account.decrypt(path.read_text(), passphrase.text) == account.key
    for kdf, iterations in (("scrypt", CHEAP), ("pbkdf2", 1)):
        theirs = Account.encrypt(account.key, passphrase.text, kdf=kdf, iterations=iterations)
        assert read_wallet(write(theirs), passphrase).key == account.key


@pytest.mark.parametrize("vector", [PBKDF2_VECTOR, SCRYPT_VECTOR], ids=["pbkdf2", "scrypt"])
def test_the_vectors_of_the_definition_are_read(write, vector):
    opened = read_wallet(write(vector), Passphrase(VECTOR_PASSPHRASE))
    assert bytes(opened.key).hex() == VECTOR_KEY


def test_the_default_cost_is_an_expensive_one(tmp_path, account, passphrase):
    path = tmp_path / "wallet.json"
    write_wallet(path, account, passphrase)
    parameters = json.loads(path.read_bytes())["crypto"]["kdfparams"]
    assert (parameters["n"], parameters["r"], parameters["p"]) == (2**17, 8, 1)
    assert read_wallet(path, passphrase).key == account.key


def test_a_wrong_passphrase_is_said_and_not_shown(write, sound):
    with pytest.raises(WrongWalletPassphraseError) as caught:
        read_wallet(write(sound), Passphrase("hunter2 hunter2"))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("field", ["ciphertext", "mac"])
def test_a_damaged_wallet_does_not_open(write, sound, passphrase, field):
    sound["crypto"][field] = "00" * 32
    with pytest.raises(WrongWalletPassphraseError):
        read_wallet(write(sound), passphrase)


def test_the_address_must_be_that_of_the_key(write, sound, passphrase, account):
    sound["address"] = "12" * 20
    with pytest.raises(MalformedWalletError) as caught:
        read_wallet(write(sound), passphrase)
    assert caught.value.field == "address"
    for spelling in (account.address.lower(), account.address[2:].upper()):
        assert read_wallet(write(sound | {"address": spelling}), passphrase).address == account.address
    del sound["address"]
    assert read_wallet(write(sound), passphrase).address == account.address


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32])
def test_what_is_no_private_key_is_refused_and_not_shown(write, passphrase, key, monkeypatch):
    # The library refuses to encrypt it, so its check is left out.
    import eth_keyfile.keyfile as library

    class AnyKey:
        def __init__(self, _key):
            self.public_key = self

        def to_checksum_address(self):
            return "0x" + "00" * 20

    monkeypatch.setattr(library.keys, "PrivateKey", AnyKey)
    content = library.create_keyfile_json(key, passphrase.encoded, kdf="pbkdf2", iterations=1)
    monkeypatch.undo()
    with pytest.raises(MalformedWalletError) as caught:
        read_wallet(write(content), passphrase)
    assert caught.value.field == "crypto.ciphertext"
    assert caught.value.__context__ is None
    assert key.hex() not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "values"),
    [
        (("version",), [None, 1, 4, "3", 3.0, True]),
        (("crypto",), [None, [], "x"]),
        (("crypto", "cipher"), [None, "aes-128-cbc"]),
        (("crypto", "cipherparams"), [None, []]),
        (("crypto", "cipherparams", "iv"), [None, "", "00" * 17, "zz", 5]),
        (("crypto", "ciphertext"), [None, "", "00" * 31, "00" * 33, "0" * 63, ["00"]]),
        (("crypto", "mac"), [None, "00" * 31, "ä" * 64]),
        (("crypto", "kdf"), [None, "argon2", ["scrypt"]]),
        (("crypto", "kdfparams"), [None, []]),
        (("crypto", "kdfparams", "dklen"), [None, 16, 64, 2**40, "32"]),
        (("crypto", "kdfparams", "salt"), [None, "", "00" * 65, "x"]),
        (("crypto", "kdfparams", "n"), [None, 0, 1, -2, 2**20, 2**60, "2", 2.0, True]),
        (("crypto", "kdfparams", "r"), [None, 0, -1, 65, 2**40]),
        (("crypto", "kdfparams", "p"), [None, 0, 65, 2**40]),
        (("address",), [None, "12", "0x" + "zz" * 20, 5]),
    ],
)
def test_every_field_is_checked(write, sound, passphrase, place, values):
    *way, last = place
    for value in values:
        target = sound
        for step in way:
            target = target[step]
        before = target.get(last)
        target[last] = value
        with pytest.raises(MalformedWalletError) as caught:
            read_wallet(write(sound), passphrase)
        assert caught.value.field == ".".join(place), value
        target[last] = before


@pytest.mark.parametrize("n", [3, 2**10 + 1, 2**17 - 1])
def test_scrypt_s_n_is_a_power_of_two(write, sound, passphrase, n):
    sound["crypto"]["kdfparams"]["n"] = n
    with pytest.raises(MalformedWalletError, match="power of two"):
        read_wallet(write(sound), passphrase)


@pytest.mark.parametrize(
    "parameters",
    [
        {"n": 2**26, "r": 64, "p": 1},
        {"n": 2**19, "r": 8, "p": 64},
        {"n": 2, "r": 64, "p": 2**20},
        {"n": 2**62, "r": 2**62, "p": 2**62},
    ],
)
def test_a_keystore_cannot_ask_for_much_memory_or_time(write, sound, passphrase, parameters):
    sound["crypto"]["kdfparams"] |= parameters
    path = write(sound)
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(MalformedWalletError):
        read_wallet(path, passphrase)
    assert time.process_time() - begun < 1
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()


@pytest.mark.parametrize("count", [0, -1, keystore.MAX_PBKDF2_ROUNDS + 1, 10**30, "1", None])
def test_pbkdf2_counts_are_bounded(write, passphrase, account, count):
    content = Account.encrypt(account.key, passphrase.text, kdf="pbkdf2", iterations=1)
    content["crypto"]["kdfparams"]["c"] = count
    with pytest.raises(MalformedWalletError):
        read_wallet(write(content), passphrase)


def test_capitals_in_field_names_are_read(write, sound, passphrase, account):
    sound["Crypto"] = {key.upper(): value for key, value in sound.pop("crypto").items()}
    assert read_wallet(write(sound), passphrase).key == account.key


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b"\xff\xfe",
        b"[" * 10_000,
        b'{"version": 3}',
        b"x" * (MAX_FILE_BYTES + 1),
    ],
)
def test_what_is_no_keystore_is_refused(write, passphrase, content):
    with pytest.raises(MalformedWalletError):
        read_wallet(write(content), passphrase)


@pytest.mark.parametrize("mode", [0o640, 0o644, 0o666])
def test_a_wallet_that_others_can_read_is_refused(write, sound, passphrase, mode):
    with pytest.raises(PrivateFileError, match="chmod 600"):
        read_wallet(write(sound, mode), passphrase)


def test_nothing_is_overwritten(write, sound, passphrase, account):
    path = write(sound)
    before = path.read_bytes()
    with pytest.raises(WalletError, match="already"):
        write_wallet(path, account, passphrase, work_factor=CHEAP)
    assert path.read_bytes() == before


def test_what_cannot_be_written_is_said(tmp_path, passphrase, account):
    with pytest.raises(WalletError, match="cannot be written"):
        write_wallet(tmp_path / "none" / "wallet.json", account, passphrase, work_factor=CHEAP)


def test_a_wallet_that_was_not_written_whole_is_removed(tmp_path, passphrase, account, monkeypatch):
    def fail(_descriptor):
        raise OSError

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WalletError, match="cannot be written"):
        write_wallet(tmp_path / "wallet.json", account, passphrase, work_factor=CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_a_new_wallet_needs_a_passphrase_worth_the_name(tmp_path, account):
    with pytest.raises(PassphraseError):
        write_wallet(tmp_path / "wallet.json", account, Passphrase("short"), work_factor=CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_the_address_is_told_without_the_passphrase(write, sound, account):
    assert wallet_address(write(sound)) == account.address
    del sound["address"]
    assert wallet_address(write(sound)) is None
    with pytest.raises(MalformedWalletError):
        wallet_address(write(b"{}"))
