"""From the shared point to the key that a model is encrypted with (protocol section 11)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tcss_chain.curve import G1

from .capsule import Capsule

KEY_BYTES: Final = 32
_PURPOSE: Final = b"tcss.v1.model.key"


def model_key(K: G1, capsule: Capsule) -> bytearray:
    """
    Derive the model key: HKDF-SHA256 of both coordinates of ``K``, the capsule's hash as salt.

    Parameters
    ----------
    K : G1
        ``rho*PK == s*c``.
    capsule : Capsule
        What the key is for: another capsule, or one with another label, gives another key.

    Returns
    -------
    bytearray
        32 bytes, for AES-256-GCM. Whoever asks for it wipes it.
    """
    key = bytearray(KEY_BYTES)
    HKDF(SHA256(), KEY_BYTES, salt=capsule.hash(), info=_PURPOSE).derive_into(K.to_bytes(), key)
    return key


def wipe(buffer: bytearray | memoryview) -> None:
    """Overwrite a buffer with zeros."""
    buffer[:] = bytes(len(buffer))
