"""Random points whose logarithms are known, and words at every edge; all of it from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Final, TypeVar

from .fuzz_curve import (
    COFACTOR,
    LARGEST,
    SMALL_ORDER,
    U_WORDS,
    V_WORDS,
    G,
    Q,
    R,
    TwistWords,
    g1_negative,
    g1_sum,
    times_g,
    times_u,
    twist_multiple,
    twist_negative,
    twist_point_at,
    twist_sum,
)
from .independent import Words

Exponents = tuple[int, int]
"""(u, v) of the point u*U + v*V."""

_POOL: Final = 12
_T = TypeVar("_T")


class KnownPoints:
    """Multiples of G, U and V with their logarithms on record; points of the twist outside the subgroup."""

    def __init__(self, seed: str) -> None:
        self._rng = random.Random(f"{seed} points")
        self._logs: dict[Words, int] = {(0, 0): 0, G: 1}
        self._exponents: dict[TwistWords, Exponents] = {
            (0, 0, 0, 0): (0, 0),
            U_WORDS: (1, 0),
            V_WORDS: (0, 1),
        }

    @cached_property
    def pool(self) -> list[tuple[Words, int]]:
        return [self.times_g(self._rng.randrange(R)) for _ in range(_POOL)]

    @cached_property
    def pool_of_u(self) -> list[tuple[TwistWords, int]]:
        return [self._power(U_WORDS) for _ in range(4)]

    @cached_property
    def pool_of_v(self) -> list[tuple[TwistWords, int]]:
        return [self._power(V_WORDS) for _ in range(6)]

    @cached_property
    def outside(self) -> list[TwistWords]:
        """Points of the twist, as hashing without the cofactor gives them; none is in the subgroup."""
        found: list[TwistWords] = []
        while len(found) < 3:
            point = twist_point_at(self._rng.randrange(Q), self._rng.randrange(Q))
            if point is not None:
                found.append(point)
        return found

    @cached_property
    def torsion(self) -> list[TwistWords]:
        """Points whose order divides the cofactor: of the order of the whole cofactor, and of a small one."""
        large = twist_multiple(self.outside[0], R)
        small = twist_multiple(large, COFACTOR // SMALL_ORDER)
        return [large, small]

    def times_g(self, scalar: int) -> tuple[Words, int]:
        return self.know(times_g(scalar), scalar), scalar % R

    def times_u(self, scalar: int) -> TwistWords:
        return self.know_twist(times_u(scalar), (scalar, 0))

    def know(self, words: Words, log: int) -> Words:
        self._logs[words] = log % R
        return words

    def know_twist(self, words: TwistWords, exponents: Exponents) -> TwistWords:
        self._exponents[words] = (exponents[0] % R, exponents[1] % R)
        return words

    def log(self, words: Words) -> int | None:
        """The logarithm to the base G, if it or that of the negative is on record."""
        if words in self._logs:
            return self._logs[words]
        log = self._logs.get((words[0], Q - words[1]))
        return None if log is None else -log % R

    def exponents(self, words: TwistWords) -> Exponents | None:
        if words in self._exponents:
            return self._exponents[words]
        known = self._exponents.get((words[0], words[1], -words[2] % Q, -words[3] % Q))
        return None if known is None else (-known[0] % R, -known[1] % R)

    def sum(self, left: TwistWords, right: TwistWords) -> TwistWords:
        words, first, second = twist_sum(left, right), self.exponents(left), self.exponents(right)
        if first is not None and second is not None:
            self.know_twist(words, (first[0] + second[0], first[1] + second[1]))
        return words

    def _power(self, base: TwistWords) -> tuple[TwistWords, int]:
        scalar = self._rng.randrange(1, R)
        exponents = (scalar, 0) if base == U_WORDS else (0, scalar)
        return self.know_twist(twist_multiple(base, scalar), exponents), scalar


@cache
def known_points(seed: str) -> KnownPoints:
    """One collection for each seed: making it costs a second."""
    return KnownPoints(seed)


class Source:
    """
    What one class of inputs is drawn from.

    Parameters
    ----------
    seed : str
        The seed of the run.
    name : str
        The class: each has a sequence of its own, so that one class can be repeated without the others.
    """

    def __init__(self, seed: str, name: str) -> None:
        self.rng = random.Random(f"{seed} {name}")
        self.known = known_points(seed)

    def point(self) -> Words:
        """A random point with a known logarithm; no multiplication is needed for it."""
        (first, a), (second, c) = self.rng.sample(self.known.pool, 2)
        if self.rng.random() < 0.5:
            second, c = g1_negative(second), -c
        return self.known.know(g1_sum(first, second), a + c)

    def twist_point(self) -> TwistWords:
        """A random point of G2 with known exponents to the bases U and V."""
        return self.known.sum(
            self.rng.choice(self.known.pool_of_u)[0], self.rng.choice(self.known.pool_of_v)[0]
        )

    def scalar(self) -> int:
        return self.rng.randrange(1, R)

    def word(self) -> int:
        return self.rng.getrandbits(256)

    def text(self) -> bytes:
        return self.rng.randbytes(32)

    def account(self) -> int:
        return self.rng.getrandbits(160)

    def choice(self, functions: Mapping[str, Callable[..., _T]]) -> _T:
        return self.rng.choice(list(functions.values()))()

    def flipped(self, word: int) -> int:
        return word ^ 1 << self.rng.randrange(256)

    def beyond(self, coordinate: int) -> int:
        """The coordinate plus a multiple of q that still fits a word."""
        return coordinate + Q * self.rng.randint(1, (LARGEST - coordinate) // Q)

    # ------------------------------------------------------------ edges

    @cached_property
    def scalar_edges(self) -> dict[str, Callable[[], int]]:
        fixed = {
            "0": 0, "1": 1, "2": 2, "r - 1": R - 1, "r": R, "r + 1": R + 1, "2r": 2 * R, "q": Q,
            "q - 1": Q - 1, "largest word": LARGEST, "2^255": 2**255, "2^128": 2**128,
        }  # fmt: skip
        edges: dict[str, Callable[[], int]] = {
            name: lambda value=value: value for name, value in fixed.items()
        }
        return edges | {
            "below r": self.scalar,
            "any word": self.word,
            "multiple of r": lambda: R * self.rng.randint(1, 5),
            "plus r": lambda: self.scalar() + R * self.rng.randint(1, 4),
        }

    @cached_property
    def valid_points(self) -> dict[str, Callable[..., Words]]:
        """Points of the curve and the identity; made of a given point where the kind says how."""
        return {
            "identity": lambda base=None: (0, 0),
            "generator": lambda base=None: G,
            "minus generator": lambda base=None: g1_negative(G),
            "small multiple": lambda base=None: self.known.times_g(self.rng.randint(2, 9))[0],
            "random": lambda base=None: self.point(),
            "negated": lambda base=None: g1_negative(base or self.point()),
        }

    @cached_property
    def invalid_points(self) -> dict[str, Callable[..., Words]]:
        """What is no point; made of a given point where the kind says how."""

        def of(change: Callable[[int, int], Words]) -> Callable[..., Words]:
            return lambda base=None: change(*(base or self.point()))

        def among(*choices: Words) -> Callable[..., Words]:
            return lambda base=None: self.rng.choice(choices)

        return {
            "x + q": of(lambda x, y: (self.beyond(x), y)),
            "y + q": of(lambda x, y: (x, self.beyond(y))),
            "both + q": of(lambda x, y: (self.beyond(x), self.beyond(y))),
            "identity + q": among((Q, 0), (0, Q), (Q, Q), (2 * Q, 0), (0, 5 * Q)),
            "q - 1": among((Q - 1, 0), (0, Q - 1), (Q - 1, Q - 1), (1, Q - 1)),
            "small": among((0, 1), (1, 0), (1, 1), (1, 3), (2, 1), (2, 2), (0, 2), (3, 3)),
            "x off by one": of(lambda x, y: (x + 1 if x == 0 else x + self.rng.choice([1, -1]), y)),
            "y off by one": of(lambda x, y: (x, y + 1 if y == 0 else y + self.rng.choice([1, -1]))),
            "swapped": of(lambda x, y: (y, x)),
            "x negated": of(lambda x, y: (Q - x, y)),
            "y negated mod 2^256": of(lambda x, y: (x, -y % 2**256)),
            "y negated mod r": of(lambda x, y: (x, (R - y) % 2**256)),
            "one coordinate zero": of(lambda x, y: self.rng.choice([(x, 0), (0, y)])),
            "largest words": of(
                lambda x, y: self.rng.choice([(LARGEST, LARGEST), (x, LARGEST), (LARGEST, y)])
            ),
            "bit flipped": of(lambda x, y: self.rng.choice([(self.flipped(x), y), (x, self.flipped(y))])),
            "random words": lambda base=None: (self.word(), self.word()),
            "random coordinates": lambda base=None: (self.rng.randrange(Q), self.rng.randrange(Q)),
        }

    @cached_property
    def valid_twist_points(self) -> dict[str, Callable[..., TwistWords]]:
        return {
            "identity": lambda base=None: (0, 0, 0, 0),
            "U": lambda base=None: U_WORDS,
            "V": lambda base=None: V_WORDS,
            "random": lambda base=None: self.twist_point(),
            "negated": lambda base=None: twist_negative(base or self.twist_point()),
        }

    @cached_property
    def invalid_twist_points(self) -> dict[str, Callable[..., TwistWords]]:
        def of(change: Callable[[TwistWords], TwistWords]) -> Callable[..., TwistWords]:
            return lambda base=None: change(base or self.twist_point())

        def replaced(words: TwistWords, change: Callable[[int], int]) -> TwistWords:
            place = self.rng.randrange(4)
            first, second, third, fourth = (
                change(word) if at == place else word for at, word in enumerate(words)
            )
            return first, second, third, fourth

        def off_by_one(word: int) -> int:
            return 1 if word == 0 else word + self.rng.choice([1, -1])

        return {
            "outside the subgroup": lambda base=None: self.rng.choice(self.known.outside),
            "order divides the cofactor": lambda base=None: self.known.torsion[0],
            "small order": lambda base=None: self.known.torsion[1],
            "plus torsion": of(lambda words: twist_sum(words, self.known.torsion[0])),
            "plus small torsion": of(lambda words: twist_sum(words, self.known.torsion[1])),
            "off the twist by one": of(lambda words: replaced(words, off_by_one)),
            "coordinate + q": of(lambda words: replaced(words, self.beyond)),
            "identity + q": lambda base=None: replaced((0, 0, 0, 0), lambda _: Q),
            "x imaginary and real swapped": of(lambda w: (w[1], w[0], w[2], w[3])),
            "y imaginary and real swapped": of(lambda w: (w[0], w[1], w[3], w[2])),
            "both swapped": of(lambda w: (w[1], w[0], w[3], w[2])),
            "x and y swapped": of(lambda w: (w[2], w[3], w[0], w[1])),
            "conjugated": of(lambda w: (Q - w[0], w[1], Q - w[2], w[3])),
            "x negated": of(lambda w: (Q - w[0], Q - w[1], w[2], w[3])),
            "bit flipped": of(lambda words: replaced(words, self.flipped)),
            "coordinate zero": of(lambda words: replaced(words, lambda _: 0)),
            "x zero": of(lambda w: (0, 0, w[2], w[3])),
            "y zero": of(lambda w: (w[0], w[1], 0, 0)),
            "one word": lambda base=None: replaced((0, 0, 0, 0), lambda _: self.rng.randrange(1, Q)),
            "largest word": of(lambda words: replaced(words, lambda _: LARGEST)),
            "point of G1": lambda base=None: (0, self.point()[0], 0, self.point()[1]),
            "random words": lambda base=None: (self.word(), self.word(), self.word(), self.word()),
        }
