"""
The protocol's hashes: keccak256 over 32-byte words, the first a domain of its own (protocol section 2).

The same words go through ``abi.encode`` in the contracts (`Hashing.sol`), so both sides agree byte by byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eth_hash.auto import keccak

from tcss_chain.curve import G1, G2, GROUP_ORDER

Hashable = int | bytes | str | G1 | G2
"""What can be hashed: an unsigned integer, 32 bytes, an address, or a point (two or four words)."""

WORD_BYTES: Final = 32
ADDRESS_BYTES: Final = 20


def domain_word(domain: str) -> bytes:
    """
    Encode a domain as Solidity encodes a ``bytes32`` constant: ASCII, padded with zeros on the right.

    Parameters
    ----------
    domain : str
        At most 32 ASCII characters.

    Returns
    -------
    bytes
        32 bytes.
    """
    return _one_word(domain.encode("ascii").ljust(WORD_BYTES, b"\0"))


def words_of(value: Hashable) -> bytes:
    """
    Encode one value as ``abi.encode`` does.

    Parameters
    ----------
    value : int or bytes or str or G1 or G2
        An integer in ``0 .. 2^256 - 1``, exactly 32 bytes, an address with ``0x``, or a point.

    Returns
    -------
    bytes
        A whole number of 32-byte words.
    """
    if isinstance(value, int):
        return value.to_bytes(WORD_BYTES, "big")
    if isinstance(value, bytes):
        return _one_word(value)
    if isinstance(value, str):
        return _one_word(bytes(WORD_BYTES - ADDRESS_BYTES) + bytes.fromhex(value.removeprefix("0x")))
    return b"".join(word.to_bytes(WORD_BYTES, "big") for word in value.words())


def hash_words(domain: str, *values: Hashable) -> bytes:
    """
    Hash a domain and values: ``keccak256(abi.encode(domain, values...))``.

    Parameters
    ----------
    domain : str
        The purpose of the hash; no two purposes share one.
    *values : int or bytes or str or G1 or G2
        What is hashed, the session id first.

    Returns
    -------
    bytes
        32 bytes.
    """
    return keccak(domain_word(domain) + b"".join(words_of(value) for value in values))


def scalar_from_hash(seed: bytes) -> int:
    """
    Expand a hash to 512 bits and reduce it modulo ``r``; 256 bits would make some scalars likelier.

    Parameters
    ----------
    seed : bytes
        32 bytes.

    Returns
    -------
    int
        ``keccak256(seed, 0)*2^256 + keccak256(seed, 1)`` modulo ``r``.
    """
    high = keccak(seed + words_of(0))
    low = keccak(seed + words_of(1))
    return int.from_bytes(high + low, "big") % GROUP_ORDER


def hash_to_scalar(domain: str, *values: Hashable) -> int:
    """
    Hash a domain and values to a scalar (HashToScalar of protocol section 2).

    Parameters
    ----------
    domain : str
        The purpose of the hash.
    *values : int or bytes or str or G1 or G2
        What is hashed, the session id first.

    Returns
    -------
    int
        In ``0 .. r - 1``.
    """
    return scalar_from_hash(hash_words(domain, *values))


def hash_commitments(sid: bytes, vector: Sequence[G1]) -> bytes:
    """
    Hash a vector of commitments, H(B) or H(C).

    Parameters
    ----------
    sid : bytes
        The session id.
    vector : sequence of G1
        Commitments to coefficients, lowest degree first.

    Returns
    -------
    bytes
        32 bytes.
    """
    return hash_words("tcss.v1.commitments", sid, *vector)


def _one_word(encoded: bytes) -> bytes:
    if len(encoded) != WORD_BYTES:
        raise ValueError(f"{len(encoded)} bytes do not make one hashed word of {WORD_BYTES}")
    return encoded
