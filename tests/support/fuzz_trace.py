"""The trace verifier once more: what it must say to any calldata, by docs/protocol.md, sections 2, 7, 8."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from eth_utils.crypto import keccak

from .fuzz_calldata import Calldata, NoValueError, encoded, point_of
from .fuzz_curve import (
    U_WORDS,
    V_WORDS,
    G,
    R,
    TwistWords,
    g1_combination,
    g1_defect,
    g1_negative,
    g2_defect,
    lagrange_at_zero,
    pairing_product_is_one,
)
from .fuzz_library import hash_to_scalar, hash_words, require_canonical
from .fuzz_source import KnownPoints
from .fuzz_verdicts import MALFORMED, OVERFLOW, Expected, refused, returns
from .independent import Words

SELECTOR: Final = bytes(
    keccak(
        b"verify((bytes32,address,uint128,(uint8,bytes32,uint256),(bytes32,bytes32,uint24,uint24,uint24),"
        b"bytes32,(uint256,uint256)),bytes32,address[],address[],(uint256,uint256)[],(uint256,uint256)[],"
        b"((uint256,uint256,uint256,uint256),(uint256,uint256,uint256,uint256),(uint256,uint256)))"
    )
)[:4]
HEAD_WORDS: Final = 29
OFFSETS: Final = (15, 16, 17, 18)
WIDTHS: Final = {1: 160, 2: 128, 3: 1, 8: 24, 9: 24, 10: 24}
"""Bits of the words of the statement that are narrower than a word; the mode is an enumeration of two."""
MAX_DROPPED: Final = 8


@dataclass(frozen=True, slots=True)
class TraceInput:
    """All that the verifier is given, as words."""

    sid: int
    auditor: int
    seats: int
    mode: int
    nonce: int
    dropped: int
    claim: tuple[int, ...]
    aggregate_hash: int
    A: Words
    roster_hash: int
    accused: tuple[int, ...]
    unaccused: tuple[int, ...]
    B: tuple[Words, ...]
    C: tuple[Words, ...]
    d1: TwistWords
    d2: TwistWords
    pi: Words

    def statement(self) -> tuple[int, ...]:
        return (
            self.sid, self.auditor, self.seats, self.mode, self.nonce, self.dropped,
            *self.claim, self.aggregate_hash, *self.A,
        )  # fmt: skip

    @property
    def d(self) -> int:
        """How many points are dropped; the challenge delta depends on it."""
        return self.dropped.bit_count()

    def encode(self) -> bytes:
        tails: list[list[int]] = [
            [len(self.accused), *self.accused],
            [len(self.unaccused), *self.unaccused],
            [len(self.B), *(word for point in self.B for word in point)],
            [len(self.C), *(word for point in self.C for word in point)],
        ]
        offsets, place = [], HEAD_WORDS
        for tail in tails:
            offsets.append(32 * place)
            place += len(tail)
        head = [*self.statement(), self.roster_hash, *offsets, *self.d1, *self.d2, *self.pi]
        return encoded(SELECTOR, head + [word for tail in tails for word in tail])


def decode(calldata: bytes) -> TraceInput:
    """
    Read calldata; words that are too wide for their type stay as they are.

    Raises
    ------
    NoValueError
        If an offset or a length leads nowhere.
    """
    data = Calldata(calldata, SELECTOR)
    head = data.head(HEAD_WORDS)
    accused, unaccused = (tuple(each for (each,) in data.array(head[place], 1)) for place in OFFSETS[:2])
    B, C = (tuple(point_of(each) for each in data.array(head[place], 2)) for place in OFFSETS[2:])
    return TraceInput(
        *head[:6], tuple(head[6:11]), head[11], point_of(head[12:14]), head[14], accused, unaccused, B, C,
        (head[19], head[20], head[21], head[22]), (head[23], head[24], head[25], head[26]),
        point_of(head[27:29]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TraceEquation:
    """What is left to decide when nothing was found to refuse: whether the product of pairings is one."""

    delta: int
    coefficients: tuple[int, ...]
    sealed: tuple[Words, Words]
    given: TraceInput


def trace_verdict(calldata: bytes, known: KnownPoints | None) -> Expected:
    """
    What the verifier must answer; with `known` points decided by exponents where these are on record.

    That anybody is accused is left to the caller.
    """
    try:
        given = decode(calldata)
    except NoValueError:
        return refused(MALFORMED)
    grounds = _ranges(given)
    if defect := g1_defect(given.pi):
        grounds.add(defect)
    for point in (given.d1, given.d2):
        grounds |= require_canonical(point).grounds
    used = len(given.B)
    if any(map(g1_defect, (given.A, *given.B, *given.C[:used]))):
        grounds.add("PrecompileFailed")
    if len(given.C) != used:
        grounds.add("WrongVectorLength")
    coefficients = _coefficients(given, grounds)
    if grounds or coefficients is None:
        return refused(*grounds)
    for commitment in (given.d1, given.d2):
        if (known is None or known.exponents(commitment) is None) and g2_defect(commitment):
            return returns(0)
    return _decide(equation_of(given, coefficients, known), known)


def equation_of(given: TraceInput, coefficients: tuple[int, ...], known: KnownPoints | None) -> TraceEquation:
    sealed = _sealed(given.B, coefficients, known), _sealed(given.C, coefficients, known)
    statement = given.statement()
    words = (*statement[:6], given.d, *statement[6:], *sealed[0], *sealed[1], *given.d1, *given.d2)
    return TraceEquation(hash_to_scalar("tcss.v1.trace", *words), coefficients, sealed, given)


def _sealed(vector: tuple[Words, ...], coefficients: tuple[int, ...], known: KnownPoints | None) -> Words:
    """``sum_m c_m*vector[m]``; of points whose logarithms are known it is one multiple of G."""
    used = vector[: len(coefficients)]
    logs = [None if known is None else known.log(point) for point in used]
    if known is None or None in logs:
        return g1_combination(zip(used, coefficients, strict=True))
    return known.times_g(sum(c * log for c, log in zip(coefficients, logs, strict=True) if log))[0]


# ---------------------------------------------------------------- deciding the equation


def by_pairing(equation: TraceEquation) -> Expected:
    """``e(X, d_1)*e(delta*G, d_2)*e(-(A + delta*Ebar_2), U)*e(-pi, V)`` by py_ecc."""
    given, delta = equation.given, equation.delta
    left = [
        g1_combination([(G, 1), (equation.sealed[0], delta)]),
        g1_combination([(G, delta)]),
        g1_negative(g1_combination([(given.A, 1), (equation.sealed[1], delta)])),
        g1_negative(given.pi),
    ]
    return returns(pairing_product_is_one(left, [given.d1, given.d2, U_WORDS, V_WORDS]), pairings=1)


def _decide(equation: TraceEquation, known: KnownPoints | None) -> Expected:
    """
    From the logarithms of all points the product is a sum of multiples of U and V.

    Nobody knows the logarithm of V to the base U, so both multiples must vanish. A point of which nothing is
    on record leads to `by_pairing`.
    """
    given, delta = equation.given, equation.delta
    used = len(equation.coefficients)
    if known is None:
        return by_pairing(equation)
    logs = [known.log(point) for point in (given.A, given.pi, *given.B, *given.C[:used])]
    exponents = [known.exponents(given.d1), known.exponents(given.d2)]
    found = [log for log in logs if log is not None]
    pairs = [pair for pair in exponents if pair is not None]
    if len(found) < len(logs) or len(pairs) < len(exponents):
        return by_pairing(equation)
    alpha, log_pi, *vectors = found
    first, second = (
        sum(c * log for c, log in zip(equation.coefficients, vector, strict=True))
        for vector in (vectors[:used], vectors[used:])
    )
    (u_1, v_1), (u_2, v_2) = pairs
    X = 1 + delta * first
    of_u = X * u_1 + delta * u_2 - (alpha + delta * second)
    of_v = X * v_1 + delta * v_2 - log_pi
    return returns(of_u % R == 0 and of_v % R == 0)


# ---------------------------------------------------------------- points and weights


def _ranges(given: TraceInput) -> set[str]:
    """Words too wide for their types; accounts that are not accused are looked at in registered mode only."""
    _, _, queries, evaluations, agreeing = given.claim
    accounts = given.accused + (given.unaccused if given.mode == 1 else ())
    narrow = (
        max((given.auditor, *accounts)) < 2**160
        and given.seats < 2**128
        and given.mode < 2
        and max(queries, evaluations, agreeing) < 2**24
    )
    return set() if narrow else {MALFORMED}


def evaluation_point(given: TraceInput, account: int) -> int:
    return hash_to_scalar("tcss.v1.point", given.sid, given.roster_hash, account)


def query_points(given: TraceInput) -> tuple[list[int] | None, set[str]]:
    """Q', the query points without the dropped ones; or what is wrong with the challenge."""
    used = len(given.B) - len(given.accused)
    if used < 0:
        return None, {OVERFLOW}
    grounds = set()
    total = used + given.d
    if given.d > MAX_DROPPED:
        grounds.add("TooManyDropped")
    if given.dropped.bit_length() > total:
        grounds.add("DroppedOutOfRange")
    if given.mode == 1 and len(given.unaccused) < total:
        grounds.add("TooFewUnaccused")
    if grounds or given.mode > 1:
        return None, grounds
    if given.mode == 0:
        words = (given.sid, given.aggregate_hash, total, given.nonce)
        supplied = [hash_to_scalar("tcss.v1.query.free", *words, index) for index in range(total)]
    else:
        words = (given.sid, given.aggregate_hash, given.nonce)
        ordered = sorted(
            given.unaccused, key=lambda each: hash_words("tcss.v1.query.registered", *words, each)
        )
        supplied = [evaluation_point(given, account) for account in ordered[:total]]
    return [x for index, x in enumerate(supplied) if not given.dropped >> index & 1], set()


def _coefficients(given: TraceInput, grounds: set[str]) -> tuple[int, ...] | None:
    query, found = query_points(given)
    grounds |= found
    if query is None:
        return None
    accused = [evaluation_point(given, account) for account in given.accused]
    if len(set(query)) < len(query) or 0 in query or 0 in accused:
        grounds.add("DegeneratePoints")
    if len(set(accused)) < len(accused) or set(accused) & set(query):
        grounds.add("ZeroDenominator")
    return None if grounds else coefficients_of(accused, query)


def coefficients_of(accused: Iterable[int], query: Iterable[int]) -> tuple[int, ...]:
    """``c_m = sum_i w_i*x_i^m`` for m below t."""
    points = list(accused)
    count, everybody = len(points), [*points, *query]
    weights = lagrange_at_zero(everybody)[:count]
    return tuple(
        sum(weight * pow(x, m, R) for weight, x in zip(weights, points, strict=True)) % R
        for m in range(len(everybody))
    )
