"""Opening: a sealed model and its key become the plain model, verified to its last byte, or nothing."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from blake3 import blake3

from tcss_chain.private_file import PRIVATE_MODE
from tcss_chain.protocol.model_key import wipe

from .draft_file import DraftFile
from .errors import DigestMismatchError, FileLengthError
from .file_key import unwrap_file_key
from .lanes import lane_count, run_lanes
from .model_lanes import OpeningLane, PlainSink, no_sink
from .opened_model import OpenedModel
from .positioned_file import PositionedFile
from .private_memory import PrivateMemory
from .sealed_file import SEALED_FILE, SealedHeader
from .sealing import Progress
from .stream import ChunkCipher, ChunkLayout

_OPENED_FILE: Final = "opened model"

_Outlet = tuple[Callable[[int], memoryview], PlainSink]
"""Where a lane puts plain chunks, and who takes them there."""


def open_to_memory(
    source: Path, key: bytearray, header: SealedHeader, progress: Progress | None = None
) -> OpenedModel:
    """
    Open a sealed model into private memory.

    Parameters
    ----------
    source : Path
        The sealed model.
    key : bytearray
        Its model key, 32 bytes. Whoever made it wipes it; this call keeps no copy.
    header : SealedHeader
        What `read_header` found.
    progress : callable, optional
        Told how far it is.

    Returns
    -------
    OpenedModel
        The model that the label names; the caller wipes it.

    Raises
    ------
    ModelFileError
        If the file cannot be read.
    FileLengthError
        If it is no longer as long as it was.
    WrongModelKeyError
        If the key is another one.
    ChunkError
        If a chunk is not genuine.
    DigestMismatchError
        If the owner sealed another model than the label names.
    ModelMemoryError
        If there is not enough memory. After every error, nothing of the model is left.
    """
    layout = ChunkLayout(header.label.size)
    with PositionedFile.open(source, SEALED_FILE) as file:
        _require_length(file, header)
        cipher = _cipher(key, header, layout)
        memory = PrivateMemory(layout.size)
        try:
            content = memory.view()

            def place(index: int) -> memoryview:
                begin = layout.plain_offset(index)
                return content[begin : begin + layout.length(index)]

            _open_through(file, cipher, header, [(place, no_sink)] * lane_count(layout.count), progress)
            return OpenedModel(header.label, memory)
        except BaseException:
            memory.wipe()
            raise


def open_to_file(
    source: Path,
    target: Path,
    key: bytearray,
    header: SealedHeader,
    progress: Progress | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """
    Open a sealed model into a file that nobody but its owner can read.

    Parameters
    ----------
    source, key, header, progress
        As `open_to_memory`.
    target : Path
        Where the plain model goes; it appears there when all of it is verified.
    overwrite : bool
        Whether a file that is there already is replaced.

    Raises
    ------
    ModelFileError
        If a file cannot be read or written.
    TargetExistsError
        If there is something already.
    FileLengthError, WrongModelKeyError, ChunkError, DigestMismatchError
        As `open_to_memory`. After every error, no part of the model is left.
    """
    layout = ChunkLayout(header.label.size)
    buffers = [bytearray(layout.length(0)) for _ in range(lane_count(layout.count))]
    with (
        PositionedFile.open(source, SEALED_FILE) as file,
        DraftFile(target, _OPENED_FILE, mode=PRIVATE_MODE, overwrite=overwrite) as draft,
    ):
        _require_length(file, header)
        cipher = _cipher(key, header, layout)
        draft.file.reserve(layout.size)
        try:
            outlets = [_file_outlet(draft.file, layout, buffer) for buffer in buffers]
            _open_through(file, cipher, header, outlets, progress)
        finally:
            for buffer in buffers:
                wipe(buffer)
        draft.keep()


def _cipher(key: bytearray, header: SealedHeader, layout: ChunkLayout) -> ChunkCipher:
    file_key = unwrap_file_key(header.wrapped_key, key, header.signed.capsule.hash())
    try:
        return ChunkCipher(file_key, layout)
    finally:
        wipe(file_key)


def _file_outlet(target: PositionedFile, layout: ChunkLayout, buffer: bytearray) -> _Outlet:
    def place(index: int) -> memoryview:
        return memoryview(buffer)[: layout.length(index)]

    def sink(index: int, plain: memoryview) -> None:
        target.write(plain, layout.plain_offset(index))

    return place, sink


def _open_through(
    file: PositionedFile,
    cipher: ChunkCipher,
    header: SealedHeader,
    outlets: Sequence[_Outlet],
    progress: Progress | None,
) -> None:
    label = header.label
    layout = ChunkLayout(label.size)
    digest = blake3()

    def tell(chunks: int) -> None:
        if progress is not None:
            progress(min(chunks * layout.chunk_bytes, layout.size), layout.size)

    lanes = [OpeningLane(file, layout, cipher, digest, place=place, sink=sink) for place, sink in outlets]
    run_lanes(lanes, layout.count, tell)
    if not hmac.compare_digest(digest.digest(), label.digest):
        raise DigestMismatchError


def _require_length(file: PositionedFile, header: SealedHeader) -> None:
    actual = file.size
    if actual != header.file_size:
        raise FileLengthError(header.file_size, actual)
