"""What the functions of the libraries must answer, by py_ecc and Python's integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from .fuzz_curve import (
    G,
    Q,
    R,
    TwistWords,
    g1_combination,
    g1_defect,
    g1_multiple,
    g1_negative,
    g1_sum,
    g2_defect,
    pairing_product_is_one,
)
from .fuzz_source import KnownPoints
from .fuzz_verdicts import NO_ELEMENT, OVERFLOW, Case, Expected, Target, refused, returns
from .independent import Words, scalar_of

POINT = "(uint256,uint256)"
TWIST_POINT = "(uint256,uint256,uint256,uint256)"
DIGEST = "(bytes32,bytes32,bytes32,(uint256,uint256,uint256))"


def library_case(
    label: str, name: str, types: Sequence[str], arguments: Sequence[Any], expected: Expected
) -> Case:
    """A call of a function of the harness."""
    selector = bytes(keccak(f"{name}({','.join(types)})".encode()))[:4]
    return Case(f"{name}: {label}", Target.LIBRARY, selector + encode(types, arguments), expected)


def hash_to_scalar(domain: str, *words: int | bytes) -> int:
    """``HashToScalar`` of docs/protocol.md, section 2."""
    return scalar_of(hash_words(domain, *words))


def hash_words(domain: str, *words: int | bytes) -> bytes:
    """``H`` of docs/protocol.md, section 2: keccak256 over 32-byte words."""
    parts = (word if isinstance(word, bytes) else word.to_bytes(32, "big") for word in words)
    return bytes(keccak(domain.encode().ljust(32, b"\0") + b"".join(parts)))


# ---------------------------------------------------------------- points


def require_point(point: Words) -> Expected:
    defect = g1_defect(point)
    return returns() if defect is None else refused(defect)


def require_key(point: Words) -> Expected:
    return refused("IdentityNotAllowed") if point == (0, 0) else require_point(point)


def require_scalar(scalar: int) -> Expected:
    return returns() if scalar < R else refused("ScalarOutOfRange")


def require_canonical(point: TwistWords) -> Expected:
    return refused("CoordinateOutOfRange") if max(point) >= Q else returns()


def addition(left: Words, right: Words) -> Expected:
    if g1_defect(left) or g1_defect(right):
        return refused("PrecompileFailed")
    return returns(*g1_sum(left, right))


def negation(point: Words) -> Words | None:
    """
    What the library's `negate` makes of any words.

    It takes y from q without looking at the point, as its callers have: None stands for an underflow.
    """
    x, y = point
    return None if y > Q else (x, Q - y if y else 0)


def negation_expected(point: Words) -> Expected:
    negative = negation(point)
    if g1_defect(point) is None:
        assert negative == g1_negative(point)
    return refused(OVERFLOW) if negative is None else returns(*negative)


def multiple_added(left: Words, right: Words, scalar: int) -> Expected:
    if g1_defect(left) or g1_defect(right):
        return refused("PrecompileFailed")
    return returns(*g1_combination([(left, 1), (right, scalar)]))


def multiplication(point: Words, scalar: int) -> Expected:
    return refused("PrecompileFailed") if g1_defect(point) else returns(*g1_multiple(point, scalar))


# ---------------------------------------------------------------- pairing


def pairing_product(
    left: Sequence[Words], right: Sequence[TwistWords], known: KnownPoints | None
) -> Expected:
    """
    Whether the product of four pairings is one; points that are none make it false.

    With `known` points it is decided by their exponents to the bases U and V, if all of them are on record:
    nobody knows the logarithm of V to the base U, so both sums of products must vanish.
    """
    exponents = [None if known is None else known.exponents(each) for each in right]
    unknown = [each for each, at in zip(right, exponents, strict=True) if at is None]
    if any(map(g1_defect, left)) or any(map(g2_defect, unknown)):
        return returns(0)
    if known is not None:
        logs = [known.log(each) for each in left]
        if None not in logs and None not in exponents:
            pairs = list(zip(logs, exponents, strict=True))
            return returns(all(sum(log * at[base] for log, at in pairs) % R == 0 for base in (0, 1)))  # type: ignore[operator, index]
    return returns(pairing_product_is_one(left, right), pairings=1)


# ---------------------------------------------------------------- the field of the shares


def field_inverse(value: int) -> Expected:
    return returns(pow(value, -1, R)) if value % R else refused("ZeroDenominator")


def field_difference(left: int, right: int) -> Expected:
    """The library subtracts from r, so a subtrahend above r underflows; its callers have reduced it."""
    return refused(OVERFLOW) if right > R else returns((left - right) % R)


# ---------------------------------------------------------------- vectors


def require_vector(vector: Sequence[Words], threshold: int) -> Expected:
    if len(vector) != threshold:
        return refused("WrongVectorLength")
    grounds = {defect for defect in map(g1_defect, vector) if defect}
    return refused(*grounds) if grounds else returns()


def evaluation_words(vector: Sequence[Words], x: int) -> Words | str:
    """
    The value of a vector at x, or the error that it ends with.

    A vector of one element is its own value: no precompile looks at it.
    """
    if not vector:
        return "WrongVectorLength"
    if len(vector) == 1:
        return vector[0]
    if any(map(g1_defect, vector)):
        return "PrecompileFailed"
    return g1_combination((point, pow(x, m, R)) for m, point in enumerate(vector))


def evaluation(vector: Sequence[Words], x: int) -> Expected:
    value = evaluation_words(vector, x)
    return refused(value) if isinstance(value, str) else returns(*value)


def combination(vector: Sequence[Words], coefficients: Sequence[int]) -> Expected:
    if len(vector) != len(coefficients):
        return refused("WrongVectorLength")
    if any(map(g1_defect, vector)):
        return refused("PrecompileFailed")
    return returns(*g1_combination(zip(vector, coefficients, strict=True)))


def vector_sum(vector: Sequence[Words], sums: Sequence[Words]) -> Expected:
    """There are as many sums as there were; further points of the vector are not looked at."""
    pairs = list(zip(vector, sums, strict=False))
    grounds = ["PrecompileFailed"] if any(g1_defect(each) for pair in pairs for each in pair) else []
    if len(vector) < len(sums):
        grounds.append(NO_ELEMENT)
    if grounds:
        return refused(*grounds)
    return returns(32, len(sums), *(word for left, right in pairs for word in g1_sum(left, right)))


# ---------------------------------------------------------------- proofs of knowledge


def possession(sid: bytes, owner: int, role: int, key: Words, challenge: int, response: int) -> Expected:
    grounds = _scalar_grounds(challenge, response) + _precompile_grounds(key)
    if grounds:
        return refused(*grounds)
    commitment = g1_combination([(G, response), (key, -challenge)])
    return returns(hash_to_scalar("tcss.v1.possession", sid, owner, role, *key, *commitment) == challenge)


def polynomial_proof(
    sid: bytes,
    dealer: int,
    digest: tuple[bytes, bytes, bytes],
    proof: tuple[int, int, int],
    A: Words,
    zeta: int,
    value_B: Words,
    value_C: Words,
) -> Expected:
    """Scalars are not looked at: whoever calls has refused those not below r when the dealing was made."""
    grounds = _precompile_grounds(A, value_B, value_C)
    if grounds:
        return refused(*grounds)
    challenge, response_u, response_v = proof
    R_B = g1_combination([(G, response_v), (value_B, -challenge)])
    R_C = g1_combination([(G, response_u), (A, response_v), (value_C, -challenge)])
    words = (sid, dealer, *digest, zeta, *A, *value_B, *value_C, *R_B, *R_C)
    return returns(hash_to_scalar("tcss.v1.pok.challenge", *words) == challenge)


def shared_key(
    sid: bytes, dealer: int, recipient: int, D: Words, P: Words, K: Words, challenge: int, response: int
) -> Expected:
    grounds = _scalar_grounds(challenge, response) + _precompile_grounds(D, P)
    if defect := g1_defect(K):
        grounds.append(defect)
    if grounds:
        return refused(*grounds)
    R_1 = g1_combination([(G, response), (P, -challenge)])
    R_2 = g1_combination([(D, response), (K, -challenge)])
    words = (sid, dealer, recipient, *P, *D, *K, *R_1, *R_2)
    return returns(hash_to_scalar("tcss.v1.evidence", *words) == challenge)


def _scalar_grounds(*scalars: int) -> list[str]:
    return ["ScalarOutOfRange"] if max(scalars) >= R else []


def _precompile_grounds(*points: Words) -> list[str]:
    return ["PrecompileFailed"] if any(map(g1_defect, points)) else []
