"""
The words of the ABI, the protocol's hashes, and the few sums of points that the contract makes.

A value is a Python value whose type says how it is encoded: an integer or a boolean is a word, 20 bytes an
address, 32 bytes a word, a tuple a struct, a list a dynamic array, a bytearray a string or bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from eth_hash.auto import keccak as uncached_keccak

Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617

Point = tuple[int, int]
IDENTITY: Point = (0, 0)
ZERO = bytes(32)


@lru_cache(maxsize=2**14)
def keccak(data: bytes) -> bytes:
    """keccak256; sequences hash the same again and again."""
    return uncached_keccak(data)


def abi_encode(values: Sequence[Any]) -> bytes:
    """What ``abi.encode`` gives for these values, one after the other."""
    dynamic = [_is_dynamic(value) for value in values]
    if not any(dynamic):
        return b"".join(map(_static, values))
    heads = [None if tail else _static(value) for value, tail in zip(values, dynamic, strict=True)]
    offset = sum(32 if head is None else len(head) for head in heads)
    result, tails = [], []
    for value, head in zip(values, heads, strict=True):
        if head is None:
            head = offset.to_bytes(32, "big")
            tails.append(_dynamic(value))
            offset += len(tails[-1])
        result.append(head)
    return b"".join(result + tails)


def _is_dynamic(value: Any) -> bool:
    if type(value) is tuple:
        return any(map(_is_dynamic, value))
    return type(value) in (list, bytearray)


def _static(value: Any) -> bytes:
    kind = type(value)
    if kind is tuple:
        return b"".join(map(_static, value))
    if kind is bytes:
        if len(value) not in (20, 32):
            raise ValueError(f"{len(value)} bytes are neither a word nor an address")
        return bytes(value).rjust(32, b"\0")
    return int(value).to_bytes(32, "big")


def _dynamic(value: Any) -> bytes:
    if type(value) is tuple:
        return abi_encode(value)
    length = len(value).to_bytes(32, "big")
    if type(value) is bytearray:
        return length + bytes(value).ljust(-(-len(value) // 32) * 32, b"\0")
    return length + abi_encode(value)


def domain(name: str) -> bytes:
    """A domain: text as a word."""
    return name.encode().ljust(32, b"\0")


def H(name: str, *values: Any) -> bytes:
    """The protocol's hash of static values."""
    return keccak(domain(name) + b"".join(map(_static, values)))


def hash_to_scalar(name: str, *values: Any) -> int:
    """512 bits, reduced."""
    seed = H(name, *values)
    wide = keccak(seed + bytes(32)) + keccak(seed + bytes(31) + b"\1")
    return int.from_bytes(wide, "big") % R


def hash_vector(sid: bytes, vector: Sequence[Point]) -> bytes:
    """``H(B)`` or ``H(C)``."""
    return H("tcss.v1.commitments", sid, *vector)


@lru_cache(maxsize=2**14)
def on_curve(point: Point) -> bool:
    """Whether canonical coordinates are a point other than the identity."""
    x, y = point
    return (y * y - x * x * x - 3) % Q == 0


@lru_cache(maxsize=2**14)
def add(left: Point, right: Point) -> Point:
    """The sum of two points in affine coordinates."""
    if left == IDENTITY:
        return right
    if right == IDENTITY:
        return left
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % Q == 0:
        return IDENTITY
    slope = 3 * x1 * x1 * pow(2 * y1, -1, Q) if left == right else (y2 - y1) * pow(x2 - x1, -1, Q)
    x = (slope * slope - x1 - x2) % Q
    return x, (slope * (x1 - x) - y1) % Q


def add_vectors(left: Sequence[Point], right: Sequence[Point]) -> tuple[Point, ...]:
    """Element by element."""
    return tuple(map(add, left, right))
