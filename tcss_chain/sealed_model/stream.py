"""
The chunks of a sealed model: STREAM over AES-256-GCM (Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015).

Every chunk is sealed under its number and whether it is the last one, so chunks cannot be moved, dropped,
repeated or added. The key is drawn for every file anew, so those of another file never fit, and there are no
associated data: what the key belongs to is known to whoever unwraps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import ChunkError

CHUNK_BYTES: Final = 1 << 20
"""How many bytes of the plain model each chunk holds, the last one excepted."""

TAG_BYTES: Final = 16
"""By how much a sealed chunk is longer."""

MAX_CHUNKS: Final = 1 << 32
"""What the counter of the nonce can number."""

_PREFIX: Final = bytes(7)
_COUNTER_BYTES: Final = 4
_MORE: Final = b"\0"
_LAST: Final = b"\1"


@dataclass(frozen=True, slots=True)
class ChunkLayout:
    """
    Where the chunks of a model are.

    Attributes
    ----------
    size : int
        Bytes of the plain model, at least 1.
    chunk_bytes : int
        Bytes of a plain chunk; the format has `CHUNK_BYTES`.
    """

    size: int
    chunk_bytes: int = CHUNK_BYTES

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return -(-self.size // self.chunk_bytes)

    @property
    def sealed_size(self) -> int:
        """Bytes of all sealed chunks."""
        return self.size + self.count * TAG_BYTES

    def length(self, index: int) -> int:
        """Bytes of a plain chunk."""
        return min(self.chunk_bytes, self.size - self.plain_offset(index))

    def plain_offset(self, index: int) -> int:
        """Where a plain chunk begins in the model."""
        return index * self.chunk_bytes

    def sealed_offset(self, index: int) -> int:
        """Where a sealed chunk begins, from the first one on."""
        return index * (self.chunk_bytes + TAG_BYTES)


class ChunkCipher:
    """
    Seals and opens the chunks of one model, in any order and by several threads at a time.

    Parameters
    ----------
    key : bytearray
        The file key, 32 bytes. The cipher copies it; the library wipes that copy when the cipher is dropped.
    layout : ChunkLayout
        Where the chunks are.
    """

    def __init__(self, key: bytearray, layout: ChunkLayout) -> None:
        self._aead = AESGCM(key)
        self._last = layout.count - 1

    def seal(self, index: int, plain: memoryview, sealed: memoryview) -> None:
        """
        Seal a chunk.

        Parameters
        ----------
        index : int
            Which one. No index is sealed twice, or two texts would be under one nonce.
        plain : memoryview
            The chunk.
        sealed : memoryview
            Where to put it: `TAG_BYTES` longer.
        """
        self._aead.encrypt_into(self._nonce(index), plain, None, sealed)

    def open(self, index: int, sealed: memoryview, plain: memoryview) -> None:
        """
        Open a chunk.

        Parameters
        ----------
        index : int
            Which one.
        sealed : memoryview
            The sealed chunk.
        plain : memoryview
            Where to put the plain one: `TAG_BYTES` shorter. After an error it holds nothing to be used.

        Raises
        ------
        ChunkError
            If it is not the chunk that was sealed at this place with this key.
        """
        try:
            self._aead.decrypt_into(self._nonce(index), sealed, None, plain)
        except InvalidTag:
            raise ChunkError(index) from None

    def _nonce(self, index: int) -> bytes:
        return _PREFIX + index.to_bytes(_COUNTER_BYTES, "big") + (_LAST if index == self._last else _MORE)
