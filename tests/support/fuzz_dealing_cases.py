"""Inputs of the dealing verifier, with the reference's verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from .fuzz_calldata import Damage
from .fuzz_curve import G, R, g1_negative, times_g
from .fuzz_dealing import (
    PROOF_HEAD,
    PROOF_OFFSETS,
    PROOF_WIDTHS,
    SHARE_OFFSETS,
    SHARE_WIDTHS,
    ProofInput,
    ShareInput,
    proof_point,
    proof_verdict,
    share_mask,
    share_verdict,
)
from .fuzz_library import hash_to_scalar
from .fuzz_library_cases import Cases
from .fuzz_source import Source
from .fuzz_verdicts import Case, Target
from .independent import Words, polynomial_at

_INNER_OFFSETS = (PROOF_HEAD, PROOF_HEAD + 1)


def _case(label: str, calldata: bytes, verdict: Callable[[bytes], Any]) -> Case:
    return Case(label, Target.DEALING, calldata, verdict(calldata))


# ---------------------------------------------------------------- honest ones


def _polynomial(source: Source, t: int) -> list[int]:
    kind = source.rng.randrange(8)
    if kind == 0:
        return [0] * t
    if kind == 1:
        return [source.scalar(), *[0] * (t - 1)]
    if kind == 2:
        return [source.scalar()] * t
    return [source.scalar() for _ in range(t)]


def honest_share(source: Source) -> ShareInput:
    """A share that satisfies the equation, with true evidence."""
    rng = source.rng
    t = rng.choice([1, 2, 2, 3, 3, 4])
    a, b = _polynomial(source, t), _polynomial(source, t)
    d, e, nonce = source.scalar(), source.scalar(), source.scalar()
    alpha = rng.choice([0, 1, *(source.scalar() for _ in range(6))])
    equation, x = rng.randrange(2), source.scalar()
    exponents = b if equation == 0 else [each + alpha * other for each, other in zip(a, b, strict=True)]
    given = ShareInput(
        sid=source.word(), dealer=source.account(), recipient=source.account(), D=times_g(d), P=times_g(e),
        A=times_g(alpha), x=x, hash_B=source.word(), hash_C=source.word(), c0=0, c1=0,
        K=times_g(d * e), challenge=0, response=0,
        equation=equation, vector=tuple(times_g(each) for each in exponents),
    )  # fmt: skip
    challenge = hash_to_scalar(
        "tcss.v1.evidence", given.sid, given.dealer, given.recipient, *given.P, *given.D, *given.K,
        *times_g(nonce), *times_g(nonce * d),
    )  # fmt: skip
    return replace(
        given,
        c0=(polynomial_at(a, x) + share_mask(given, 0)) % R,
        c1=(polynomial_at(b, x) + share_mask(given, 1)) % R,
        challenge=challenge,
        response=(nonce + challenge * e) % R,
    )


def honest_proof(source: Source) -> ProofInput:
    """A dealing with a true proof of knowledge."""
    rng = source.rng
    t = rng.choice([1, 2, 2, 3, 3, 4])
    a, b = _polynomial(source, t), _polynomial(source, t)
    alpha = rng.choice([0, 1, *(source.scalar() for _ in range(6))])
    exponents_C = [each + alpha * other for each, other in zip(a, b, strict=True)]
    given = ProofInput(
        source.word(), source.account(), times_g(alpha), source.word(), source.word(), source.word(),
        (0, 0, 0), tuple(times_g(each) for each in b), tuple(times_g(each) for each in exponents_C),
    )  # fmt: skip
    zeta = proof_point(given)
    u, v, nonce_u, nonce_v = polynomial_at(a, zeta), polynomial_at(b, zeta), source.scalar(), source.scalar()
    points = [times_g(each) for each in (v, u + alpha * v, nonce_v, nonce_u + alpha * nonce_v)]
    challenge = hash_to_scalar(
        "tcss.v1.pok.challenge", given.sid, given.dealer, given.hash_B, given.hash_C, given.share_root, zeta,
        *given.A, *(word for point in points for word in point),
    )  # fmt: skip
    return replace(given, proof=(challenge, (nonce_u + challenge * u) % R, (nonce_v + challenge * v) % R))


# ---------------------------------------------------------------- changes


def _changed(source: Source, given: Any) -> Iterator[tuple[str, Any]]:
    """One field after the other replaced by another value of its kind."""
    for name in type(given).__slots__:
        value = getattr(given, name)
        changes = _changes(source, value)
        if name in {"dealer", "recipient"}:
            changes = {"bit": lambda value=value: value ^ 1 << source.rng.randrange(160), "zero": lambda: 0}
        if name == "equation":
            changes = {"the other": lambda value=value: 1 - value, "2": lambda: 2, "256": lambda: 256}
        kind = source.rng.choice(list(changes))
        yield f"{name}: {kind}", replace(given, **{name: changes[kind]()})


def _changes(source: Source, value: Any) -> dict[str, Callable[[], Any]]:
    if isinstance(value, int):
        return {
            **source.scalar_edges,
            "bit": lambda: source.flipped(value),
            "off by one": lambda: (value + 1) % 2**256,
            "plus r": lambda: (value + R) % 2**256,
            "negative": lambda: -value % R,
        }
    if value and isinstance(value[0], int) and len(value) == 2:
        points = source.invalid_points | source.valid_points
        return {name: lambda make=make: make(value) for name, make in points.items()}  # type: ignore[misc]
    if value and isinstance(value[0], int):
        return {"a word of it": lambda: _with_element(source, value, source.choice(source.scalar_edges))}
    return _vector_changes(source, value)


def _with_element(source: Source, values: tuple[Any, ...], element: Any) -> tuple[Any, ...]:
    changed = list(values)
    changed[source.rng.randrange(len(values))] = element
    return tuple(changed)


def _vector_changes(source: Source, vector: tuple[Words, ...]) -> dict[str, Callable[[], Any]]:
    length = len(vector)
    points = source.invalid_points | source.valid_points

    def one(make: Callable[..., Words]) -> tuple[Words, ...]:
        changed = list(vector)
        place = source.rng.randrange(length)
        changed[place] = make(changed[place])
        return tuple(changed)

    changes: dict[str, Callable[[], Any]] = {
        f"{name} in it": lambda make=make: one(make)  # type: ignore[misc]
        for name, make in points.items()
    }
    return changes | {
        "empty": lambda: (),
        "only one": lambda: vector[:1],
        "one less": lambda: vector[:-1],
        "identity appended": lambda: (*vector, (0, 0)),
        "point appended": lambda: (*vector, source.point()),
        "only one, invalid": lambda: (source.choice(source.invalid_points),),
        "identities": lambda: ((0, 0),) * length,
        "first repeated": lambda: vector[:1] * length,
        "reversed": lambda: vector[::-1],
        "negated": lambda: tuple(map(g1_negative, vector)),
        "generators": lambda: (G,) * length,
    }


def changed_shares(source: Source) -> Iterator[Case]:
    while True:
        given = honest_share(source)
        yield _case("honest", given.encode(), share_verdict)
        for label, changed in _changed(source, given):
            yield _case(label, changed.encode(), share_verdict)


def changed_proofs(source: Source) -> Iterator[Case]:
    while True:
        given = honest_proof(source)
        yield _case("honest", given.encode(), proof_verdict)
        for label, changed in _changed(source, given):
            yield _case(label, changed.encode(), proof_verdict)


def vectors_of_shares(source: Source) -> Iterator[Case]:
    """Every kind of wrong vector in turn, judged with true evidence."""
    yield from _vectors(source, honest_share, ("vector",), share_verdict)


def vectors_of_proofs(source: Source) -> Iterator[Case]:
    yield from _vectors(source, honest_proof, ("B", "C"), proof_verdict)


def _vectors(
    source: Source, honest: Callable[[Source], Any], fields: tuple[str, ...], verdict: Callable[[bytes], Any]
) -> Iterator[Case]:
    kinds = list(_vector_changes(source, ((0, 0),)))
    source.rng.shuffle(kinds)
    for turn in count():
        given = honest(source)
        name, kind = fields[turn % len(fields)], kinds[turn // len(fields) % len(kinds)]
        changes = _vector_changes(source, getattr(given, name))
        yield _case(f"{name}: {kind}", replace(given, **{name: changes[kind]()}).encode(), verdict)


def words_of_shares(source: Source) -> Iterator[Case]:
    """Encrypted words: right, at the edges, and changed; for both equations."""
    rng = source.rng
    while True:
        given = honest_share(source)
        yield _case("right", given.encode(), share_verdict)
        for label, changes in {
            "c0 + r": {"c0": given.c0 + R},
            "c1 + r": {"c1": given.c1 + R},
            "c0 + 1": {"c0": given.c0 + 1},
            "c1 + 1": {"c1": given.c1 + 1},
            "exchanged": {"c0": given.c1, "c1": given.c0},
            "masks only": {"c0": share_mask(given, 0), "c1": share_mask(given, 1)},
            "x + r": {"x": given.x + R},
        }.items():
            yield _case(label, replace(given, **changes).encode(), share_verdict)
        for label, change in source.scalar_edges.items():
            name = rng.choice(["c0", "c1"])
            yield _case(f"{name}: {label}", replace(given, **{name: change()}).encode(), share_verdict)


# ---------------------------------------------------------------- calldata


def damaged_shares(source: Source) -> Iterator[Case]:
    yield from _damaged(source, honest_share, Damage(source, SHARE_OFFSETS, SHARE_WIDTHS), share_verdict)


def damaged_proofs(source: Source) -> Iterator[Case]:
    """The offset of the dealing, and in turn with it those of its vectors, which Solidity reads as signed."""
    outer = _damaged(source, honest_proof, Damage(source, PROOF_OFFSETS, PROOF_WIDTHS), proof_verdict)
    damage = Damage(source, _INNER_OFFSETS, PROOF_WIDTHS, PROOF_HEAD)
    while True:
        given = honest_proof(source).encode()
        for name in ("offset", "offset of another", "length", "offset", "offset", "length"):
            yield _case(f"inner {name}", damage.kinds[name](given), proof_verdict)
            yield next(outer)


def _damaged(
    source: Source, honest: Callable[[Source], Any], damage: Damage, verdict: Callable[[bytes], Any]
) -> Iterator[Case]:
    changes = damage.kinds
    words = damage.word_changes()
    for turn in count():
        if turn % 20 == 0:
            given = honest(source).encode()
        if turn % 3 == 2:
            label = list(words)[turn // 3 % len(words)]
            spoiled = words[label](given)
        else:
            label = list(changes)[(turn - turn // 3) % len(changes)]
            spoiled = changes[label](given)
        if spoiled != given:
            yield _case(label, spoiled, verdict)


DEALING_CLASSES: dict[str, tuple[Cases, int, int]] = {
    "share: damaged calldata": (damaged_shares, 32, 900),
    "share: a field changed": (changed_shares, 20, 700),
    "share: vectors": (vectors_of_shares, 16, 350),
    "share: encrypted words": (words_of_shares, 16, 350),
    "proof: damaged calldata": (damaged_proofs, 50, 1_100),
    "proof: a field changed": (changed_proofs, 11, 500),
    "proof: vectors": (vectors_of_proofs, 16, 350),
}
