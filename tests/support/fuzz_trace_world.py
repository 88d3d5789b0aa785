"""Sessions made up for the trace verifier, with all their secrets; proofs of true and of false statements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .fuzz_curve import Q, R, lagrange_at_zero
from .fuzz_source import Source
from .fuzz_trace import (
    TraceInput,
    coefficients_of,
    equation_of,
    evaluation_point,
    query_points,
)
from .independent import Words


@dataclass(frozen=True)
class TraceWorld:
    """
    A session's roster and aggregate; the verifier has no state, so a session need not exist anywhere.

    The logarithms of the aggregate's points are known: `b` of `B`, `c` of `C`, `alpha` of `A`.
    """

    source: Source
    sid: int
    roster_hash: int
    aggregate_hash: int
    accounts: tuple[int, ...]
    alpha: int
    A: Words
    b: tuple[int, ...]
    B: tuple[Words, ...]
    c: tuple[int, ...]
    C: tuple[Words, ...]

    def question(self, seats: tuple[int, ...], *, mode: int = 0, dropped: int = 0) -> TraceInput:
        """A statement that accuses these seats, with an empty proof."""
        rng = self.source.rng
        return TraceInput(
            sid=self.sid,
            auditor=self.source.account(),
            seats=sum(1 << seat for seat in seats),
            mode=mode,
            nonce=self.source.word(),
            dropped=dropped,
            claim=(self.source.word(), self.source.word(), *(rng.getrandbits(24) for _ in range(3))),
            aggregate_hash=self.aggregate_hash,
            A=self.A,
            roster_hash=self.roster_hash,
            accused=tuple(self.accounts[seat] for seat in seats),
            unaccused=tuple(each for seat, each in enumerate(self.accounts) if seat not in seats),
            B=self.B,
            C=self.C,
            d1=(0, 0, 0, 0),
            d2=(0, 0, 0, 0),
            pi=(0, 0),
        )

    def combination(self, given: TraceInput) -> int:
        """T, the sum of the accused participants' weighted shares."""
        query, _ = query_points(given)
        assert query is not None
        points = [evaluation_point(given, account) for account in given.accused]
        weights = lagrange_at_zero([*points, *query])[: len(points)]
        shares = (
            sum(
                (c - self.alpha * b) * pow(x, m, R)
                for m, (b, c) in enumerate(zip(self.b, self.c, strict=True))
            )
            for x in points
        )
        return sum(weight * share for weight, share in zip(weights, shares, strict=True)) % R

    def prove(
        self,
        given: TraceInput,
        *,
        alpha: int | None = None,
        T: int | None = None,
        hiding: bool = True,
        spoil: Callable[[TraceInput], TraceInput] = lambda committed: committed,
    ) -> TraceInput:
        """
        The prover of docs/protocol.md, section 8, which does not ask whether the witness is right.

        `alpha` and `T` default to the right ones; without hiding `s_1` and `s_2` are zero. What `spoil` makes
        of statement and commitments is what delta is computed of: the proof answers the spoiled words, as a
        cheat would make it.
        """
        known = self.source.known
        chosen_alpha = self.alpha if alpha is None else alpha % R
        chosen_T = self.combination(given) if T is None else T % R
        (s1_V, s_1), (s2_V, s_2) = (
            self.source.rng.sample(known.pool_of_v, 2) if hiding else [((0, 0, 0, 0), 0)] * 2
        )
        d1 = known.sum(known.times_u(chosen_alpha), s1_V)
        d2 = known.sum(known.times_u(chosen_T), s2_V)
        committed = spoil(replace(given, d1=d1, d2=d2))
        points = [evaluation_point(given, account) for account in given.accused]
        query, _ = query_points(given)
        assert query is not None
        coefficients = coefficients_of(points, query)
        delta = equation_of(committed, coefficients, known).delta
        X = 1 + delta * sum(c * b for c, b in zip(coefficients, self.b, strict=True))
        pi, _ = known.times_g(s_1 * X + s_2 * delta)
        return replace(committed, pi=pi)


def make_world(
    source: Source, *, n: int, t: int, alpha: int | None = None, aggregate: str = "random"
) -> TraceWorld:
    """
    Make a session up.

    Parameters
    ----------
    source : Source
        Where choices come from.
    n, t : int
        Participants and threshold.
    alpha : int, optional
        The auditor's private key, by default a random one.
    aggregate : {"random", "identities", "B identities", "repeated", "opposite", "shares zero"}
        What the vectors are made of.
    """
    known = source.known
    A = source.point() if alpha is None else known.times_g(alpha)[0]
    chosen_alpha = known.log(A)
    assert chosen_alpha is not None
    B = [source.point() for _ in range(t)]
    C = [source.point() for _ in range(t)]
    if aggregate in {"identities", "B identities"}:
        B = [(0, 0)] * t
    if aggregate == "identities":
        C = [(0, 0)] * t
    if aggregate == "repeated":
        B, C = B[:1] * t, B[:1] * t
    if aggregate == "opposite":
        C = [(x, Q - y) for x, y in B]
    b = [known.log(point) for point in B]
    if aggregate == "shares zero":
        C = [known.times_g(chosen_alpha * log)[0] for log in b if log is not None]
    c = [known.log(point) for point in C]
    return TraceWorld(
        source, source.word(), source.word(), source.word(),
        tuple(sorted(source.account() for _ in range(n))), chosen_alpha, A,
        tuple(log for log in b if log is not None), tuple(B),
        tuple(log for log in c if log is not None), tuple(C),
    )  # fmt: skip


def random_world(source: Source) -> TraceWorld:
    t = source.rng.choice([1, 2, 2, 3, 3, 4, 5])
    return make_world(source, n=t + source.rng.randint(0, 4), t=t)


def random_question(world: TraceWorld) -> TraceInput:
    """A sound statement: at least one accused, no more dropped than there are points."""
    rng, t, n = world.source.rng, len(world.B), len(world.accounts)
    seats = tuple(sorted(rng.sample(range(n), rng.randint(1, t))))
    mode = rng.randrange(2)
    most = min(8, n - t if mode else 8)
    count = rng.randint(0, most)
    places = rng.sample(range(t - len(seats) + count), count)
    return world.question(seats, mode=mode, dropped=sum(1 << place for place in places))


def random_proof(source: Source) -> tuple[TraceWorld, TraceInput]:
    world = random_world(source)
    return world, world.prove(random_question(world))
