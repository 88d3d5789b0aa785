"""Sealing: a model's file becomes a sealed model, which nobody opens without the session's participants."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from blake3 import blake3
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.curve import G1
from tcss_chain.private_file import PRIVATE_MODE
from tcss_chain.protocol.capsule import Capsule, SignedCapsule, encapsulate
from tcss_chain.protocol.hashing import WORD_BYTES
from tcss_chain.protocol.model_key import model_key, wipe
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.sealing_key import SealingKey
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed

from .draft_file import DraftFile
from .errors import EmptyModelError, ModelChangedError, ModelTooLargeError, TargetExistsError
from .file_key import new_file_key, wrap_file_key
from .header_format import Header
from .lanes import lane_count, run_lanes
from .model_lanes import SealingLane
from .positioned_file import PositionedFile
from .sealed_file import DATA_OFFSET, MAX_MODEL_BYTES, SEALED_FILE, encode_start
from .stream import ChunkCipher, ChunkLayout

Progress = Callable[[int, int], None]
"""Told how many bytes are done, and of how many."""

_MODEL_FILE: Final = "model"


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
    Seal a model (protocol section 11).

    The model is read once: chunks are sealed under a random file key while the digest is taken. The header,
    with digest and wrapped file key, is written last, into the room that was left for it.

    Parameters
    ----------
    source : Path
        The plain model, a regular file; it is not changed.
    target : Path
        Where the sealed model goes; it appears there when it is complete, readable by nobody else, since no
        holder of a share may have it.
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
        Told how far it is.

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
        If it was written to meanwhile, as far as its size and the time of its last change tell. In any case
        the digest is that of what was sealed.
    TargetExistsError
        If there is something already.
    ModelFileError
        If a file cannot be read or written. Nothing is left behind then.
    """
    with PositionedFile.open(source, _MODEL_FILE) as file:
        version = file.version
        size = version.size
        label = _label(sealing_key.sid, model, account.address, context, size)
        if overwrite and target.exists() and os.path.samefile(source, target):
            raise TargetExistsError
        layout = ChunkLayout(size)
        file_key = new_file_key()
        try:
            with DraftFile(target, SEALED_FILE, mode=PRIVATE_MODE, overwrite=overwrite) as draft:
                draft.file.reserve(DATA_OFFSET + layout.sealed_size)
                digest = _seal_chunks(file, draft.file, layout, file_key, progress)
                if file.version != version:
                    raise ModelChangedError
                capsule, K = encapsulate(replace(label, digest=digest), sealing_key.PK)
                signature = sign_typed(account, SignedKind.CAPSULE, capsule.hash(), chain_id, contract)
                signed = SignedCapsule(capsule, signature)
                header = Header(chain_id, contract, signed, _wrapped(file_key, K, capsule))
                draft.file.write(memoryview(encode_start(header)), 0)
                draft.keep()
        finally:
            wipe(file_key)
    return signed


def _wrapped(file_key: bytearray, K: G1, capsule: Capsule) -> bytes:
    key = model_key(K, capsule)
    try:
        return wrap_file_key(file_key, key, capsule.hash())
    finally:
        wipe(key)


def _label(sid: bytes, model: str, owner: ChecksumAddress, context: str, size: int) -> ModelLabel:
    """Check everything of a label but the digest, before a large file is read."""
    if size == 0:
        raise EmptyModelError
    if size > MAX_MODEL_BYTES:
        raise ModelTooLargeError(size, MAX_MODEL_BYTES)
    return ModelLabel(sid, model, owner, context, bytes(WORD_BYTES), size)


def _seal_chunks(
    source: PositionedFile,
    target: PositionedFile,
    layout: ChunkLayout,
    file_key: bytearray,
    progress: Progress | None,
) -> bytes:
    """Seal all chunks, and return the digest of exactly what was sealed."""
    cipher = ChunkCipher(file_key, layout)
    digest = blake3()

    def tell(chunks: int) -> None:
        if progress is not None:
            progress(min(chunks * layout.chunk_bytes, layout.size), layout.size)

    lanes = [SealingLane(source, target, layout, cipher, digest) for _ in range(lane_count(layout.count))]
    try:
        run_lanes(lanes, layout.count, tell)
    finally:
        for lane in lanes:
            lane.wipe()
    return digest.digest()
