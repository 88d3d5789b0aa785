"""Wallets: Ethereum keystore files, encrypted with a passphrase (Web3 Secret Storage, version 3)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Final, NoReturn

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from eth_utils import to_checksum_address

from tcss_chain.private_file import PrivateFileError, open_private, write_private

from .errors import MalformedWalletError, WalletError, WrongWalletPassphraseError
from .passphrases import Passphrase

DEFAULT_WORK_FACTOR: Final = 1 << 17
"""
scrypt's n of new wallets: 128 MiB and about 0.3 s. With 2^18, a service that opens its wallet and its state
would take more than two seconds to start.
"""

MAX_FILE_BYTES: Final = 1 << 14
"""A larger file is no keystore."""

MAX_SCRYPT_BYTES: Final = 1 << 29
"""How much memory a keystore may ask for: ``128 n r`` bytes."""

MAX_SCRYPT_WORK: Final = 1 << 23
"""The largest ``n r p``: about two seconds."""

MAX_PBKDF2_ROUNDS: Final = 10_000_000
"""The largest count of PBKDF2: about two seconds."""

_FILE: Final = "the wallet"
_HEX: Final = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})*)")
_MAX_SALT: Final = 64
_MAX_SCRYPT_R_P: Final = 64


def read_wallet(path: Path, passphrase: Passphrase) -> LocalAccount:
    """
    Open a wallet.

    Parameters
    ----------
    path : Path
        The keystore file; nobody else may be able to read it.
    passphrase : Passphrase
        What it is encrypted with.

    Returns
    -------
    LocalAccount
        The account, which signs.

    Raises
    ------
    PrivateFileError
        If it cannot be read, or others can read it.
    MalformedWalletError
        If it is no keystore, or asks for more work or memory than a keystore needs.
    WrongWalletPassphraseError
        If the passphrase does not open it.
    """
    return decrypt_wallet(read_wallet_file(path), passphrase, path)


def decrypt_wallet(content: bytes, passphrase: Passphrase, path: Path) -> LocalAccount:
    """
    Open a wallet that was read.

    Parameters
    ----------
    content : bytes
        The keystore file's content.
    passphrase : Passphrase
        What it is encrypted with.
    path : Path
        Where it was read, for messages.

    Returns
    -------
    LocalAccount
        The account, which signs.

    Raises
    ------
    MalformedWalletError
        If it is no keystore, or asks for more work or memory than a keystore needs.
    WrongWalletPassphraseError
        If the passphrase does not open it.
    """
    return _Keystore(path, content).open(passphrase)


def read_wallet_file(path: Path) -> bytes:
    """
    Read a keystore file as it is.

    Raises
    ------
    PrivateFileError
        If it cannot be read, or others can read it.
    MalformedWalletError
        If it is too large.
    """
    descriptor = open_private(path, _FILE)
    try:
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise PrivateFileError(_FILE, f"it cannot be read ({type(error).__name__})", "check it") from None
    if len(content) > MAX_FILE_BYTES:
        raise MalformedWalletError(str(path), "file", f"it has more than {MAX_FILE_BYTES} bytes")
    return content


def wallet_address(path: Path) -> ChecksumAddress | None:
    """
    Read the address that a wallet says it has, without its passphrase.

    Parameters
    ----------
    path : Path
        The keystore file; nobody else may be able to read it.

    Returns
    -------
    ChecksumAddress or None
        The address, None if the file does not name it. Only `read_wallet` checks that it is that of the key.

    Raises
    ------
    PrivateFileError
        If it cannot be read, or others can read it.
    MalformedWalletError
        If it is no keystore.
    """
    return _Keystore(path, read_wallet_file(path)).address


def write_wallet(
    path: Path, account: LocalAccount, passphrase: Passphrase, *, work_factor: int = DEFAULT_WORK_FACTOR
) -> None:
    """
    Write a wallet that is not there yet, readable by its owner only.

    Parameters
    ----------
    path : Path
        Where.
    account : LocalAccount
        The account.
    passphrase : Passphrase
        What it is encrypted with.
    work_factor : int
        scrypt's n, a power of two.

    Raises
    ------
    PassphraseError
        If the passphrase is too short.
    WalletError
        If there is something already, or it cannot be written.
    """
    passphrase.require_for_new()
    keystore = Account.encrypt(account.key, passphrase.text, kdf="scrypt", iterations=work_factor)
    write_wallet_file(path, json.dumps(keystore, indent=2).encode())


def write_wallet_file(path: Path, content: bytes) -> None:
    """
    Write a keystore file as it is; it is there as a whole, and survives a crash, or is not there.

    Raises
    ------
    WalletError
        If there is something already, or it cannot be written.
    """
    try:
        write_private(path, content)
    except FileExistsError:
        raise WalletError(str(path), "there is a file already", "name another one") from None
    except OSError as error:
        raise WalletError(str(path), f"it cannot be written ({type(error).__name__})", "check it") from None


class _Keystore:
    """A keystore whose every field was checked before anything is computed from it."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        top = self._mapping(self._parsed(content), "file")
        if top.get("version") != 3 or type(top["version"]) is not int:
            self._fail("version", "3 is expected")
        crypto = self._mapping(top.get("crypto"), "crypto")
        if crypto.get("cipher") != "aes-128-ctr":
            self._fail("crypto.cipher", "aes-128-ctr is expected")
        iv = self._mapping(crypto.get("cipherparams"), "crypto.cipherparams").get("iv")
        kdf = crypto.get("kdf")
        if kdf not in ("scrypt", "pbkdf2"):
            self._fail("crypto.kdf", "scrypt or pbkdf2 is expected")
        given = self._mapping(crypto.get("kdfparams"), "crypto.kdfparams")
        parameters = self._scrypt(given) if kdf == "scrypt" else self._pbkdf2(given)
        named = self._hex(top["address"], "address", 20, 20) if "address" in top else None
        self.address = None if named is None else to_checksum_address(f"0x{named}")
        self._sound = {
            "version": 3,
            "crypto": {
                "cipher": "aes-128-ctr",
                "cipherparams": {"iv": self._hex(iv, "crypto.cipherparams.iv", 1, 16)},
                "ciphertext": self._hex(crypto.get("ciphertext"), "crypto.ciphertext", 32, 32),
                "kdf": kdf,
                "kdfparams": parameters | {"dklen": self._number(given, "dklen", 32, 32)},
                "mac": self._hex(crypto.get("mac"), "crypto.mac", 32, 32),
            },
        }

    def open(self, passphrase: Passphrase) -> LocalAccount:
        """Decrypt; all that is left to go wrong is the passphrase."""
        try:
            key = Account.decrypt(self._sound, passphrase.text)
        except Exception:  # noqa: BLE001  # whatever it holds must not be shown
            key = None
        if key is None:
            raise WrongWalletPassphraseError(str(self._path))
        try:
            account: LocalAccount | None = Account.from_key(key)
        except Exception:  # noqa: BLE001  # the library's message may hold the key
            account = None
        if account is None:
            self._fail("crypto.ciphertext", "what is encrypted is no private key")
        if self.address not in (None, account.address):
            self._fail("address", "it is not the address of the key")
        return account

    def _scrypt(self, given: dict[str, Any]) -> dict[str, Any]:
        r = self._number(given, "r", 1, _MAX_SCRYPT_R_P)
        n = self._number(given, "n", 2, MAX_SCRYPT_BYTES // (128 * r))
        p = self._number(given, "p", 1, _MAX_SCRYPT_R_P)
        if n & (n - 1) or n * r * p > MAX_SCRYPT_WORK:
            self._fail("crypto.kdfparams", "n must be a power of two, and n r p at most 2^23")
        return {"n": n, "r": r, "p": p, "salt": self._salt(given)}

    def _pbkdf2(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("prf") != "hmac-sha256":
            self._fail("crypto.kdfparams.prf", "hmac-sha256 is expected")
        count = self._number(given, "c", 1, MAX_PBKDF2_ROUNDS)
        return {"c": count, "prf": "hmac-sha256", "salt": self._salt(given)}

    def _salt(self, given: dict[str, Any]) -> str:
        return self._hex(given.get("salt"), "crypto.kdfparams.salt", 1, _MAX_SALT)

    def _parsed(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            parsed = None
        return parsed

    def _mapping(self, value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._fail(field, "a JSON object is expected")
        # Some programs write capitals, as in "Crypto".
        return {key.lower(): each for key, each in value.items()}

    def _number(self, given: dict[str, Any], name: str, lowest: int, highest: int) -> int:
        value = given.get(name)
        if type(value) is not int or not lowest <= value <= highest:
            self._fail(f"crypto.kdfparams.{name}", f"an integer from {lowest} to {highest} is expected")
        return value

    def _hex(self, value: Any, field: str, shortest: int, longest: int) -> str:
        found = _HEX.fullmatch(value) if isinstance(value, str) else None
        if found is None or not shortest <= len(found[1]) // 2 <= longest:
            self._fail(field, f"{shortest} to {longest} bytes in hexadecimal digits are expected")
        return found[1]

    def _fail(self, field: str, what: str) -> NoReturn:
        raise MalformedWalletError(str(self._path), field, what) from None
