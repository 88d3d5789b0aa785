"""
File keys: each encrypts the chunks of one file, and is itself encrypted under the model key.

The model key depends on the digest, which is known when all of the model was read. The file key is random, so
chunks are sealed while the model is read, and it is read once.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tcss_chain.protocol.model_key import KEY_BYTES, wipe

from .errors import ModelKeyError, WrongModelKeyError

WRAPPED_BYTES: Final = KEY_BYTES + 16
"""A wrapped file key: its ciphertext and the tag."""

_NONCE: Final = bytes(12)
"""The same one always: a model key wraps a single file key."""


def new_file_key() -> bytearray:
    """
    Draw a file key.

    Returns
    -------
    bytearray
        32 random bytes, for the chunks of one file. Whoever asks for it wipes it.
    """
    key = bytearray(KEY_BYTES)
    # Byte by byte: a random string of bytes would be a copy that nobody can wipe.
    for place in range(KEY_BYTES):
        key[place] = secrets.randbits(8)
    return key


def wrap_file_key(file_key: bytearray, model_key: bytearray, capsule_hash: bytes) -> bytes:
    """
    Encrypt a file key (protocol section 11).

    Parameters
    ----------
    file_key : bytearray
        32 bytes.
    model_key : bytearray
        Of this capsule, 32 bytes; it wraps nothing else, ever.
    capsule_hash : bytes
        Associated data.

    Returns
    -------
    bytes
        `WRAPPED_BYTES`. Who has them can test guesses of the model key.

    Raises
    ------
    ModelKeyError
        If the model key does not have 32 bytes.
    """
    return _cipher(model_key).encrypt(_NONCE, file_key, capsule_hash)


def unwrap_file_key(wrapped: bytes, model_key: bytearray, capsule_hash: bytes) -> bytearray:
    """
    Decrypt a file key.

    Parameters
    ----------
    wrapped : bytes
        `WRAPPED_BYTES` from a header.
    model_key, capsule_hash
        As `wrap_file_key`.

    Returns
    -------
    bytearray
        32 bytes. Whoever asks for it wipes it.

    Raises
    ------
    ModelKeyError
        If the model key does not have 32 bytes.
    WrongModelKeyError
        If it is another one, or the wrapped key or the capsule is.
    """
    file_key = bytearray(KEY_BYTES)
    try:
        _cipher(model_key).decrypt_into(_NONCE, wrapped, capsule_hash, file_key)
    except InvalidTag:
        wipe(file_key)
        raise WrongModelKeyError from None
    return file_key


def _cipher(model_key: bytearray) -> AESGCM:
    # The library would take shorter keys as well.
    if len(model_key) != KEY_BYTES:
        raise ModelKeyError
    return AESGCM(model_key)
