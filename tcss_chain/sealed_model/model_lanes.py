"""What lanes do with the chunks of a model: read them, take the digest, seal or open them, pass them on."""

from __future__ import annotations

from collections.abc import Callable

from blake3 import blake3

from tcss_chain.protocol.model_key import wipe

from .errors import FileLengthError, ModelChangedError
from .positioned_file import PositionedFile
from .sealed_file import DATA_OFFSET
from .stream import TAG_BYTES, ChunkCipher, ChunkLayout

PlainSink = Callable[[int, memoryview], None]
"""Takes a chunk's number and its plain bytes, which it must not keep."""


def no_sink(_index: int, _plain: memoryview) -> None:
    """Take plain bytes, and do nothing."""


class SealingLane:
    """
    Reads a plain model, takes its digest, seals its chunks and writes them.

    Parameters
    ----------
    source : PositionedFile
        The model.
    target : PositionedFile
        The sealed model.
    layout : ChunkLayout
        Its chunks.
    cipher : ChunkCipher
        Seals; shared by all lanes.
    digest : blake3
        Shared by all lanes.
    """

    def __init__(
        self,
        source: PositionedFile,
        target: PositionedFile,
        layout: ChunkLayout,
        cipher: ChunkCipher,
        digest: blake3,
    ) -> None:
        self._source = source
        self._target = target
        self._layout = layout
        self._cipher = cipher
        self._digest = digest
        self._buffer = bytearray(layout.length(0))
        self._plain = memoryview(self._buffer)
        self._sealed = memoryview(bytearray(layout.length(0) + TAG_BYTES))

    def prepare(self, index: int) -> None:
        """Read a chunk: once, so that what is sealed is what the digest is of."""
        length = self._layout.length(index)
        self._plain = memoryview(self._buffer)[:length]
        if self._source.read(self._plain, self._layout.plain_offset(index)) < length:
            raise ModelChangedError

    def in_turn(self, index: int) -> None:
        """Go on with the digest."""
        self._digest.update(self._plain)

    def finish(self, index: int) -> None:
        """Seal and write the chunk."""
        sealed = self._sealed[: len(self._plain) + TAG_BYTES]
        self._cipher.seal(index, self._plain, sealed)
        self._target.write(sealed, DATA_OFFSET + self._layout.sealed_offset(index))

    def wipe(self) -> None:
        """Overwrite the part of the model that is in memory."""
        wipe(self._buffer)


class OpeningLane:
    """
    Reads a sealed model, opens its chunks, and takes the plain model's digest.

    Parameters
    ----------
    source : PositionedFile
        The sealed model.
    layout : ChunkLayout
        Its chunks.
    cipher : ChunkCipher
        Opens; shared by all lanes.
    digest : blake3
        Shared by all lanes.
    place : callable
        Gives the place for the plain bytes of a chunk.
    sink : callable
        Takes them, after the chunk was found genuine.
    """

    def __init__(
        self,
        source: PositionedFile,
        layout: ChunkLayout,
        cipher: ChunkCipher,
        digest: blake3,
        *,
        place: Callable[[int], memoryview],
        sink: PlainSink,
    ) -> None:
        self._source = source
        self._layout = layout
        self._cipher = cipher
        self._digest = digest
        self._place = place
        self._sink = sink
        self._sealed = memoryview(bytearray(layout.length(0) + TAG_BYTES))
        self._plain = memoryview(b"")

    def prepare(self, index: int) -> None:
        """Read and open a chunk."""
        self._plain = self._place(index)
        sealed = self._sealed[: len(self._plain) + TAG_BYTES]
        offset = DATA_OFFSET + self._layout.sealed_offset(index)
        got = self._source.read(sealed, offset)
        if got < len(sealed):
            raise FileLengthError(DATA_OFFSET + self._layout.sealed_size, offset + got)
        self._cipher.open(index, sealed, self._plain)

    def in_turn(self, index: int) -> None:
        """Go on with the digest."""
        self._digest.update(self._plain)

    def finish(self, index: int) -> None:
        """Pass the chunk on."""
        self._sink(index, self._plain)
