"""Sealed models of a session whose secret is known, without a chain."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_account import Account

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.capsule import SignedCapsule, encapsulate
from tcss_chain.protocol.model_key import model_key
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.sealing_key import SealingKey
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed
from tcss_chain.sealed_model import SealedHeader, read_header, seal_file
from tcss_chain.sealed_model.file_key import new_file_key, unwrap_file_key, wrap_file_key
from tcss_chain.sealed_model.header_format import Header
from tcss_chain.sealed_model.sealed_file import encode_start
from tcss_chain.sealed_model.stream import TAG_BYTES, ChunkCipher, ChunkLayout

SID = bytes(range(32))
SECRET = int.from_bytes(b"the same in every process of the tests") % GROUP_ORDER
SEALING_KEY = SealingKey(SID, bytes(32), G * SECRET, 1, 1)
OWNER = Account.from_key(b"\5" * 32)
STRANGER = Account.from_key(b"\6" * 32)
CHAIN_ID = 31337
CONTRACT = STRANGER.address


def plain_model(size: int, seed: int = 0) -> bytes:
    return random.Random(f"{size}-{seed}").randbytes(size)


def seal(source: Path, target: Path, **changes: Any) -> SignedCapsule:
    """Seal a file as the owner does, but for what is said otherwise."""
    wanted: dict[str, Any] = {
        "sealing_key": SEALING_KEY,
        "account": OWNER,
        "model": "scores-1",
        "context": "tests",
        "chain_id": CHAIN_ID,
        "contract": CONTRACT,
    }
    return seal_file(source, target, **(wanted | changes))


def key_of(header: SealedHeader) -> bytearray:
    """What the answers to an opening lead to."""
    return model_key(header.signed.capsule.c * SECRET, header.signed.capsule)


def file_key_of(header: SealedHeader) -> bytearray:
    """What the chunks are encrypted with."""
    return unwrap_file_key(header.wrapped_key, key_of(header), header.signed.capsule.hash())


def sealed_model(folder: Path, plain: bytes, name: str = "model", **changes: Any) -> Path:
    """Write a model and seal it."""
    source, target = folder / f"{name}.plain", folder / f"{name}.tcss"
    source.write_bytes(plain)
    seal(source, target, **changes)
    return target


def opened_header(path: Path) -> tuple[SealedHeader, bytearray]:
    header = read_header(path)
    return header, key_of(header)


def lying_sealed_model(path: Path, plain: bytes, digest: bytes) -> None:
    """A model by an owner who signs the digest of another one; everything else is genuine."""
    layout = ChunkLayout(len(plain))
    label = ModelLabel(SID, "scores-1", OWNER.address, "tests", digest, len(plain))
    capsule, K = encapsulate(label, SEALING_KEY.PK)
    signature = sign_typed(OWNER, SignedKind.CAPSULE, capsule.hash(), CHAIN_ID, CONTRACT)
    file_key = new_file_key()
    wrapped = wrap_file_key(file_key, model_key(K, capsule), capsule.hash())
    start = encode_start(Header(CHAIN_ID, CONTRACT, SignedCapsule(capsule, signature), wrapped))
    path.write_bytes(start + sealed_chunks(ChunkCipher(file_key, layout), layout, plain))


def sealed_chunks(cipher: ChunkCipher, layout: ChunkLayout, plain: bytes) -> bytes:
    """Seal all chunks, one after the other."""
    parts = []
    for index in range(layout.count):
        begin = layout.plain_offset(index)
        sealed = bytearray(layout.length(index) + TAG_BYTES)
        cipher.seal(index, memoryview(plain)[begin : begin + layout.length(index)], memoryview(sealed))
        parts.append(bytes(sealed))
    return b"".join(parts)


def changed(path: Path, change: Callable[[bytearray], object]) -> None:
    """Change a file."""
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)
