"""Sealing: a model's file becomes a sealed model, which nobody opens without the session's participants."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from blake3 import blake3
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.curve import G1
from tcss_chain.protocol.capsule import Capsule, SignedCapsule, encapsulate
from tcss_chain.protocol.hashing import WORD_BYTES
from tcss_chain.protocol.model_key import model_key, wipe
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.sealing_key import SealingKey
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed

from .draft_file import DraftFile
from .errors import EmptyModelError, ModelChangedError, ModelTooLargeError, TargetExistsError
from .header_format import Header
from .lanes import lane_count, run_lanes
from .model_lanes import PlainSink, ReadingLane, SealingSink, no_sink
from .positioned_file import PositionedFile
from .sealed_file import MAX_MODEL_BYTES, SEALED_FILE, encode_start
from .stream import ChunkCipher, ChunkLayout

Progress = Callable[[int, int], None]
"""Told how many bytes are done, and of how many."""

_MODEL_FILE: Final = "model"
_MODE: Final = 0o666
_PASSES: Final = 2


def seal_file(
    source: Path,
    target: Path,
    *,
    sealing_key: SealingKey,
    account: LocalAccount,
    model: str,
    context: str = "",
    chain_id: int,
    contract: ChecksumAddress,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> SignedCapsule:
    """
    Seal a model (protocol section 6).

    The model is read twice: its digest stands before its chunks.

    Parameters
    ----------
    source : Path
        The plain model, a regular file; it is not changed.
    target : Path
        Where the sealed model goes; it appears there when it is complete.
    sealing_key : SealingKey
        Of the session whose participants can open it. Whether it is that is for the caller to verify.
    account : LocalAccount
        The owner's.
    model : str
        What the owner calls it; see `ModelLabel`.
    context : str
        What it is for; see `ModelLabel`.
    chain_id : int
        The chain that the session is on.
    contract : ChecksumAddress
        The contract that it is in.
    overwrite : bool
        Whether a file that is there already is replaced; never the model itself.
    progress : callable, optional
        Told how far it is, over both passes.

    Returns
    -------
    SignedCapsule
        What is in the header.

    Raises
    ------
    LabelError
        If name or context are not of their form.
    EmptyModelError, ModelTooLargeError
        If there is no such model.
    ModelChangedError
        If it changed meanwhile.
    TargetExistsError
        If there is something already.
    ModelFileError
        If a file cannot be read or written. Nothing is left behind then.
    """
    with PositionedFile.open(source, _MODEL_FILE) as file:
        size = file.size
        label = _label(sealing_key.sid, model, account.address, context, size)
        if overwrite and target.exists() and os.path.samefile(source, target):
            raise TargetExistsError
        with DraftFile(target, SEALED_FILE, mode=_MODE, overwrite=overwrite) as draft:
            layout = ChunkLayout(size)
            lanes = lane_count(layout.count)
            digest = _read_through(file, layout, [no_sink] * lanes, _part(progress, size, 0))
            capsule, K = encapsulate(replace(label, digest=digest), sealing_key.PK)
            signature = sign_typed(account, SignedKind.CAPSULE, capsule.hash(), chain_id, contract)
            signed = SignedCapsule(capsule, signature)
            start = encode_start(Header(chain_id, contract, signed))
            cipher = _cipher(K, capsule, layout)
            draft.file.reserve(len(start) + layout.sealed_size)
            draft.file.write(memoryview(start), 0)
            sinks = [SealingSink(draft.file, len(start), layout, cipher) for _ in range(lanes)]
            if _read_through(file, layout, sinks, _part(progress, size, size)) != digest or file.size != size:
                raise ModelChangedError
            draft.keep()
    return signed


def _cipher(K: G1, capsule: Capsule, layout: ChunkLayout) -> ChunkCipher:
    key = model_key(K, capsule)
    try:
        return ChunkCipher(key, capsule.hash(), layout)
    finally:
        wipe(key)


def _label(sid: bytes, model: str, owner: ChecksumAddress, context: str, size: int) -> ModelLabel:
    """Check everything of a label but the digest, before a large file is read."""
    if size == 0:
        raise EmptyModelError
    if size > MAX_MODEL_BYTES:
        raise ModelTooLargeError(size, MAX_MODEL_BYTES)
    return ModelLabel(sid, model, owner, context, bytes(WORD_BYTES), size)


def _read_through(
    file: PositionedFile, layout: ChunkLayout, sinks: Sequence[PlainSink], tell: Callable[[int], None]
) -> bytes:
    digest = blake3()
    lanes = [ReadingLane(file, layout, digest, sink) for sink in sinks]
    try:
        run_lanes(lanes, layout.count, lambda chunks: tell(min(chunks * layout.chunk_bytes, layout.size)))
    finally:
        for lane in lanes:
            lane.wipe()
    return digest.digest()


def _part(progress: Progress | None, size: int, before: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if progress is not None:
            progress(before + done, _PASSES * size)

    return tell
