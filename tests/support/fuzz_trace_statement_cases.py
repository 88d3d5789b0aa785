"""Statements that the trace verifier must judge, with the reference's verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from .fuzz_curve import LARGEST, G, R, g1_negative
from .fuzz_library_cases import Cases
from .fuzz_source import Source
from .fuzz_trace import TraceInput, query_points
from .fuzz_trace_cases import (
    Variants,
    changed_proof_words,
    changed_words,
    damaged_calldata,
    decided_by_exponents,
    lasting_proofs,
    points_of_the_proof,
    proofs_for_spoiled_points,
    trace_case,
    witnesses,
)
from .fuzz_trace_world import make_world, random_proof, random_question
from .fuzz_verdicts import Case


def changed_statements(source: Source) -> Variants:
    """A valid proof, and each field of what it is about changed by itself."""
    for turn, (_, proved) in zip(count(), lasting_proofs(source, 24), strict=False):
        if turn % 24 == 0:
            yield "nothing", proved
        changes = _changes(source, proved)
        name = list(changes)[turn % len(changes)]
        yield name, replace(proved, **changes[name]())


def _changes(source: Source, proved: TraceInput) -> dict[str, Callable[[], dict[str, Any]]]:
    rng = source.rng

    def bit(name: str, bits: int = 256) -> Callable[[], dict[str, Any]]:
        return lambda: {name: getattr(proved, name) ^ 1 << rng.randrange(bits)}

    def claim(place: int, bits: int) -> Callable[[], dict[str, Any]]:
        words = list(proved.claim)
        words[place] ^= 1 << rng.randrange(bits)
        return lambda: {"claim": tuple(words)}

    def reordered(name: str) -> Callable[[], dict[str, Any]]:
        return lambda: {name: tuple(rng.sample(getattr(proved, name), len(getattr(proved, name))))}

    def element(name: str) -> dict[str, Any]:
        words = list(getattr(proved, name)) or [0]
        words[rng.randrange(len(words))] ^= 1 << rng.randrange(160)
        return {name: tuple(words)}

    def moved() -> dict[str, Any]:
        accused, unaccused = proved.accused, proved.unaccused
        if len(accused) > 1 and rng.random() < 0.5:
            return {"accused": accused[1:], "unaccused": (*unaccused, accused[0])}
        if not unaccused:
            return {"accused": accused[::-1]}
        return {"accused": (*accused[1:], unaccused[0]), "unaccused": (accused[0], *unaccused[1:])}

    def other_dropped() -> dict[str, Any]:
        return {"dropped": proved.dropped ^ 1 << rng.randrange(6)}

    return {
        "sid": bit("sid"),
        "auditor": bit("auditor", 160),
        "seats": bit("seats", 128),
        "no seats": lambda: {"seats": 0},
        "mode": lambda: {"mode": 1 - proved.mode},
        "nonce": bit("nonce"),
        "nonce zero": lambda: {"nonce": 0},
        "dropped": other_dropped,
        "queries root": claim(0, 256),
        "evaluations root": claim(1, 256),
        "roots exchanged": lambda: {"claim": (*proved.claim[1::-1], *proved.claim[2:])},
        "queries": claim(2, 24),
        "evaluations": claim(3, 24),
        "agreeing": claim(4, 24),
        "figures moved": lambda: {"claim": (*proved.claim[:2], *proved.claim[3:], proved.claim[2])},
        "aggregate hash": bit("aggregate_hash"),
        "A negated": lambda: {"A": g1_negative(proved.A)},
        "another A": lambda: {"A": rng.choice([source.point(), (0, 0), G, proved.pi])},
        "roster hash": bit("roster_hash"),
        "an accused": lambda: element("accused"),
        "accused in another order": reordered("accused"),
        "an unaccused": lambda: element("unaccused"),
        "unaccused in another order": reordered("unaccused"),
        "accused and unaccused": moved,
    }


def proofs_of_other_statements(source: Source) -> Variants:
    """Whole proofs and parts of them moved between statements of one session, and between sessions."""
    while True:
        world, first = random_proof(source)
        second = world.prove(random_question(world))
        _, elsewhere = random_proof(source)
        again = world.prove(first)
        for label, other in (
            ("same statement", again),
            ("same session", second),
            ("another session", elsewhere),
        ):
            for parts in (
                ("d1", "d2", "pi"),
                ("d1",),
                ("d2",),
                ("pi",),
                ("d1", "d2"),
                ("d1", "pi"),
                ("d2", "pi"),
            ):
                changes: dict[str, Any] = {part: getattr(other, part) for part in parts}
                yield f"{', '.join(parts)} of {label}", replace(first, **changes)
        for name in ("sid", "roster_hash", "aggregate_hash", "A"):
            changes = {name: getattr(elsewhere, name)}
            yield f"{name} of another session", replace(first, **changes)
        for name in ("B", "C"):
            changes = {name: getattr(elsewhere, name)}
            yield f"{name} of another session", replace(first, **changes)
        yield "vectors of another session", replace(first, B=elsewhere.B, C=elsewhere.C)


def dropped_points(source: Source) -> Variants:
    """Bitmaps within their limits, and beyond them."""
    rng = source.rng
    while True:
        t = rng.choice([2, 3, 4])
        world = make_world(source, n=t + rng.choice([1, 4, 9]), t=t)
        for mode in (0, 1):
            seats = tuple(sorted(rng.sample(range(len(world.accounts)), rng.randint(1, t - 1))))
            used = t - len(seats)
            sound = world.question(seats, mode=mode)
            for label, dropped in {
                "none": 0,
                "first": 1,
                "last": 1 << used,
                "beyond the last": 1 << used + 1,
                "eight": 0xFF,
                "eight with gaps": 0xFF ^ 1 << rng.randrange(used) | 1 << 8 if used > 1 else 0x1FE,
                "nine": 0x1FF,
                "highest bit": 1 << 255,
                "random bits": rng.getrandbits(used + 8),
                "every bit": LARGEST,
            }.items():
                given = replace(sound, dropped=dropped)
                if query_points(given)[0] is not None:
                    given = world.prove(given)
                yield label, given
                # A proof for other dropped points, as many as these or not.
                yield f"{label}, then another", replace(given, dropped=dropped ^ 1 << rng.randrange(used + 2))


# ---------------------------------------------------------------- vectors and degenerate points


def aggregates(source: Source) -> Variants:
    """Vectors of wrong lengths, and of points that are none."""
    rng = source.rng
    kinds = source.invalid_points | source.valid_points
    for turn, (_, proved) in zip(count(), lasting_proofs(source, 30), strict=False):
        length = len(proved.B)
        name = list(kinds)[turn % len(kinds)]
        which = rng.choice(["B", "C", "A"])
        if which == "A":
            yield f"{name} as A", replace(proved, A=kinds[name](proved.A))
        else:
            vector = list(getattr(proved, which))
            place = rng.randrange(length)
            vector[place] = kinds[name](vector[place])
            changes: dict[str, Any] = {which: tuple(vector)}
            yield f"{name} in {which}", replace(proved, **changes)
        B, C = proved.B, proved.C
        extra = source.choice(kinds)
        lengths: list[tuple[str, tuple[Any, ...], tuple[Any, ...]]] = [
            ("none", (), ()),
            ("only one", B[:1], C[:1]),
            ("one less", B[:-1], C[:-1]),
            ("one more", (*B, (0, 0)), (*C, (0, 0))),
            ("C longer", B, (*C, extra)),
            ("C shorter", B, C[:-1]),
            ("B longer", (*B, extra), C),
            ("B shorter", B[:-1], C),
            ("C empty", B, ()),
            ("reversed", B[::-1], C[::-1]),
            ("exchanged", C, B),
            ("B twice", B, B),
            ("identities", ((0, 0),) * length, ((0, 0),) * length),
            ("first repeated", B[:1] * length, C[:1] * length),
        ]
        label, B, C = lengths[turn % len(lengths)]
        yield label, replace(proved, B=B, C=C)


def degenerate_statements(source: Source) -> Variants:
    """Trivial keys and vectors, with true proofs; points that meet; nobody and everybody accused."""
    rng = source.rng
    vectors = ["random", "identities", "B identities", "repeated", "opposite", "shares zero"]
    for turn in count():
        t = rng.choice([1, 2, 3])
        world = make_world(
            source,
            n=t + rng.randint(1, 3),
            t=t,
            alpha=rng.choice([0, 1, 2, R - 1, None]),
            aggregate=vectors[turn % 6],
        )
        n = len(world.accounts)
        given = world.prove(random_question(world), hiding=rng.random() < 0.7)
        yield f"aggregate: {vectors[turn % 6]}", given
        yield "with T off by one", world.prove(given, T=world.combination(given) + 1)
        everybody = world.question(tuple(range(t)), mode=rng.randrange(2))
        yield "t accused", world.prove(everybody)
        yield "more than t accused", replace(everybody, accused=world.accounts[: t + 1])
        nobody = world.prove(world.question((), mode=rng.randrange(2)))
        yield "nobody accused", nobody
        yield "nobody accused, with T", world.prove(nobody, T=1)
        one = world.prove(world.question((rng.randrange(n),), mode=1 if n > t - 1 else 0))
        yield "accused twice", replace(one, accused=one.accused * 2)
        yield "accused among the others", replace(one, unaccused=(*one.unaccused[1:], one.accused[0]))
        yield "only the accused", replace(one, unaccused=one.accused * n)
        yield "the same unaccused", replace(one, unaccused=one.unaccused[:1] * n)
        yield "one unaccused twice", replace(one, unaccused=(one.unaccused[0], *one.unaccused[:-1]))
        yield "no unaccused", replace(one, unaccused=())
        yield "one unaccused more", replace(one, unaccused=(*one.unaccused, source.account()))
        yield "account zero", replace(one, accused=(0,))
        yield (
            "free, unaccused not looked at",
            replace(world.prove(replace(one, mode=0)), unaccused=one.accused * 3),
        )


# ---------------------------------------------------------------- by pairings


def decided_by_py_ecc(source: Source) -> Iterator[Case]:
    """Statements and proofs that only the equation tells apart, decided by full pairings."""
    generators = [changed_statements(source), witnesses(source), proofs_of_other_statements(source)]
    for turn in count():
        case = None
        while case is None or not case.expected.pairings:
            label, given = next(generators[turn % 3])
            if turn % 4 == 0:
                label, given = "valid", random_proof(source)[1]
            case = trace_case(label, given, None)
        yield case


TRACE_CLASSES: dict[str, tuple[Cases, int, int]] = {
    "trace: damaged calldata": (decided_by_exponents(damaged_calldata), 48, 1_500),
    "trace: any word changed": (decided_by_exponents(changed_words), 24, 800),
    "trace: a word of the proof changed": (decided_by_exponents(changed_proof_words), 40, 1_200),
    "trace: a point of the proof replaced": (decided_by_exponents(points_of_the_proof), 36, 700),
    "trace: a proof for spoiled points": (decided_by_exponents(proofs_for_spoiled_points), 12, 400),
    "trace: witnesses": (decided_by_exponents(witnesses), 12, 400),
    "trace: a field of the statement changed": (decided_by_exponents(changed_statements), 12, 600),
    "trace: proofs of other statements": (decided_by_exponents(proofs_of_other_statements), 12, 400),
    "trace: dropped points": (decided_by_exponents(dropped_points), 36, 700),
    "trace: aggregates": (decided_by_exponents(aggregates), 24, 600),
    "trace: degenerate statements": (decided_by_exponents(degenerate_statements), 15, 400),
    "trace: equation, by py_ecc": (decided_by_py_ecc, 1, 160),
}
