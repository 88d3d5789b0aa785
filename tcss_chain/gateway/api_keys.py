"""Keys of tenants and of the operator: 256 random bits, of which the gateway keeps only the hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

HASH_BYTES: Final = 32

_KEY_BYTES: Final = 32
_PREFIX: Final = "tcss_"
_KEY: Final = re.compile(r"tcss_[A-Za-z0-9_-]{43}")
_BEARER: Final = "bearer "

_Holder = TypeVar("_Holder")


def draw_api_key() -> str:
    """
    Draw a key.

    Returns
    -------
    str
        ``tcss_`` and 256 random bits in URL-safe base64.
    """
    return _PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).rstrip(b"=").decode()


def api_key_hash(key: str) -> bytes:
    """Give SHA-256 of a key. No salt and no slow hash: there are 2^256 keys to try."""
    return hashlib.sha256(key.encode()).digest()


def is_api_key(text: str) -> bool:
    """Say whether a text has the form of a key."""
    return _KEY.fullmatch(text) is not None


def bearer_key(header: str | None) -> str | None:
    """
    Take the key out of an ``Authorization`` header.

    Parameters
    ----------
    header : str or None
        The header from anybody.

    Returns
    -------
    str or None
        The key, None if there is none of the right form.
    """
    if header is None or header[: len(_BEARER)].lower() != _BEARER:
        return None
    key = header[len(_BEARER) :].strip()
    return key if is_api_key(key) else None


class KeyRing(Generic[_Holder]):
    """
    Finds who holds a key.

    Keys are looked up under a keyed hash that is drawn anew for each ring, and the hash that was found is
    compared in constant time: how long it takes tells nothing of any key.

    Parameters
    ----------
    holders : iterable of (bytes, holder)
        SHA-256 of each key, and who holds it.
    """

    def __init__(self, holders: Iterable[tuple[bytes, _Holder]]) -> None:
        self._blinding = secrets.token_bytes(HASH_BYTES)
        self._holders = {self._blinded(key_hash): (key_hash, holder) for key_hash, holder in holders}

    def __repr__(self) -> str:
        return f"KeyRing({len(self._holders)} keys)"

    def holder(self, key: str) -> _Holder | None:
        """Give who holds a key, or None."""
        presented = api_key_hash(key)
        found = self._holders.get(self._blinded(presented))
        if found is None or not hmac.compare_digest(found[0], presented):
            return None
        return found[1]

    def _blinded(self, key_hash: bytes) -> bytes:
        # Both have a fixed length, so a plain hash serves as a keyed one.
        return hashlib.sha256(self._blinding + key_hash).digest()
