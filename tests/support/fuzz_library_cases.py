"""Inputs of the libraries: valid ones, edges, and what is no value at all; with the reference's verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from . import fuzz_library as reference
from .fuzz_curve import G, R, TwistWords, g1_negative, g1_sum, twist_negative
from .fuzz_library import POINT, TWIST_POINT, library_case
from .fuzz_source import Source
from .fuzz_verdicts import Case
from .independent import Words

Cases = Callable[[Source], Iterator[Case]]


def taking_turns(source: Source, kinds: Mapping[str, Callable[..., Any]]) -> Iterator[tuple[str, Any]]:
    """Every kind in turn, in a random order, each time drawn anew: few draws are enough to meet all kinds."""
    names = source.rng.sample(list(kinds), len(kinds))
    for turn in count():
        name = names[turn % len(names)]
        yield name, kinds[name]()


# ---------------------------------------------------------------- single values


def single_points(source: Source) -> Iterator[Case]:
    kinds = source.invalid_points | source.valid_points
    for label, point in taking_turns(source, kinds):
        yield library_case(label, "requirePoint", [POINT], [point], reference.require_point(point))
        yield library_case(label, "requireKey", [POINT], [point], reference.require_key(point))


def single_words(source: Source) -> Iterator[Case]:
    twist_kinds = taking_turns(source, source.invalid_twist_points | source.valid_twist_points)
    for label, scalar in taking_turns(source, source.scalar_edges):
        yield library_case(label, "requireScalar", ["uint256"], [scalar], reference.require_scalar(scalar))
        kind, point = next(twist_kinds)
        yield library_case(
            kind, "requireCanonical", [TWIST_POINT], [point], reference.require_canonical(point)
        )


def field_values(source: Source) -> Iterator[Case]:
    others = taking_turns(source, source.scalar_edges)
    for label, value in taking_turns(source, source.scalar_edges):
        other_label, other = next(others)
        yield library_case(label, "fieldInverse", ["uint256"], [value], reference.field_inverse(value))
        if source.rng.random() < 0.5:
            value, other = other, value
        yield library_case(
            f"{label}, {other_label}", "fieldSubtract", ["uint256", "uint256"], [value, other],
            reference.field_difference(value, other),
        )  # fmt: skip


# ---------------------------------------------------------------- arithmetic


def negations(source: Source) -> Iterator[Case]:
    for label, point in taking_turns(source, source.invalid_points | source.valid_points):
        yield library_case(label, "negate", [POINT], [point], reference.negation_expected(point))
        other = source.rng.choice([point, source.point(), (point[1], point[0]), (0, 0), (point[0], 0)])
        same, zero = reference.returns(other == point), reference.returns(point == (0, 0))
        yield library_case(label, "equals", [POINT, POINT], [point, other], same)
        yield library_case(label, "isIdentity", [POINT], [point], zero)


def sums(source: Source) -> Iterator[Case]:
    """Pairs of all kinds: equal, opposite and identity points among them; each invalid kind on both sides."""
    valid, invalid = source.valid_points, source.invalid_points
    scalars = taking_turns(source, source.scalar_edges)
    for label, first in taking_turns(source, invalid | valid):
        pairs: dict[str, tuple[Words, Words]] = {
            "left": (first, source.choice(valid)),
            "right": (source.choice(valid), first),
            "with itself": (first, first),
        }
        if label in valid:
            pairs["opposite"] = (first, g1_negative(first))
        else:
            pairs["with another"] = (first, source.choice(invalid))
        for place, (left, right) in pairs.items():
            yield library_case(
                f"{label} {place}", "add", [POINT, POINT], [left, right], reference.addition(left, right)
            )
            kind, scalar = next(scalars)
            yield library_case(
                f"{label} {place}, by {kind}", "addMultiple", [POINT, POINT, "uint256"],
                [left, right, scalar], reference.multiple_added(left, right, scalar),
            )  # fmt: skip


def multiples(source: Source) -> Iterator[Case]:
    scalars = taking_turns(source, source.scalar_edges)
    points = taking_turns(source, source.invalid_points | source.valid_points)
    for label, point in points:
        kind, scalar = next(scalars)
        for at, which in ((point, label), (source.choice(source.valid_points), "valid")):
            yield library_case(
                f"{which} by {kind}", "multiply", [POINT, "uint256"], [at, scalar],
                reference.multiplication(at, scalar),
            )  # fmt: skip


# ---------------------------------------------------------------- vectors


def vectors_checked(source: Source) -> Iterator[Case]:
    for label, vector in _vectors(source):
        wrong = source.rng.choice([0, 1, len(vector) + 1, max(len(vector) - 1, 0), 2**255, 2**256 - 1])
        for threshold in (len(vector), wrong):
            yield library_case(
                f"{label}, {len(vector)} of {threshold}", "requireValidVector", [f"{POINT}[]", "uint256"],
                [vector, threshold], reference.require_vector(vector, threshold),
            )  # fmt: skip


def vectors_evaluated(source: Source) -> Iterator[Case]:
    scalars = taking_turns(source, source.scalar_edges)
    for label, vector in _vectors(source):
        kind, x = next(scalars)
        yield library_case(
            f"{label} at {kind}", "evaluateVector", [f"{POINT}[]", "uint256"], [vector, x],
            reference.evaluation(vector, x),
        )  # fmt: skip


def vectors_combined(source: Source) -> Iterator[Case]:
    scalars = taking_turns(source, source.scalar_edges)
    for label, vector in _vectors(source):
        length = max(len(vector) + source.rng.choice([0, 0, 0, 1, -1]), 0)
        coefficients = [next(scalars)[1] for _ in range(length)]
        yield library_case(
            f"{label}, {length} coefficients", "combineVector", [f"{POINT}[]", "uint256[]"],
            [vector, coefficients], reference.combination(vector, coefficients),
        )  # fmt: skip


def vectors_added(source: Source) -> Iterator[Case]:
    for label, vector in _vectors(source):
        others = [source.rng.choice([each, source.point(), (0, 0)]) for each in vector]
        others = source.rng.choice(
            [others, others, [g1_negative(each) if each[1] < R else each for each in others]]
        )
        others += [source.point()] if source.rng.random() < 0.1 else []
        for left, right in ((vector, others), (others, vector)):
            yield library_case(
                f"{label}, {len(left)} and {len(right)}", "addVector", [f"{POINT}[]", f"{POINT}[]"],
                [left, right], reference.vector_sum(left, right),
            )  # fmt: skip


def _vectors(source: Source) -> Iterator[tuple[str, list[Words]]]:
    def random_points() -> list[Words]:
        return [source.point() for _ in range(source.rng.randint(1, 5))]

    def repeated() -> list[Words]:
        return [source.point()] * source.rng.randint(1, 5)

    def opposite() -> list[Words]:
        point = source.point()
        return [point, g1_negative(point)] * source.rng.randint(1, 2)

    def with_one(change: Callable[[], Words]) -> list[Words]:
        vector = random_points()
        vector[source.rng.randrange(len(vector))] = change()
        return vector

    kinds: dict[str, Callable[[], list[Words]]] = {
        "empty": list,
        "one point": lambda: [source.point()],
        "random points": random_points,
        "identities": lambda: [(0, 0)] * source.rng.randint(1, 5),
        "repeated point": repeated,
        "opposite points": opposite,
        "identity among points": lambda: with_one(lambda: (0, 0)),
        "identity last": lambda: [*random_points(), (0, 0)],
        "one invalid point": lambda: [source.choice(source.invalid_points)],
    }
    for name, make in source.invalid_points.items():
        kinds[f"{name} among points"] = lambda make=make: with_one(make)  # type: ignore[misc]
    return taking_turns(source, kinds)


# ---------------------------------------------------------------- pairings


def pairings_with_invalid_points(source: Source) -> Iterator[Case]:
    """
    A product that is one, with each kind of point in turn in one of the eight places.

    Either in place of the point of which it is made, or beside an identity, where its pairing would be one:
    whoever did not look at the point would find a product of one all the same.
    """
    sides: list[dict[str, Callable[..., Any]]] = [
        source.invalid_points | source.valid_points,
        source.invalid_twist_points | source.valid_twist_points,
    ]
    for turn in count():
        side = turn % 2
        kinds = list(sides[side])
        label = kinds[turn // 2 % len(kinds)]
        points: tuple[list[Any], list[Any]] = _product_of_one(source)
        place = source.rng.randrange(4)
        if (turn // 2 + turn // (2 * len(kinds))) % 2 == 0:
            points = _product_of_one(source, neutral=place)
            points[1 - side][place] = ((0, 0, 0, 0), (0, 0))[side]
        points[side][place] = sides[side][label](points[side][place])
        yield _pairing_case(source, f"{label} at {place} of G{side + 1}", *points)


def pairing_products(source: Source) -> Iterator[Case]:
    """Products of one and products that miss it, all points valid: decided by exponents."""
    for label, (left, right) in taking_turns(source, _products(source)):
        yield _pairing_case(source, label, left, right)


def pairing_products_by_py_ecc(source: Source) -> Iterator[Case]:
    for label, (left, right) in taking_turns(source, _products(source)):
        yield _pairing_case(source, label, left, right, known=False)


def _products(source: Source) -> dict[str, Callable[[], tuple[list[Words], list[TwistWords]]]]:
    def off_by_one() -> tuple[list[Words], list[TwistWords]]:
        left, right = _product_of_one(source)
        place = source.rng.randrange(4)
        step = source.rng.choice([G, g1_negative(G)])
        log = _log(source, left[place]) + _log(source, step)
        left[place] = source.known.know(g1_sum(left[place], step), log)
        return left, right

    def negated() -> tuple[list[Words], list[TwistWords]]:
        left, right = _product_of_one(source)
        place = source.rng.randrange(4)
        if source.rng.random() < 0.5:
            left[place] = g1_negative(left[place])
        else:
            right[place] = twist_negative(right[place])
        return left, right

    def both_negated() -> tuple[list[Words], list[TwistWords]]:
        left, right = _product_of_one(source)
        place = source.rng.randrange(4)
        left[place], right[place] = g1_negative(left[place]), twist_negative(right[place])
        return left, right

    def exchanged() -> tuple[list[Words], list[TwistWords]]:
        left, right = _product_of_one(source)
        side = source.rng.choice([left, right])
        first, second = source.rng.sample(range(4), 2)
        side[first], side[second] = side[second], side[first]  # type: ignore[index, assignment]
        return left, right

    def with_identities() -> tuple[list[Words], list[TwistWords]]:
        left, right = _product_of_one(source)
        for place in source.rng.sample(range(4), source.rng.randint(1, 4)):
            if source.rng.random() < 0.5:
                left[place] = (0, 0)
            else:
                right[place] = (0, 0, 0, 0)
        return left, right

    return {
        "one": lambda: _product_of_one(source),
        "off by one": off_by_one,
        "one point negated": negated,
        "one pair negated": both_negated,
        "two points exchanged": exchanged,
        "identities": with_identities,
    }


def _product_of_one(source: Source, neutral: int | None = None) -> tuple[list[Words], list[TwistWords]]:
    """e(a, X)*e(b, Y)*e(-a - b, X)*e(b, X - Y), in random order; or a product of one without one place."""
    known, rng = source.known, source.rng
    X, Y = source.twist_point(), source.twist_point()
    a, b = source.point(), source.point()
    opposite = known.know(g1_negative(g1_sum(a, b)), -_log(source, a) - _log(source, b))
    if neutral is not None:
        left, right = [a, b, opposite], [X, X, X]
        left.insert(neutral, source.point())
        right.insert(neutral, Y)
        return left, right
    left, right = [a, b, opposite, b], [X, Y, X, known.sum(X, twist_negative(Y))]
    order = rng.sample(range(4), 4)
    return [left[place] for place in order], [right[place] for place in order]


def _log(source: Source, point: Words) -> int:
    log = source.known.log(point)
    assert log is not None
    return log


def _pairing_case(
    source: Source, label: str, left: list[Words], right: list[TwistWords], *, known: bool = True
) -> Case:
    expected = reference.pairing_product(left, right, source.known if known else None)
    types = [f"{POINT}[4]", f"{TWIST_POINT}[4]"]
    return library_case(label, "pairingProductIsOne", types, [left, right], expected)


# Class of inputs -> generator, how many in the short and in the long form.
LIBRARY_CLASSES: dict[str, tuple[Cases, int, int]] = {
    "points checked": (single_points, 46, 1_200),
    "scalars and canonical coordinates": (single_words, 52, 600),
    "field arithmetic": (field_values, 48, 800),
    "negation, equality, identity": (negations, 46, 600),
    "addition, of multiples too": (sums, 138, 2_000),
    "multiplication": (multiples, 46, 800),
    "vectors checked": (vectors_checked, 30, 700),
    "vectors evaluated": (vectors_evaluated, 26, 300),
    "vectors combined": (vectors_combined, 26, 300),
    "vectors added": (vectors_added, 30, 500),
    "pairings with an invalid point": (pairings_with_invalid_points, 54, 900),
    "pairing products, by exponents": (pairing_products, 8, 300),
    "pairing products, by py_ecc": (pairing_products_by_py_ecc, 1, 120),
}
