"""What a coalition can compute from its own shares, and a proof at points that nobody derived."""

from __future__ import annotations

from collections.abc import Sequence

from tcss_chain.curve import GROUP_ORDER, G, U, V, inverse, lagrange_at_zero, random_scalar
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.trace_proof import TraceProof, TraceStatement, delta, sealed_combination


def weights_of(accused: Sequence[int], query: Sequence[int]) -> list[int]:
    """``w_i`` of the accused points, when the box used these query points."""
    return lagrange_at_zero([*accused, *query])[: len(accused)]


def is_known(known: Sequence[int], accused: Sequence[int], weights: Sequence[int], t: int) -> bool:
    """
    Whether shares at the known points determine ``sum_i w_i*y_i`` for every polynomial of degree ``t - 1``.

    They do iff the combination is zero for all polynomials that vanish at the known points.
    """
    vanishing = []
    for x, weight in zip(accused, weights, strict=True):
        value = weight
        for point in known:
            value = value * (x - point) % GROUP_ORDER
        vanishing.append(value)
    return all(
        sum(value * pow(x, j, GROUP_ORDER) for value, x in zip(vanishing, accused, strict=True)) % GROUP_ORDER
        == 0
        for j in range(t - len(known))
    )


def framing_point(coalition: tuple[int, int], victims: tuple[int, int]) -> int:
    """
    The one query point at which two of three shares determine the combination of two foreign ones.

    With threshold 3 the condition ``sum_i w_i*Z(x_i) == 0``, ``Z`` the polynomial that vanishes at the
    coalition's points, is linear in the query point.
    """
    a, b = victims

    def Z(x: int) -> int:
        return (x - coalition[0]) * (x - coalition[1]) % GROUP_ORDER

    numerator = b * Z(a) * b - a * Z(b) * a
    return numerator * inverse((b * Z(a) - a * Z(b)) % GROUP_ORDER) % GROUP_ORDER


def expressed_in(known: tuple[int, int], accused: Sequence[int], weights: Sequence[int]) -> tuple[int, int]:
    """Coefficients of the two known shares in a combination that they determine."""
    x_0, x_1 = known
    total = sum(weights) % GROUP_ORDER
    moment = sum(weight * x for weight, x in zip(weights, accused, strict=True)) % GROUP_ORDER
    second = (moment - total * x_0) * inverse((x_1 - x_0) % GROUP_ORDER) % GROUP_ORDER
    return (total - second) % GROUP_ORDER, second


def prove_at(
    statement: TraceStatement,
    aggregate: SealedAggregate,
    accused: Sequence[int],
    query: Sequence[int],
    *,
    alpha: int,
    T: int,
) -> TraceProof:
    """The prover of protocol section 8, with query points that the caller names."""
    sealed = sealed_combination(aggregate, accused, query)
    s_1, s_2 = random_scalar(), random_scalar()
    d1, d2 = U * alpha + V * s_1, U * T + V * s_2
    challenge = delta(statement, sealed, d1, d2)
    return TraceProof(d1, d2, (G + sealed[0] * challenge) * s_1 + G * (s_2 * challenge))
