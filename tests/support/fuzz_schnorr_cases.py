"""Inputs of the proofs of knowledge, each of their values changed in turn; with the reference's verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from . import fuzz_library as reference
from .fuzz_curve import G, R, g1_negative, g1_sum, times_g
from .fuzz_library import DIGEST, POINT, library_case
from .fuzz_library_cases import Cases
from .fuzz_source import Source
from .fuzz_verdicts import Case


def possessions(source: Source) -> Iterator[Case]:
    types = ["bytes32", "address", "uint256", POINT, "(uint256,uint256)"]

    def honest(secret: int) -> list[Any]:
        sid, owner, role, nonce = source.text(), source.account(), source.rng.randint(0, 4), source.scalar()
        key, commitment = times_g(secret), times_g(nonce)
        challenge = reference.hash_to_scalar("tcss.v1.possession", sid, owner, role, *key, *commitment)
        return [sid, owner, role, key, challenge, (nonce + challenge * secret) % R]

    for label, values in _altered(
        source, lambda: honest(source.rng.choice([0, 1, R - 1, source.scalar(), source.scalar()]))
    ):
        sid, owner, role, key, challenge, response = values
        expected = reference.possession(*values)
        arguments = [sid, owner.to_bytes(20, "big"), role, key, (challenge, response)]
        yield library_case(label, "provesPossession", types, arguments, expected)


def polynomial_proofs(source: Source) -> Iterator[Case]:
    types = ["bytes32", "address", DIGEST, POINT, "uint256", POINT, POINT]

    def honest() -> list[Any]:
        sid, dealer, zeta, *texts = (
            source.text(),
            source.account(),
            source.scalar(),
            *(source.text() for _ in "BCr"),
        )
        alpha, u, v, nonce_u, nonce_v = (
            source.rng.choice([0, source.scalar(), source.scalar()]) for _ in range(5)
        )
        A, value_B, value_C, R_B, R_C = (
            times_g(each) for each in (alpha, v, u + alpha * v, nonce_v, nonce_u + alpha * nonce_v)
        )
        words = (sid, dealer, *texts, zeta, *A, *value_B, *value_C, *R_B, *R_C)
        challenge = reference.hash_to_scalar("tcss.v1.pok.challenge", *words)
        responses = (nonce_u + challenge * u) % R, (nonce_v + challenge * v) % R
        return [sid, dealer, *texts, challenge, *responses, A, zeta, value_B, value_C]

    for label, values in _altered(source, honest):
        sid, dealer, hash_B, hash_C, root, challenge, u, v, A, zeta, value_B, value_C = values
        digest, proof = (hash_B, hash_C, root), (challenge, u, v)
        expected = reference.polynomial_proof(sid, dealer, digest, proof, A, zeta, value_B, value_C)
        arguments = [sid, dealer.to_bytes(20, "big"), (*digest, proof), A, zeta, value_B, value_C]
        yield library_case(label, "provesPolynomial", types, arguments, expected)


def shared_keys(source: Source) -> Iterator[Case]:
    types = ["bytes32", "address", "address", POINT, POINT, f"({POINT},uint256,uint256)"]

    def honest() -> list[Any]:
        sid, dealer, recipient = source.text(), source.account(), source.account()
        d, e, nonce = (source.rng.choice([0, 1, R - 1, *(source.scalar() for _ in range(5))]) for _ in "den")
        D, P, K, R_1, R_2 = (times_g(each) for each in (d, e, d * e, nonce, nonce * d))
        challenge = reference.hash_to_scalar(
            "tcss.v1.evidence", sid, dealer, recipient, *P, *D, *K, *R_1, *R_2
        )
        return [sid, dealer, recipient, D, P, K, challenge, (nonce + challenge * e) % R]

    for label, values in _altered(source, honest):
        sid, dealer, recipient, D, P, K, challenge, response = values
        accounts = [each.to_bytes(20, "big") for each in (dealer, recipient)]
        yield library_case(
            label, "provesSharedKey", types, [sid, *accounts, D, P, (K, challenge, response)],
            reference.shared_key(*values),
        )  # fmt: skip


def _altered(source: Source, honest: Callable[[], list[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """A valid statement and proof, then one with each value in turn made another one of its kind."""
    values = honest()
    yield "honest", values
    for turn in count():
        if turn % len(values) == 0:
            values = honest()
            yield "honest", list(values)
        changed = list(values)
        place = turn % len(values)
        label, changed[place] = _another(source, changed[place])
        yield f"value {place}: {label}", changed


def _another(source: Source, value: Any) -> tuple[str, Any]:
    if isinstance(value, tuple):
        kinds: dict[str, Callable[[], Any]] = {
            **source.invalid_points,
            **source.valid_points,
            "its negative": lambda: g1_negative(value),
            "off by G": lambda: g1_sum(value, G),
            "the same + q": lambda: (source.beyond(value[0]), value[1]),
        }
    elif isinstance(value, bytes):
        kinds = {
            "bit": lambda: source.flipped(int.from_bytes(value, "big")).to_bytes(32, "big"),
            "zero": lambda: bytes(32),
        }
    elif value < 2**160:  # an account, a role
        kinds = {"bit": lambda: value ^ 1 << source.rng.randrange(160), "zero": lambda: 0}
    else:
        kinds = {
            **source.scalar_edges,
            "the same + r": lambda: value + R * source.rng.randint(1, 4),
            "off by one": lambda: value + 1,
            "negative": lambda: -value % R,
            "bit": lambda: source.flipped(value),
        }
    name = source.rng.choice(list(kinds))
    return name, kinds[name]()


SCHNORR_CLASSES: dict[str, tuple[Cases, int, int]] = {
    "proofs of possession": (possessions, 8, 400),
    "proofs of polynomials": (polynomial_proofs, 8, 300),
    "proofs of shared keys": (shared_keys, 8, 400),
}
