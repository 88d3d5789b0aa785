"""The protocol's arithmetic and hashes once more: points by py_ecc, words by eth_abi."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak
from py_ecc.optimized_bn128 import (
    FQ,
    Z1,
    add,
    curve_order,
    multiply,
    normalize,
)
from py_ecc.optimized_bn128 import (
    G1 as GENERATOR,
)

from tcss_chain.curve import G1

Words = tuple[int, int]


def words_from(point: Any) -> Words:
    """Affine coordinates of a point of py_ecc; the identity is (0, 0)."""
    if point[2] == FQ.zero():
        return (0, 0)
    x, y = normalize(point)
    return (int(x), int(y))


def point_from(words: Words | G1) -> Any:
    """A point of py_ecc from coordinates."""
    x, y = words.words() if isinstance(words, G1) else words
    return Z1 if (x, y) == (0, 0) else (FQ(x), FQ(y), FQ.one())


def combine(terms: Iterable[tuple[Words | G1, int]]) -> Words:
    """A sum of multiples of points."""
    total = Z1
    for point, scalar in terms:
        total = add(total, multiply(point_from(point), scalar % curve_order))
    return words_from(total)


def times_generator(scalar: int) -> Words:
    """A multiple of G."""
    return words_from(multiply(GENERATOR, scalar % curve_order))


def polynomial_at(coefficients: Sequence[int], x: int) -> int:
    """The value of a polynomial, term by term."""
    return sum(each * pow(x, m, curve_order) for m, each in enumerate(coefficients)) % curve_order


def abi_hash(domain: str, *typed: tuple[str, Any]) -> bytes:
    """``keccak256(abi.encode(domain, values...))``, each value given with its ABI type."""
    types, values = ["bytes32"], [domain.encode().ljust(32, b"\0")]
    for kind, value in typed:
        types.append(kind)
        values.append(value)
    return bytes(keccak(abi_encode(types, values)))


def opening_hash(sid: bytes, core: bytes, gateway: str, digest: bytes, purpose: str | bytes) -> bytes:
    """The request that the opening log makes of what it is given and of who gives it."""
    text = purpose.encode() if isinstance(purpose, str) else purpose
    return abi_hash(
        "tcss.v1.opening",
        ("bytes32", sid),
        ("bytes32", core),
        ("address", gateway),
        ("bytes32", digest),
        ("bytes32", keccak(text)),
    )


def abi_point(point: Words | G1) -> tuple[str, Words]:
    """A point as the two static words that it is in a struct."""
    return "uint256[2]", tuple(point.words()) if isinstance(point, G1) else point  # type: ignore[return-value]


def scalar_of(digest: bytes) -> int:
    """512 bits from a hash, reduced modulo the order."""
    wide = keccak(digest + bytes(32)) + keccak(digest + bytes(31) + b"\1")
    return int.from_bytes(wide, "big") % curve_order
