"""How a sealed model begins, and all that can be checked of it without its key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.protocol.capsule import SignedCapsule, verify_capsule
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.typed_signature import SignedKind, signer_of

from .errors import (
    CapsuleProofError,
    FileLengthError,
    HeaderError,
    NotSealedModelError,
    OwnerSignatureError,
)
from .header_format import MAX_BYTES, Header, decode_header, encode_header
from .positioned_file import PositionedFile
from .stream import CHUNK_BYTES, MAX_CHUNKS, ChunkLayout

MAGIC: Final = b"TCSSEAL1"
"""How every sealed model begins."""

MAX_MODEL_BYTES: Final = MAX_CHUNKS * CHUNK_BYTES
"""The largest model: 4 PiB."""

SEALED_FILE: Final = "sealed model"
"""What messages call the file."""

_LENGTH_BYTES: Final = 4
_START_BYTES: Final = len(MAGIC) + _LENGTH_BYTES

DATA_OFFSET: Final = _START_BYTES + MAX_BYTES
"""Where the chunks begin: after 4096 bytes, into which the header is written last."""


@dataclass(frozen=True, slots=True)
class SealedHeader:
    """
    What a sealed model says before its chunks; format, length, proof and signature are checked.

    Attributes
    ----------
    chain_id : int
        The chain that the session is on.
    contract : ChecksumAddress
        The contract that it is in.
    signed : SignedCapsule
        Label and capsule, signed by the owner.
    wrapped_key : bytes
        What the model key unwraps to the key of the chunks. It is not shown: with it, a guess of the secret
        can be tested.
    file_size : int
        Bytes of the whole file.
    """

    chain_id: int
    contract: ChecksumAddress
    signed: SignedCapsule
    wrapped_key: bytes = field(repr=False)
    file_size: int

    @property
    def label(self) -> ModelLabel:
        """What the model is."""
        return self.signed.capsule.label


def read_header(path: Path) -> SealedHeader:
    """
    Read the header of a sealed model and check everything that can be checked without its key.

    Parameters
    ----------
    path : Path
        A file from anybody.

    Returns
    -------
    SealedHeader
        The label's owner signed it. Whether the session is there is for the chain to say.

    Raises
    ------
    ModelFileError
        If the file cannot be read.
    NotSealedModelError
        If it is empty, or begins in another way.
    HeaderError
        If the header is cut, too long or not in the format, or what follows up to the chunks is not zero.
    FileLengthError
        If the file is not as long as it should be.
    CapsuleProofError
        If the proof does not hold.
    OwnerSignatureError
        If the owner did not sign it.
    """
    with PositionedFile.open(path, SEALED_FILE) as file:
        start = _read(file, 0, DATA_OFFSET)
        actual = file.size
    header = _decode_start(start)
    size = header.signed.capsule.label.size
    if size > MAX_MODEL_BYTES:
        raise HeaderError(f"size is above {MAX_MODEL_BYTES}")
    expected = DATA_OFFSET + ChunkLayout(size).sealed_size
    if actual != expected:
        raise FileLengthError(expected, actual)
    _verify(header)
    return SealedHeader(header.chain_id, header.contract, header.signed, header.wrapped_key, actual)


def encode_start(header: Header) -> bytes:
    """
    Write everything before the chunks.

    Parameters
    ----------
    header : Header
        The header.

    Returns
    -------
    bytes
        Magic, length, header and zeros: `DATA_OFFSET` bytes.
    """
    content = encode_header(header)
    start = MAGIC + len(content).to_bytes(_LENGTH_BYTES, "big") + content
    return start.ljust(DATA_OFFSET, b"\0")


def _decode_start(start: bytes) -> Header:
    if not start:
        raise NotSealedModelError("it is empty")
    if start[: len(MAGIC)] != MAGIC[: len(start)]:
        raise NotSealedModelError("it begins in another way")
    if len(start) < DATA_OFFSET:
        raise HeaderError("it is cut short")
    length = int.from_bytes(start[len(MAGIC) : _START_BYTES], "big")
    if length > MAX_BYTES:
        raise HeaderError(f"it is longer than {MAX_BYTES} bytes")
    end = _START_BYTES + length
    if any(start[end:]):
        raise HeaderError("what follows it is not zero")
    return decode_header(start[_START_BYTES:end])


def _verify(header: Header) -> None:
    capsule, signature = header.signed.capsule, header.signed.signature
    if not verify_capsule(capsule):
        raise CapsuleProofError
    signer = signer_of(SignedKind.CAPSULE, capsule.hash(), signature, header.chain_id, header.contract)
    if signer != capsule.label.owner:
        raise OwnerSignatureError(capsule.label.owner)


def _read(file: PositionedFile, offset: int, length: int) -> bytes:
    buffer = bytearray(length)
    return bytes(buffer[: file.read(memoryview(buffer), offset)])
