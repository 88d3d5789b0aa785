"""Sealing: secrets become bytes that only the holder of the passphrase can read, and nobody can exchange."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .errors import EmptyPassphraseError, KdfCostError, StateDamagedError, WrongPassphraseError

KEY_BYTES: Final = 32
SALT_BYTES: Final = 32
NONCE_BYTES: Final = 12
_MAX_KDF_MEMORY: Final = 256 * 1024 * 1024
_MAX_KDF_WORK: Final = 1 << 22
_MAX_R: Final = 64
_MAX_P: Final = 64
_WRAPPING: Final = b"tcss.state.v1/key"
_ROW: Final = b"tcss.state.v1/row"


@dataclass(frozen=True, slots=True)
class KdfCost:
    """
    What deriving a key from a passphrase costs: the parameters of scrypt (RFC 7914).

    The bounds hold for files too: a hostile file can neither exhaust memory nor keep the processor for long.

    Attributes
    ----------
    n : int
        Number of iterations, a power of two; memory is ``128*n*r`` bytes, 64 MiB by default, at most 256 MiB.
    r : int
        Block size.
    p : int
        How often it is repeated; ``n*r*p`` is at most 2^22, eight times the default.

    Raises
    ------
    KdfCostError
        If a parameter is out of bounds.
    """

    n: int = 1 << 16
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        n, r, p = self.n, self.r, self.p
        in_range = n >= 2 and not n & (n - 1) and 1 <= r <= _MAX_R and 1 <= p <= _MAX_P
        if not in_range or 128 * n * r > _MAX_KDF_MEMORY or n * r * p > _MAX_KDF_WORK:
            raise KdfCostError(n, r, p)


DEFAULT_KDF_COST: Final = KdfCost()
"""About a quarter of a second and 64 MiB on a server of 2024."""


class Sealer:
    """
    Seals and opens values with AES-256-GCM under one random key.

    A sealed value is a random 96-bit nonce, the ciphertext and the 128-bit tag. Its associated data names
    the format version, the table, the column and the key of its row, so a value that was moved is noticed.
    One key seals fewer than 2^32 values in the life of a state, so random nonces do not repeat.

    Parameters
    ----------
    key : bytes
        32 random bytes.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Sealer(<key>)"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a Sealer holds a key and is not pickled")

    @classmethod
    def draw(cls) -> Sealer:
        """Draw a fresh key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def unwrap(cls, wrapped: bytes, passphrase: str, salt: bytes, cost: KdfCost) -> Sealer:
        """
        Open the key of a state.

        Parameters
        ----------
        wrapped : bytes
            The key, sealed with the passphrase's key.
        passphrase : str
            The passphrase.
        salt : bytes
            Of this state.
        cost : KdfCost
            Of this state.

        Returns
        -------
        Sealer
            With the state's key.

        Raises
        ------
        WrongPassphraseError
            If the passphrase, or any of the other values, is not what the key was wrapped with.
        """
        key = _open(_derive(passphrase, salt, cost), wrapped, _WRAPPING)
        if key is None or len(key) != KEY_BYTES:
            raise WrongPassphraseError
        return cls(key)

    def wrap(self, passphrase: str, salt: bytes, cost: KdfCost) -> bytes:
        """Seal the key itself with a passphrase; `unwrap` opens it, and so checks the passphrase."""
        return _seal(_derive(passphrase, salt, cost), self._key, _WRAPPING)

    def seal(self, context: bytes, plain: bytes) -> bytes:
        """
        Seal a value.

        Parameters
        ----------
        context : bytes
            Where the value belongs.
        plain : bytes
            The value.

        Returns
        -------
        bytes
            The sealed value, 28 bytes longer.
        """
        return _seal(self._key, plain, _ROW + context)

    def open(self, context: bytes, sealed: object, what: str) -> bytes:
        """
        Open a sealed value.

        Parameters
        ----------
        context : bytes
            Where the value belongs.
        sealed : object
            What a file holds there.
        what : str
            Its place, for messages.

        Returns
        -------
        bytes
            The value.

        Raises
        ------
        StateDamagedError
            If it is not what was sealed there.
        """
        plain = _open(self._key, sealed, _ROW + context) if isinstance(sealed, bytes) else None
        if plain is None:
            raise StateDamagedError(f"a sealed value in {what}")
        return plain


def fresh_salt() -> bytes:
    """Draw a salt."""
    return secrets.token_bytes(SALT_BYTES)


def _derive(passphrase: str, salt: bytes, cost: KdfCost) -> bytes:
    if not passphrase:
        raise EmptyPassphraseError
    # The same characters typed on another system may come in another Unicode form.
    canonical = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost.n, r=cost.r, p=cost.p).derive(canonical)


def _seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _open(key: bytes, sealed: bytes, context: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        return None
