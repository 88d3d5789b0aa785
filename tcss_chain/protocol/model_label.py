"""The public facts of a sealed model, all of which its key depends on (protocol section 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eth_hash.auto import keccak
from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address

from .errors import LabelError
from .hashing import WORD_BYTES, hash_words
from .printable import is_model_name, is_printable

MAX_SIZE: Final = (1 << 53) - 1
"""How many bytes a model has at most: what every JSON reader takes for an integer."""


@dataclass(frozen=True, slots=True)
class ModelLabel:
    """
    What a sealed model says of itself.

    Attributes
    ----------
    sid : bytes
        The session whose key opens it.
    model : str
        What the owner calls it: 1 to 64 letters, digits, dots, dashes and underscores.
    owner : ChecksumAddress
        Who sealed it.
    context : str
        What it is for, in the owner's words: at most 200 printable ASCII characters, no
        double quotes and backslashes. Policies can ask for it.
    digest : bytes
        BLAKE3 of the plain model, 32 bytes.
    size : int
        Of the plain model, bytes; at least 1.

    Raises
    ------
    LabelError
        If a fact is not of this form.
    """

    sid: bytes
    model: str
    owner: ChecksumAddress
    context: str
    digest: bytes
    size: int

    def __post_init__(self) -> None:
        facts = {
            "sid": isinstance(self.sid, bytes) and len(self.sid) == WORD_BYTES,
            "model": is_model_name(self.model),
            "owner": is_checksum_address(self.owner),
            "context": is_printable(self.context, 0),
            "digest": isinstance(self.digest, bytes) and len(self.digest) == WORD_BYTES,
            "size": type(self.size) is int and 1 <= self.size <= MAX_SIZE,
        }
        for field, holds in facts.items():
            if not holds:
                raise LabelError(field)

    def hash(self) -> bytes:
        """
        Hash all facts.

        Returns
        -------
        bytes
            32 bytes.
        """
        return hash_words(
            "tcss.v1.model",
            self.sid,
            keccak(self.model.encode("ascii")),
            self.owner,
            keccak(self.context.encode("ascii")),
            self.digest,
            self.size,
        )
