"""Proofs and calldata that the trace verifier must judge, with the reference's verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

from .fuzz_calldata import Damage
from .fuzz_curve import U_WORDS, V_WORDS, G, g1_negative, g1_sum, twist_negative, twist_sum
from .fuzz_library_cases import Cases
from .fuzz_source import KnownPoints, Source
from .fuzz_trace import OFFSETS, WIDTHS, TraceInput, trace_verdict
from .fuzz_trace_world import TraceWorld, make_world, random_proof, random_question
from .fuzz_verdicts import Case, Target

Variants = Iterator[tuple[str, TraceInput | bytes]]


def trace_case(label: str, given: TraceInput | bytes, known: KnownPoints | None) -> Case:
    calldata = given if isinstance(given, bytes) else given.encode()
    return Case(label, Target.TRACE, calldata, trace_verdict(calldata, known))


def decided_by_exponents(variants: Callable[[Source], Variants]) -> Cases:
    def cases(source: Source) -> Iterator[Case]:
        for label, given in variants(source):
            yield trace_case(label, given, source.known)

    return cases


def lasting_proofs(source: Source, turns: int) -> Iterator[tuple[TraceWorld, TraceInput]]:
    """The same valid proof for some turns, then another one of another session."""
    while True:
        world, proved = random_proof(source)
        for _ in range(turns):
            yield world, proved


# ---------------------------------------------------------------- calldata


def damaged_calldata(source: Source) -> Variants:
    damage = Damage(source, OFFSETS, WIDTHS)
    names = list(damage.kinds)
    for turn, (_, proved) in zip(count(), lasting_proofs(source, 40), strict=False):
        name = names[turn % len(names)]
        yield name, damage.kinds[name](proved.encode())


def changed_words(source: Source) -> Variants:
    """One word of a valid call changed, whatever it is; and all that it touches decided anew."""
    damage = Damage(source, OFFSETS, WIDTHS)
    changes = damage.word_changes()
    names = list(changes)
    for turn, (_, proved) in zip(count(), lasting_proofs(source, 60), strict=False):
        name = names[turn % len(names)]
        spoiled = changes[name](proved.encode())
        if spoiled != proved.encode():
            yield name, spoiled


def changed_proof_words(source: Source) -> Variants:
    """Every word of a valid proof in turn: bits flipped, q and r added, exchanged with the next and more."""
    damage = Damage(source, OFFSETS, WIDTHS)
    changes = damage.word_changes()
    names = list(changes)
    for turn, (_, proved) in zip(count(), lasting_proofs(source, 120), strict=False):
        place, name = turn % 10, names[turn // 10 % len(names)]
        words = [*proved.d1, *proved.d2, *proved.pi]
        spoiled = changes[name](
            bytes(4) + words[place].to_bytes(32, "big") + words[(place + 1) % 10].to_bytes(32, "big")
        )
        words[place], words[(place + 1) % 10] = (
            int.from_bytes(spoiled[at : at + 32], "big") for at in (4, 36)
        )
        changed = _with_proof(proved, words)
        if changed != proved:
            yield f"{name} of word {place}", changed


def _with_proof(given: TraceInput, words: list[int]) -> TraceInput:
    return replace(
        given,
        d1=(words[0], words[1], words[2], words[3]),
        d2=(words[4], words[5], words[6], words[7]),
        pi=(words[8], words[9]),
    )


# ---------------------------------------------------------------- the proof


def points_of_the_proof(source: Source) -> Variants:
    """Each of the three points replaced by every kind, made of the right one where the kind says how."""
    twists = source.invalid_twist_points | source.valid_twist_points
    points = source.invalid_points | source.valid_points
    parts: list[tuple[str, str, Callable[..., Any]]] = [
        *(("d1", name, make) for name, make in twists.items()),
        *(("d2", name, make) for name, make in twists.items()),
        *(("pi", name, make) for name, make in points.items()),
    ]
    source.rng.shuffle(parts)
    for turn, (_, proved) in zip(count(), lasting_proofs(source, 70), strict=False):
        part, name, make = parts[turn % len(parts)]
        changes: dict[str, Any] = {part: make(getattr(proved, part))}
        yield f"{part}: {name}", replace(proved, **changes)


def proofs_for_spoiled_points(source: Source) -> Variants:
    """
    Proofs whose delta was computed of words that are no point, made of the right ones.

    Whoever reduced coordinates or left the torsion out would find the equation to hold, unlike with a point
    that was changed after the proof was made.
    """
    rng, known = source.rng, source.known

    def spoiled(name: str, change: Callable[[Any], Any]) -> Callable[[TraceInput], TraceInput]:
        def spoil(committed: TraceInput) -> TraceInput:
            changes: dict[str, Any] = {name: change(getattr(committed, name))}
            return replace(committed, **changes)

        return spoil

    def plus_q(words: Any) -> Any:
        place = rng.randrange(len(words))
        return tuple(source.beyond(word) if at == place else word for at, word in enumerate(words))

    for world, _ in lasting_proofs(source, 1):
        given = random_question(world)
        yield "nothing", world.prove(given)
        for name in ("d1", "d2"):
            yield f"{name} + q", world.prove(given, spoil=spoiled(name, plus_q))
            for label, torsion in zip(("large", "small"), known.torsion, strict=True):
                change = partial(twist_sum, torsion)
                yield f"{name} + {label} torsion", world.prove(given, spoil=spoiled(name, change))
        yield "A + q", world.prove(given, spoil=spoiled("A", plus_q))
        for name in ("B", "C"):
            place = rng.randrange(len(world.B))

            def one(vector: Any, place: int = place) -> Any:
                return (*vector[:place], plus_q(vector[place]), *vector[place + 1 :])

            yield f"{name} + q", replace(world.prove(given), **{name: one(getattr(given, name))})
        proved = world.prove(given)
        yield "pi + q", replace(proved, pi=plus_q(proved.pi))
        trivial = make_world(source, n=3, t=2, alpha=0)
        yield "A identity + q", trivial.prove(random_question(trivial), spoil=spoiled("A", plus_q))


def witnesses(source: Source) -> Variants:
    """Right and wrong witnesses, and proofs put together of valid points."""
    known = source.known
    for world, _ in lasting_proofs(source, 1):
        given = random_question(world)
        T, proved = world.combination(given), world.prove(given)
        yield "right", proved
        yield "right, without hiding", world.prove(given, hiding=False)
        for label, alpha, other_T in (
            ("T + 1", None, T + 1),
            ("-T", None, -T),
            ("T zero", None, 0),
            ("another T", None, source.scalar()),
            ("alpha + 1", world.alpha + 1, None),
            ("-alpha", -world.alpha, None),
            ("alpha zero", 0, None),
            ("alpha and T exchanged", T, world.alpha),
        ):
            yield label, world.prove(given, alpha=alpha, T=other_T, hiding=source.rng.random() < 0.8)
        step_U, step_V = source.rng.choice([U_WORDS, twist_negative(U_WORDS)]), V_WORDS
        for label, forged in (
            ("d1 + U", replace(proved, d1=known.sum(proved.d1, step_U))),
            ("d1 + V", replace(proved, d1=known.sum(proved.d1, step_V))),
            ("d2 + U", replace(proved, d2=known.sum(proved.d2, step_U))),
            ("d2 + V", replace(proved, d2=known.sum(proved.d2, step_V))),
            ("-d1", replace(proved, d1=twist_negative(proved.d1))),
            ("-d2", replace(proved, d2=twist_negative(proved.d2))),
            ("d1 and d2 exchanged", replace(proved, d1=proved.d2, d2=proved.d1)),
            ("pi + G", replace(proved, pi=_known_step(source, proved.pi, 1))),
            ("pi - G", replace(proved, pi=_known_step(source, proved.pi, -1))),
            ("-pi", replace(proved, pi=g1_negative(proved.pi))),
            ("pi is G", replace(proved, pi=G)),
            ("pi is A", replace(proved, pi=given.A)),
            ("all identities", replace(given)),
            ("generators", replace(given, d1=U_WORDS, d2=V_WORDS, pi=G)),
        ):
            yield label, forged


def _known_step(source: Source, point: Any, step: int) -> Any:
    log = source.known.log(point)
    assert log is not None
    return source.known.know(g1_sum(point, G if step == 1 else g1_negative(G)), log + step)
