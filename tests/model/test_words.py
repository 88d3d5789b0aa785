"""The model's encodings and sums against libraries that it does not use."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from support.independent import abi_hash, scalar_of

from model.refusal import Refused, require_key, require_point, require_scalar
from model.words import IDENTITY, H, Q, R, abi_encode, add, add_vectors, hash_to_scalar, hash_vector
from tcss_chain.curve import G

SCALARS = st.integers(0, R - 1)

SHAPES: list[tuple[list[str], list[Any], list[Any]]] = [
    (["uint256", "bool", "bytes32"], [7, True, b"\1" * 32], [7, True, b"\1" * 32]),
    (["address"], [b"\2" * 20], ["0x" + "02" * 20]),
    (["uint256[]", "uint8"], [[1, 2, 3], 4], [[1, 2, 3], 4]),
    (["(uint256,uint256)[]"], [[(1, 2), (3, 4)]], [[(1, 2), (3, 4)]]),
    (["(uint8,address[],bytes32)"], [(1, [b"\3" * 20], b"\4" * 32)], [(1, ["0x" + "03" * 20], b"\4" * 32)]),
    (["((uint256,uint256)[],bytes32)[]"], [[([(1, 2)], b"\5" * 32), ([], bytes(32))]], []),
    (["string", "bytes"], [bytearray(b"a purpose"), bytearray(b"")], ["a purpose", b""]),
    (["(bytes32[7],uint256)"], [((b"\6" * 32,) * 7, 8)], [([b"\6" * 32] * 7, 8)]),
]


@pytest.mark.parametrize(("types", "ours", "theirs"), SHAPES, ids=[" ".join(shape[0]) for shape in SHAPES])
def test_values_are_encoded_as_the_abi_has_them(types: list[str], ours: list[Any], theirs: list[Any]) -> None:
    assert abi_encode(ours) == encode(types, theirs or ours)


def test_bytes_that_are_no_word_and_no_address_are_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        abi_encode([bytes(31)])


def test_hashes_are_those_of_the_words() -> None:
    sid, account = b"\7" * 32, b"\x08" * 20
    typed = (("bytes32", sid), ("address", "0x" + account.hex()), ("uint256", 9))
    assert H("tcss.v1.keys", sid, account, 9) == abi_hash("tcss.v1.keys", *typed)
    assert hash_to_scalar("tcss.v1.keys", sid, account, 9) == scalar_of(abi_hash("tcss.v1.keys", *typed))
    packed = b"".join(word.to_bytes(32, "big") for word in (1, 2, 3, 4))
    assert hash_vector(sid, [(1, 2), (3, 4)]) == keccak(
        b"tcss.v1.commitments".ljust(32, b"\0") + sid + packed
    )


def multiple(scalar: int) -> tuple[int, int]:
    return (G * scalar).words()


@settings(max_examples=30, deadline=None)
@given(SCALARS, SCALARS)
def test_points_add_up(left: int, right: int) -> None:
    assert add(multiple(left), multiple(right)) == multiple((left + right) % R)


@settings(max_examples=30, deadline=None)
@given(SCALARS)
def test_doubles_negatives_and_the_identity_add_up(scalar: int) -> None:
    point, negative = multiple(scalar), multiple(R - scalar)
    assert add(point, point) == multiple(2 * scalar % R)
    assert add(point, negative) == IDENTITY
    assert add(point, IDENTITY) == add(IDENTITY, point) == point


def test_vectors_add_up_by_element() -> None:
    one = multiple(1)
    assert add_vectors([one, IDENTITY], [one, one]) == (multiple(2), one)


@pytest.mark.parametrize(
    ("point", "error"),
    [
        ((Q + 1, 2), "CoordinateOutOfRange"),
        ((1, Q + 2), "CoordinateOutOfRange"),
        ((1, 3), "NotOnCurve"),
        ((0, 1), "NotOnCurve"),
    ],
)
def test_points_from_outside_are_checked(point: tuple[int, int], error: str) -> None:
    with pytest.raises(Refused) as caught:
        require_point(point)
    assert caught.value.name == error


def test_the_identity_is_a_point_but_no_key() -> None:
    require_point(IDENTITY)
    with pytest.raises(Refused) as caught:
        require_key(IDENTITY)
    assert caught.value.name == "IdentityNotAllowed"


def test_scalars_are_reduced() -> None:
    require_scalar(0, R - 1)
    with pytest.raises(Refused) as caught:
        require_scalar(0, R)
    assert (caught.value.name, caught.value.arguments) == ("ScalarOutOfRange", (R,))
