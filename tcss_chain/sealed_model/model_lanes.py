"""What lanes do with the chunks of a model: read or open them, take the digest, pass them on."""

from __future__ import annotations

from collections.abc import Callable

from blake3 import blake3

from tcss_chain.protocol.model_key import wipe

from .errors import FileLengthError, ModelChangedError
from .positioned_file import PositionedFile
from .stream import TAG_BYTES, ChunkCipher, ChunkLayout

PlainSink = Callable[[int, memoryview], None]
"""Takes a chunk's number and its plain bytes, which it must not keep."""


def no_sink(_index: int, _plain: memoryview) -> None:
    """Take plain bytes, and do nothing."""


class ReadingLane:
    """
    Reads a plain model and takes its digest.

    Parameters
    ----------
    source : PositionedFile
        The model.
    layout : ChunkLayout
        Its chunks.
    digest : blake3
        Shared by all lanes.
    sink : callable
        Takes the chunks.
    """

    def __init__(self, source: PositionedFile, layout: ChunkLayout, digest: blake3, sink: PlainSink) -> None:
        self._source = source
        self._layout = layout
        self._digest = digest
        self._sink = sink
        self._buffer = bytearray(layout.length(0))
        self._plain = memoryview(self._buffer)

    def prepare(self, index: int) -> None:
        """Read a chunk."""
        length = self._layout.length(index)
        self._plain = memoryview(self._buffer)[:length]
        if self._source.read(self._plain, self._layout.plain_offset(index)) < length:
            raise ModelChangedError

    def in_turn(self, index: int) -> None:
        """Go on with the digest."""
        self._digest.update(self._plain)

    def finish(self, index: int) -> None:
        """Pass the chunk on."""
        self._sink(index, self._plain)

    def wipe(self) -> None:
        """Overwrite the part of the model that is in memory."""
        wipe(self._buffer)


class SealingSink:
    """
    Seals plain chunks and writes them. Every lane has one of its own.

    Parameters
    ----------
    target : PositionedFile
        Where sealed chunks go.
    data_offset : int
        Where the first one begins.
    layout : ChunkLayout
        The model's chunks.
    cipher : ChunkCipher
        Seals; shared by all lanes.
    """

    def __init__(
        self, target: PositionedFile, data_offset: int, layout: ChunkLayout, cipher: ChunkCipher
    ) -> None:
        self._target = target
        self._data_offset = data_offset
        self._layout = layout
        self._cipher = cipher
        self._sealed = memoryview(bytearray(layout.length(0) + TAG_BYTES))

    def __call__(self, index: int, plain: memoryview) -> None:
        """Seal and write a chunk."""
        sealed = self._sealed[: len(plain) + TAG_BYTES]
        self._cipher.seal(index, plain, sealed)
        self._target.write(sealed, self._data_offset + self._layout.sealed_offset(index))


class OpeningLane:
    """
    Reads a sealed model, opens its chunks, and takes the plain model's digest.

    Parameters
    ----------
    source : PositionedFile
        The sealed model.
    data_offset : int
        Where its first chunk begins.
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
        data_offset: int,
        layout: ChunkLayout,
        cipher: ChunkCipher,
        digest: blake3,
        *,
        place: Callable[[int], memoryview],
        sink: PlainSink,
    ) -> None:
        self._source = source
        self._data_offset = data_offset
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
        offset = self._data_offset + self._layout.sealed_offset(index)
        got = self._source.read(sealed, offset)
        if got < len(sealed):
            raise FileLengthError(self._data_offset + self._layout.sealed_size, offset + got)
        self._cipher.open(index, sealed, self._plain)

    def in_turn(self, index: int) -> None:
        """Go on with the digest."""
        self._digest.update(self._plain)

    def finish(self, index: int) -> None:
        """Pass the chunk on."""
        self._sink(index, self._plain)
